"""Files that wait beside a form until it is sent: those it names, those a page without scripts has just sent up, and those not taken."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlencode

from core.files.enums import REFUSALS, FileState
from core.files.queries import StoredFile, files_by_id
from core.kernel.database import transaction
from core.kernel.errors import mark
from core.kernel.scope import Scope
from web.answers import Request, say
from web.forms import Form, uuid_of
from web.uploaded import LEFT_OUT, unsent

NAME: Final = "attachments"
_STILL_CHECKED: Final = mark("“%(name)s”还在检查，请过一会儿再提交。")


async def _named(request: Request, scope: Scope, form: Form | None) -> list[StoredFile]:
    """Give the files of a form that hang on nothing yet, in the order they were sent up."""
    named = [*(form or {}).get(NAME, ()), *request.query_params.getall(NAME, [])]
    ids = [known for text in named if (known := uuid_of(text))]
    files = await files_by_id(scope, file_ids=ids) if ids else []
    return [file for file in files if file.attached_at is None]


async def attached_of(request: Request, scope: Scope, form: Form | None) -> list[StoredFile]:
    """Give the files that go with a form when it is sent: what was refused does not."""
    return [file for file in await _named(request, scope, form) if file.state != FileState.REFUSED]


async def wrong_attachments(request: Request, scope: Scope, form: Form) -> dict[str, str]:
    """Say which files would not go with a form that is sent now, why, and what to do. Opens its own transaction."""
    told = await unsent(request, form, NAME)
    if any(form.get(NAME, ())):
        async with transaction(scope):
            files = await _named(request, scope, form)
        for file in files:
            if file.state == FileState.REFUSED:
                why = say(request, REFUSALS.get(file.refusal, REFUSALS["type"]))
                told.append(say(request, LEFT_OUT, name=file.name, why=why))
            elif not file.is_kept:
                told.append(say(request, _STILL_CHECKED, name=file.name))
    return {NAME: " ".join(told)} if told else {}


def with_attachments(address: str, files: Iterable[StoredFile]) -> str:
    """Give the address at which a page without scripts finds its files again."""
    query = urlencode([(NAME, str(file.id)) for file in files])
    return f"{address}{'&' if '?' in address else '?'}{query}" if query else address

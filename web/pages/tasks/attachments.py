"""Files that wait beside a form until it is sent: those it names, and those a page without scripts has just sent up."""

from collections.abc import Iterable
from urllib.parse import urlencode
from uuid import UUID

from core.files.queries import StoredFile, files_by_id
from core.kernel.scope import Scope
from web.answers import Request
from web.forms import Form

NAME = "attachments"


def uuid_of(text: str) -> UUID | None:
    """Read an id; None for anything else."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


async def attached_of(request: Request, scope: Scope, form: Form | None) -> list[StoredFile]:
    """Give the files of a form that hang on nothing yet, in the order they were sent up."""
    named = [*(form or {}).get(NAME, ()), *request.query_params.getall(NAME, [])]
    ids = [known for text in named if (known := uuid_of(text))]
    files = await files_by_id(scope, file_ids=ids) if ids else []
    return [file for file in files if file.attached_at is None]


def with_attachments(address: str, files: Iterable[StoredFile]) -> str:
    """Give the address at which a page without scripts finds its files again."""
    query = urlencode([(NAME, str(file.id)) for file in files])
    return f"{address}{'&' if '?' in address else '?'}{query}" if query else address

"""Before a release: documents are cleaned and copied while no transaction is open, for that takes seconds.

The copies lie under the id that the publication will have. What was readied and is not released within the hour (refused, two
people at once, a crash) goes by a timer; a release takes that timer back, so one of the two has the copies and never both.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from core.disclosure.actions import Wanted
from core.disclosure.attachments import NOTHING, UNUSED, Ready, key_of
from core.disclosure.cleaning import Cleaned, store_copy
from core.disclosure.drafting import draft_of
from core.disclosure.entries import require_acting
from core.kernel.database import transaction
from core.kernel.ids import new_id
from core.kernel.outbox import set_timer
from core.kernel.scope import Scope

KEPT: Final = timedelta(hours=1)


async def ready_files(scope: Scope, *, permission: str, wanted: Wanted, now: datetime) -> Ready:
    """Clean and copy what a release would put up, for whoever may release it; what has no files is ready at once.

    Opens its own transaction and closes it before the work. The release asks everything again.
    """
    scope.require(permission)
    async with transaction(scope):
        draft = await draft_of(
            scope, section=wanted.section, region=wanted.region, period=wanted.period, subject=wanted.subject, note=wanted.note, now=now
        )
        require_acting(scope, permission, draft.place.code)
        if not draft.sources:
            return NOTHING
        made = new_id()
        told = {"publication": str(made), "files": len(draft.sources)}
        await set_timer(scope, UNUSED, subject=made, due_at=now + KEPT, payload=told, region=draft.place.code)
    return await _copied(scope, Ready(made, draft.sources), made)


async def _copied(scope: Scope, ready: Ready, publication: UUID) -> Ready:
    looks: dict[bytes, Cleaned] = {}
    for number, file in enumerate(ready.sources, start=1):
        found = await store_copy(file, key_of(scope.county, publication, number))
        if found is not None:
            looks[file.sha256] = found
            if found.refusal:  # the release will say so; the others need not be cleaned for it
                break
    return Ready(publication, ready.sources, looks)

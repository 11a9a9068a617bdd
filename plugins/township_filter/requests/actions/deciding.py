"""What the county decides: approved into the next version of the list, refused, sent back; and in force at last."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.api import Conflict, Invalid, Scope, execute, fetch, items_of, list_by_id, mark
from plugins.township_filter.requests.actions.drafting import change_of, draft_of, put_into_draft
from plugins.township_filter.requests.actions.moving import move, remember, stop_clock
from plugins.township_filter.requests.actions.reviewing import deciders_row
from plugins.township_filter.requests.enums import Happened, Way
from plugins.township_filter.requests.rules import is_in, written
from plugins.township_filter.requests.workflows import procedure_of

_OF_LIST: Final = """
SELECT q.* FROM township_filter.list_request q WHERE q.region >= $1 AND q.region < $2 AND q.county = $3 AND q.list_id = $4
  AND q.state = 'approved' ORDER BY q.asked_at, q.id FOR UPDATE
"""
_LATE: Final = """
UPDATE township_filter.list_request SET overdue_at = $4, changed_at = $4
WHERE region >= $1 AND region < $2 AND id = $3 AND overdue_at IS NULL
"""


async def approve(scope: Scope, *, request: UUID, code: str, text: str, now: datetime) -> None:
    """Agree: the change is written into the draft of the next version, which the county then publishes."""
    row = await deciders_row(scope, request)
    procedure_of(row["kind"]).target_of("approve", row["state"])
    if row["way"] == Way.ADD and not code.strip():
        raise Invalid(fields={"code": mark("请给新事项编号。")})
    told = written(text, field="text", needed=False)
    kept = await put_into_draft(scope, row, change_of(row, code.strip() if row["way"] == Way.ADD else ""), now=now)
    changed = await move(scope, row, "approve", kind=Happened.APPROVED, now=now, sets=kept | _decided(scope, told, now), text=told)
    await stop_clock(scope, changed)


async def redraft(scope: Scope, *, request: UUID, now: datetime) -> None:
    """Write an approved change into the draft again: the one it stood in was thrown away, or published without it."""
    row = await deciders_row(scope, request)
    procedure_of(row["kind"]).target_of("redraft", row["state"])
    if await draft_of(scope, row) is not None:
        raise Conflict(mark("这一改动已经在清单草稿里，请核对后发布。"))
    kept = await put_into_draft(scope, row, change_of(row), now=now)
    await move(scope, row, "redraft", kind=Happened.REDRAFTED, now=now, sets=kept)


async def refuse(scope: Scope, *, request: UUID, reason: str, now: datetime) -> None:
    """Refuse, with the reason. What was approved may be refused as long as it stands in no draft."""
    row = await deciders_row(scope, request)
    told = written(reason)
    if row["list_id"] is not None and await draft_of(scope, row) is not None:
        raise Conflict(mark("这一改动已经写在清单草稿里。请先在草稿里撤掉它或放弃草稿，再改为不同意。"))
    changed = await move(scope, row, "refuse", kind=Happened.REFUSED, now=now, sets=_decided(scope, told, now), text=told)
    await stop_clock(scope, changed)


async def send_back(scope: Scope, *, request: UUID, reason: str, now: datetime) -> None:
    """Send a request back to be completed; the clock rests until it comes again."""
    row = await deciders_row(scope, request)
    told = written(reason)
    changed = await move(scope, row, "return", kind=Happened.RETURNED, now=now, sets={"decision_text": told}, text=told)
    await stop_clock(scope, changed)


async def note_published(scope: Scope, *, list_id: UUID, now: datetime) -> None:
    """Note that the version with approved changes is published; one that was taken out of the draft meanwhile stays approved.

    ``scope`` is the system's at the county. Repeated, it finds nothing left.
    """
    version = await list_by_id(scope, list_id)
    items = await items_of(scope, list_id)
    for row in await fetch(scope, _OF_LIST, version.county, list_id):
        if is_in(change_of(row), items):
            sets = {"listed_at": version.published_at or now, "in_force_from": version.valid_from or row["in_force_from"]}
            data = {"who": version.published_by_name, "document": version.document, "version": version.version}
            await move(scope, row, "list", kind=Happened.LISTED, now=now, sets=sets, text=version.document, data=data)


async def note_late(scope: Scope, row: Any, *, now: datetime) -> None:
    """Note once that the county has not answered in time."""
    if await execute(scope, _LATE, row["id"], now):
        await remember(scope, row, Happened.OVERDUE, now=now)


def _decided(scope: Scope, text: str, now: datetime) -> dict[str, Any]:
    return {"decided_at": now, "decided_person": scope.person, "decided_name": scope.by_name, "decision_text": text}

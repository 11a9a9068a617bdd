"""Merging (归并): the same matter from several senders becomes one before it is dispatched, and can be parted again until then.

The leading matter (主件) is dispatched; those merged into it are dispatched with it, keep their text, number, sender and
attachments, and report to their own senders. Who may dispatch may merge what passed. Whoever merges what is held decides it,
and needs that right as well.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.contracts.guards import ask_guards
from core.kernel.audit import audit
from core.kernel.database import fetch
from core.kernel.errors import Conflict, Forbidden, Invalid, mark
from core.kernel.outbox import announce
from core.kernel.scope import Scope
from core.tasks.actions.groups import OPEN, lock_open, part_from
from core.tasks.actions.incoming import find_incoming
from core.tasks.enums import IncomingState
from core.tasks.workflows import INCOMING

MERGE: Final = "core:task:dispatch"
DECIDE: Final = "core:incoming:decide"
MOST: Final = 50
# What was merged into one of the sources goes along with it, and keeps the state it had by itself.
_MERGE: Final = """
UPDATE incoming_task SET state = 'merged', merged_into = $3,
       merged_from_state = CASE WHEN state = 'merged' THEN merged_from_state ELSE state END,
       merged_reason = CASE WHEN state = 'merged' THEN merged_reason ELSE $6 END,
       merged_by_name = CASE WHEN state = 'merged' THEN merged_by_name ELSE $7 END,
       merged_at = CASE WHEN state = 'merged' THEN merged_at ELSE $8 END
WHERE region >= $1 AND region < $2 AND region = $1 AND county = $4
  AND ((id = ANY ($5::uuid[]) AND state IN ('passed', 'held')) OR (merged_into = ANY ($5::uuid[]) AND state = 'merged'))
RETURNING *
"""
_MERGED: Final = """
SELECT i.id FROM incoming_task i WHERE i.region >= $1 AND i.region < $2 AND i.county = $3 AND i.merged_into = $4
  AND i.state = 'merged' AND ($5::uuid IS NULL OR i.office_id IS NULL OR i.office_id = $5) ORDER BY i.id
"""
_MOVED_ON: Final = mark("“%(title)s”已经派发、撤回、驳回或归并，不能再归并。请刷新后重新选择。")
_SENT: Final = mark("“%(title)s”已经派发，归并不能再撤销。要分开办理，请先撤回任务，再重新来文。")
_PARTED: Final = mark("这件来文已经不在归并中。请刷新后再看。")
_LEVELS: Final = mark("涉镇事项和涉村事项不能归并在一起。请分开选择。")


async def merge_incoming(
    scope: Scope, *, leading: UUID, sources: Sequence[UUID], reason: str, now: datetime
) -> list[Any]:
    """Merge open matters of this place into a leading one, all or none. Gives the merged ones.

    Raises ``NotFound`` for what this post cannot see, ``Forbidden`` for another place's and for held ones without the right
    to decide, ``Conflict`` naming a matter that moved on meanwhile.
    """
    scope.require(MERGE)
    wanted = list(dict.fromkeys(each for each in sources if each != leading))
    rows = {each: await find_incoming(scope, each) for each in sorted({leading, *wanted})}
    if any(row["region"] != scope.region for row in rows.values()):
        raise Forbidden(MERGE)
    _check(rows, wanted, reason)
    await _ask(scope, [rows[each] for each in wanted], now=now)
    held = await lock_open(scope, rows)
    _still_open(rows, held)
    for row in held.values():
        if row["state"] == IncomingState.HELD:
            scope.require(DECIDE)
    main, county = rows[leading], rows[leading]["county"]
    moved = await fetch(scope, _MERGE, leading, county, wanted, reason.strip(), scope.by_name, now)
    await _tell(scope, main, moved, reason.strip(), now=now)
    return moved


def _check(rows: dict[UUID, Any], wanted: Sequence[UUID], reason: str) -> None:
    problems: dict[str, str] = {}
    if not wanted:
        problems["matters"] = mark("请至少选择两件来文。")
    elif len(wanted) >= MOST:
        problems["matters"] = mark("一次最多归并 50 件来文。")
    elif len({row["level"] for row in rows.values()}) > 1:
        problems["matters"] = _LEVELS
    if not reason.strip():
        problems["reason"] = mark("请写明归并的理由，各来文单位会看到。")
    if problems:
        raise Invalid(fields=problems)
    _still_open(rows, {each: row for each, row in rows.items() if row["state"] in OPEN})


def _still_open(rows: dict[UUID, Any], found: dict[UUID, Any]) -> None:
    gone = next((row for each, row in rows.items() if each not in found), None)
    if gone is not None:
        raise Conflict(_MOVED_ON, title=gone["title"])


async def _ask(scope: Scope, sources: Sequence[Any], *, now: datetime) -> None:
    """Let guards speak. A held matter that is merged needs no admission of its own any more: whoever guards that is asked too."""
    for row in sources:
        await ask_guards(scope, INCOMING.name, "merge", subject=row["id"], now=now)
        if row["state"] == IncomingState.HELD:
            await ask_guards(scope, INCOMING.name, "admit", subject=row["id"], now=now)


async def _tell(scope: Scope, main: Any, moved: Sequence[Any], reason: str, *, now: datetime) -> None:
    names = [{"id": str(row["id"]), "sender": row["sender_name"]} for row in moved]
    await audit(
        scope, "incoming.led", kind="incoming_task", subject=main["id"], now=now, data={"reason": reason, "sources": names}
    )  # fmt: skip
    for row in moved:
        data = {"into": str(main["id"]), "reason": reason, "from": row["merged_from_state"]}
        await audit(scope, "incoming.merged", kind="incoming_task", subject=row["id"], now=now, data=data)
        told = {"incoming": str(row["id"]), "into": str(main["id"]), "by": str(scope.membership)}
        await announce(scope, "incoming.merged", told, now=now)


async def unmerge_incoming(
    scope: Scope, *, leading: UUID, now: datetime, sources: Sequence[UUID] | None = None
) -> list[Any]:
    """Part matters from their leading one (撤销归并): the named ones, or all that this post sees. Each has the state it had. Gives them.

    Raises ``Conflict`` after the dispatch, and where a named one is no longer merged into it; then none is parted.
    """
    scope.require(MERGE)
    main = await find_incoming(scope, leading)
    if main["region"] != scope.region:
        raise Forbidden(MERGE)
    if sources is None:
        sources = [row["id"] for row in await fetch(scope, _MERGED, main["county"], leading, scope.office)]
    for each in sources:
        if (await find_incoming(scope, each))["merged_into"] != leading:
            raise Conflict(_PARTED)
    if main["state"] == IncomingState.DISPATCHED:
        raise Conflict(_SENT, title=main["title"])
    await lock_open(scope, [leading])
    parted = await part_from(scope, main, now=now, why="undone", only=list(sources))
    if not parted or len(parted) != len(set(sources)):
        raise Conflict(_PARTED)
    return parted

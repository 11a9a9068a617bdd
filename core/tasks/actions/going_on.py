"""What becomes of a task made of merged matters when one sender above takes its own back: it goes on for the others (继续办理).

Nothing is undone: shares, points and results stay. What changes is for whom the task is done, and that is written into every
history that somebody concerned reads. Where the leading matter's sender is gone, the next matter leads. Offices that merged
matters learn each other's names by this, as receivers do; of what the others wrote nothing is said.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.kernel.audit import audit
from core.kernel.database import execute, fetch, fetch_one
from core.kernel.errors import Forbidden
from core.kernel.outbox import announce
from core.kernel.scope import Scope
from core.tasks.actions.moves import remember
from core.tasks.enums import Happened

# Payload: ``task``; ``name`` who took its own back, ``others`` for whom it goes on; ``top``, the widest place among those.
GOES_ON: Final = "task.goes_on"
# Active tasks that are a part of what was taken back now: of one share, or of those that ended together with their task.
_GOING: Final = """
SELECT DISTINCT t.id FROM assignment a JOIN task_parent l ON l.county = a.county AND l.assignment_id = a.id
  JOIN task t ON t.county = l.county AND t.id = l.task_id
WHERE a.region >= $1 AND a.region < $2 AND l.region >= $1 AND l.region < $2 AND t.region >= $1 AND t.region < $2
  AND a.task_id = $3 AND a.state = 'withdrawn' AND t.state = 'active' AND (a.id = $4 OR ($4::uuid IS NULL AND a.closed_at = $5))
ORDER BY t.id
"""
# Held until the end: of two senders who leave at once, the second one's news finds the lead where the first one's left it.
_HOLD: Final = "SELECT t.* FROM task t WHERE t.region >= $1 AND t.region < $2 AND t.id = $3 AND t.state = 'active' FOR UPDATE"
_ABOVE: Final = """
SELECT a.id, a.county, a.region, a.task_id, a.sender_region, a.sender_name, a.state FROM task_parent l
  JOIN assignment a ON a.county = l.county AND a.id = l.assignment_id
WHERE l.region >= $1 AND l.region < $2 AND a.region >= $1 AND a.region < $2 AND l.county = $3 AND l.task_id = $4
ORDER BY a.created_at, a.id
"""
_MATTERS: Final = """
SELECT i.id, i.sender_name, i.assignment_id FROM incoming_task i WHERE i.region >= $1 AND i.region < $2 AND i.county = $3
  AND i.task_id = $4 ORDER BY i.created_at, i.id
"""
_BELOW: Final = """
SELECT a.id, a.county, a.region FROM assignment a WHERE a.region >= $1 AND a.region < $2 AND a.task_id = $3 AND a.state <> 'withdrawn'
ORDER BY a.id
"""
_LEAD: Final = "UPDATE task SET incoming_id = $5 WHERE region >= $1 AND region < $2 AND county = $3 AND id = $4"
# The one that led is led now, and says since when and why, by nobody's hand; the others keep what was written when they were merged.
_FOLLOW: Final = """
UPDATE incoming_task SET merged_into = CASE WHEN id = $5 THEN NULL ELSE $5 END,
       merged_from_state = CASE WHEN id = $6 THEN 'passed' ELSE merged_from_state END,
       merged_reason = CASE WHEN id = $6 THEN $7 ELSE merged_reason END,
       merged_by_name = CASE WHEN id = $6 THEN $8 ELSE merged_by_name END, merged_at = CASE WHEN id = $6 THEN $9 ELSE merged_at END
WHERE region >= $1 AND region < $2 AND county = $3 AND task_id = $4
"""


async def go_on_for_others(
    scope: Scope, *, task: UUID, reason: str, now: datetime, share: UUID | None = None
) -> list[UUID]:
    """Write down, of each task that was a part of ``task`` and still has senders, for whom it goes on. Gives those tasks.

    ``share`` is the one that was taken back, where it was one alone. For handlers, after ``withdraw_parts``.
    """
    if not scope.system:
        raise Forbidden("core:task:withdraw")
    gone_on = []
    for part in await fetch(scope, _GOING, task, share, now):
        row = await fetch_one(scope, _HOLD, part["id"])
        if row is not None and await _go_on(scope, row, of=task, reason=reason, now=now):
            gone_on.append(row["id"])
    return gone_on


async def _go_on(scope: Scope, task: Any, *, of: UUID, reason: str, now: datetime) -> bool:
    above = await fetch(scope, _ABOVE, task["county"], task["id"])
    matters = await fetch(scope, _MATTERS, task["county"], task["id"])
    left = [each for each in above if each["state"] != "withdrawn"]
    own = [each for each in matters if each["assignment_id"] is None]
    if not left and not own:
        return False
    others = _names([*left, *own])
    gone = [each for each in above if each["task_id"] == of and each["state"] == "withdrawn"]
    data = {"name": _names(gone), "others": others}
    lead = await _hand_on(scope, task, matters, {each["id"]: each for each in left}, reason=reason, now=now)
    place = {"county": task["county"], "region": task["region"]}
    told = {**data, "reason": reason, **({"lead": lead} if lead else {})}
    await audit(scope, GOES_ON, kind="task", subject=task["id"], now=now, data=told, **place)
    for each in (*left, *await fetch(scope, _BELOW, task["id"])):
        await remember(scope, each, Happened.GOES_ON, now=now, text=reason, data=data)
    top = min((each["sender_region"] for each in left), key=len, default=task["region"])
    await announce(scope, GOES_ON, {"task": str(task["id"]), "top": top, **data}, now=now, **place)
    return True


def _names(rows: Sequence[Any]) -> str:
    return "、".join(dict.fromkeys(each["sender_name"] for each in rows))


async def _hand_on(
    scope: Scope, task: Any, matters: Sequence[Any], left: Mapping[UUID, Any], *, reason: str, now: datetime
) -> str:
    """Let the next matter lead where the leading one's sender is gone. Gives who leads now; nothing where that did not change.

    A matter that came as a share from above belongs to whoever sent the share, not to the office that took it in here.
    """
    wanted = [each for each in matters if each["assignment_id"] is None or each["assignment_id"] in left]
    if not wanted or task["incoming_id"] in {None, *(each["id"] for each in wanted)}:
        return ""
    following = wanted[0]
    await execute(scope, _LEAD, task["county"], task["id"], following["id"])
    await execute(
        scope, _FOLLOW, task["county"], task["id"], following["id"], task["incoming_id"], reason, "", now
    )  # fmt: skip
    name: str = left.get(following["assignment_id"], following)["sender_name"]
    return name

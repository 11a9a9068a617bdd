"""What the sender does on the way: withdraw, extend, remind (催办), escalate (督办)."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.kernel.audit import audit
from core.kernel.database import execute, fetch, fetch_one, fetch_value
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound, mark
from core.kernel.outbox import announce, cancel_timers, set_timer
from core.kernel.scope import Scope
from core.tasks.actions.dispatching import set_deadline
from core.tasks.actions.moves import change, find_assignment, move, remember
from core.tasks.actions.scoring import sent_here
from core.tasks.enums import OPEN_STATES, Happened
from core.tasks.rules import is_own_offices, wrong_extension

_TASK = "SELECT * FROM task t WHERE t.region >= $1 AND t.region < $2 AND t.id = $3"
_OPEN_SHARES = """
SELECT a.id FROM assignment a
WHERE a.region >= $1 AND a.region < $2 AND a.task_id = $3 AND a.state IN ('sent', 'in_hand', 'submitted', 'returned')
"""
# Those that wait for their receiver and were not chased since $4.
_TO_REMIND = f"""{_OPEN_SHARES} AND a.state <> 'submitted' AND (a.reminders = 0 OR NOT EXISTS (
  SELECT 1 FROM assignment_event e WHERE e.region >= $1 AND e.region < $2 AND e.county = a.county AND e.assignment_id = a.id
     AND e.kind = 'reminded' AND e.at > $4))"""  # noqa: S608 - no value is put into the text
_ALL_TO_REMIND = _TO_REMIND + " ORDER BY a.id"
_LATE_TO_REMIND = _TO_REMIND + " AND a.due_at < $5 ORDER BY a.id"
_LAST_REMINDER = """
SELECT max(e.at) FROM assignment_event e
WHERE e.region >= $1 AND e.region < $2 AND e.county = $3 AND e.assignment_id = $4 AND e.kind = 'reminded'
"""
# The count that was read decides between two who chase at the same moment.
_REMIND = """
UPDATE assignment SET reminders = reminders + 1, changed_at = $4
WHERE region >= $1 AND region < $2 AND id = $3 AND reminders = $5 AND state IN ('sent', 'in_hand', 'returned') RETURNING *
"""
_EARLIER_SHARES = _OPEN_SHARES + " AND a.due_at < $4 ORDER BY a.id"
# Shares are locked before their task, as accepting does: the other way round two who act at once would block each other.
_LOCK_SHARES = _OPEN_SHARES + " ORDER BY a.id FOR UPDATE"
_END_TASK = """
UPDATE task SET state = 'withdrawn', ended_at = $4, end_reason = $5
WHERE region >= $1 AND region < $2 AND id = $3 AND state = 'active' RETURNING *
"""
# Tasks that receivers made of shares which this task's withdrawal ended. One made of merged matters goes on as long as one of
# its senders still wants it: another share that was not withdrawn, or a matter of the receiver's own.
_PARTS = """
SELECT DISTINCT t.id FROM assignment a JOIN task_parent l ON l.county = a.county AND l.assignment_id = a.id
  JOIN task t ON t.county = l.county AND t.id = l.task_id
WHERE a.region >= $1 AND a.region < $2 AND l.region >= $1 AND l.region < $2 AND t.region >= $1 AND t.region < $2
  AND a.task_id = $3 AND a.state = 'withdrawn' AND t.state = 'active'
  AND NOT EXISTS (SELECT 1 FROM task_parent m JOIN assignment b ON b.county = m.county AND b.id = m.assignment_id
    WHERE m.region >= $1 AND m.region < $2 AND b.region >= $1 AND b.region < $2 AND m.county = t.county AND m.task_id = t.id
      AND b.state <> 'withdrawn')
  AND NOT EXISTS (SELECT 1 FROM incoming_task i WHERE i.region >= $1 AND i.region < $2 AND i.county = t.county
      AND i.task_id = t.id AND i.assignment_id IS NULL)
ORDER BY t.id
"""
# One receiver less. A place that was taken is not given to another: the task waits for one less of those as well.
_ONE_LESS = """
UPDATE task t SET receivers = t.receivers - 1, places = greatest(t.places - 1, 0), state = n.state,
       ended_at = CASE WHEN n.state = 'active' THEN t.ended_at ELSE $4 END,
       end_reason = CASE WHEN n.state = 'withdrawn' THEN $5 ELSE t.end_reason END
  FROM (SELECT o.id, CASE WHEN o.finished < greatest(o.receivers - 1, o.places - 1) THEN 'active'
                          WHEN o.finished > 0 THEN 'closed' ELSE 'withdrawn' END AS state
          FROM task o WHERE o.region >= $1 AND o.region < $2 AND o.id = $3 FOR UPDATE) n
 WHERE t.region >= $1 AND t.region < $2 AND t.id = $3 AND t.id = n.id AND t.state = 'active' RETURNING t.*
"""
_CLOSE_PLACES = """
UPDATE place SET withdrawn_at = $4
WHERE region >= $1 AND region < $2 AND task_id = $3 AND taken_by IS NULL AND withdrawn_at IS NULL
"""
_MOVE_DUE = "UPDATE task SET due_at = $4 WHERE region >= $1 AND region < $2 AND id = $3 AND state = 'active' RETURNING id"
_MOVE_PLACES = """
UPDATE place SET due_at = $4 WHERE region >= $1 AND region < $2 AND task_id = $3 AND taken_by IS NULL
"""
_GIVE_BACK = """
WITH parent AS (
  SELECT a.county, a.id FROM task_parent l JOIN assignment a ON a.county = l.county AND a.id = l.assignment_id
  WHERE l.region >= $1 AND l.region < $2 AND a.region >= $1 AND a.region < $2 AND l.county = $3 AND l.task_id = $4
    AND a.closed_at IS NULL ORDER BY a.id FOR UPDATE OF a)
UPDATE assignment a SET parts = greatest(a.parts - $5, a.parts_done), changed_at = $6 FROM parent p
WHERE a.region >= $1 AND a.region < $2 AND a.county = p.county AND a.id = p.id
"""
_ESCALATE = "UPDATE task SET escalated_at = $4 WHERE region >= $1 AND region < $2 AND id = $3"
_OPEN: Final[list[str]] = list(OPEN_STATES)
_CHASED: Final = frozenset({"sent", "in_hand", "returned"})
REMIND_AGAIN: Final = timedelta(hours=2)
_TOO_SOON: Final = mark("%(name)s在 %(hours)s 小时内已经催办过，请过一会儿再催。")


async def find_task(scope: Scope, task: UUID, permission: str) -> Any:
    """Give one's own task; ``NotFound`` outside the scope or for another office's, ``Forbidden`` for one sent by others."""
    row = await fetch_one(scope, _TASK, task)
    if row is None or not is_own_offices(scope, row):
        raise NotFound
    if row["region"] != scope.region and not scope.system:
        raise Forbidden(permission)
    return row


def _reason(reason: str) -> str:
    if not reason.strip():
        raise Invalid(fields={"reason": mark("请写明原因。")})
    return reason.strip()


def _check_later(due_at: datetime, before: datetime, now: datetime) -> None:
    if (wrong := wrong_extension(due_at, before, now)) is not None:
        raise Invalid(fields={"due_at": wrong})


async def withdraw_task(scope: Scope, *, task: UUID, reason: str, now: datetime) -> int:
    """End a task that is not finished (撤回), with all its open shares and free places. Gives how many shares ended.

    Where it was a part of a share from above, that share no longer waits for what was withdrawn.
    """
    scope.require("core:task:withdraw")
    told = _reason(reason)
    await find_task(scope, task, "core:task:withdraw")
    ended = await _end(scope, task, told, now=now)
    if ended is None:
        raise Conflict(mark("这件任务已经结束，不能撤回。"))
    return ended


async def withdraw_parts(scope: Scope, *, task: UUID, reason: str, now: datetime) -> list[UUID]:
    """End what receivers made of a task that was withdrawn: their tasks with all open shares. Gives those tasks.

    What was accepted stays with its points. Each task's end is announced, so that its own parts end as well. For handlers.
    """
    if not scope.system:
        raise Forbidden("core:task:withdraw")
    parts = [part["id"] for part in await fetch(scope, _PARTS, task)]
    return [part for part in parts if await _end(scope, part, reason, now=now, above=True) is not None]


async def _end(scope: Scope, task: UUID, told: str, *, now: datetime, above: bool = False) -> int | None:
    """End a task with its open shares and free places. Gives how many shares ended; None for one that has ended."""
    await fetch(scope, _LOCK_SHARES, task)
    row = await fetch_one(scope, _END_TASK, task, now, told)
    if row is None:
        return None
    free = await execute(scope, _CLOSE_PLACES, task, now)
    shares = await fetch(scope, _OPEN_SHARES, task)
    data = {"above": True} if above else {}
    for share in shares:
        moved = await move(scope, share["id"], "withdraw", now=now, sets={"closed_at": now})
        await remember(scope, moved, Happened.WITHDRAWN, now=now, text=told, data=data)
    await execute(scope, _GIVE_BACK, row["county"], task, len(shares) + free, now)
    place = {"county": row["county"], "region": row["region"]}
    await cancel_timers(scope, subject=task, county=row["county"])
    await audit(
        scope, "task.withdrawn", kind="task", subject=task, now=now, data={"reason": told, **data}, **place
    )
    await announce(scope, "task.withdrawn", {"task": str(task), "reason": told}, now=now, **place)
    return len(shares)


async def withdraw_assignment(scope: Scope, *, assignment: UUID, reason: str, now: datetime) -> Any:
    """End the share of one receiver (撤回这一件); the others keep theirs. Gives the share.

    The task no longer waits for it, and ends where nobody else is left: closed where something was accepted, else withdrawn.
    What the receiver made of it ends by the same announcement.
    """
    scope.require("core:task:withdraw")
    told = _reason(reason)
    sent_here(scope, await find_assignment(scope, assignment), "core:task:withdraw")
    row = await move(scope, assignment, "withdraw", now=now, sets={"closed_at": now})
    await remember(scope, row, Happened.WITHDRAWN, now=now, text=told)
    task = await fetch_one(scope, _ONE_LESS, row["task_id"], now, told)
    if task is None:
        raise Conflict
    if task["state"] != "active":
        await cancel_timers(scope, subject=task["id"], county=task["county"])
    await execute(scope, _GIVE_BACK, task["county"], task["id"], 1, now)
    await cancel_timers(scope, subject=assignment, county=row["county"])
    data = {"reason": told, "name": row["receiver_name"]}
    await audit(scope, "task.share_withdrawn", kind="task", subject=row["task_id"], now=now, data=data)
    payload = {"task": str(row["task_id"]), "assignment": str(assignment), "reason": told}
    await announce(scope, "assignment.withdrawn", payload, now=now)
    return row


async def extend_task(scope: Scope, *, task: UUID, due_at: datetime, reason: str, now: datetime) -> int:
    """Move the due time of a task and of its open shares (延期). Gives how many shares moved.

    A share that was given more time than this keeps it.
    """
    scope.require("core:task:extend")
    told = _reason(reason)
    row = await find_task(scope, task, "core:task:extend")
    _check_later(due_at, row["due_at"], now)
    await fetch(scope, _LOCK_SHARES, task)
    if await fetch_one(scope, _MOVE_DUE, task, due_at) is None:
        raise Conflict(mark("这件任务已经结束，不能延期。"))
    await execute(scope, _MOVE_PLACES, task, due_at)
    shares = await fetch(scope, _EARLIER_SHARES, task, due_at)
    for share in shares:
        moved = await change(
            scope, share["id"], now=now, sets={"due_at": due_at, "overdue_at": None}, states=_OPEN
        )
        await remember(
            scope, moved, Happened.EXTENDED, now=now, text=told, data={"due_at": due_at.isoformat()}
        )
    await cancel_timers(scope, subject=task)
    await set_deadline(scope, task, due_at=due_at, now=now)
    await audit(
        scope, "task.extended", kind="task", subject=task, now=now,
        data={"reason": told, "from": row["due_at"].isoformat(), "to": due_at.isoformat()},
    )  # fmt: skip
    await announce(scope, "task.extended", {"task": str(task), "reason": told}, now=now)
    return len(shares)


async def extend_assignment(
    scope: Scope, *, assignment: UUID, due_at: datetime, reason: str, now: datetime
) -> None:
    """Give one receiver more time; the others keep theirs."""
    scope.require("core:task:extend")
    told = _reason(reason)
    row = await find_assignment(scope, assignment)
    sent_here(scope, row, "core:task:extend")
    _check_later(due_at, row["due_at"], now)
    moved = await change(
        scope, assignment, now=now, sets={"due_at": due_at, "overdue_at": None}, states=_OPEN
    )
    await remember(scope, moved, Happened.EXTENDED, now=now, text=told, data={"due_at": due_at.isoformat()})
    payload = {"task": str(row["task_id"]), "assignment": str(assignment)}
    # Its own timer, which an extension of the whole task does not cancel.
    await cancel_timers(scope, subject=assignment)
    await set_timer(scope, "task.due", subject=assignment, due_at=due_at, payload=payload)
    await announce(scope, "assignment.extended", payload, now=now)


async def remind_assignment(scope: Scope, *, assignment: UUID, now: datetime, text: str = "") -> Any:
    """Chase one slow share (催办); its receivers get a notice. Gives the share.

    Raises ``Conflict`` where it was chased less than ``REMIND_AGAIN`` ago: who is asked every minute no longer listens.
    """
    scope.require("core:task:remind")
    row = await find_assignment(scope, assignment)
    sent_here(scope, row, "core:task:remind")
    if row["state"] in _CHASED and row["reminders"]:
        last = await fetch_value(scope, _LAST_REMINDER, row["county"], assignment)
        if last is not None and last > now - REMIND_AGAIN:
            raise Conflict(_TOO_SOON, name=row["receiver_name"], hours=REMIND_AGAIN // timedelta(hours=1))
    row = await fetch_one(scope, _REMIND, assignment, now, row["reminders"])
    if row is None:
        raise Conflict
    await remember(scope, row, Happened.REMINDED, now=now, text=text)
    await audit(
        scope, "task.reminded", kind="task", subject=row["task_id"], now=now, data={"name": row["receiver_name"]}
    )
    await announce(
        scope, "assignment.reminded", {"assignment": str(assignment), "n": row["reminders"]}, now=now
    )
    return row


async def remind_late(scope: Scope, *, task: UUID, now: datetime) -> int:
    """Chase all late shares of a task at once, less those chased just now. Gives how many."""
    return await _remind_each(scope, task, _LATE_TO_REMIND, now - REMIND_AGAIN, now, now=now)


async def remind_open(scope: Scope, *, task: UUID, now: datetime) -> int:
    """Chase all shares of a task that wait for their receivers, less those chased just now. Gives how many."""
    return await _remind_each(scope, task, _ALL_TO_REMIND, now - REMIND_AGAIN, now=now)


async def _remind_each(scope: Scope, task: UUID, which: str, *arguments: datetime, now: datetime) -> int:
    scope.require("core:task:remind")
    await find_task(scope, task, "core:task:remind")
    shares = await fetch(scope, which, task, *arguments)
    for share in shares:
        await remind_assignment(scope, assignment=share["id"], now=now)
    return len(shares)


async def escalate_assignment(scope: Scope, *, assignment: UUID, reason: str, now: datetime) -> None:
    """Put a share under the leader's own supervision (督办)."""
    scope.require("core:task:escalate")
    told = _reason(reason)
    row = await find_assignment(scope, assignment)
    sent_here(scope, row, "core:task:escalate")
    row = await change(
        scope, assignment, now=now, sets={"escalated_at": now}, states=["sent", "in_hand", "returned"]
    )
    await execute(scope, _ESCALATE, row["task_id"], now)
    await remember(scope, row, Happened.ESCALATED, now=now, text=told)
    await announce(scope, "assignment.escalated", {"assignment": str(assignment), "reason": told}, now=now)

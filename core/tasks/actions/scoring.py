"""What the sender does with a result: accept it with a score, or return it with a reason."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.contracts.guards import ask_guards
from core.kernel.database import execute, fetch_one, fetch_value
from core.kernel.errors import Conflict, Forbidden, Invalid, mark
from core.kernel.outbox import announce
from core.kernel.scope import Scope
from core.scores.actions import add_line, reverse_line
from core.scores.rules import GRADES, ScoreRule, score, timeliness
from core.tasks.actions.moves import change, find_assignment, move, remember
from core.tasks.enums import AssignmentState as A
from core.tasks.enums import Happened
from core.tasks.rules import sends
from core.tenancy.settings import fitting

_COUNT = """
UPDATE task SET finished = finished + 1,
       state = CASE WHEN finished + 1 >= greatest(receivers, places) THEN 'closed' ELSE state END,
       ended_at = CASE WHEN finished + 1 >= greatest(receivers, places) THEN $4 ELSE ended_at END
WHERE region >= $1 AND region < $2 AND id = $3 RETURNING county, EXISTS (
  SELECT 1 FROM task_parent l WHERE l.region >= $1 AND l.region < $2 AND l.county = task.county AND l.task_id = task.id) AS is_part
"""
# One more part is done of each share that the task is a part of and that was not taken back; they are held in one order.
_PART = """
WITH parent AS (
  SELECT a.county, a.id FROM task_parent l JOIN assignment a ON a.county = l.county AND a.id = l.assignment_id
  WHERE l.region >= $1 AND l.region < $2 AND a.region >= $1 AND a.region < $2 AND l.county = $3 AND l.task_id = $4
    AND a.closed_at IS NULL ORDER BY a.id FOR UPDATE OF a)
UPDATE assignment a SET parts_done = a.parts_done + 1, changed_at = $5 FROM parent p
WHERE a.region >= $1 AND a.region < $2 AND a.county = p.county AND a.id = p.id
"""


# A brief belongs to whoever sent the share: the one who judges it reads his own.
_RULE = "SELECT b.rule FROM task_brief b WHERE b.region >= $1 AND b.region < $2 AND b.county = $3 AND b.id = $4"


def sent_here(scope: Scope, row: Any, permission: str) -> None:
    """Only the sender judges: a level above reads the result, but the task is not its own, nor is an office's own share."""
    if not scope.system and not sends(scope, row):
        raise Forbidden(permission)


async def accept_submission(
    scope: Scope, *, assignment: UUID, grade: str, rule: ScoreRule, now: datetime, text: str = ""
) -> Any:
    """Accept a result and write its points (验收通过): points × quality × timeliness by the sender's rule.

    The rule is the one the task was sent under, which its receivers read; ``rule``, in force now, judges a task without one.
    A person decides; the factors and the rule are kept with the ledger line.
    """
    scope.require("core:task:score")
    before = await find_assignment(scope, assignment)
    sent_here(scope, before, "core:task:score")
    if grade not in GRADES:
        raise Invalid(fields={"grade": mark("请选择质量等级。")})
    await ask_guards(scope, "assignment", "accept", subject=assignment, now=now)
    rule = await _rule_at_dispatch(scope, before) or rule
    submitted = before["submitted_at"] or now
    factor = timeliness(rule, submitted_at=submitted, due_at=before["due_at"])
    points = score(rule, points=before["points"], grade=grade, factor=factor)
    row = await move(
        scope, assignment, "accept", now=now,
        sets={"quality": grade, "timeliness": factor, "score": points, "closed_at": now},
    )  # fmt: skip
    await _write_points(scope, row, rule, grade=grade, factor=factor, points=points, now=now)
    await _count_on_task(scope, row, now=now)
    await remember(
        scope, row, Happened.ACCEPTED, now=now, text=text,
        data={"grade": grade, "timeliness": str(factor), "score": str(points)},
    )  # fmt: skip
    await announce(scope, "assignment.accepted", {"assignment": str(assignment)}, now=now)
    return row


async def _rule_at_dispatch(scope: Scope, row: Any) -> ScoreRule | None:
    kept = await fetch_value(scope, _RULE, row["county"], row["brief_id"])
    return fitting(ScoreRule, kept) if kept else None


async def _write_points(
    scope: Scope, row: Any, rule: ScoreRule, *, grade: str, factor: Decimal, points: Decimal, now: datetime
) -> None:
    await add_line(
        scope, county=row["county"], region=row["region"], source="task", subject=row["id"], points=points,
        title=row["title"], now=now,
        rule={**rule.model_dump(mode="json"), "points": str(row["points"]), "grade": grade, "timeliness": str(factor)},
    )  # fmt: skip


async def _count_on_task(scope: Scope, row: Any, *, now: datetime) -> None:
    task = await fetch_one(scope, _COUNT, row["task_id"], now)
    if task is None:
        raise Conflict
    if task["is_part"]:
        await execute(scope, _PART, task["county"], row["task_id"], now)


async def return_submission(scope: Scope, *, assignment: UUID, reason: str, now: datetime) -> Any:
    """Send a result back for correction (退回), with the reason that the receiver reads first."""
    scope.require("core:task:score")
    sent_here(scope, await find_assignment(scope, assignment), "core:task:score")
    if not reason.strip():
        raise Invalid(fields={"reason": mark("请写明退回原因，对方才知道怎么改。")})
    row = await move(
        scope, assignment, "return", now=now, sets={"returned_at": now, "return_reason": reason.strip()}
    )
    await remember(scope, row, Happened.RETURNED, now=now, text=reason.strip())
    await announce(scope, "assignment.returned", {"assignment": str(assignment)}, now=now)
    return row


async def reverse_score(scope: Scope, *, assignment: UUID, reason: str, now: datetime) -> None:
    """Take the points of an accepted share back with a reason; the share stays closed, the ledger shows both lines."""
    scope.require("core:task:score")
    row = await find_assignment(scope, assignment)
    sent_here(scope, row, "core:task:score")
    if not reason.strip():
        raise Invalid(fields={"reason": mark("请写明冲销原因。")})
    if row["state"] != A.ACCEPTED:
        raise Conflict
    # The update comes first: it makes a second one who takes the same points back wait, and find no line any more.
    row = await change(scope, assignment, now=now, sets={"score": Decimal(0)}, states=[A.ACCEPTED])
    points = await reverse_line(
        scope, county=row["county"], subject=assignment, reason=reason.strip(), now=now
    )
    await remember(scope, row, Happened.REVERSED, now=now, text=reason.strip(), data={"points": str(-points)})
    await announce(
        scope, "assignment.reversed", {"assignment": str(assignment), "reason": reason.strip()}, now=now
    )

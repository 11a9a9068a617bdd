"""Dispatch (派发): one task, its brief, and a share for each receiver or places to take."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.contracts.guards import ask_guards
from core.files.actions import attach_files, copy_files
from core.kernel.audit import audit
from core.kernel.database import execute, fetch, fetch_one
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound, mark
from core.kernel.ids import new_id
from core.kernel.outbox import announce, set_timer
from core.kernel.scope import Scope
from core.tasks.actions.groups import lock_open
from core.tasks.actions.listed import refuse_forbidden
from core.tasks.actions.moves import find_assignment
from core.tasks.enums import Level, Mode
from core.tasks.forms import AskedField, wrong_form
from core.tasks.queries.times import reminder_for
from core.tasks.rules import EvidenceWanted, can_be_due, receives, wrong_points, wrong_receivers
from core.tasks.workflows import INCOMING


@dataclass(frozen=True, slots=True)
class Order:
    """What a leader dispatches. ``regions`` and ``offices`` are the named receivers, ``places`` the open shares."""

    title: str
    body: str
    points: Decimal
    due_at: datetime
    level: Level
    evidence: EvidenceWanted
    mode: Mode = Mode.NAMED
    regions: Sequence[str] = ()
    offices: Sequence[UUID] = ()
    places: int = 0
    points_reason: str = ""
    incoming: UUID | None = None
    parent_assignment: UUID | None = None
    attachments: Sequence[UUID] = ()
    item: "Item | None" = None
    emergency: bool = False
    form: Sequence[AskedField] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """What is kept of the entry item: the text as it stood when the task was sent."""

    id: UUID | None = None
    code: str = ""
    title: str = ""
    category: str = ""
    points: Decimal | None = None
    legal_basis: str = ""
    conditions: str = ""
    funding: str = ""
    list_title: str = ""


@dataclass(frozen=True, slots=True)
class Dispatched:
    """What came of it."""

    task: UUID
    brief: UUID
    receivers: int
    rule: dict[str, Any] = field(default_factory=dict)


_BRIEF = """
INSERT INTO task_brief (county, id, region, body, legal_basis, conditions, funding, list_title, item_title, rule, form, asked_by, created_at, changed_at)
SELECT $3, $4, $1, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14 WHERE $1 < $2
"""
_TASK = """
INSERT INTO task (county, id, region, office_id, sender_name, incoming_id, brief_id, title, item_id,
                  item_code, item_title, category, level, mode, places, points, item_points, points_reason, due_at, evidence,
                  state, emergency, receivers, membership, by_name, created_at)
SELECT $3, $4, $1, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
       'active', $22, $23, $24, $25, $26 WHERE $1 < $2
"""
_NAMED = """
WITH receiver AS (
  SELECT r.code, r.shown_name, g.id, coalesce(c.county, $3) AS county
  FROM unnest($4::text[], $5::uuid[]) AS g(code, id)
  JOIN region r ON r.code = g.code AND r.closed IS NULL
  LEFT JOIN county c ON c.code = substr(g.code, 1, 6) AND $16::boolean
  WHERE r.code >= $1 AND r.code < $2 AND r.code <> $1)
INSERT INTO assignment (county, id, region, task_id, brief_id, sender_region, sender_office_id, sender_name, receiver_name,
                        title, item_code, category, points, due_at, evidence, state, emergency, created_at, changed_at)
SELECT county, id, code, $6, $7, $1, $8, $9, shown_name, $10, $11, $12, $13, $14, $15, 'sent', $17, $18, $18 FROM receiver
"""
_OFFICES = """
INSERT INTO assignment (county, id, region, office_id, task_id, brief_id, sender_region, sender_office_id, sender_name,
                        receiver_name, title, item_code, category, points, due_at, evidence, state, emergency,
                        created_at, changed_at)
SELECT o.county, g.id, o.region, o.id, $5, $6, $1, $7, $8, o.name, $9, $10, $11, $12, $13, $14, 'sent', $15, $16, $16
FROM unnest($3::uuid[], $4::uuid[]) AS g(office, id) JOIN office o ON o.id = g.office
WHERE o.region >= $1 AND o.region < $2 AND o.closed_at IS NULL
"""
_PLACES = """
INSERT INTO place (county, id, region, task_id, brief_id, n, title, category, item_code, evidence, emergency, points, due_at,
                   sender_office_id, sender_name)
SELECT $3, g.id, $1, $4, $5, g.n, $6, $7, $8, $9, $10, $11, $12, $13, $14
FROM unnest($15::uuid[], $16::int[]) AS g(id, n) WHERE $1 < $2
"""
# The leading matter and all that were merged into it, in one go; the leading one remembers the share that the task splits.
_CLAIM = """
UPDATE incoming_task SET state = 'dispatched', task_id = $4, assignment_id = CASE WHEN id = $3 THEN coalesce(assignment_id, $5) ELSE assignment_id END
WHERE region >= $1 AND region < $2 AND region = $1
  AND ((id = $3 AND state = 'passed' AND ($7::uuid IS NULL OR office_id IS NULL OR office_id = $7)) OR (county = $6 AND merged_into = $3 AND state = 'merged'))
RETURNING id, title, item_id, item_code, level, emergency, assignment_id, coalesce((SELECT a.sender_name FROM assignment a
  WHERE a.region >= $1 AND a.region < $2 AND a.county = incoming_task.county AND a.id = incoming_task.assignment_id), sender_name) AS asked_by
"""
_PARENT = """
INSERT INTO task_parent (county, id, region, task_id, assignment_id) SELECT $3, $4, $1, $5, $6 WHERE $1 < $2
"""
_SPLIT = """
UPDATE assignment SET parts = parts + $4, state = CASE WHEN state = 'sent' THEN 'in_hand' ELSE state END,
       acknowledged_at = coalesce(acknowledged_at, $5), acknowledged_by_name = CASE WHEN acknowledged_at IS NULL THEN $6
       ELSE acknowledged_by_name END, changed_at = $5
WHERE region >= $1 AND region < $2 AND region = $1 AND id = $3 AND state IN ('sent', 'in_hand', 'returned') RETURNING *
"""


async def dispatch_task(scope: Scope, order: Order, *, rule: dict[str, Any], now: datetime) -> Dispatched:
    """Send a task. ``rule`` is the scoring rule in force, kept with the brief so that receivers see how points are counted.

    Raises ``Invalid`` with fields, ``NotFound`` for receivers outside the scope, ``Conflict`` when the incoming task it
    rests on is not passed (any more), or when its item, or that of the share it splits, is banned or was taken back.
    """
    scope.require("core:task:dispatch")
    _check(order, now)
    task, brief = new_id(), new_id()
    receivers = order.places if order.mode is Mode.OPEN else len(order.regions) + len(order.offices)
    item = order.item or Item()
    await refuse_forbidden(scope, level=order.level, now=now, item=item.id, code=item.code)
    matters = await _claim(scope, order, task, now=now) if order.incoming else []
    order = replace(order, emergency=order.emergency or any(matter["emergency"] for matter in matters))
    asked_by = list(dict.fromkeys(matter["asked_by"] for matter in matters))
    await _write_brief(scope, order, item, brief=brief, rule=rule, asked_by=asked_by, now=now)
    await attach_files(scope, file_ids=order.attachments, subject=brief, now=now)
    for matter in matters:
        await copy_files(scope, source=matter["id"], subject=brief, now=now)
    shown = 0 if order.mode is Mode.OPEN else receivers
    await execute(
        scope, _TASK, scope.county, task, scope.office, sender_name(scope), order.incoming, brief,
        order.title, item.id, item.code, item.title, item.category, order.level, order.mode, order.places, order.points,
        item.points, order.points_reason, order.due_at, order.evidence.stored(), order.emergency, shown, scope.membership,
        scope.by_name, now,
    )  # fmt: skip
    if order.mode is Mode.OPEN:
        await _open_places(scope, order, item, task=task, brief=brief)
    else:
        await _send_shares(scope, order, item, task=task, brief=brief, now=now)
    for parent in await _parents(scope, order, matters):
        split = await _split_parent(scope, parent, task, receivers=receivers, now=now)
        await copy_files(scope, source=split["brief_id"], subject=brief, now=now)
    await _follow(scope, order, task=task, receivers=receivers, now=now)
    return Dispatched(task=task, brief=brief, receivers=receivers, rule=rule)


async def _claim(scope: Scope, order: Order, task: UUID, *, now: datetime) -> list[Any]:
    """Take the matter the task rests on with all that were merged into it, the leading one first."""
    if order.incoming is None:
        return []
    await lock_open(scope, [order.incoming])
    rows = await fetch(scope, _CLAIM, order.incoming, task, order.parent_assignment, scope.county, scope.office)
    rows.sort(key=lambda row: (row["id"] != order.incoming, row["id"]))
    if not rows or rows[0]["id"] != order.incoming:
        raise Conflict(mark("这件来文还没有通过过筛，或者已经派发过了、归并到别的来文了。"))
    main = rows[0]
    await refuse_forbidden(scope, level=main["level"], now=now, item=main["item_id"], code=main["item_code"])
    for row in rows:  # nothing goes out inside another matter that may not go out by itself
        await ask_guards(scope, INCOMING.name, "dispatch", subject=row["id"], now=now)
    return rows


def sender_name(scope: Scope) -> str:
    """Name the sender as receivers read it: the office, or the person where there is none."""
    return scope.by_office or scope.by_name


def _check(order: Order, now: datetime) -> None:
    problems: dict[str, str] = {}
    if not order.title.strip():
        problems["title"] = mark("请写标题。")
    if (wrong := can_be_due(order.due_at, now)) is not None:
        problems["due_at"] = wrong
    expected = order.item.points if order.item else None
    problems |= wrong_points(order.points, expected, order.points_reason)
    problems |= wrong_receivers(order.mode, places=order.places, regions=order.regions, offices=order.offices)
    problems |= wrong_form(order.form)
    if problems:
        raise Invalid(fields=problems)


async def _write_brief(
    scope: Scope, order: Order, item: Item, *, brief: UUID, rule: dict[str, Any], asked_by: list[str], now: datetime
) -> None:
    await execute(
        scope, _BRIEF, scope.county, brief, order.body, item.legal_basis, item.conditions, item.funding, item.list_title,
        item.title, rule, [field.stored() for field in order.form], asked_by, now,
    )  # fmt: skip


async def _send_shares(
    scope: Scope, order: Order, item: Item, *, task: UUID, brief: UUID, now: datetime
) -> None:
    """Write one share a receiver in one statement. Fewer rows than receivers means that one of them is not ours to send to."""
    sent = 0
    evidence = order.evidence.stored()
    if order.regions:
        sent += await execute(
            scope, _NAMED, scope.county, list(order.regions), [new_id() for _ in order.regions], task, brief, scope.office,
            sender_name(scope), order.title, item.code, item.category, order.points, order.due_at, evidence,
            len(scope.county) < len("330503"), order.emergency, now,
        )  # fmt: skip
    if order.offices:
        sent += await execute(
            scope, _OFFICES, list(order.offices), [new_id() for _ in order.offices], task, brief, scope.office,
            sender_name(scope), order.title, item.code, item.category, order.points, order.due_at, evidence,
            order.emergency, now,
        )  # fmt: skip
    if sent != len(order.regions) + len(order.offices):
        raise NotFound


async def _open_places(scope: Scope, order: Order, item: Item, *, task: UUID, brief: UUID) -> None:
    numbers = list(range(1, order.places + 1))
    await execute(
        scope, _PLACES, scope.county, task, brief, order.title, item.category, item.code, order.evidence.stored(),
        order.emergency, order.points, order.due_at, scope.office, sender_name(scope), [new_id() for _ in numbers], numbers,
    )  # fmt: skip


async def _parents(scope: Scope, order: Order, matters: Sequence[Any]) -> list[UUID]:
    """Give the shares from above that the task is a part of, each once, in the order in which they are locked.

    The one that is split by name must be this post's own. Those that merged matters came from were split by whoever handed
    them in, which was asked then.
    """
    if order.parent_assignment and not receives(scope, await find_assignment(scope, order.parent_assignment)):
        raise Forbidden("core:task:dispatch")
    named = {order.parent_assignment, *(matter["assignment_id"] for matter in matters)}
    return sorted(each for each in named if each is not None)


async def _split_parent(scope: Scope, parent: UUID, task: UUID, *, receivers: int, now: datetime) -> Any:
    row = await fetch_one(scope, _SPLIT, parent, receivers, now, scope.by_name)
    if row is None:
        raise Conflict(mark("上级派来的任务里有一件现在不能分解：它已经提交、办结或撤回了。归并过来的，请先撤销那一件的归并。"))
    await refuse_forbidden(scope, level=Level.TOWNSHIP, now=now, code=row["item_code"])
    await execute(scope, _PARENT, scope.county, new_id(), task, parent)
    return row


async def _follow(scope: Scope, order: Order, *, task: UUID, receivers: int, now: datetime) -> None:
    await audit(
        scope, "task.dispatched", kind="task", subject=task, now=now,
        data={"title": order.title, "points": str(order.points), "receivers": receivers, "mode": order.mode},
    )  # fmt: skip
    await announce(scope, "task.dispatched", {"task": str(task)}, now=now)
    await set_deadline(scope, task, due_at=order.due_at, now=now)


async def set_deadline(scope: Scope, task: UUID, *, due_at: datetime, now: datetime) -> None:
    """Set the task's timers: it is due, exactly then, and some working days before that it will be soon."""
    payload = {"task": str(task)}
    await set_timer(scope, "task.due", subject=task, due_at=due_at, payload=payload)
    if (soon := await reminder_for(scope, due_at, now=now)) is not None:
        await set_timer(scope, "task.due_soon", subject=task, due_at=soon, payload=payload)

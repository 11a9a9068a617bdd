"""Tasks as their senders read them: lists, one task with its receivers, and how busy each village is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from core.kernel.database import fetch, fetch_as, fetch_one, fetch_value
from core.kernel.errors import NotFound
from core.kernel.scope import Scope
from core.tasks.queries.filters import PAGE_SIZE, Conditions, Filters, like, own_offices
from core.tasks.queries.parts import shares_above
from core.tasks.rules import RatedWeek, is_own_offices, shown_ratings, week_start
from core.tasks.workflows import ASSIGNMENT

_ROW: Final = (
    "t.id, t.title, t.item_code, t.item_title, t.category, t.points, t.due_at, t.state, t.mode, t.places, t.receivers, "
    "t.finished, t.emergency, t.sender_name, t.by_name, t.created_at, t.escalated_at"
)
_LIST: Final = f"SELECT {_ROW} FROM task t WHERE t.region >= $1 AND t.region < $2"  # noqa: S608 - constant columns
_COUNT: Final = "SELECT count(*) FROM task t WHERE t.region >= $1 AND t.region < $2"
# With the time that the shares this task is a part of were given since: when, and until when (the shortest of several).
_ONE: Final = """
SELECT t.*, x.due_at AS above_due_at, x.at AS above_at FROM task t LEFT JOIN LATERAL (
  SELECT min(a.due_at) AS due_at, max((SELECT max(e.at) FROM assignment_event e WHERE e.region >= $1 AND e.region < $2
         AND e.county = a.county AND e.assignment_id = a.id AND e.kind = 'extended' AND e.at > t.created_at)) AS at
    FROM task_parent l JOIN assignment a ON a.county = l.county AND a.id = l.assignment_id
   WHERE l.region >= $1 AND l.region < $2 AND a.region >= $1 AND a.region < $2 AND l.county = t.county AND l.task_id = t.id
     AND a.closed_at IS NULL) x ON x.due_at > t.due_at AND x.at IS NOT NULL
WHERE t.region >= $1 AND t.region < $2 AND t.id = $3
"""
_BRIEF: Final = "SELECT b.* FROM task_brief b WHERE b.region >= $1 AND b.region < $2 AND b.id = $3"
_RECEIVERS: Final = """
SELECT a.id, a.region, a.receiver_name, a.state, a.due_at, a.points, a.allocated_name, a.acknowledged_at, a.submitted_at,
       a.overdue_at, a.escalated_at, a.reminders, a.quality, a.timeliness, a.score, a.return_reason, a.parts, a.parts_done, a.closed_at,
       CASE WHEN a.reminders > 0 THEN (SELECT max(e.at) FROM assignment_event e WHERE e.region >= $1 AND e.region < $2
          AND e.county = a.county AND e.assignment_id = a.id AND e.kind = 'reminded') END AS reminded_at
FROM assignment a WHERE a.region >= $1 AND a.region < $2 AND a.task_id = $3
ORDER BY (a.closed_at IS NOT NULL), (a.due_at >= $4), a.due_at, a.region LIMIT 1000
"""
_PLACES: Final = """
SELECT p.n, p.taken_by_name, p.taken_at, p.withdrawn_at FROM place p
WHERE p.region >= $1 AND p.region < $2 AND p.task_id = $3 ORDER BY p.n
"""
_EVENTS: Final = """
SELECT l.at, l.action, l.by_name, l.by_office, l.data FROM audit_line l
WHERE l.region >= $1 AND l.region < $2 AND l.county = $3 AND l.subject_id = $4 ORDER BY l.at, l.id
"""
# What became of single shares, as far as the sender asks for it; a task of all villages has hundreds, the latest tell enough.
_MOVES: Final = """
SELECT e.at, e.kind, e.text, e.by_name, e.by_office, e.data, a.receiver_name AS name
FROM assignment a JOIN assignment_event e ON e.county = a.county AND e.assignment_id = a.id AND e.region >= $1 AND e.region < $2
WHERE a.region >= $1 AND a.region < $2 AND a.task_id = $3 AND e.kind IN ('submitted', 'returned', 'accepted', 'escalated')
ORDER BY e.at DESC, e.id DESC LIMIT 300
"""
# The sender sees figures, never who rated: sums of closed weeks, of which ``shown_ratings`` says what may be told.
_RATINGS: Final = """
SELECT count(*) AS ratings, array_agg(DISTINCT a.region || ':' || coalesce(a.office_id::text, '')) AS raters, sum(r.clarity) AS clarity,
       sum(r.time_given) AS time_given, sum(r.need) AS need, sum(r.burden_hours) AS hours
FROM task_rating r JOIN assignment a ON a.county = r.county AND a.id = r.assignment_id
WHERE r.region >= $1 AND r.region < $2 AND a.region >= $1 AND a.region < $2 AND a.task_id = $3 AND r.at < $4
GROUP BY date_trunc('week', r.at AT TIME ZONE 'Asia/Shanghai') ORDER BY date_trunc('week', r.at AT TIME ZONE 'Asia/Shanghai')
"""
_LOAD: Final = """
SELECT r.code AS region, r.shown_name AS name, r.name AS full_name,
       count(a.id) FILTER (WHERE a.due_at < $4) AS week, count(a.id) FILTER (WHERE a.due_at < $3) AS late, count(a.id) AS open
FROM region r LEFT JOIN assignment a ON a.region = r.code AND a.region >= $1 AND a.region < $2 AND a.closed_at IS NULL
     AND a.state <> 'submitted' AND (NOT $5::boolean OR a.sender_region = $1
          AND ($6::uuid IS NULL OR a.sender_office_id IS NULL OR a.sender_office_id = $6))
WHERE r.parent = $1 AND r.code >= $1 AND r.code < $2 AND r.closed IS NULL AND NOT r.pseudo
GROUP BY r.code, r.shown_name, r.name ORDER BY r.code
"""
_OFFICES: Final = """
SELECT o.id, o.name FROM office o WHERE o.region >= $1 AND o.region < $2 AND o.region = $1 AND o.closed_at IS NULL
ORDER BY o.position, o.name
"""
_LAST: Final = """
SELECT DISTINCT a.region FROM assignment a WHERE a.region >= $1 AND a.region < $2 AND a.task_id = (
  SELECT t.id FROM task t WHERE t.region >= $1 AND t.region < $2 AND t.region = $1 AND t.membership = $3 AND t.mode = 'named'
  ORDER BY t.created_at DESC LIMIT 1)
"""
_DESK: Final = """
SELECT (SELECT count(*) FROM incoming_task i WHERE i.region >= $1 AND i.region < $2 AND i.region = $1 AND i.state = 'held'
           AND ($4::uuid IS NULL OR i.office_id IS NULL OR i.office_id = $4)) AS held,
       (SELECT count(*) FROM incoming_task i WHERE i.region >= $1 AND i.region < $2 AND i.region = $1 AND i.state = 'passed'
           AND ($4::uuid IS NULL OR i.office_id IS NULL OR i.office_id = $4)) AS passed,
       count(*) FILTER (WHERE a.state = 'submitted') AS to_score,
       count(*) FILTER (WHERE a.state = 'sent') AS unacknowledged,
       count(*) FILTER (WHERE a.state = 'in_hand') AS in_hand,
       count(*) FILTER (WHERE a.state = 'returned') AS returned,
       count(*) FILTER (WHERE a.state IN ('sent', 'in_hand', 'returned') AND a.due_at < $3) AS late
FROM assignment a WHERE a.region >= $1 AND a.region < $2 AND a.sender_region = $1 AND a.closed_at IS NULL
  AND ($4::uuid IS NULL OR a.sender_office_id IS NULL OR a.sender_office_id = $4)
"""


@dataclass(frozen=True, slots=True)
class TaskRow:
    """What a list shows of a task."""

    id: UUID
    title: str
    item_code: str
    item_title: str
    category: str
    points: Decimal
    due_at: datetime
    state: str
    mode: str
    places: int
    receivers: int
    finished: int
    emergency: bool
    sender_name: str
    by_name: str
    created_at: datetime
    escalated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Load:
    """How busy one receiver is: open shares due within 7 days, late ones, all."""

    region: str
    name: str
    full_name: str
    week: int
    late: int
    open: int


@dataclass(frozen=True, slots=True)
class Desk:
    """The leader's answer to 派下去的事到哪一步, in figures. All but the incoming tasks are shares, each of one receiver."""

    held: int
    passed: int
    to_score: int
    unacknowledged: int
    in_hand: int
    returned: int
    late: int


@dataclass(frozen=True, slots=True)
class TaskPage:
    """One task with its receivers, late ones first.

    ``more_time`` is the due time that those above gave to the share this task is a part of, while nobody has acted on it;
    ``moves`` are what became of single shares, the latest first; ``above`` are the shares it is a part of.
    """

    row: Mapping[str, Any]
    brief: Mapping[str, Any]
    receivers: list[Any]
    places: list[Any]
    events: list[Any]
    ratings: Mapping[str, Any]
    more_time: datetime | None = None
    moves: list[Any] = field(default_factory=list)
    above: list[Any] = field(default_factory=list)


async def tasks_of(scope: Scope, filters: Filters, *, now: datetime) -> tuple[list[TaskRow], int]:
    """List the tasks sent from this scope, active ones by due time first, and count them."""
    conditions = _narrowed(scope, filters, now)
    order = "ORDER BY (t.state <> 'active'), t.due_at, t.id"
    rows = await fetch_as(
        scope,
        TaskRow,
        f"{_LIST}{conditions.sql} {order} LIMIT {PAGE_SIZE} OFFSET {filters.offset}",
        *conditions.arguments,
    )
    if filters.page <= 1 and len(rows) < PAGE_SIZE:
        return rows, len(rows)
    total: int = await fetch_value(scope, f"{_COUNT}{conditions.sql}", *conditions.arguments)
    return rows, total


def _narrowed(scope: Scope, filters: Filters, now: datetime) -> Conditions:
    conditions = Conditions()
    own_offices(conditions, "t", scope.office)
    if filters.search:
        number = f"${conditions.next}"
        conditions.add(f"(t.title LIKE {{}} OR t.item_code LIKE {number})", like(filters.search))
    if filters.state:
        conditions.add("t.state = {}", filters.state)
    if filters.category:
        conditions.add("t.category = {}", filters.category)
    if filters.late:
        conditions.add("t.state = 'active' AND t.due_at < {}", now)
    return conditions


async def one_task(scope: Scope, task: UUID, *, now: datetime) -> TaskPage:
    """Give one task whole; ``NotFound`` outside the scope and for another office's."""
    row = await fetch_one(scope, _ONE, task)
    if row is None or not is_own_offices(scope, row):
        raise NotFound
    events = await fetch(scope, _EVENTS, row["county"], task)
    return TaskPage(
        row=row,
        brief=await fetch_one(scope, _BRIEF, row["brief_id"]) or {},
        receivers=await fetch(scope, _RECEIVERS, task, now),
        places=await fetch(scope, _PLACES, task) if row["mode"] == "open" else [],
        events=events,
        ratings=_ratings(await fetch(scope, _RATINGS, task, week_start(now))),
        more_time=_more_time(row, events, now),
        moves=await fetch(scope, _MOVES, task),
        above=await shares_above(scope, county=row["county"], task=task),
    )


def _ratings(weeks: Sequence[Any]) -> Mapping[str, Any]:
    """Give the averages and hours that may be told, or nothing."""
    shown = shown_ratings(RatedWeek(**{**week, "raters": frozenset(week["raters"])}) for week in weeks)
    if shown is None:
        return {}
    marks = {name: shown.average(getattr(shown, name)) for name in ("clarity", "time_given", "need")}
    return {"n": shown.ratings, "hours": shown.hours, **marks}


def _more_time(row: Mapping[str, Any], events: Sequence[Any], now: datetime) -> datetime | None:
    """Give the time from above that this task's sender has not answered with an extension of his own."""
    due: datetime | None = row["above_due_at"]
    if due is None or row["state"] != "active" or due <= now:
        return None
    answered = any(each["action"] == "task.extended" and each["at"] >= row["above_at"] for each in events)
    return None if answered else due


async def loads_of(scope: Scope, *, now: datetime, own: bool = False) -> list[Load]:
    """Give the workload of each region right below the scope's, as it is before sending; with ``own`` what this post sent."""
    return await fetch_as(scope, Load, _LOAD, now, now + timedelta(days=7), own, scope.office)


async def offices_here(scope: Scope) -> list[Any]:
    """Give the offices of the scope's own region that a task can be sent to."""
    return await fetch(scope, _OFFICES)


async def last_receivers(scope: Scope) -> list[str]:
    """Give the regions of the task this post sent last, for 上次这些."""
    return [row["region"] for row in await fetch(scope, _LAST, scope.membership)]


async def desk_of(scope: Scope, *, now: datetime) -> Desk:
    row = await fetch_one(scope, _DESK, now, scope.office)
    return Desk(**row) if row else Desk(0, 0, 0, 0, 0, 0, 0)


_EXPORT: Final = """
SELECT a.title, a.item_code, a.receiver_name, a.state, a.points, a.due_at, a.acknowledged_at, a.submitted_at, a.quality,
       a.timeliness, a.score, a.allocated_name, b.form, CASE WHEN b.form <> '[]' AND a.state IN ('submitted', 'accepted') THEN (
         SELECT s.answers FROM submission s WHERE s.region >= $1 AND s.region < $2 AND s.county = a.county AND s.assignment_id = a.id
         ORDER BY s.n DESC LIMIT 1) END AS answers
FROM assignment a JOIN task t ON t.id = a.task_id AND t.region >= $1 AND t.region < $2
JOIN task_brief b ON b.county = t.county AND b.id = t.brief_id AND b.region >= $1 AND b.region < $2
WHERE a.region >= $1 AND a.region < $2
"""
EXPORT_ROWS: Final = 50_000


async def all_shares(scope: Scope, filters: Filters, *, now: datetime) -> list[dict[str, Any]]:
    """Give all shares of the tasks that the list's filters leave, for a sheet; at most ``EXPORT_ROWS``."""
    conditions = _narrowed(scope, filters, now)
    order = f"ORDER BY t.due_at, t.id, a.region LIMIT {EXPORT_ROWS}"
    rows = await fetch(scope, f"{_EXPORT}{conditions.sql} {order}", *conditions.arguments)
    return [{**dict(row), "state_title": ASSIGNMENT.by_state[row["state"]].title} for row in rows]


async def shares_of_task(scope: Scope, task: UUID) -> list[dict[str, Any]]:
    """Give all shares of one task as the sheet of the list has them. Whoever asks has been let see the task by ``one_task``."""
    order = f"AND t.id = $3 ORDER BY a.region, a.id LIMIT {EXPORT_ROWS}"
    rows = await fetch(scope, f"{_EXPORT} {order}", task)
    return [{**dict(row), "state_title": ASSIGNMENT.by_state[row["state"]].title} for row in rows]

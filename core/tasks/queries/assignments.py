"""Shares as their receivers and senders read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from core.files.queries import StoredFile, files_of, files_of_several
from core.kernel.clock import local
from core.kernel.database import fetch, fetch_as, fetch_one, fetch_value
from core.kernel.errors import NotFound
from core.kernel.scope import Scope
from core.tasks.queries.filters import NOBODY, PAGE_SIZE, Conditions, Filters, by_office, like
from core.tasks.queries.parts import tasks_below
from core.tasks.rules import concerns

_ONE: Final = "SELECT a.* FROM assignment a WHERE a.region >= $1 AND a.region < $2 AND a.id = $3"
# Two of the three views of a brief go through a share or a place of one's own: the policy repeats the same.
_BRIEF: Final = """
SELECT b.* FROM task_brief b
WHERE b.id = $3 AND ((b.region >= $1 AND b.region < $2)
  OR EXISTS (SELECT 1 FROM assignment a WHERE a.brief_id = b.id AND a.region >= $1 AND a.region < $2)
  OR EXISTS (SELECT 1 FROM place p WHERE p.brief_id = b.id AND p.region = ANY (string_to_array(current_setting('app.above', true), ','))))
"""
_EVENTS: Final = """
SELECT e.at, e.kind, e.text, e.by_name, e.by_office, e.data FROM assignment_event e
WHERE e.region >= $1 AND e.region < $2 AND e.assignment_id = $3 ORDER BY e.at, e.id
"""
_SUBMISSIONS: Final = """
SELECT s.id, s.n, s.text, s.at, s.by_name, s.files, s.answers FROM submission s
WHERE s.region >= $1 AND s.region < $2 AND s.assignment_id = $3 ORDER BY s.n DESC
"""
_CONCERNED: Final = """
SELECT a.id, a.region, a.office_id, a.sender_region, a.sender_office_id, a.allocated_grid, a.allocated_membership
FROM assignment a WHERE a.region >= $1 AND a.region < $2 AND a.id = ANY ($3::uuid[])
"""
_LATEST: Final = """
SELECT DISTINCT ON (s.assignment_id) s.assignment_id, s.text, s.by_name, s.files, s.answers FROM submission s
WHERE s.region >= $1 AND s.region < $2 AND s.county = $3 AND s.assignment_id = ANY ($4::uuid[]) ORDER BY s.assignment_id, s.n DESC
"""


class Card(NamedTuple):
    """What a list shows of a share: its fields are the columns that lists read, in their order."""

    id: UUID
    region: str
    title: str
    category: str
    points: Decimal
    due_at: datetime
    state: str
    emergency: bool
    sender_name: str
    receiver_name: str
    allocated_name: str
    return_reason: str
    escalated_at: datetime | None
    submitted_at: datetime | None
    closed_at: datetime | None
    task_id: UUID

    def is_late(self, now: datetime) -> bool:
        return self.due_at < now and self.state in {"sent", "in_hand", "returned"}


_CARD: Final = ", ".join(f"a.{name}" for name in Card._fields)
_FROM: Final = "FROM assignment a WHERE a.region >= $1 AND a.region < $2"
_LIST: Final = f"SELECT {_CARD} {_FROM}"
_COUNT: Final = f"SELECT count(*) {_FROM}"
# Open ones by due time, then those closed last: the order of the index assignment_listed, so that a page reads one page.
_ORDER: Final = "ORDER BY a.closed_at DESC NULLS FIRST, a.due_at, a.id"
# The receiver's own place: who stands above it reads sums alone.
_RATING: Final = """
SELECT r.clarity, r.time_given, r.need, r.burden_hours, r.comment, r.at, r.by_name FROM task_rating r
WHERE r.region >= $1 AND r.region < $2 AND r.region = $1 AND r.assignment_id = $3
"""


@dataclass(frozen=True, slots=True)
class Today:
    """The answer to 我今天要办什么, by urgency."""

    overdue: list[Card]
    today: list[Card]
    week: list[Card]
    later: list[Card]
    waiting: int

    @property
    def count(self) -> int:
        return len(self.overdue) + len(self.today)


async def today_of(scope: Scope, *, now: datetime, limit: int = 200) -> Today:
    """Sort the shares that are this post's turn by how soon they are due; those handed in are only counted."""
    conditions = _mine(scope)
    rows = await fetch_as(
        scope, Card,
        f"{_LIST}{conditions.sql} AND a.closed_at IS NULL ORDER BY a.due_at, a.id LIMIT {limit}", *conditions.arguments,
    )  # fmt: skip
    here = local(now)
    day_end = here.replace(hour=23, minute=59, second=59)
    week_end_days = 6 - here.weekday()
    groups: dict[str, list[Card]] = {"overdue": [], "today": [], "week": [], "later": []}
    waiting = 0
    for card in rows:
        if card.state == "submitted":
            waiting += 1
        elif card.due_at < now:
            groups["overdue"].append(card)
        elif card.due_at <= day_end:
            groups["today"].append(card)
        elif (local(card.due_at).date() - here.date()).days <= week_end_days:
            groups["week"].append(card)
        else:
            groups["later"].append(card)
    return Today(**groups, waiting=waiting)


def _mine(scope: Scope) -> Conditions:
    """Narrow to what this post works on: its region's shares, less those given to others where it may not allocate."""
    conditions = Conditions()
    conditions.add_plain("a.region = $1")
    if scope.office is None:
        conditions.add_plain("a.office_id IS NULL")
    by_office(conditions, "a.office_id", scope.office)
    if scope.grid is not None:
        conditions.add("a.allocated_grid = {}", scope.grid)
    elif not scope.may("core:assignment:allocate"):
        conditions.add("(a.allocated_membership IS NULL OR a.allocated_membership = {})", scope.membership)
    return conditions


async def received_shares(scope: Scope, filters: Filters, *, now: datetime) -> tuple[list[Card], int]:
    """List the shares this post received, open ones by due time, then those closed last, and count them."""
    conditions = _mine(scope)
    _narrow(conditions, filters, now)
    return await _listed(scope, conditions, filters)


async def sent_shares(scope: Scope, filters: Filters, *, now: datetime) -> tuple[list[Card], int]:
    """List the shares this post's region sent (a level above reads all in its range), and count them."""
    conditions = Conditions()
    if scope.level >= 3:  # noqa: PLR2004 - a county or township looks at what it sent itself
        conditions.add_plain("a.sender_region = $1")
    by_office(conditions, "a.sender_office_id", scope.office)
    _narrow(conditions, filters, now)
    return await _listed(scope, conditions, filters)


def _narrow(conditions: Conditions, filters: Filters, now: datetime) -> None:
    if filters.search:
        number = f"${conditions.next}"
        conditions.add(
            f"(a.title LIKE {{}} OR a.receiver_name LIKE {number} OR a.item_code LIKE {number} "
            f"OR a.allocated_name LIKE {number})",
            like(filters.search),
        )
    if filters.state == "open":
        conditions.add_plain("a.closed_at IS NULL")
    elif filters.state == "working":
        conditions.add_plain("a.closed_at IS NULL AND a.state <> 'submitted'")
    elif filters.state:
        conditions.add("a.state = {}", filters.state)
    if filters.region:
        conditions.add("a.region = {}", filters.region)
    if filters.category:
        conditions.add("a.category = {}", filters.category)
    if filters.holder:
        conditions.add("a.allocated_name = {}", "" if filters.holder == NOBODY else filters.holder)
    if filters.late:
        conditions.add("a.due_at < {} AND a.state IN ('sent', 'in_hand', 'returned')", now)


async def _listed(scope: Scope, conditions: Conditions, filters: Filters) -> tuple[list[Card], int]:
    """Give one page and the count of all, in one round trip unless the page lies behind the end."""
    count = f"{_COUNT}{conditions.sql}"
    rows = await fetch(
        scope,
        f"SELECT {_CARD}, ({count}) {_FROM}{conditions.sql} {_ORDER} LIMIT {PAGE_SIZE} OFFSET {filters.offset}",
        *conditions.arguments,
    )
    if rows:
        return [Card._make(row[:-1]) for row in rows], rows[0][-1]
    return [], 0 if filters.page <= 1 else await fetch_value(scope, count, *conditions.arguments)


async def shares_by_id(scope: Scope, shares: Sequence[UUID]) -> list[Card]:
    """Give those of the ids that lie in the scope, for saying what became of them."""
    return await fetch_as(scope, Card, f"{_LIST} AND a.id = ANY ($3::uuid[])", list(shares))


@dataclass(frozen=True, slots=True)
class Share:
    """One share with everything its page shows."""

    row: Mapping[str, Any]
    brief: Mapping[str, Any]
    events: list[Any]
    files: list[StoredFile]
    attachments: list[StoredFile]
    submissions: list[Any]
    below: list[Any]


async def one_share(scope: Scope, assignment: UUID) -> Share:
    """Give one share whole; ``NotFound`` outside the scope, and where it is another office's or grid's."""
    row = await fetch_one(scope, _ONE, assignment)
    if row is None or not concerns(scope, row):
        raise NotFound
    brief = await fetch_one(scope, _BRIEF, row["brief_id"])
    return Share(
        row=row,
        brief=brief or {},
        events=await fetch(scope, _EVENTS, assignment),
        files=await files_of(scope, subject=assignment),
        attachments=await files_of(scope, subject=row["brief_id"]),
        submissions=await fetch(scope, _SUBMISSIONS, assignment),
        below=await tasks_below(scope, county=row["county"], assignment=assignment) if row["parts"] else [],
    )


async def rating_given(scope: Scope, assignment: UUID) -> Any | None:
    """Give a share's own receiver what it said of the task; None before. Nobody else asks: above, ratings are only summed up."""
    return await fetch_one(scope, _RATING, assignment)


async def open_to(scope: Scope, shares: Sequence[UUID]) -> set[UUID]:
    """Tell which of these shares ``one_share`` would give: a list links to no page that its reader may not open."""
    return {row["id"] for row in await fetch(scope, _CONCERNED, list(shares)) if concerns(scope, row)}


@dataclass(frozen=True, slots=True)
class Result:
    """What was handed in last for a share: its text, who wrote it, the files it was handed in with, the answers to its form."""

    text: str
    by_name: str
    files: list[StoredFile]
    answers: Sequence[Mapping[str, str]] = ()


async def results_of(scope: Scope, shares: Sequence[UUID]) -> dict[UUID, Result]:
    """Give the results of several shares of the scope's county, so that they can be judged in a list."""
    files = await files_of_several(scope, subjects=shares)
    rows = await fetch(scope, _LATEST, scope.county, list(shares))
    return {
        row["assignment_id"]: Result(
            row["text"],
            row["by_name"],
            [file for file in files.get(row["assignment_id"], []) if file.id in row["files"]],
            row["answers"],
        )
        for row in rows
    }


async def open_allocations(scope: Scope, *, membership: UUID) -> list[Card]:
    """Give the open shares allocated to a post: what must be handed over when it ends."""
    return await fetch_as(
        scope,
        Card,
        f"{_LIST} AND a.allocated_membership = $3 AND a.closed_at IS NULL ORDER BY a.due_at",
        membership,
    )


_HELPERS: Final = """
SELECT m.id, p.name, m.role, g.name AS grid_name FROM membership m
JOIN person p ON p.county = m.county AND p.id = m.person_id
LEFT JOIN grid g ON g.county = m.county AND g.id = m.grid_id
WHERE m.region >= $1 AND m.region < $2 AND m.region = $1 AND m.valid_from <= $3 AND (m.valid_to IS NULL OR m.valid_to > $3)
  AND ($4::uuid IS NULL OR m.office_id = $4)
ORDER BY m.role, p.name, m.id
"""


async def helpers_here(scope: Scope, *, now: datetime) -> list[Any]:
    """Give the posts of the scope's own region (or office) that a share can be allocated to."""
    return await fetch(scope, _HELPERS, now, scope.office)

"""Corrections of a task's item (分类纠偏), and the tasks that may be corrected."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.api import NotFound, Scope, fetch, fetch_one, fetch_value

_FIELDS: Final = (
    "c.id, c.county, c.region, c.office_id, c.assignment_id, c.task_id, c.incoming_id, c.sender_name, c.receiver_name, c.title, "
    "c.level, c.was_code, c.was_title, c.item_id, c.item_code, c.item_title, c.reason, c.state, c.at, c.membership, c.by_name, "
    "c.decided_at, c.decided_note, c.decided_by_name"
)
# An office sees its own proposals; whoever stands above a place sees all of it.
_WALL: Final = """FROM township_filter.correction c WHERE c.region >= $1 AND c.region < $2
 AND ($3::uuid IS NULL OR c.region <> $1 OR c.office_id IS NULL OR c.office_id = $3)"""
_LIST: Final = f"SELECT {_FIELDS} {_WALL} AND ($4 = '' OR c.state = $4) ORDER BY (c.state <> 'proposed'), c.at DESC, c.id DESC LIMIT $5 OFFSET $6"
_COUNT: Final = f"SELECT count(*) {_WALL} AND ($4 = '' OR c.state = $4)"
_ONE: Final = f"SELECT {_FIELDS} {_WALL} AND c.id = $4"
_SHARES: Final = """
SELECT a.id, a.title, a.item_code, a.sender_name, a.created_at, a.state FROM assignment a
WHERE a.region >= $1 AND a.region < $2 AND a.region = $1 AND ($3::uuid IS NULL OR a.office_id IS NULL OR a.office_id = $3)
  AND a.state <> 'withdrawn' AND a.created_at >= $4 AND ($5 = '' OR strpos(a.title, $5) > 0 OR a.item_code = $5)
  AND NOT EXISTS (SELECT 1 FROM township_filter.correction c WHERE c.region >= $1 AND c.region < $2 AND c.county = a.county
                  AND c.assignment_id = a.id AND c.state = 'proposed')
ORDER BY a.created_at DESC, a.id DESC LIMIT 30
"""
_SHARE: Final = """
SELECT a.id, a.county, a.region, a.office_id, a.task_id, a.title, a.item_code, a.sender_region, a.sender_office_id, a.sender_name,
       a.receiver_name, b.item_title, b.body
FROM assignment a LEFT JOIN task_brief b ON b.county = a.county AND b.id = a.brief_id
WHERE a.region >= $1 AND a.region < $2 AND a.region = $1 AND ($3::uuid IS NULL OR a.office_id IS NULL OR a.office_id = $3)
  AND a.id = $4 AND a.state <> 'withdrawn'
"""


@dataclass(frozen=True, slots=True)
class Correction:
    """A proposal, and what became of it."""

    id: UUID
    county: str
    region: str
    office_id: UUID | None
    assignment_id: UUID
    task_id: UUID
    incoming_id: UUID | None
    sender_name: str
    receiver_name: str
    title: str
    level: str
    was_code: str
    was_title: str
    item_id: UUID | None  # None: it is proposed that the task stands on no list
    item_code: str
    item_title: str
    reason: str
    state: str
    at: datetime
    membership: UUID | None
    by_name: str
    decided_at: datetime | None
    decided_note: str
    decided_by_name: str


async def corrections_here(scope: Scope, *, state: str, size: int, offset: int = 0) -> tuple[list[Correction], int]:
    """List proposals, what waits first, and count them."""
    rows = await fetch(scope, _LIST, scope.office, state, size, offset)
    total: int = await fetch_value(scope, _COUNT, scope.office, state)
    return [Correction(**row) for row in rows], total


async def one_correction(scope: Scope, correction: UUID) -> Correction:
    """Give one. Raises ``NotFound`` for what this post cannot see."""
    row = await fetch_one(scope, _ONE, scope.office, correction)
    if row is None:
        raise NotFound
    return Correction(**row)


async def shares_to_correct(scope: Scope, *, since: datetime, text: str) -> list[Any]:
    """Give what this place or office was sent lately and has not proposed to correct."""
    return await fetch(scope, _SHARES, scope.office, since, text)


async def share_to_correct(scope: Scope, assignment: UUID) -> Any:
    """Give one of them. Raises ``NotFound`` for what was sent to others, also to a village below."""
    row = await fetch_one(scope, _SHARE, scope.office, assignment)
    if row is None:
        raise NotFound
    return row

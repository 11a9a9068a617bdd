"""Incoming tasks as their senders and deciders read them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.kernel.database import fetch, fetch_as, fetch_one, fetch_value
from core.kernel.errors import NotFound
from core.kernel.scope import Scope
from core.tasks.queries.filters import PAGE_SIZE, Conditions, Filters, like, own_offices
from core.tasks.rules import is_own_offices

_ROW: Final = (
    "i.id, i.title, i.number, i.level, i.state, i.verdict, i.item_code, i.item_title, i.sender_name, i.by_name, i.due_at, "
    "i.emergency, i.created_at, i.task_id, i.region = $1 AND i.state IN ('passed', 'held') AS mergeable, "
    "(SELECT count(*) FROM incoming_task s WHERE s.region >= $1 AND s.region < $2 AND s.county = i.county AND s.merged_into = i.id "
    "AND s.state IN ('merged', 'dispatched')) AS merged"
)
_LIST: Final = f"SELECT {_ROW} FROM incoming_task i WHERE i.region >= $1 AND i.region < $2"  # noqa: S608 - constant columns
_AROUND: Final = """
SELECT i.id, i.title, i.created_at, i.replaces IS NOT NULL AND i.replaces = $4 AS later FROM incoming_task i
 WHERE i.region >= $1 AND i.region < $2 AND i.county = $3 AND (i.replaces = $4 OR i.id = $5)
   AND ($6::uuid IS NULL OR i.office_id IS NULL OR i.office_id = $6) ORDER BY i.id
"""
_COUNT: Final = "SELECT count(*) FROM incoming_task i WHERE i.region >= $1 AND i.region < $2"
_ONE: Final = "SELECT i.* FROM incoming_task i WHERE i.region >= $1 AND i.region < $2 AND i.id = $3"


@dataclass(frozen=True, slots=True)
class IncomingRow:
    """What a list shows of an incoming task."""

    id: UUID
    title: str
    number: str
    level: str
    state: str
    verdict: str
    item_code: str
    item_title: str
    sender_name: str
    by_name: str
    due_at: datetime | None
    emergency: bool
    created_at: datetime
    task_id: UUID | None
    mergeable: bool = False
    merged: int = 0


async def incoming_of(scope: Scope, filters: Filters) -> tuple[list[IncomingRow], int]:
    """List what was handed in here, the newest first, and count it."""
    conditions = Conditions()
    conditions.add_plain("i.region = $1")
    own_offices(conditions, "i", scope.office)
    if filters.search:
        number = f"${conditions.next}"
        conditions.add(
            f"(i.title LIKE {{}} OR i.number LIKE {number} OR i.sender_name LIKE {number})",
            like(filters.search),
        )
    if filters.state:
        conditions.add("i.state = {}", filters.state)
    order = "ORDER BY i.created_at DESC, i.id DESC"
    rows = await fetch_as(
        scope,
        IncomingRow,
        f"{_LIST}{conditions.sql} {order} LIMIT {PAGE_SIZE} OFFSET {filters.offset}",
        *conditions.arguments,
    )
    if filters.page <= 1 and len(rows) < PAGE_SIZE:
        return rows, len(rows)
    total: int = await fetch_value(scope, f"{_COUNT}{conditions.sql}", *conditions.arguments)
    return rows, total


async def one_incoming(scope: Scope, incoming: UUID) -> Any:
    """Give one whole; ``NotFound`` outside the scope, and for a post of an office also below and for another office's."""
    row = await fetch_one(scope, _ONE, incoming)
    if row is None or not is_own_offices(scope, row):
        raise NotFound
    return row


async def wordings_of(scope: Scope, row: Any) -> tuple[Any | None, Any | None]:
    """Give the wording before this matter, which it replaces, and the one after it; None where there is none to be read."""
    around = await fetch(scope, _AROUND, row["county"], row["id"], row["replaces"], scope.office)
    before, after = ([each for each in around if each["later"] is later] for later in (False, True))
    return (before[0] if before else None), (after[-1] if after else None)

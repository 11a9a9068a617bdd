"""Open tasks as villages see them: what may be taken, and who was faster."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from core.kernel.database import ABOVE, fetch_as, fetch_one
from core.kernel.errors import NotFound
from core.kernel.scope import Scope

_OPEN: Final = f"""
SELECT p.task_id, p.brief_id, min(p.title) AS title, min(p.category) AS category, min(p.points) AS points, min(p.due_at) AS due_at,
       min(p.sender_name) AS sender_name, count(*) FILTER (WHERE p.taken_by IS NULL) AS free, count(*) AS places,
       (array_agg(p.evidence ORDER BY p.n))[1] AS evidence, coalesce(bool_or(p.taken_by = $1), false) AS mine,
       (array_agg(p.taken_by_name ORDER BY p.taken_at DESC NULLS LAST))[1] AS last_taker
FROM place p WHERE p.region = ANY {ABOVE} AND $1 < $2 AND p.withdrawn_at IS NULL AND p.due_at > $3
"""  # noqa: S608 - no value is put into the text
_GROUP: Final = " GROUP BY p.task_id, p.brief_id"
_BRIEF: Final = f"""
SELECT b.body, b.legal_basis, b.conditions, b.funding, b.list_title, b.item_title, b.rule, b.form FROM task_brief b
WHERE b.id = $3 AND $1 < $2 AND EXISTS (SELECT 1 FROM place p WHERE p.brief_id = b.id AND p.region = ANY {ABOVE})
"""  # noqa: S608 - no value is put into the text


@dataclass(frozen=True, slots=True)
class OpenTask:
    """One open task. ``free`` places of ``places`` are left; ``mine`` tells that this village has one."""

    task_id: UUID
    brief_id: UUID
    title: str
    category: str
    points: Decimal
    due_at: datetime
    sender_name: str
    free: int
    places: int
    evidence: Mapping[str, Any]
    mine: bool
    last_taker: str


async def open_tasks(scope: Scope, *, now: datetime, limit: int = 100) -> list[OpenTask]:
    """List what the scope's village may take: free ones first, by due time."""
    sql = f"{_OPEN}{_GROUP} ORDER BY (count(*) FILTER (WHERE p.taken_by IS NULL) = 0), min(p.due_at) LIMIT {limit}"
    return await fetch_as(scope, OpenTask, sql, now)


async def open_task(scope: Scope, task: UUID, *, now: datetime) -> tuple[OpenTask, Any]:
    """Give one open task and its brief; ``NotFound`` where it offers nothing to this village."""
    found = await places_left(scope, task, now=now)
    if found is None:
        raise NotFound
    return found, await fetch_one(scope, _BRIEF, found.brief_id)


async def places_left(scope: Scope, task: UUID, *, now: datetime) -> OpenTask | None:
    """Give an open task as it stands now; None where it offers nothing to this village (any more)."""
    found = await fetch_as(scope, OpenTask, f"{_OPEN} AND p.task_id = $4{_GROUP}", now, task)
    return found[0] if found else None

"""Merged matters as their senders and deciders read them, and what became of them together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.kernel.database import fetch, fetch_one
from core.kernel.scope import Scope
from core.tasks.rules import is_own_offices

# What was merged, with whether this post may read it: an office reads its own matters and those of no office.
_SOURCES: Final = """
SELECT i.id, i.title, i.number, i.level, i.state, i.sender_name, i.by_name, i.created_at, i.due_at, i.emergency, i.item_id, i.item_code,
       i.item_title, i.body, i.merged_from_state, i.merged_reason, i.merged_by_name, i.merged_at,
       ($5::uuid IS NULL OR i.office_id IS NULL OR i.office_id = $5) AS readable,
       EXISTS (SELECT 1 FROM assignment a WHERE a.region >= $1 AND a.region < $2 AND a.county = i.county AND a.id = i.assignment_id
          AND a.state = 'withdrawn') AS gone
FROM incoming_task i WHERE i.region >= $1 AND i.region < $2 AND i.county = $3 AND i.merged_into = $4
  AND i.state IN ('merged', 'dispatched') ORDER BY i.created_at, i.id
"""
_LEADING: Final = """
SELECT i.id, i.title, i.sender_name, i.state FROM incoming_task i WHERE i.region >= $1 AND i.region < $2 AND i.county = $3 AND i.id = $4
  AND ($5::uuid IS NULL OR i.office_id IS NULL OR i.office_id = $5)
"""
# Those that were chosen first, then what else is open here. ``above`` is who sent the share that a matter came with.
_MERGEABLE: Final = """
SELECT i.id, i.title, i.number, i.level, i.state, i.sender_name, i.by_name, i.created_at, i.due_at, i.emergency, i.item_code, i.item_title,
       left(i.body, 120) AS body, i.id = ANY ($3::uuid[]) AS chosen,
       (SELECT a.sender_name FROM assignment a WHERE a.region >= $1 AND a.region < $2 AND a.county = i.county AND a.id = i.assignment_id) AS above,
       (SELECT count(*) FROM incoming_task s WHERE s.region >= $1 AND s.region < $2 AND s.county = i.county AND s.merged_into = i.id
          AND s.state = 'merged') AS merged
FROM incoming_task i WHERE i.region >= $1 AND i.region < $2 AND i.region = $1 AND i.state IN ('passed', 'held')
  AND ($4::uuid IS NULL OR i.office_id IS NULL OR i.office_id = $4)
ORDER BY (i.id = ANY ($3::uuid[])) DESC, i.created_at DESC, i.id DESC LIMIT 60
"""
_PROGRESS: Final = """
SELECT t.id, t.region, t.office_id, t.title, t.state, t.mode, t.receivers, t.places, t.finished, t.due_at, t.ended_at, t.end_reason,
       t.sender_name, t.created_at
FROM task t WHERE t.region >= $1 AND t.region < $2 AND t.county = $3 AND t.id = $4
"""
# The result of a share is told when it was accepted.
_SHARES: Final = """
SELECT a.id, a.receiver_name, a.state, a.due_at, a.closed_at, CASE WHEN a.state = 'accepted' THEN (
         SELECT s.text FROM submission s WHERE s.region >= $1 AND s.region < $2 AND s.county = a.county AND s.assignment_id = a.id
          ORDER BY s.n DESC LIMIT 1) END AS text
FROM assignment a WHERE a.region >= $1 AND a.region < $2 AND a.task_id = $3 ORDER BY (a.closed_at IS NULL), a.region, a.id LIMIT 200
"""


@dataclass(frozen=True, slots=True)
class Merged:
    """What stands around one matter: what was merged into it and what it was merged into, as far as this post may read.

    ``others`` counts merged ones of other offices; ``into`` is set also where ``leading`` may not be read.
    """

    into: UUID | None = None
    leading: Mapping[str, Any] | None = None
    sources: Sequence[Any] = ()
    others: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How the task stands that a matter went into: the same for each of its senders. ``task`` is None where its page is another office's."""

    task: UUID | None
    title: str
    state: str
    mode: str
    receivers: int
    places: int
    finished: int
    due_at: datetime
    ended_at: datetime | None
    end_reason: str
    shares: Sequence[Any] = field(default=())

    @property
    def wanted(self) -> int:
        """How many shares finish it."""
        return max(self.receivers, self.places)


async def merged_under(scope: Scope, row: Any) -> Merged:
    """Tell what a matter was merged with. ``row`` is one that this post may read."""
    if row["merged_into"] is not None:
        leading = await fetch_one(scope, _LEADING, row["county"], row["merged_into"], scope.office)
        return Merged(into=row["merged_into"], leading=leading)
    found = await fetch(scope, _SOURCES, row["county"], row["id"], scope.office)
    seen = [each for each in found if each["readable"]]
    return Merged(sources=seen, others=len(found) - len(seen))


async def mergeable(scope: Scope, chosen: Sequence[UUID]) -> list[Any]:
    """Give the open matters of this place that this post may read, those chosen first, then the latest."""
    return await fetch(scope, _MERGEABLE, list(chosen), scope.office)


async def progress_of(scope: Scope, row: Any) -> Progress | None:
    """Tell how the task stands that a matter was dispatched with, alone or merged; None before."""
    if row["task_id"] is None:
        return None
    task = await fetch_one(scope, _PROGRESS, row["county"], row["task_id"])
    if task is None:
        return None
    names = ("title", "state", "mode", "receivers", "places", "finished", "due_at", "ended_at", "end_reason")
    own = task["id"] if is_own_offices(scope, task) else None
    return Progress(task=own, shares=await fetch(scope, _SHARES, task["id"]), **{name: task[name] for name in names})

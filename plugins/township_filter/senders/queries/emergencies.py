"""Overdue reviews of emergencies: they close the emergency way."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.api import Scope, fetch, fetch_one, fetch_value

_OVERDUE: Final = """
SELECT count(*) FROM township_filter.screened s
WHERE s.region >= $1 AND s.region < $2 AND s.region = $3 AND s.review = 'due' AND s.review_due_at < $4
"""
OF_SENDER: Final = f"{_OVERDUE} AND s.office_id IS NOT DISTINCT FROM $5"
# Nobody reviews what he handed in himself.
OF_REVIEWER: Final = f"{_OVERDUE} AND s.membership IS DISTINCT FROM $5"
_WAITING: Final = """
SELECT s.id, s.title, s.emergency_reason, s.at, s.review_due_at FROM township_filter.screened s
WHERE s.region >= $1 AND s.region < $2 AND s.sender_id = $3 AND s.review = 'due' ORDER BY s.review_due_at, s.id LIMIT 50
"""
# Of a matter, whosever office handed it in: who dispatches it need not be its sender.
_STANDING: Final = """
SELECT s.review, s.review_due_at, i.item_code FROM township_filter.screened s
JOIN incoming_task i ON i.county = s.county AND i.id = s.incoming_id AND i.region >= $1 AND i.region < $2
WHERE s.region >= $1 AND s.region < $2 AND s.incoming_id = $3 AND s.review <> ''
"""
_REVIEWERS: Final = """
SELECT m.id FROM membership m WHERE m.region >= $1 AND m.region < $2 AND m.region = $3
  AND m.role = ANY ('{township_leader,county_inspector}'::text[]) AND m.valid_from <= $4 AND (m.valid_to IS NULL OR m.valid_to > $4)
"""


async def overdue_of_sender(scope: Scope, *, region: str, office: UUID | None, at: datetime) -> int:
    """Count the overdue reviews of what one office, or a place without one, handed in as emergencies."""
    found: int = await fetch_value(scope, OF_SENDER, region, at, office)
    return found


async def overdue_for_reviewer(scope: Scope, *, region: str, at: datetime) -> int:
    """Count the overdue reviews that this post could have given at a place."""
    found: int = await fetch_value(scope, OF_REVIEWER, region, at, scope.membership)
    return found


async def reviews_waiting(scope: Scope, sender: UUID) -> list[Any]:
    """Give the emergencies of one sender that wait for their review, the soonest due first."""
    return await fetch(scope, _WAITING, sender)


async def review_of(scope: Scope, incoming: UUID) -> Any | None:
    """Give how the review of a matter stands, with the item that the matter rests on; None where none is needed."""
    return await fetch_one(scope, _STANDING, incoming)


async def reviewers_at(scope: Scope, region: str, *, now: datetime) -> list[UUID]:
    """Give the posts of a place that review its emergencies."""
    return [row["id"] for row in await fetch(scope, _REVIEWERS, region, now)]

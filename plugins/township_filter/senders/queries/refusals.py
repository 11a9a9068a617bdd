"""What one sender handed in and was refused, by the rules or by a person, with the reasons."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.api import Scope, fetch

_REFUSED: Final = """
SELECT s.id, s.title, s.reasons, s.at, s.verdict, i.decided_reason FROM township_filter.screened s
JOIN incoming_task i ON i.county = s.county AND i.id = s.incoming_id
WHERE s.region >= $1 AND s.region < $2 AND i.region >= $1 AND i.region < $2 AND s.sender_id = $3 AND s.at >= $4 AND s.at < $5
  AND (s.verdict = 'refused' OR i.state = 'refused') ORDER BY s.at DESC, s.id DESC LIMIT 50
"""


async def refusals_of(scope: Scope, sender: UUID, span: tuple[datetime, datetime]) -> list[Any]:
    """Give them, the latest first, at most fifty."""
    return await fetch(scope, _REFUSED, sender, *span)

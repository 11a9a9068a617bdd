"""Totals and lines of points."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from core.kernel.database import fetch_as, fetch_value
from core.kernel.scope import Scope

_TOTALS = """
SELECT r.code AS region, r.shown_name AS name, coalesce(t.points, 0) AS points, coalesce(t.lines, 0) AS lines
FROM region r LEFT JOIN score_total t ON t.region = r.code AND t.period = $3 AND t.region >= $1 AND t.region < $2
WHERE r.code >= $1 AND r.code < $2 AND r.level = $4 AND r.closed IS NULL AND NOT r.pseudo
ORDER BY points DESC, r.code
"""
_LINES = """
SELECT l.id, l.region, l.period, l.points, l.title, l.reason, l.by_name, l.at, l.subject_id, l.reverses
FROM ledger_line l WHERE l.region >= $1 AND l.region < $2 AND l.period = $3
ORDER BY l.at DESC, l.id DESC LIMIT $4 OFFSET $5
"""
_OWN = "SELECT coalesce(sum(points), 0) FROM score_total WHERE region >= $1 AND region < $2 AND region = $1 AND period = $3"


@dataclass(frozen=True, slots=True)
class Total:
    """One region's points of a month."""

    region: str
    name: str
    points: Decimal
    lines: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the ledger; ``reverses`` names the line it takes back."""

    id: UUID
    region: str
    period: str
    points: Decimal
    title: str
    reason: str
    by_name: str
    at: datetime
    subject_id: UUID
    reverses: UUID | None


async def totals_of(scope: Scope, *, period: str, level: int) -> list[Total]:
    """Give the month's points of each region of a level (4 townships, 5 villages) inside the scope."""
    return await fetch_as(scope, Total, _TOTALS, period, level)


async def lines_of(scope: Scope, *, period: str, limit: int = 50, offset: int = 0) -> list[Line]:
    return await fetch_as(scope, Line, _LINES, period, limit, offset)


async def own_points(scope: Scope, *, period: str) -> Decimal:
    """Give the points that the scope's own region earned in a month."""
    points: Decimal = await fetch_value(scope, _OWN, period)
    return points

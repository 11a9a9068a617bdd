"""A county's own days, as the pure functions of ``core.tenancy.calendar`` want them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from core.kernel.database import ABOVE, fetch, fetch_as
from core.kernel.scope import Scope

_READABLE: Final = f"((x.region >= $1 AND x.region < $2) OR x.region = ANY {ABOVE})"
# Of two levels that decided about one day the nearer one holds.
_DAYS: Final = f"""
SELECT DISTINCT ON (x.day) x.day, x.working FROM calendar_day x
WHERE {_READABLE} AND x.region = ANY ($3) AND x.day >= $4 AND x.day <= $5 ORDER BY x.day, length(x.region) DESC
"""  # noqa: S608 - constants
_LIST: Final = f"""
SELECT x.region, x.day, x.working, x.note, x.by_name, x.created_at FROM calendar_day x
WHERE {_READABLE} AND x.region = ANY ($3) AND x.day >= $4 AND x.day <= $5 ORDER BY x.day
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class OwnDay:
    """A day that a region decided about, and why."""

    region: str
    day: date
    working: bool
    note: str
    by_name: str
    created_at: datetime


async def own_days(scope: Scope, *, since: date, until: date) -> dict[date, bool]:
    """Give the days decided here or above, between two days; True is a working day."""
    rows = await fetch(scope, _DAYS, [*scope.above, scope.region], since, until)
    return {row["day"]: row["working"] for row in rows}


async def listed_days(scope: Scope, *, since: date, until: date) -> list[OwnDay]:
    """Give the same with reasons, for the calendar's page."""
    return await fetch_as(scope, OwnDay, _LIST, [*scope.above, scope.region], since, until)

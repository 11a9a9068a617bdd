"""How the background work fares, for whoever looks after a county, and for the operator."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from core.kernel.database import fetch, fetch_one, platform_fetch
from core.kernel.scope import Scope

_HEALTH: Final = "SELECT * FROM events_health() WHERE $1 < $2"
_PARKED: Final = "SELECT * FROM parked_events($3) WHERE $1 < $2"
_PLATFORM: Final = "SELECT * FROM platform_events_health()"
# Announcements are worked off within a second or two; minutes mean that nobody does.
LATE: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Health:
    """Figures of what was announced and is not done. ``oldest`` is since when the oldest due one waits."""

    waiting: int
    running: int
    retrying: int
    parked: int
    oldest: datetime | None
    county: str = ""

    def is_late(self, now: datetime) -> bool:
        return self.oldest is not None and now - self.oldest > LATE


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """An announcement that failed at its last try. ``last_error`` names places in our code, never content."""

    id: UUID
    county: str
    region: str
    topic: str
    attempts: int
    last_error: str
    created_at: datetime
    parked_at: datetime


async def events_health(scope: Scope) -> Health:
    """Give the figures of the scope's range."""
    scope.require("core:job:read")
    row = await fetch_one(scope, _HEALTH)
    return Health(**row) if row is not None else Health(0, 0, 0, 0, None)


async def parked_events(scope: Scope, *, limit: int = 50) -> list[ParkedEvent]:
    """Give what a person must look at, the latest first."""
    scope.require("core:job:read")
    return [ParkedEvent(**row) for row in await fetch(scope, _PARKED, limit)]


async def platform_health() -> list[Health]:
    """Give the figures of each county that has anything to do. For the operator alone: the route asks."""
    return [Health(**row) for row in await platform_fetch(_PLATFORM)]

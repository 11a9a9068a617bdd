"""Offices (科室站所) of counties and townships, and grids of villages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from core.kernel.database import ABOVE, fetch_as
from core.kernel.errors import NotFound
from core.kernel.scope import Scope
from core.tenancy.rules import natural_order

_READABLE: Final = f"((x.region >= $1 AND x.region < $2) OR x.region = ANY {ABOVE})"
_OFFICE: Final = "x.id, x.county, x.region, r.short_name AS region_name, x.name, x.short_name, x.kind, x.position, x.closed_at"
_OFFICES: Final = f"""
SELECT {_OFFICE} FROM office x JOIN region r ON r.code = x.region
WHERE x.region >= $1 AND x.region < $2 AND x.region >= $3 AND x.region < $4 AND (x.closed_at IS NULL OR $5)
ORDER BY x.region, x.closed_at IS NOT NULL, x.position, x.name
"""  # noqa: S608 - constants
_ONE_OFFICE: Final = f"""
SELECT {_OFFICE} FROM office x JOIN region r ON r.code = x.region WHERE {_READABLE} AND x.id = $3
"""  # noqa: S608 - constants
_GRID: Final = (
    "x.id, x.county, x.region, r.short_name AS region_name, x.name, x.code, x.households, x.closed_at"
)
_GRIDS: Final = f"""
SELECT {_GRID} FROM grid x JOIN region r ON r.code = x.region
WHERE x.region >= $1 AND x.region < $2 AND x.region >= $3 AND x.region < $4 AND (x.closed_at IS NULL OR $5)
ORDER BY x.region, x.closed_at IS NOT NULL, x.code, x.name LIMIT $6
"""  # noqa: S608 - constants
_ONE_GRID: Final = f"""
SELECT {_GRID} FROM grid x JOIN region r ON r.code = x.region WHERE {_READABLE} AND x.id = $3
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Office:
    """A department of a county or a 站所 of a township."""

    id: UUID
    county: str
    region: str
    region_name: str
    name: str
    short_name: str
    kind: str
    position: int
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Grid:
    """Part of a village; ``households`` is how many live there."""

    id: UUID
    county: str
    region: str
    region_name: str
    name: str
    code: str
    households: int
    closed_at: datetime | None


async def offices_in(scope: Scope, *, region: str = "", closed: bool = False) -> list[Office]:
    """Give the offices of a region and of all below it (default: the scope's)."""
    place = region or scope.region
    return await fetch_as(scope, Office, _OFFICES, place, f"{place}:", closed)


async def offices_of(scope: Scope, region: str) -> list[Office]:
    """Give the open offices of exactly one region."""
    return [office for office in await offices_in(scope, region=region) if office.region == region]


async def office_of(scope: Scope, office: UUID) -> Office:
    """Give one office of the range or above. Raises ``NotFound``."""
    found = await fetch_as(scope, Office, _ONE_OFFICE, office)
    if not found:
        raise NotFound
    return found[0]


async def grids_in(scope: Scope, *, region: str = "", closed: bool = False, limit: int = 1000) -> list[Grid]:
    """Give the grids of a region and of all below it (default: the scope's)."""
    place = region or scope.region
    found = await fetch_as(scope, Grid, _GRIDS, place, f"{place}:", closed, limit)
    return sorted(found, key=_order)


def _order(grid: Grid) -> tuple[object, ...]:
    """Sort as people count: village by village, open ones first, by code and by name (第二网格 before 第十网格)."""
    return grid.region, grid.closed_at is not None, natural_order(grid.code), natural_order(grid.name)


async def grid_of(scope: Scope, grid: UUID) -> Grid:
    """Give one grid. Raises ``NotFound``."""
    found = await fetch_as(scope, Grid, _ONE_GRID, grid)
    if not found:
        raise NotFound
    return found[0]

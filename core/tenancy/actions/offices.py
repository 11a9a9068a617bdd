"""Making, renaming and closing offices and grids. Nothing is deleted: rows of the past go on naming them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from core.kernel.audit import audit
from core.kernel.database import fetch_one, fetch_value
from core.kernel.errors import Conflict, Invalid, NotFound, mark
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.tenancy.enums import Level
from core.tenancy.queries.regions import region_of

OFFICE_EDIT: Final = "core:office:edit"
GRID_EDIT: Final = "core:grid:edit"
NAME_MOST: Final = 50
_TWIN: Final = "SELECT EXISTS (SELECT FROM {table} x WHERE x.region >= $1 AND x.region < $2 AND x.county = $3 AND x.region = $4 AND x.name = $5 AND x.id <> $6)"
_NEW_OFFICE: Final = """
INSERT INTO office (county, id, region, name, short_name, kind, position, created_at)
SELECT $3, $4, $5, $6, $7, $8, $9, $10 WHERE $5 >= $1 AND $5 < $2
ON CONFLICT (county, region, name) DO NOTHING RETURNING id
"""
_NEW_GRID: Final = """
INSERT INTO grid (county, id, region, name, code, households, created_at)
SELECT $3, $4, $5, $6, $7, $8, $9 WHERE $5 >= $1 AND $5 < $2
ON CONFLICT (county, region, name) DO NOTHING RETURNING id
"""
_EDIT_OFFICE: Final = """
UPDATE office x SET name = $4, short_name = $5, position = $6
WHERE x.region >= $1 AND x.region < $2 AND x.id = $3 AND x.closed_at IS NULL RETURNING x.county, x.region
"""
_EDIT_GRID: Final = """
UPDATE grid x SET name = $4, code = $5, households = $6
WHERE x.region >= $1 AND x.region < $2 AND x.id = $3 AND x.closed_at IS NULL RETURNING x.county, x.region
"""
_CLOSE: Final = """
UPDATE {table} x SET closed_at = $4
WHERE x.region >= $1 AND x.region < $2 AND x.id = $3 AND x.closed_at IS NULL RETURNING x.county, x.region, x.name
"""
_HELD: Final = """
SELECT count(*) FROM membership x WHERE x.region >= $1 AND x.region < $2 AND x.{column} = $3
  AND (x.valid_to IS NULL OR x.valid_to > $4)
"""
_TAKEN: Final = mark("这里已经有同名的了，请换一个名称。")


@dataclass(frozen=True, slots=True)
class OfficeFacts:
    """What is typed of an office. ``position`` orders the list: smaller first."""

    name: str
    short_name: str = ""
    kind: str = "office"
    position: int = 0


@dataclass(frozen=True, slots=True)
class GridFacts:
    """What is typed of a grid."""

    name: str
    code: str = ""
    households: int = 0


async def create_office(scope: Scope, *, region: str, facts: OfficeFacts, now: datetime) -> UUID:
    """Make an office of a county or township in the scope."""
    scope.require(OFFICE_EDIT)
    await _require_place(scope, region, {Level.COUNTY, Level.TOWNSHIP})
    _check(facts.name)
    made = await fetch_value(
        scope, _NEW_OFFICE, scope.county, new_id(), region, facts.name.strip(), facts.short_name.strip(),
        facts.kind, facts.position, now,
    )  # fmt: skip
    return await _made(scope, "office", made, region=region, name=facts.name, now=now)


async def create_grid(scope: Scope, *, region: str, facts: GridFacts, now: datetime) -> UUID:
    """Make a grid of a village in the scope."""
    scope.require(GRID_EDIT)
    await _require_place(scope, region, {Level.VILLAGE})
    _check(facts.name, facts.households)
    made = await fetch_value(
        scope, _NEW_GRID, scope.county, new_id(), region, facts.name.strip(), facts.code.strip(), facts.households, now
    )  # fmt: skip
    return await _made(scope, "grid", made, region=region, name=facts.name, now=now)


async def edit_office(scope: Scope, *, office: UUID, facts: OfficeFacts, now: datetime) -> None:
    """Rename or reorder an office. Rows of the past keep the name they were written with."""
    scope.require(OFFICE_EDIT)
    _check(facts.name)
    await _require_free(scope, "office", office, facts.name)
    row = await fetch_one(
        scope, _EDIT_OFFICE, office, facts.name.strip(), facts.short_name.strip(), facts.position
    )
    await _changed(scope, "office", office, row, name=facts.name, now=now)


async def edit_grid(scope: Scope, *, grid: UUID, facts: GridFacts, now: datetime) -> None:
    """Rename a grid or count its households anew."""
    scope.require(GRID_EDIT)
    _check(facts.name, facts.households)
    await _require_free(scope, "grid", grid, facts.name)
    row = await fetch_one(scope, _EDIT_GRID, grid, facts.name.strip(), facts.code.strip(), facts.households)
    await _changed(scope, "grid", grid, row, name=facts.name, now=now)


async def close_office(scope: Scope, *, office: UUID, now: datetime) -> None:
    """Close an office. ``Conflict`` while somebody holds a post in it."""
    scope.require(OFFICE_EDIT)
    await _close(scope, "office", office, now=now)


async def close_grid(scope: Scope, *, grid: UUID, now: datetime) -> None:
    """Close a grid. ``Conflict`` while somebody holds a post in it."""
    scope.require(GRID_EDIT)
    await _close(scope, "grid", grid, now=now)


async def _close(scope: Scope, table: str, thing: UUID, *, now: datetime) -> None:
    if held := await fetch_value(scope, _HELD.format(column=f"{table}_id"), thing, now):
        raise Conflict(mark("还有 %(count)s 个在任岗位，请先结束这些岗位或调整到别处，再撤销。"), count=held)
    row = await fetch_one(scope, _CLOSE.format(table=table), thing, now)
    if row is None:
        await _missing(scope, table, thing)
        raise NotFound
    await audit(
        scope, f"{table}.closed", kind=table, subject=thing, now=now, region=row["region"], county=row["county"],
        data={"name": row["name"]},
    )  # fmt: skip


async def _made(scope: Scope, table: str, made: UUID | None, *, region: str, name: str, now: datetime) -> UUID:  # fmt: skip
    if made is None:
        raise Invalid(fields={"name": _TAKEN})
    await audit(
        scope, f"{table}.created", kind=table, subject=made, now=now, region=region, data={"name": name.strip()}
    )  # fmt: skip
    return made


async def _changed(
    scope: Scope, table: str, thing: UUID, row: dict[str, str] | None, *, name: str, now: datetime
) -> None:
    if row is None:
        await _missing(scope, table, thing)
        raise NotFound
    await audit(
        scope, f"{table}.edited", kind=table, subject=thing, now=now, region=row["region"], county=row["county"],
        data={"name": name.strip()},
    )  # fmt: skip


async def _missing(scope: Scope, table: str, thing: UUID) -> None:
    """Tell a thing that is closed already (409) from one that is not in the range (404, by the caller)."""
    there = "SELECT EXISTS (SELECT FROM {table} x WHERE x.region >= $1 AND x.region < $2 AND x.id = $3)"
    if await fetch_value(scope, there.format(table=table), thing):
        raise Conflict(mark("它已经撤销了，不能再修改。"))


async def _require_place(scope: Scope, region: str, levels: set[Level]) -> None:
    if not scope.covers(region):
        raise NotFound
    place = await region_of(scope, region)
    if place.closed is not None or place.level not in levels:
        raise Invalid(fields={"region": mark("请选择一个合适的单位。")})


async def _require_free(scope: Scope, table: str, thing: UUID, name: str) -> None:
    where = "SELECT x.county, x.region FROM {table} x WHERE x.region >= $1 AND x.region < $2 AND x.id = $3"
    row = await fetch_one(scope, where.format(table=table), thing)
    if row is None:
        raise NotFound
    if await fetch_value(scope, _TWIN.format(table=table), row["county"], row["region"], name.strip(), thing):
        raise Invalid(fields={"name": _TAKEN})


def _check(name: str, households: int = 0) -> None:
    if not name.strip() or len(name.strip()) > NAME_MOST:
        raise Invalid(fields={"name": mark("请写名称（最多 50 个字）。")})
    if not 0 <= households <= 100_000:  # noqa: PLR2004 - more than any village has
        raise Invalid(fields={"households": mark("户数应在 0 到 100000 之间。")})

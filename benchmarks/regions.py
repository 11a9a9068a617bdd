"""The whole country's regions against a bare COPY of the same lines into the same table with its indexes; and the search."""

import time
from collections.abc import AsyncIterator
from statistics import median
from typing import Final

import asyncpg

from benchmarks.figures import Figure, Plan, bounded, compared
from benchmarks.floor.copying import bare_copy
from benchmarks.pgbench import transactions_a_second
from benchmarks.site import Site, connected, make_database, working_on
from core.kernel.database import transaction
from core.kernel.scope import system_scope
from core.tenancy.load import COLUMNS, load_regions, region_lines
from core.tenancy.queries.regions import search_regions

DATABASE: Final = "regions"
TWICE: Final = 2.0
MOST_OF_PGBENCH: Final = 2.0
SEARCH_MS: Final = 50.0
LOAD_SECONDS: Final = 15.0
SOUGHT: Final = ("练市", "朱家兜", "枫桥镇", "新华", "东", "3305", "人民")


async def regions(at: Site, plan: Plan) -> AsyncIterator[Figure]:
    """Load everything anew each time, in turn with the floor, into the empty table."""
    await make_database(at, DATABASE)
    settings = at.settings(DATABASE)
    loaded, bare, simple = [], [], []
    lines = [line.encode() for line in region_lines(plan.part)]
    file = at.cluster.folder.root / "regions.copy"  # pgbench lets the server read it
    file.write_bytes(b"".join(lines))
    file.chmod(0o644)
    async with connected(at.admin_url(DATABASE)) as admin:
        for _ in range(plan.runs):
            await _empty(admin)
            bare.append(await bare_copy(admin, lines, COLUMNS))
            await _empty(admin)
            copied = f"COPY region ({', '.join(COLUMNS)}) FROM '{file}';"
            simple.append(1 / await transactions_a_second(at, DATABASE, copied, times=1))
            await _empty(admin)
            loaded.append((await load_regions(settings, part=plan.part)).seconds)
    yield compared(
        "floor_regions", bare, simple, unit="s", most=MOST_OF_PGBENCH, note="the floor against pgbench's COPY of a file"
    )
    yield compared("regions", loaded, bare, unit="s", most=TWICE, note=f"{len(lines)} regions")
    yield bounded("regions_seconds", loaded, unit="s", most=LOAD_SECONDS)
    yield bounded("region_search", await _searches(at, plan), unit="ms", most=SEARCH_MS, note="the slowest of several")


async def _empty(admin: asyncpg.Connection) -> None:
    await admin.execute("TRUNCATE region, region_source CASCADE")
    await admin.execute("CHECKPOINT")


async def _searches(at: Site, plan: Plan) -> list[float]:
    """Search a province, each text as often as there are runs: the median of the slowest text's runs counts."""
    scope = system_scope("33")
    slowest: list[float] = []
    async with working_on(at, DATABASE):
        for text in SOUGHT:
            took = []
            for _ in range(plan.runs + 1):
                began = time.perf_counter()
                async with transaction(scope):
                    await search_regions(scope, text)
                took.append((time.perf_counter() - began) * 1e3)
            slowest = max(slowest, took[1:], key=lambda runs: median(runs) if runs else 0.0)
    return slowest

"""A county's year of warnings: 500 villages, 200,000 announcements, 300 planted faults of every model there is.

The year is that of ``tests/factories/year.py``. The night looks with every model at the whole county. Its floor reads the same
tables once, whole, as the superuser: nobody finds a fault in what he has not read.
"""

import time
from collections.abc import AsyncIterator
from typing import Final

from benchmarks.figures import Figure, Plan, bounded, compared
from benchmarks.floor.year import read_once, read_once_sql
from benchmarks.pgbench import transactions_a_second
from benchmarks.site import Site, connected, make_database, working_on
from core.kernel import clock
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import system_scope
from core.supervision.reactions import NIGHTLY, on_nightly
from tests.factories.incremental import looks_asked, run_looks
from tests.factories.year import FULL, SMALL, make_year, standing

DATABASE: Final = "warnings"
COUNTY: Final = "339931"
NIGHT_SECONDS: Final = 60.0
MOST_OF_PGBENCH: Final = 2.0


async def warnings(at: Site, plan: Plan) -> AsyncIterator[Figure]:
    """Look by night, the first and every other night; look from events; compare what stands with what was planted."""
    await make_database(at, DATABASE)
    size = FULL if plan.lines >= Plan().lines else SMALL
    async with connected(at.admin_url(DATABASE)) as admin, working_on(at, DATABASE):
        year = await make_year(admin, county=COUNTY, now=clock.now(), size=size)
        note = f"{year.villages} villages, {year.events} announcements, {len(year.planted)} planted"
        first, floors, again, simple = [], [], [], []
        for _ in range(plan.runs):
            await admin.execute("TRUNCATE warning CASCADE")
            floors.append(await read_once(admin, COUNTY))
            simple.append(1 / await transactions_a_second(at, DATABASE, read_once_sql(COUNTY), times=1))
            first.append(await _night())
            again.append(await _night())
        full = await standing(admin, COUNTY)
        found = {(model, subject) for model, subject, _ in full}
        asked = await looks_asked(admin, COUNTY)
        await admin.execute("TRUNCATE warning CASCADE")
        began = time.perf_counter()
        await run_looks(asked, COUNTY)
        seconds = time.perf_counter() - began
        steps = await standing(admin, COUNTY)
    yield compared("floor_warnings", floors, simple, unit="s", most=MOST_OF_PGBENCH, note="the floor against the same through pgbench")
    yield compared("night", first, floors, unit="s", note=f"the first night, all {len(found)} raised; {note}")
    yield bounded("night_seconds", first, unit="s", most=NIGHT_SECONDS, note=note)
    yield bounded("night_again_seconds", again, unit="s", most=NIGHT_SECONDS, note="nothing changed since")
    yield _whole("warnings_recall", len(found & year.planted), len(year.planted), note)
    yield _whole("warnings_with_a_cause", len(found & year.planted), len(found), note)
    yield _whole("warnings_from_steps", len(steps & full), len(steps | full), f"{len(asked)} looks from {year.events} announcements")
    yield bounded("look_ms", [seconds * 1000 / len(asked)], unit="ms", most=50, note="one look that an announcement asked for")


def _whole(name: str, part: int, whole: int, note: str) -> Figure:
    """Give a share that has to be all of it."""
    return Figure(name, round(100 * part / max(whole, 1), 3), "%", None, None, "100 %", part == whole, None, 1, note)


async def _night() -> float:
    began = time.perf_counter()
    await on_nightly(system_scope(COUNTY), Event(new_id(), NIGHTLY, COUNTY, COUNTY, {}, clock.now()))
    return time.perf_counter() - began

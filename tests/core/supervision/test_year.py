"""The planted year in small: each planted fault is found, no near miss is, and steps from events end with what the night finds."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from core.contracts.registry import current
from core.contracts.warnings import WarningModel
from core.extension.manager import boot
from core.kernel import clock
from core.kernel.database import close_pool, open_pool, transaction
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import system_scope
from core.supervision.engine import look
from core.supervision.reactions import NIGHTLY, on_nightly
from tests.databases import DatabaseUrls
from tests.factories.incremental import looks_asked, run_looks
from tests.factories.year import SMALL, Year, make_year, standing

COUNTY = "339921"


@pytest.fixture(scope="module")
async def year(database_urls: DatabaseUrls, admin: asyncpg.Connection) -> AsyncIterator[Year]:
    """Make the small year in a database of its own."""
    boot()
    await open_pool(database_urls.app, size=4)
    try:
        yield await make_year(admin, county=COUNTY, now=clock.now(), size=SMALL)
    finally:
        await close_pool()


async def night() -> None:
    await on_nightly(system_scope(COUNTY), Event(new_id(), NIGHTLY, COUNTY, COUNTY, {}, clock.now()))


async def test_the_night_finds_every_planted_fault_and_nothing_else(year: Year, admin: asyncpg.Connection) -> None:
    assert len(year.planted) == SMALL.faults
    assert {model for model, _ in year.planted} == {model.name for model in current().all(WarningModel) if not model.plugin}
    await night()
    found = await standing(admin, COUNTY)
    assert {(model, subject) for model, subject, _ in found} == year.planted
    assert {severity for _, _, severity in found} == {"red", "orange", "yellow"}
    before = await admin.fetch("SELECT id, changed_at FROM warning ORDER BY id")
    await night()
    assert await admin.fetch("SELECT id, changed_at FROM warning ORDER BY id") == before


async def test_looks_from_events_end_with_what_the_night_finds(year: Year, admin: asyncpg.Connection) -> None:
    await admin.execute("TRUNCATE warning CASCADE")
    await night()
    full = await standing(admin, COUNTY)
    await admin.execute("TRUNCATE warning CASCADE")
    asked = await looks_asked(admin, COUNTY)
    assert len({model for model, _, _ in asked}) == len(SHARED)
    await run_looks(asked, COUNTY)
    assert await standing(admin, COUNTY) == full
    assert len(full) == len(year.planted)


SHARED = (
    "overdue_task", "waiting_approval", "missing_publication", "stuck_decision", "overdue_petition", "seal_without_approval",
    "aid_and_business", "labour_and_salary", "aid_after_death",
)  # fmt: skip


async def test_what_is_put_right_ends_by_its_event_as_it_does_by_night(year: Year, admin: asyncpg.Connection) -> None:
    """Put a third of the year's late shares right, tell of it by events alone, and let the night look for a difference."""
    await night()
    shares = [subject for model, subject in sorted(year.planted) if model == "overdue_task"][::3]
    await admin.execute("UPDATE assignment SET state = 'submitted' WHERE id = ANY ($1::uuid[])", shares)
    for share in shares:
        await run_looks([("overdue_task", COUNTY, f"share:{share}")], COUNTY)
    small = await standing(admin, COUNTY)
    gone = await admin.fetchval("SELECT count(*) FROM warning WHERE model = 'overdue_task' AND gone_at IS NOT NULL AND key = ANY ($1)", shares)
    assert gone == len(shares) > 1
    await night()
    assert await standing(admin, COUNTY) == small


async def test_one_deed_in_a_county_reads_its_own_matter_alone(year: Year, admin: asyncpg.Connection) -> None:
    task = await admin.fetchval("SELECT id FROM task WHERE county = $1 LIMIT 1", year.county)
    model, scope = current().named(WarningModel, "overdue_task"), system_scope(COUNTY)
    assert model is not None
    await admin.execute("TRUNCATE warning CASCADE")
    async with transaction(scope):
        outcome = await look(scope, model, region=COUNTY, now=clock.now(), subject=f"task:{task}")
    late = await admin.fetchval("SELECT count(*) FROM assignment WHERE task_id = $1 AND state IN ('sent', 'in_hand', 'returned') AND due_at <= now()", task)
    assert outcome.hits == outcome.raised == late
    assert await admin.fetchval("SELECT count(*) FROM warning") == late

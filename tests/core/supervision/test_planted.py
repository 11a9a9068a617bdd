"""A small year with planted faults: each is found, nothing else is, and small steps end with what the full run finds."""

from datetime import timedelta

import asyncpg

from core.contracts.registry import current
from core.contracts.warnings import WarningModel
from core.kernel import clock
from core.kernel.database import transaction
from core.kernel.ids import new_id
from core.kernel.scope import system_scope
from core.supervision.engine import look
from tests.factories.world import County, World, handed, sent
from tests.isolation.rich import deliver_all

_MONTHS = 12


async def plant(admin: asyncpg.Connection, county: County) -> set[tuple[str, str]]:
    """Make a year of work in which a third of all is late, waits or is missing. Gives (model, key) of each planted fault."""
    planted: set[tuple[str, str]] = set()
    now = clock.now()
    for month in range(_MONTHS):
        task = (await sent(county, title=f"{month + 1} 月的排查")).task
        shares = await admin.fetch("SELECT id FROM assignment WHERE task_id = $1 ORDER BY region", task)
        ago = timedelta(days=30 * month + 1)
        if month % 3 == 0:
            await admin.execute("UPDATE assignment SET due_at = $2 WHERE task_id = $1", task, now - ago)
            await admin.execute("UPDATE assignment SET state = 'accepted' WHERE id = $1", shares[1]["id"])
            planted.add(("overdue_task", str(shares[0]["id"])))
        else:
            await admin.execute("UPDATE assignment SET due_at = $2 WHERE task_id = $1", task, now + ago)
        matter = await handed(county, title="组织干部关注公众号并每日打卡", body=f"第 {month} 次")
        hours = 49 if month % 4 == 0 else 40
        await admin.execute("UPDATE incoming_task SET created_at = $2 WHERE id = $1", matter.id, now - timedelta(hours=hours))
        if month % 4 == 0:
            planted.add(("waiting_approval", str(matter.id)))
        due, done = new_id(), month % 5 != 0
        await admin.execute(
            "INSERT INTO publication_due (county, id, region, section, period, at, opens_on, due_on, done_at) VALUES"
            " ($1, $2, $3, 'tasks', $4, now(), $5, $5, CASE WHEN $6 THEN now() END)",
            county.code, due, county.village, f"planted-{month}", (now - ago - timedelta(days=1)).date(), done,
        )  # fmt: skip
        if not done:
            planted.add(("missing_publication", str(due)))
    return planted


async def standing(admin: asyncpg.Connection, county: County) -> set[tuple[str, str, str]]:
    rows = await admin.fetch("SELECT model, key, severity FROM warning WHERE county = $1 AND gone_at IS NULL", county.code)
    return {tuple(row) for row in rows}


async def deliver(admin: asyncpg.Connection) -> None:
    """Work off all that was announced, and what follows from it."""
    while await deliver_all(admin):
        pass


async def test_every_planted_fault_is_found_and_nothing_else(world: World, admin: asyncpg.Connection) -> None:
    planted = await plant(admin, world.nan)
    assert len(planted) == 4 + 3 + 3
    await deliver(admin)
    small = await standing(admin, world.nan)
    assert {(model, key) for model, key, _ in small if model != "missing_publication"} == {
        each for each in planted if each[0] != "missing_publication"
    }
    scope = system_scope(world.nan.code)
    for model in current().all(WarningModel):
        if not model.plugin:
            async with transaction(scope):
                await look(scope, model, region=world.nan.code, now=clock.now())
    full = await standing(admin, world.nan)
    assert {(model, key) for model, key, _ in full} == planted
    assert {each for each in full if each[0] != "missing_publication"} == {each for each in small if each[0] != "missing_publication"}
    await admin.execute("TRUNCATE warning CASCADE")
    for model in current().all(WarningModel):
        for region in (world.nan.township, *(f"{world.nan.code}10120{n}" for n in (1, 2))):
            if not model.plugin:
                async with transaction(scope):
                    await look(scope, model, region=region, now=clock.now())
    assert await standing(admin, world.nan) == full

"""What a county does with outside data: hands lists in, has them stored and compared, looks, unmasks, replaces, deletes, lets them expire."""

from datetime import timedelta

import asyncpg

from core.contracts.registry import current
from core.contracts.warnings import WarningModel
from core.datasets import actions as a
from core.datasets import importing
from core.datasets.personal import data_of
from core.datasets.queries import Narrowed, access_of, datasets_here, sums_of
from core.kernel.database import transaction
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import system_scope
from core.kernel.secrets import index_of
from core.supervision.engine import look
from tests.core.datasets.steps import (
    aid,
    business,
    death,
    id_number,
    labour,
    looked_through,
    run,
    salary,
    stored,
)
from tests.factories.world import NOW, SOON, County, sent

DAY = timedelta(days=1)


async def compare(admin: asyncpg.Connection, county: County) -> None:
    """Lay lists beside each other, twice, so that what stands and what ends is asked for; read all that can be read."""
    handler, system = county.scope("county_inspector"), system_scope(county.code)
    # A county that lives twice is paid for other persons: lines that are known already would not be stored.
    base = 100 * await admin.fetchval("SELECT count(*) FROM datasets.dataset WHERE county = $1", county.code)
    await stored(county, "business", [business(base + 1, "2020-01-01"), business(base + 9, "2020-01-01")])
    await stored(county, "payroll", [salary(base + 2, "2019-08-01")])
    await stored(county, "deaths", [death(base + 3, "2026-01-05")])
    await stored(county, "labour", [labour(base + 2, "2026-03-05")])
    paid = await stored(county, "aid", [aid(base + 1, "2026-03-05"), aid(base + 3, "2026-03-05"), {**aid(base + 4, "2026-03-05"), "village": "没有村"}])
    await stored(county, "aid", [aid(base + 1, "2026-03-05"), aid(base + 4, "2026-04-05")])
    await _models(county)
    await _touched(admin, county)
    async with transaction(handler):
        await datasets_here(handler)
        await sums_of(handler)
        await access_of(handler, dataset=paid, act="", page=1)
        await importing.bad_sheet(handler, dataset=paid, now=NOW)
        shown = await a.look_at_rows(handler, dataset=paid, narrowed=Narrowed(), reason="复核", now=NOW)
    async with transaction(handler):
        await a.unmask_row(handler, row=shown.rows[0]["id"], reason="上门核实", now=NOW)
    await _handed_over(admin, county, id_number(base + 2))
    await stored(county, "business", [business(base + 1, "2020-01-01")], replaces=True)
    await _let_go(county, base)
    waiting = await looked_through(handler, "deaths", [death(base + 5, "2026-01-05"), {"name": "张三"}])
    async with transaction(system):
        await a.expire(system, Event(new_id(), a.EXPIRE, county.code, county.code, {}, NOW + 9 * DAY))
    assert await admin.fetchval("SELECT state FROM datasets.dataset WHERE id = $1", waiting) == "ended"
    await looked_through(handler, "deaths", [death(base + 6, "2026-01-05"), {"name": "李四"}])


async def _handed_over(admin: asyncpg.Connection, county: County, number: str) -> None:
    """Give somebody what the lists say of him; he has a number for that long, so that no other test meets him."""
    somebody, system = county.scope("village_cadre").person, system_scope(county.code)
    assert somebody is not None
    await admin.execute("UPDATE person SET id_number_index = $2 WHERE id = $1", somebody, index_of(number, purpose="id_number"))
    async with transaction(system):
        assert len(await data_of(system, somebody)) == 2
    await admin.execute("UPDATE person SET id_number_index = NULL WHERE id = $1", somebody)


async def _let_go(county: County, base: int) -> None:
    handler = county.scope("county_inspector")
    made = await looked_through(handler, "labour", [labour(base + 7, "2026-03-05")])
    await run(handler, made)
    async with transaction(handler):
        await a.delete_dataset(handler, dataset=made, reason="导错了", now=NOW)


async def _touched(admin: asyncpg.Connection, county: County) -> None:
    """Look at one late task and at one of its shares alone, as announcements ask for."""
    system, model = system_scope(county.code), current().named(WarningModel, "overdue_task")
    assert model is not None
    task = (await sent(county, regions=(county.village,), title=f"{county.code} 的一件迟办")).task
    share = await admin.fetchval("SELECT id FROM assignment WHERE task_id = $1", task)
    for subject in (f"share:{share}", f"task:{task}"):
        async with transaction(system):
            assert (await look(system, model, region=county.village, now=SOON + DAY, subject=subject)).hits == 1


async def _models(county: County) -> None:
    system = system_scope(county.code)
    found = 0
    for model in current().all(WarningModel):
        if model.compares:
            async with transaction(system):
                found += (await look(system, model, region=county.code, now=NOW)).hits
    assert found >= 3

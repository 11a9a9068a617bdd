"""What a county's supervision does: hints are raised, taken, explained, judged, corrected, verified, closed, appealed, snoozed."""

from datetime import timedelta
from uuid import UUID

import asyncpg

from core.contracts.registry import current
from core.contracts.warnings import WarningModel
from core.kernel.database import transaction
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import Scope, system_scope
from core.supervision import actions as a
from core.supervision.engine import look
from core.supervision.personal import data_of, erase
from core.supervision.queries import (
    Narrowed,
    asked_of_me,
    concerns_of,
    events_of,
    leads_by_place,
    months_of,
    places_of,
    precision_of_models,
    problems_of,
    put_to_me,
    sums_of,
    waiting,
    warning_row,
    warnings_in,
)
from core.supervision.reactions import on_moved, on_raised
from tests.core.seals.steps import paper
from tests.factories.world import NOW, SOON, County, add_post, sent

LATE = SOON + timedelta(hours=1)
DAY = timedelta(days=1)


async def supervise(admin: asyncpg.Connection, county: County) -> None:
    """Raise four hints from late shares, and bring each to another place of the loop; read all that can be read."""
    system, handler = system_scope(county.code), county.scope("county_inspector")
    shares = []
    for n in range(6):
        task = (await sent(county, regions=(county.village,), title=f"{county.code} 的第 {n} 件迟办")).task
        shares.append(str(await admin.fetchval("SELECT id FROM assignment WHERE task_id = $1", task)))
    for at in (LATE, LATE, LATE + 4 * DAY):
        for model in current().active(WarningModel, system):
            async with transaction(system):
                await look(system, model, region=county.code, now=at, alarm=True)
    found = {row["key"]: row["id"] for row in await admin.fetch("SELECT id, key FROM warning WHERE key = ANY ($1)", shares)}
    to_end, appealed, snoozed, explained, gone, back = (found[share] for share in shares)
    async with transaction(system):
        row = await admin.fetchrow("SELECT * FROM warning WHERE id = $1", to_end)
        await on_raised(system, Event(new_id(), "warning.raised", county.code, row["region"], {"warning": str(to_end)}, NOW))
    await _to_the_end(admin, county, handler, to_end)
    await _appeal(admin, county, handler, appealed)
    async with transaction(handler):
        await a.acknowledge_warning(handler, warning=snoozed, now=LATE)
        await a.snooze_warning(handler, warning=snoozed, until=LATE + 3 * DAY, reason="等材料", now=LATE)
    await _end_by_itself(admin, system, shares[4:])
    await _named(handler, gone)
    await _explained(admin, county, handler, explained)
    await _moved(admin, system, (to_end, appealed))
    await _read(handler, county.scope("village_secretary"), back)
    await _forget(county, system)


async def _lead(county: County, handler: Scope, warning: UUID) -> None:
    secretary = county.scope("village_secretary")
    async with transaction(handler):
        await a.take_warning(handler, warning=warning, now=LATE)
        await a.ask_person(handler, warning=warning, text="请说明。", person=None, now=LATE)
    async with transaction(secretary):
        await a.state_case(secretary, warning=warning, text="人手不够。", now=LATE)
    async with transaction(handler):
        await a.judge_warning(handler, warning=warning, way="judge_lead", text="属实。", now=LATE)


async def _explained(admin: asyncpg.Connection, county: County, handler: Scope, warning: UUID) -> None:
    secretary = county.scope("village_secretary")
    async with transaction(handler):
        await a.take_warning(handler, warning=warning, now=LATE)
        await a.ask_person(handler, warning=warning, text="请说明。", person=None, now=LATE)
    await paper(admin, secretary, warning, purpose="warning_statement")
    async with transaction(secretary):
        await a.may_attach(secretary, warning, "warning_statement")
        await a.state_case(secretary, warning=warning, text="人手不够。", now=LATE)
    async with transaction(handler):
        await a.judge_warning(handler, warning=warning, way="judge_explained", text="说得清楚。", now=LATE)


async def _to_the_end(admin: asyncpg.Connection, county: County, handler: Scope, warning: UUID) -> None:
    secretary = county.scope("village_secretary")
    await _lead(county, handler, warning)
    for again in (True, False):
        await paper(admin, secretary, warning, purpose="warning_correction")
        async with transaction(secretary):
            await a.correct_warning(secretary, warning=warning, text="已办结。", now=LATE)
        async with transaction(handler):
            if again:
                await a.return_correction(handler, warning=warning, reason="缺照片", now=LATE)
            else:
                await a.verify_correction(handler, warning=warning, text="看过。", now=LATE)
                await a.close_warning(handler, warning=warning, recovered=None, rule_change="修订办法", now=LATE)


async def _appeal(admin: asyncpg.Connection, county: County, handler: Scope, warning: UUID) -> None:
    await _lead(county, handler, warning)
    secretary = county.scope("village_secretary")
    other = (await add_post(admin, county=county, role="county_inspector", region=county.code)).scope
    for upheld in (True, False):
        async with transaction(secretary):
            await a.appeal_verdict(secretary, warning=warning, reason="有误。", now=LATE)
        async with transaction(other):
            await a.decide_appeal(other, warning=warning, upheld=upheld, reason="查过。", now=LATE)
        if upheld:
            async with transaction(handler):
                await a.judge_warning(handler, warning=warning, way="judge_lead", text="再查过，属实。", now=LATE)


async def _end_by_itself(admin: asyncpg.Connection, system: Scope, shares: list[str]) -> None:
    model = next(each for each in current().all(WarningModel) if each.name == "overdue_task")
    for hidden in (True, False):
        for share in shares:
            await admin.execute("UPDATE assignment SET state = $2 WHERE id = $1::uuid", share, "withdrawn" if hidden else "sent")
        async with transaction(system):
            await look(system, model, region=system.region, now=LATE)


async def _named(handler: Scope, warning: UUID) -> None:
    """Name a person where the model named nobody."""
    async with transaction(handler):
        row = await warning_row(handler, warning)
        persons = await a.persons_at(handler, row, now=LATE)
        await a.take_warning(handler, warning=warning, now=LATE)
        await a.ask_person(handler, warning=warning, text="请说明。", person=persons[0]["person_id"], now=LATE)


async def _read(handler: Scope, secretary: Scope, warning: UUID) -> None:
    async with transaction(handler):
        await warnings_in(handler, Narrowed(show="all"), now=LATE)
        await sums_of(handler, now=LATE)
        await waiting(handler, now=LATE)
        await places_of(handler, digits=9, now=LATE)
        await precision_of_models(handler)
        await problems_of(handler)
        await months_of(handler, since=LATE - 99 * DAY)
        await concerns_of(handler, warning)
        await events_of(handler, warning)
    async with transaction(secretary):
        await put_to_me(secretary)
        await asked_of_me(secretary)


async def _moved(admin: asyncpg.Connection, system: Scope, warnings: tuple[UUID, ...]) -> None:
    """Tell of a statement, and of an appeal, as if they were made now."""
    for warning, state in zip(warnings, ("stated", "appealed"), strict=True):
        before = await admin.fetchval("UPDATE warning SET state = $2 WHERE id = $1 RETURNING region", warning, state)
        event = Event(new_id(), "warning.moved", system.county, before, {"warning": str(warning), "state": state}, NOW)
        async with transaction(system):
            await on_moved(system, event)
    await admin.execute("UPDATE warning SET state = 'closed' WHERE id = $1", warnings[0])
    await admin.execute("UPDATE warning SET state = 'taken' WHERE id = $1", warnings[1])


async def _forget(county: County, system: Scope) -> None:
    """Hand over and erase what a person said."""
    person = county.scope("village_secretary").person
    assert person is not None
    async with transaction(system):
        await leads_by_place(system, domain="tasks", model="")
        await data_of(system, person)
        await erase(system, person, NOW)

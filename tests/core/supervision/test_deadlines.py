"""Models over petitions and decisions: what the deeds leave is raised when its time comes, grows worse, and ends with the right deed."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core.decisions.actions.ending import repeat_step, withdraw_decision
from core.decisions.actions.meetings import record_step
from core.decisions.queries import find_decision
from core.decisions.rules import Count
from core.kernel.clock import local
from core.kernel.database import transaction
from core.petitions.actions import handling, joining
from core.petitions.actions.handling import Answer
from tests.core.decisions.steps import begun, do, held
from tests.core.petitions.steps import raised
from tests.core.supervision.steps import looked
from tests.factories.world import NOW, World
from tests.isolation.rich import deliver_all

DAY = timedelta(days=1)
MOMENT = timedelta(seconds=1)
TODAY = local(NOW).date()
PHONES = (f"136{number:08}" for number in range(10_000))


async def about(admin: asyncpg.Connection, model: str, key: object) -> Any:
    return await admin.fetchrow("SELECT * FROM warning WHERE model = $1 AND key = $2", model, str(key))


async def deliver(admin: asyncpg.Connection) -> None:
    while await deliver_all(admin):
        pass


async def petition_of(admin: asyncpg.Connection, world: World, **changes: object) -> tuple[UUID, datetime]:
    made, _ = await raised(admin, world.nan, **{"phone": next(PHONES), **changes})
    return made, await admin.fetchval("SELECT due_at FROM petition WHERE id = $1", made)


async def answer(world: World, petition: UUID, now: datetime) -> None:
    secretary = world.nan.scope("village_secretary")
    async with transaction(secretary):
        await handling.accept_petition(secretary, petition=petition, now=now)
    async with transaction(secretary):
        await handling.answer_petition(secretary, petition=petition, answer=Answer("路灯修好了。", True, "修路灯"), now=now)


async def test_a_petition_is_raised_at_its_deadline_and_worse_days_later(world: World, admin: asyncpg.Connection) -> None:
    made, due = await petition_of(admin, world)
    await looked(world.nan, name="overdue_petition", at=due - MOMENT)
    assert await about(admin, "overdue_petition", made) is None
    await looked(world.nan, name="overdue_petition", at=due)
    row = await about(admin, "overdue_petition", made)
    assert (row["severity"], row["region"], row["state"]) == ("orange", world.nan.village, "raised")
    concerned = {each["person_id"] for each in await admin.fetch("SELECT person_id FROM warning_concern WHERE warning_id = $1", row["id"])}
    assert world.nan.scope("village_secretary").person in concerned
    whole = str(dict(row))
    for private in ("路灯", "陈阿土", "13812345678"):
        assert private not in whole
    await looked(world.nan, name="overdue_petition", at=due + 5 * DAY)
    assert (await about(admin, "overdue_petition", made))["severity"] == "red"


async def test_an_answer_ends_it_and_one_in_time_never_raises_it(world: World, admin: asyncpg.Connection) -> None:
    late, due = await petition_of(admin, world)
    timely, _ = await petition_of(admin, world)
    await answer(world, timely, NOW)
    await looked(world.nan, name="overdue_petition", at=due)
    assert await about(admin, "overdue_petition", timely) is None
    assert (await about(admin, "overdue_petition", late))["gone_at"] is None
    await answer(world, late, due)
    await deliver(admin)
    ended = await about(admin, "overdue_petition", late)
    assert (ended["state"], ended["gone_at"] is not None) == ("ended", True)


@pytest.mark.parametrize("way", ["refused", "merged"])
async def test_a_petition_that_nobody_has_to_answer_ends_by_its_event(world: World, admin: asyncpg.Connection, way: str) -> None:
    secretary = world.nan.scope("village_secretary")
    made, due = await petition_of(admin, world)
    other, _ = await petition_of(admin, world)
    await deliver(admin)
    await looked(world.nan, name="overdue_petition", at=due)
    assert (await about(admin, "overdue_petition", made))["gone_at"] is None
    async with transaction(secretary):
        if way == "refused":
            await handling.refuse_petition(secretary, petition=made, reason="不属于村里的事", now=NOW)
        else:
            await joining.merge_petition(secretary, petition=made, into=other, now=NOW)
    await deliver(admin)
    assert (await about(admin, "overdue_petition", made))["gone_at"] is not None
    assert (await about(admin, "overdue_petition", other))["gone_at"] is None


async def test_a_matter_for_the_supervision_itself_is_never_raised(world: World, admin: asyncpg.Connection) -> None:
    made, due = await petition_of(admin, world, kind="supervision", about="village", title="集体资金去向不明", phone="")
    await looked(world.nan, name="overdue_petition", at=(due or NOW) + 30 * DAY)
    assert await about(admin, "overdue_petition", made) is None


async def row_of(world: World, decision: UUID) -> Any:
    secretary = world.nan.scope("village_secretary")
    async with transaction(secretary):
        return await find_decision(secretary, decision)


async def test_a_step_that_is_not_taken_is_raised_and_taking_it_ends_it(world: World, admin: asyncpg.Connection) -> None:
    secretary = world.nan.scope("village_secretary")
    made = await begun(secretary, title="缺步骤的事")
    row = await row_of(world, made)
    due = row["due_at"]
    await looked(world.nan, name="stuck_decision", at=due - MOMENT)
    assert await about(admin, "stuck_decision", row["record_id"]) is None
    await looked(world.nan, name="stuck_decision", at=due)
    assert (await about(admin, "stuck_decision", row["record_id"]))["severity"] == "orange"
    await looked(world.nan, name="stuck_decision", at=due + 15 * DAY)
    assert (await about(admin, "stuck_decision", row["record_id"]))["severity"] == "red"
    await do(secretary, record_step, decision=made, held=held(TODAY))
    await looked(world.nan, name="stuck_decision", at=due + 15 * DAY)
    assert (await about(admin, "stuck_decision", row["record_id"]))["gone_at"] is not None


async def test_a_vote_that_fell_short_is_raised_unless_it_is_taken_up_again_or_ended(world: World, admin: asyncpg.Connection) -> None:
    secretary = world.nan.scope("village_secretary")
    keys = {}
    for way in ("left", "repeated", "withdrawn"):
        made = await begun(secretary, title=f"没有通过的事 {way}")
        keys[way] = await _fail(world, made)
        if way == "repeated":
            await do(secretary, repeat_step, decision=made)
        if way == "withdrawn":
            await do(secretary, withdraw_decision, decision=made, reason="不办了")
    await looked(world.nan, name="stuck_decision", at=NOW + 15 * DAY - MOMENT)
    assert await about(admin, "stuck_decision", keys["left"]) is None
    await looked(world.nan, name="stuck_decision", at=NOW + 15 * DAY)
    assert (await about(admin, "stuck_decision", keys["left"]))["severity"] == "orange"
    assert await about(admin, "stuck_decision", keys["withdrawn"]) is None
    assert await about(admin, "stuck_decision", keys["repeated"]) is None
    told = await admin.fetch("SELECT topic FROM outbox WHERE payload ->> 'record' = $1 ORDER BY created_at, id", str(keys["left"]))
    assert "decision.moved" in [each["topic"] for each in told]


async def _fail(world: World, decision: UUID) -> UUID:
    """Hold the second step's meeting short of its majority; gives the record that failed."""
    secretary = world.nan.scope("village_secretary")
    await do(secretary, record_step, decision=decision, held=held(TODAY))
    record: UUID = (await row_of(world, decision))["record_id"]
    changed = await do(secretary, record_step, decision=decision, held=replace(held(TODAY), count=Count(7, 3, 3), as_failed=True))
    assert changed["state"] == "failed"
    return record

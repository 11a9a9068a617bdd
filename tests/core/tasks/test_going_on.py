"""One of several senders takes its own back: the task goes on for the others, everybody concerned reads so, the lead moves on."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import asyncpg
import pytest

from core.kernel.database import transaction
from core.kernel.errors import Forbidden
from core.kernel.scope import Scope
from core.tasks.actions.dispatching import dispatch_task
from core.tasks.actions.going_on import go_on_for_others
from core.tasks.actions.steering import withdraw_assignment, withdraw_task
from core.tasks.enums import Level
from core.tasks.queries.merging import merged_under, progress_of
from tests.core.tasks.conftest import Work
from tests.core.tasks.steps import accept, do, events_of, other_office, row_of, share_of
from tests.core.tasks.test_merging import finish, from_above, merge, parts, states
from tests.factories.world import NOW, RULE, SECOND_VILLAGE, County, World, add_post, handed, order, sent
from tests.isolation.redrawn import deliver_all


@pytest.fixture
async def civil(world: World, admin: asyncpg.Connection) -> AsyncIterator[Scope]:
    """Give the county a second department."""
    nan = world.nan
    made = await add_post(admin, county=nan, role="county_department", region=nan.code)
    scope = replace(made.scope, office=await other_office(admin, nan.code), by_office="民政局")
    nan.posts["civil"] = replace(made, scope=scope)
    yield scope
    del nan.posts["civil"]


async def from_civil(admin: asyncpg.Connection, county: County, civil: Scope) -> tuple[UUID, UUID, UUID]:
    """Let the second department send a task to the township, which takes it among its matters. Gives task, share and matter."""
    asked = order(county, regions=(county.township,), level=Level.TOWNSHIP, title="民政排查")
    top = (await do(civil, dispatch_task, order=asked, rule=RULE, now=NOW)).task
    share = await share_of(admin, top, county.township)
    return top, share, (await handed(county, assignment=share)).id


async def said(admin: asyncpg.Connection, task: UUID) -> list[dict[str, str]]:
    """Give what a task's history says of going on."""
    rows = await admin.fetch("SELECT data FROM audit_line WHERE subject_id = $1 AND action = 'task.goes_on' ORDER BY at, id", task)
    return [json.loads(row["data"]) for row in rows]


async def test_receivers_and_remaining_senders_read_for_whom_it_goes_on(
    world: World, admin: asyncpg.Connection, civil: Scope, work_off: Work
) -> None:
    nan = world.nan
    (top, share, main), (other_top, other, source) = await from_above(admin, nan), await from_civil(admin, nan, civil)
    own = (await handed(nan, "township_staff")).id
    await merge(nan, main, source, own)
    task = (await sent(nan, incoming=main)).task
    village = await share_of(admin, task, nan.village)
    await work_off()
    await do(nan.scope("county_department"), withdraw_task, task=top, reason="改期", now=NOW)
    told = {who for who, kind in await work_off() if kind == "goes_on"}
    assert told == {"civil", "township_leader", "township_staff", "village_secretary", "village_cadre", "second_village"}
    words = {"name": "农业农村局", "others": "民政局、农业农村办公室"}
    assert await said(admin, task) == [{**words, "lead": "民政局", "reason": "改期"}]
    (receiver,) = [row["receiver_name"] for row in await admin.fetch("SELECT receiver_name FROM assignment WHERE id = $1", other)]
    assert await said(admin, other_top) == [{**words, "receiver": receiver}]
    assert await said(admin, top) == []
    for each, count in ((village, 1), (other, 1), (share, 0)):
        assert (await events_of(admin, each)).count("goes_on") == count
    notice = await admin.fetchrow("SELECT data, link FROM notice WHERE kind = 'goes_on' AND membership_id = $1", civil.membership)
    assert notice["link"] == f"/tasks/{other_top}"
    assert '"others": "民政局、农业农村办公室"' in notice["data"]


async def test_the_next_matter_leads_and_nothing_is_lost(
    world: World, admin: asyncpg.Connection, civil: Scope, work_off: Work
) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    (top, share, main), (other_top, other, source) = await from_above(admin, nan), await from_civil(admin, nan, civil)
    own = (await handed(nan)).id
    await merge(nan, main, source, own)
    task = (await sent(nan, incoming=main)).task
    await do(nan.scope("county_department"), withdraw_task, task=top, reason="改期", now=NOW)
    await work_off()
    assert await states(admin, source, main, own) == [("dispatched", None), ("dispatched", source), ("dispatched", source)]
    row = await row_of(admin, "task", task)
    assert (row["state"], row["incoming_id"]) == ("active", source)
    async with transaction(leader):
        seen = await merged_under(leader, await row_of(admin, "incoming_task", source))
        progress = await progress_of(leader, await row_of(admin, "incoming_task", main))
    told = [(each["id"], each["gone"], each["merged_reason"], each["merged_by_name"]) for each in seen.sources]
    assert told == [(main, True, "改期", ""), (own, False, "同一件事", "张三")]  # nobody merged the one that led
    assert progress is not None
    assert progress.task == task
    mine = await share_of(admin, task, nan.village)
    await finish(nan.scope("village_secretary"), mine)
    await accept(leader, mine)
    assert await parts(admin, other, share) == [("in_hand", 2, 1), ("withdrawn", 2, 0)]
    await do(civil, withdraw_task, task=other_top, reason="也改期", now=NOW)
    await work_off()
    assert (await row_of(admin, "task", task))["incoming_id"] == own
    assert await states(admin, own, source, main) == [("dispatched", None), ("dispatched", own), ("dispatched", own)]


async def test_a_sender_that_did_not_lead_leaves_the_lead_alone(
    world: World, admin: asyncpg.Connection, civil: Scope, work_off: Work
) -> None:
    nan = world.nan
    (_, _, main), (other_top, _, source) = await from_above(admin, nan), await from_civil(admin, nan, civil)
    await merge(nan, main, source)
    task = (await sent(nan, incoming=main)).task
    await do(civil, withdraw_task, task=other_top, reason="改期", now=NOW)
    await work_off()
    assert (await row_of(admin, "task", task))["incoming_id"] == main
    assert await said(admin, task) == [{"name": "民政局", "others": "农业农村局", "reason": "改期"}]


async def test_two_who_leave_before_anything_was_worked_off_leave_the_third(
    world: World, admin: asyncpg.Connection, civil: Scope
) -> None:
    nan = world.nan
    (top, _, main), (other_top, _, source) = await from_above(admin, nan), await from_civil(admin, nan, civil)
    own = (await handed(nan, "township_staff")).id
    await merge(nan, main, source, own)
    task = (await sent(nan, incoming=main)).task
    await do(nan.scope("county_department"), withdraw_task, task=top, reason="改期", now=NOW)
    await do(civil, withdraw_task, task=other_top, reason="改期", now=NOW)
    while await deliver_all(admin):
        pass
    row = await row_of(admin, "task", task)
    assert (row["state"], row["incoming_id"]) == ("active", own)
    assert [(line["name"], line["others"]) for line in await said(admin, task)] == [
        ("农业农村局", "农业农村办公室"), ("民政局", "农业农村办公室"),
    ]  # fmt: skip


async def test_what_was_told_once_is_not_told_again(
    world: World, admin: asyncpg.Connection, civil: Scope, work_off: Work
) -> None:
    nan, department = world.nan, world.nan.scope("county_department")
    asked = order(nan, regions=(nan.township, nan.code + SECOND_VILLAGE), level=Level.TOWNSHIP)
    top = (await do(department, dispatch_task, order=asked, rule=RULE, now=NOW)).task
    share = await share_of(admin, top, nan.township)
    main, (_, _, source) = (await handed(nan, assignment=share)).id, await from_civil(admin, nan, civil)
    await merge(nan, main, source)
    task = (await sent(nan, incoming=main, regions=(nan.village,))).task
    await do(department, withdraw_assignment, assignment=share, reason="改期", now=NOW)
    await work_off()
    assert len(await said(admin, task)) == 1
    later = NOW.replace(hour=NOW.hour + 1)
    await do(department, withdraw_task, task=top, reason="都不办了", now=later)
    assert "goes_on" not in {kind for _, kind in await work_off()}
    assert len(await said(admin, task)) == 1


async def test_only_the_worker_says_so(world: World, admin: asyncpg.Connection) -> None:
    top, _, _ = await from_above(admin, world.nan)
    with pytest.raises(Forbidden):
        await do(world.nan.scope("township_leader"), go_on_for_others, task=top, reason="", now=NOW)

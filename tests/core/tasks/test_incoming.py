"""Handing in: each verdict, deciding what was held, taking back."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from core.contracts.screening import Candidate
from core.entry_lists.queries import choosable_items, find_item
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.kernel.ids import new_id
from core.tasks.actions.dispatching import Item, dispatch_task
from core.tasks.actions.incoming import decide_incoming, screen_changed, withdraw_incoming
from core.tasks.enums import Level
from core.tasks.queries.filters import Filters
from core.tasks.queries.incoming import incoming_of, one_incoming
from tests.core.tasks.steps import do, row_of
from tests.factories.world import NOW, RULE, County, World, handed, order, sent

HELD = "没有列入清单的事"


async def test_listed_matter_passes_with_its_item(world: World, admin: asyncpg.Connection) -> None:
    got = await handed(world.nan, number="浔农〔2026〕8号", due_at=NOW + timedelta(days=5))
    row = await row_of(admin, "incoming_task", got.id)
    assert (got.state, row["state"], row["verdict"]) == ("passed", "passed", "passed")
    assert (row["item_code"], row["item_title"], row["number"]) == ("V12", "圩堤隐患排查", "浔农〔2026〕8号")
    assert (row["region"], row["sender_name"], row["screened_at"]) == (world.nan.township, "张三", NOW)
    assert [f["verdict"] for f in json.loads(row["findings"])] == ["passed"]


async def test_same_title_is_screened_by_each_countys_own_list(
    world: World, admin: asyncpg.Connection
) -> None:
    items = [
        (await row_of(admin, "incoming_task", (await handed(county)).id))["item_code"]
        for county in world.counties
    ]
    assert items == ["V12", "V50"]


async def test_matter_that_was_taken_back_is_refused_and_kept(
    world: World, admin: asyncpg.Connection
) -> None:
    got = await handed(world.nan, "county_department", title="上级收回的执法事项")
    row = await row_of(admin, "incoming_task", got.id)
    assert (got.state, row["verdict"], row["item_id"]) == ("refused", "refused", None)
    assert row["office_id"] == world.nan.offices[world.nan.code]
    with pytest.raises(Conflict, match="不能办"):
        await do(
            world.nan.scope("township_leader"), decide_incoming, incoming=(await handed(world.nan)).id, transition="admit",
            reason="同意", now=NOW,
        )  # fmt: skip


async def test_emergency_goes_first_and_is_judged_afterwards(world: World) -> None:
    with pytest.raises(Invalid) as caught:
        await handed(world.nan, title=HELD, emergency=True)
    assert set(caught.value.fields) == {"emergency_reason"}
    got = await handed(world.nan, title=HELD, emergency=True, emergency_reason="台风登陆")
    assert got.state == "passed"


async def test_matter_without_a_title_is_not_taken(world: World, admin: asyncpg.Connection) -> None:
    before = await admin.fetchval("SELECT count(*) FROM incoming_task")
    with pytest.raises(Invalid) as caught:
        await handed(world.nan, title="  ")
    assert dict(caught.value.fields) == {"title": "请写标题。"}
    assert await admin.fetchval("SELECT count(*) FROM incoming_task") == before


@pytest.mark.parametrize("role", ["village_secretary", "county_administrator", "county_inspector"])
async def test_handing_in_needs_the_right(world: World, role: str) -> None:
    with pytest.raises(Forbidden):
        await handed(world.nan, role)


async def held(county: County) -> object:
    got = await handed(county, title=HELD)
    assert got.state == "held"
    return got.id


async def test_held_matter_is_admitted_with_an_item_and_dispatched(
    world: World, admin: asyncpg.Connection
) -> None:
    leader = world.nan.scope("township_leader")
    incoming = await held(world.nan)
    async with transaction(leader):
        found = await find_item(leader, level="village", at=NOW, code="V13")
    item = Candidate(found.id, found.code, found.title, str(found.kind))
    row = await do(
        leader,
        decide_incoming,
        incoming=incoming,
        transition="admit",
        reason=" 属于参保动员 ",
        item=item,
        now=NOW,
    )
    assert (row["state"], row["item_code"], row["item_title"]) == ("passed", "V13", "医保参保动员")
    assert (row["decided_reason"], row["decided_by_name"]) == ("属于参保动员", "张三")
    await sent(world.nan, incoming=incoming)
    assert (await row_of(admin, "incoming_task", incoming))["state"] == "dispatched"


async def test_what_the_county_holds_of_its_departments_is_decided_by_whoever_keeps_its_lists(world: World) -> None:
    nan = world.nan
    got = await handed(nan, "county_department", title=HELD)
    assert got.state == "held"
    row = await do(
        nan.scope("county_administrator"), decide_incoming, incoming=got.id, transition="admit", reason="年内确需", now=NOW
    )
    assert (row["state"], row["region"]) == ("passed", nan.code)
    with pytest.raises(Forbidden):  # what a township wrote is its own leader's to decide
        await do(
            nan.scope("county_administrator"), decide_incoming, incoming=await held(nan), transition="admit",
            reason="同意", now=NOW,
        )  # fmt: skip


async def test_held_matter_is_turned_down_for_good(world: World) -> None:
    leader = world.nan.scope("township_leader")
    incoming = await held(world.nan)
    row = await do(
        leader, decide_incoming, incoming=incoming, transition="turn_down", reason="不属于村", now=NOW
    )
    assert row["state"] == "refused"
    with pytest.raises(Conflict):
        await do(leader, decide_incoming, incoming=incoming, transition="admit", reason="改主意", now=NOW)
    with pytest.raises(Conflict):
        await sent(world.nan, incoming=incoming)


async def test_decision_needs_a_reason_and_the_right_post(world: World, admin: asyncpg.Connection) -> None:
    nan, zhu = world.counties
    incoming = await held(nan)
    given = {"incoming": incoming, "transition": "admit", "now": NOW}
    with pytest.raises(Invalid):
        await do(nan.scope("township_leader"), decide_incoming, reason="  ", **given)
    with pytest.raises(Forbidden):
        await do(nan.scope("township_staff"), decide_incoming, reason="同意", **given)
    with pytest.raises(NotFound):
        await do(zhu.scope("township_leader"), decide_incoming, reason="同意", **given)
    assert (await row_of(admin, "incoming_task", incoming))["state"] == "held"


async def test_of_two_who_decide_at_once_one_is_told(world: World) -> None:
    leader = world.nan.scope("township_leader")
    incoming = await held(world.nan)
    results = await asyncio.gather(
        *(
            do(leader, decide_incoming, incoming=incoming, transition=way, reason="定了", now=NOW)
            for way in ("admit", "turn_down")
        ),
        return_exceptions=True,
    )
    assert sorted(type(r).__name__ for r in results) == ["Conflict", "Record"]


async def test_matter_is_taken_back_until_it_is_dispatched(world: World) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    for incoming in (await held(nan), (await handed(nan)).id):
        row = await do(leader, withdraw_incoming, incoming=incoming, reason="重复了", now=NOW)
        assert row["state"] == "withdrawn"
        with pytest.raises(Conflict):
            await do(leader, withdraw_incoming, incoming=incoming, reason="再撤", now=NOW)
    gone = (await handed(nan)).id
    await sent(nan, incoming=gone)
    with pytest.raises(Conflict):
        await do(leader, withdraw_incoming, incoming=gone, reason="撤", now=NOW)


async def test_office_sees_its_own_matters_and_the_countys(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    department, leader = nan.scope("county_department"), nan.scope("township_leader")
    own = (await handed(nan, "county_department", title="部门自己的来文")).id
    other = (await handed(nan, "county_department", title="别的部门的来文")).id
    office = await admin.fetchval(
        "INSERT INTO office (county, id, region, name, short_name, created_at)"
        " VALUES ($1, gen_random_uuid(), $1, '水利局', '水利局', now()) RETURNING id", nan.code,
    )  # fmt: skip
    await admin.execute("UPDATE incoming_task SET office_id = $2 WHERE id = $1", other, office)
    async with transaction(department):
        rows, _ = await incoming_of(department, Filters(search="部门"))
        assert [row.id for row in rows] == [own]
        with pytest.raises(NotFound):
            await one_incoming(department, other)
    async with transaction(leader):
        rows, total = await incoming_of(leader, Filters(search="部门"))
        assert (rows, total) == ([], 0)


async def test_passed_matter_is_reworded_only_as_far_as_it_still_passes(world: World) -> None:
    leader = world.nan.scope("township_leader")
    matter = (await handed(world.nan, title="圩堤隐患排查", body="请各村排查。")).id
    await do(leader, screen_changed, incoming=matter, title="圩堤隐患排查", body="请各村排查。\r\n", now=NOW)
    await do(leader, screen_changed, incoming=matter, title="圩堤隐患排查", body="请各村逐处排查，拍照。", now=NOW)
    with pytest.raises(Invalid) as refused:
        await do(leader, screen_changed, incoming=matter, title="组织村民关注公众号", body="每日打卡。", now=NOW)
    assert "没有通过过筛" in refused.value.fields["title"]


async def test_what_a_person_admitted_stays_as_it_was_admitted(world: World) -> None:
    leader = world.nan.scope("township_leader")
    matter = (await handed(world.nan, title="没有列入清单的急事", body="请办。")).id
    await do(leader, decide_incoming, incoming=matter, transition="admit", reason="确有必要", now=NOW)
    await do(leader, screen_changed, incoming=matter, title="没有列入清单的急事", body="请办。", now=NOW)
    with pytest.raises(Invalid) as refused:
        await do(leader, screen_changed, incoming=matter, title="没有列入清单的急事", body="请办两件。", now=NOW)
    assert "人工审定" in refused.value.fields["title"]


@pytest.fixture
async def banned(world: World, admin: asyncpg.Connection) -> AsyncIterator[None]:
    """Put N01 on the negative list of the first county's villages for one test."""
    made = await admin.fetchval(
        "INSERT INTO entry_item (county, id, region, list_id, position, code, title, kind)"
        " SELECT county, gen_random_uuid(), region, list_id, 99, 'N01', '组织村民关注公众号', 'banned' FROM entry_item"
        " WHERE county = $1 AND code = 'V13' RETURNING id", world.nan.code,
    )  # fmt: skip
    yield
    await admin.execute("DELETE FROM entry_item WHERE id = $1", made)


@pytest.mark.usefixtures("banned")
async def test_nobody_admits_under_a_forbidden_item(world: World, admin: asyncpg.Connection) -> None:
    leader = world.nan.scope("township_leader")
    incoming = await held(world.nan)
    async with transaction(leader):
        found = await find_item(leader, level="village", at=NOW, code="N01")
        offered = await choosable_items(leader, level="village", at=NOW, text=found.title)
        searched = await choosable_items(leader, level="village", at=NOW, text="", search=found.title)
    assert "N01" not in [item.code for item in (*offered, *searched)]
    for item in (
        Candidate(found.id, found.code, found.title, str(found.kind)),
        Candidate(found.id, "V13", "医保参保动员", "assisting"),
        Candidate(new_id(), "n01 ", "医保参保动员", "assisting"),
    ):
        with pytest.raises(Conflict, match="负面清单"):
            await do(leader, decide_incoming, incoming=incoming, transition="admit", reason="同意", item=item, now=NOW)
    assert (await row_of(admin, "incoming_task", incoming))["state"] == "held"


@pytest.mark.usefixtures("banned")
async def test_nothing_is_sent_or_split_under_a_forbidden_item(world: World, admin: asyncpg.Connection) -> None:
    before = await admin.fetchval("SELECT count(*) FROM task")
    with pytest.raises(Conflict, match="负面清单"):
        await sent(world.nan, item=Item(code="N01", title="随便什么"))
    matter = (await handed(world.nan)).id
    await admin.execute("UPDATE incoming_task SET item_code = 'N01', item_id = NULL WHERE id = $1", matter)
    with pytest.raises(Conflict, match="负面清单"):
        await sent(world.nan, incoming=matter)
    assert (await row_of(admin, "incoming_task", matter))["state"] == "passed"
    county = world.nan.scope("county_department")
    async with transaction(county):
        asked = order(world.nan, level=Level.TOWNSHIP, regions=(world.nan.township,))
        given = await dispatch_task(county, asked, rule=RULE, now=NOW)
    share = await admin.fetchval("UPDATE assignment SET item_code = 'R01' WHERE task_id = $1 RETURNING id", given.task)
    with pytest.raises(Conflict, match="上级部门收回"):
        await sent(world.nan, parent_assignment=share)
    assert await admin.fetchval("SELECT count(*) FROM task") == before + 1

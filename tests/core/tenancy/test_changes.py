"""Documents open, close, rename, merge and split regions; open work follows, the past stays."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core.kernel.database import fetch_value, transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.kernel.ids import new_id
from core.kernel.outbox import Event, set_timer
from core.kernel.scope import Scope, system_scope
from core.tenancy.actions.following import follow_change
from core.tenancy.actions.offices import OfficeFacts, create_office
from core.tenancy.actions.regions import Document, Wish, change_regions, preview_change
from core.tenancy.changes import Part
from core.tenancy.enums import ChangeKind
from core.tenancy.moving import count_following
from core.tenancy.queries.regions import changes_of, children_of, region_as_of, region_of, states_of
from tests.core.tenancy.conftest import LIANSHI, NAN, NOW, SHUANGLIN, ZHU, county_scope

QIANJIN, SHICONG = "330503107", "330503108"
ON = date(2026, 11, 20)
DOCUMENT = Document("浙民区划〔2026〕1 号", ON)
Change = Callable[[Wish], Awaitable[UUID]]


async def change(wish: Wish, *, scope: Scope | None = None, document: Document = DOCUMENT) -> UUID:
    scope = scope or county_scope()
    async with transaction(scope):
        made = await change_regions(scope, wish, document, now=NOW)
    async with transaction(scope):
        event = Event(new_id(), "region.changed", scope.county, scope.region, {"change": str(made)}, NOW)
        await follow_change(scope, event)
        await follow_change(scope, event)
    return made


async def in_county(run: Callable[[Scope], Awaitable[Any]]) -> Any:
    scope = county_scope()
    async with transaction(scope):
        return await run(scope)


async def assignment(admin: asyncpg.Connection, region: str, *, task: UUID, closed: bool = False) -> UUID:
    made = new_id()
    await admin.execute(
        "INSERT INTO assignment (county, id, region, task_id, brief_id, sender_region, sender_name, receiver_name, title,"
        " points, due_at, evidence, state, created_at, changed_at, closed_at) VALUES"
        " ($1, $2, $3, $4, $4, $5, '党政办', '某村', '防汛', 5, now(), '{}', 'sent', now(), now(), $6)",
        NAN, made, region, task, region[:9], NOW if closed else None,
    )  # fmt: skip
    return made


async def test_village_opens_with_a_code_of_its_kind() -> None:
    await change(Wish(ChangeKind.OPEN, region=LIANSHI, name="新塘村村民委员会"))
    opened = [r for r in await in_county(lambda s: children_of(s, LIANSHI)) if r.short_name == "新塘村"]
    assert [(r.code[:9], r.opened) for r in opened] == [(LIANSHI, ON)]
    with pytest.raises(Invalid):
        await change(Wish(ChangeKind.OPEN, region=LIANSHI, name="新塘村村民委员会"))


async def test_missing_zone_takes_the_countys_own_code() -> None:
    await change(Wish(ChangeKind.OPEN, region=NAN, name="南浔经济开发区", code="330503400"))
    assert (await in_county(lambda s: region_of(s, "330503400"))).parent == NAN
    for code in ("330503400", "330681400", "33050340"):
        with pytest.raises(Invalid):
            await change(Wish(ChangeKind.OPEN, region=NAN, name="另一个开发区", code=code))


async def test_rename_keeps_the_old_name_in_history() -> None:
    await change(Wish(ChangeKind.RENAME, region=SHUANGLIN, name="双林街道"))
    states = await in_county(lambda s: states_of(s, SHUANGLIN))
    assert [(s.name, s.valid_to) for s in states] == [("双林镇", ON), ("双林街道", None)]
    then = await in_county(lambda s: region_as_of(s, SHUANGLIN, ON - timedelta(days=1)))
    assert then.name == "双林镇"
    assert (await in_county(lambda s: region_of(s, SHUANGLIN))).short_name == "双林"
    with pytest.raises(Invalid):  # nothing changes twice on one day, or before its last change
        await change(Wish(ChangeKind.RENAME, region=SHUANGLIN, name="双林新城街道"))


async def test_merged_townships_bring_their_villages_and_open_work(admin: asyncpg.Connection) -> None:
    scope = county_scope()
    village, task = f"{SHICONG}200", new_id()
    assert await admin.fetchval("SELECT closed IS NULL FROM region WHERE code = $1", village)
    open_one = await assignment(admin, village, task=task)
    closed_one = await assignment(admin, village, task=new_id(), closed=True)
    async with transaction(scope):
        for place in (SHICONG, QIANJIN):
            await create_office(scope, region=place, facts=OfficeFacts("党政综合办公室"), now=NOW)
        await set_timer(scope, "task.due", subject=open_one, due_at=NOW, payload={}, region=village)
        plan, counted = await preview_change(
            scope, Wish(ChangeKind.MERGE, sources=[SHICONG], successor=QIANJIN)
        )
    assert (counted["assignment"], counted["office"]) == (1, 1)
    made = await change(Wish(ChangeKind.MERGE, sources=[SHICONG], successor=QIANJIN))
    follower = dict(plan.moves)[village]
    assert follower.startswith(QIANJIN)
    where = "SELECT region FROM assignment WHERE id = $1"
    assert await admin.fetchval(where, open_one) == follower
    assert await admin.fetchval(where, closed_one) == village
    assert await admin.fetchval("SELECT sender_region FROM assignment WHERE id = $1", open_one) == QIANJIN
    assert await admin.fetchval("SELECT region FROM timer WHERE subject_id = $1", open_one) == follower
    names = await admin.fetch("SELECT name FROM office WHERE region = $1 ORDER BY name", QIANJIN)
    assert [row["name"] for row in names] == ["党政综合办公室", "党政综合办公室（原石淙）"]
    async with transaction(scope):
        gone = await region_of(scope, village)
        assert (gone.closed, gone.successor) == (ON, follower)
        assert await region_as_of(scope, village, ON) is None
        assert (await region_as_of(scope, village, ON - timedelta(days=1))).name == gone.name  # type: ignore[union-attr]
        assert [c.moved_at is not None for c in await changes_of(scope, SHICONG) if c.id == made] == [True]
        there = [r.code for r in await children_of(scope, QIANJIN)]
    assert len(there) == len(set(there))
    assert follower in there


async def test_village_splits_and_ends(admin: asyncpg.Connection) -> None:
    village = f"{LIANSHI}205"
    mine = await assignment(admin, village, task=new_id())
    await change(
        Wish(
            ChangeKind.SPLIT,
            region=village,
            parts=[Part("东一村村民委员会"), Part("西一村村民委员会")],
            close=True,
        )
    )
    children = {r.short_name: r for r in await in_county(lambda s: children_of(s, LIANSHI, closed=True))}
    moved = await admin.fetchval("SELECT region FROM assignment WHERE id = $1", mine)
    assert moved == children["东一村"].code
    assert next(r.successor for r in children.values() if r.code == village) == moved


async def test_township_splits_off_chosen_villages() -> None:
    parent = "330503103"
    village = (await in_county(lambda s: children_of(s, parent)))[0]
    await change(Wish(ChangeKind.SPLIT, region=parent, parts=[Part("湖笔小镇街道", [village.code])]))
    town = next(r for r in await in_county(lambda s: children_of(s, NAN)) if r.name == "湖笔小镇街道")
    assert [r.name for r in await in_county(lambda s: children_of(s, town.code))] == [village.name]
    assert (await in_county(lambda s: region_of(s, parent))).closed is None


async def test_all_work_announced_follows_also_where_two_had_a_share_of_one_task(admin: asyncpg.Connection) -> None:
    task = new_id()
    one, two = f"{LIANSHI}201", f"{LIANSHI}202"
    shares = [await assignment(admin, place, task=task) for place in (one, two)]
    counted = await in_county(lambda s: count_following(s, [one, two]))
    await change(Wish(ChangeKind.MERGE, sources=[one, two], name="联合村村民委员会"))
    rows = await admin.fetch("SELECT region, came_from FROM assignment WHERE id = ANY ($1) ORDER BY came_from", shares)
    assert counted["assignment"] == len({row["region"] for row in rows}) + 1 == 2
    assert [row["came_from"] for row in rows] == [one, two]
    new = rows[0]["region"]
    assert new not in {one, two}


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        (Wish(ChangeKind.CLOSE, region=LIANSHI), Invalid),  # villages below
        (Wish(ChangeKind.CLOSE, region=ZHU), NotFound),
        (Wish(ChangeKind.CLOSE, region=f"{ZHU}109", successor=LIANSHI), NotFound),
        (Wish(ChangeKind.CLOSE, region=f"{LIANSHI}206", successor=SHUANGLIN), Invalid),  # another level
        (Wish(ChangeKind.RENAME, region=NAN, name="南浔市"), NotFound),  # a county does not change itself
        (Wish(ChangeKind.RENAME, region=LIANSHI, name="菱湖镇"), Invalid),  # the neighbour's name
        (Wish(ChangeKind.MERGE, sources=[]), Invalid),
        (Wish(ChangeKind.MERGE, sources=[LIANSHI], name="大练市镇"), Invalid),  # one alone
        (Wish(ChangeKind.MERGE, sources=[f"{LIANSHI}206"], successor="330503105200"), Invalid),
        (Wish(ChangeKind.SPLIT, region=LIANSHI, parts=[Part("甲镇", [f"{SHUANGLIN}200"])]), Invalid),
    ],
)
async def test_impossible_wishes_are_refused(wish: Wish, error: type[Exception]) -> None:
    with pytest.raises(error):
        await change(wish)


async def test_documents_need_a_number_and_a_day_that_has_come() -> None:
    wish = Wish(ChangeKind.RENAME, region=f"{LIANSHI}206", name="新名村")
    for document in (
        Document(" ", ON),
        Document("文号", date(2026, 12, 1)),
        Document("文号", date(2020, 1, 1)),
    ):
        with pytest.raises(Invalid):
            await change(wish, document=document)


async def test_others_may_not_change_regions() -> None:
    without = replace(county_scope(), system=False, permissions=frozenset({"core:region:read"}))
    with pytest.raises(Forbidden):
        await change(Wish(ChangeKind.CLOSE, region=f"{LIANSHI}206"), scope=without)
    with pytest.raises(NotFound):
        await change(Wish(ChangeKind.RENAME, region=LIANSHI, name="练市市"), scope=system_scope(LIANSHI))


async def test_database_refuses_changes_outside_the_scope() -> None:
    scope = county_scope()
    sql = "SELECT change_regions($3, $4, 'rename', $5, 'x', '', 'x', now(), '{}', '{}', '[]', $6, '{}', '{}') WHERE $1 < $2"
    for code in (NAN, f"{ZHU}109"):
        renamed = [{"code": code, "name": "别名", "short_name": "别名"}]
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with transaction(scope):
                await fetch_value(scope, sql, new_id(), NAN, ON, renamed)


async def test_region_that_closed_meanwhile_is_a_conflict() -> None:
    scope = county_scope()
    sql = "SELECT change_regions($3, $4, 'close', $5, 'x', '', 'x', now(), $6, '{\"\"}', '[]', '[]', '{}', '{}') WHERE $1 < $2"
    await change(Wish(ChangeKind.CLOSE, region=f"{LIANSHI}207", successor=f"{LIANSHI}208"))
    with pytest.raises(asyncpg.PostgresError):
        async with transaction(scope):
            await fetch_value(scope, sql, new_id(), NAN, ON + timedelta(days=1), [f"{LIANSHI}207"])
    with pytest.raises((Invalid, Conflict)):
        await change(Wish(ChangeKind.CLOSE, region=f"{LIANSHI}207", successor=f"{LIANSHI}208"))

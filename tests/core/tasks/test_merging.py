"""Merging matters before the dispatch: all or none, undone until then, dispatched together, reported to every sender."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.tasks.actions.dispatching import dispatch_task
from core.tasks.actions.incoming import decide_incoming, withdraw_incoming
from core.tasks.actions.merging import merge_incoming, unmerge_incoming
from core.tasks.actions.steering import extend_assignment, withdraw_assignment, withdraw_task
from core.tasks.actions.work import acknowledge_assignment, submit_assignment
from core.tasks.enums import Level
from core.tasks.queries.merging import merged_under, progress_of
from core.tasks.queries.tasks import one_task
from tests.core.files import samples
from tests.core.tasks.conftest import Work
from tests.core.tasks.steps import accept, do, other_office, row_of, share_of, uploaded
from tests.factories.world import NOW, RULE, SECOND_VILLAGE, SOON, County, World, handed, order, sent

HELD = "没有列入清单的事"


async def matters(county: County, count: int = 3, **changes: object) -> list[UUID]:
    """Hand in the same matter several times."""
    return [(await handed(county, number=f"第{n}号", **changes)).id for n in range(count)]


async def merge(county: County, leading: UUID, *sources: UUID, role: str = "township_leader") -> list[asyncpg.Record]:
    return await do(county.scope(role), merge_incoming, leading=leading, sources=sources, reason="同一件事", now=NOW)  # type: ignore[no-any-return]


async def states(admin: asyncpg.Connection, *ids: UUID) -> list[tuple[str, UUID | None]]:
    rows = {row["id"]: row for row in await admin.fetch("SELECT * FROM incoming_task WHERE id = ANY($1)", list(ids))}
    return [(rows[each]["state"], rows[each]["merged_into"]) for each in ids]


async def test_merged_matters_wait_with_their_leading_one(world: World, admin: asyncpg.Connection) -> None:
    main, one, other = await matters(world.nan)
    moved = await merge(world.nan, main, one, other)
    assert {row["id"] for row in moved} == {one, other}
    assert await states(admin, main, one, other) == [("passed", None), ("merged", main), ("merged", main)]
    row = await row_of(admin, "incoming_task", one)
    assert (row["merged_from_state"], row["merged_reason"], row["merged_by_name"], row["merged_at"]) == ("passed", "同一件事", "张三", NOW)
    lines = await admin.fetch("SELECT action FROM audit_line WHERE subject_id = ANY($1) AND action <> 'incoming.screened'", [main, one, other])
    assert sorted(line["action"] for line in lines) == ["incoming.led", "incoming.merged", "incoming.merged"]
    for each in (one, other):
        with pytest.raises(Conflict, match="已经派发"):
            await sent(world.nan, incoming=each)


async def test_undoing_gives_each_the_state_it_had(world: World, admin: asyncpg.Connection) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    main, one = await matters(nan, 2)
    held = (await handed(nan, title=HELD)).id
    await merge(nan, main, one, held)
    await do(leader, unmerge_incoming, leading=main, sources=[held], now=NOW)
    assert await states(admin, one, held) == [("merged", main), ("held", None)]
    await do(leader, unmerge_incoming, leading=main, now=NOW)
    assert await states(admin, main, one, held) == [("passed", None), ("passed", None), ("held", None)]
    with pytest.raises(Conflict, match="不在归并中"):
        await do(leader, unmerge_incoming, leading=main, now=NOW)
    with pytest.raises(Conflict, match="不在归并中"):
        await do(leader, unmerge_incoming, leading=main, sources=[one], now=NOW)


async def test_leading_matter_that_led_others_carries_them_along(world: World, admin: asyncpg.Connection) -> None:
    first, second, third, top = await matters(world.nan, 4)
    await merge(world.nan, first, second, third)
    await merge(world.nan, top, first)
    assert await states(admin, top, first, second, third) == [("passed", None), *[("merged", top)] * 3]
    await do(world.nan.scope("township_leader"), unmerge_incoming, leading=top, sources=[first], now=NOW)
    assert await states(admin, first, second) == [("passed", None), ("merged", top)]


async def test_all_are_merged_or_none(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    main, one, gone, other = await matters(nan, 4)
    await do(nan.scope("township_leader"), withdraw_incoming, incoming=gone, reason="重复", now=NOW)
    await admin.execute("UPDATE incoming_task SET title = '撤回了的一件' WHERE id = $1", gone)
    with pytest.raises(Conflict) as told:
        await merge(nan, main, one, gone)
    assert told.value.data["title"] == "撤回了的一件"
    await merge(nan, other, one)
    for leading, source in ((main, one), (one, main), (new_id(), main)):
        with pytest.raises((Conflict, NotFound)):
            await merge(nan, leading, source)
    assert await states(admin, main, one, other) == [("passed", None), ("merged", other), ("passed", None)]


async def test_what_is_missing_is_said_at_its_field(world: World) -> None:
    leader = world.nan.scope("township_leader")
    main, one = await matters(world.nan, 2)
    for wrong, sources, reason in (
        ({"matters"}, [main], "同一件事"), ({"reason"}, [one], " "), ({"matters", "reason"}, [], ""),
        ({"matters"}, [(await handed(world.nan, level=Level.TOWNSHIP, title="防汛抢险")).id], "同一件事"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            await do(leader, merge_incoming, leading=main, sources=sources, reason=reason, now=NOW)
        assert set(refused.value.fields) == wrong


async def test_who_may_merge(world: World, admin: asyncpg.Connection) -> None:
    nan, zhu = world.counties
    main, one = await matters(nan, 2)
    for role in ("county_administrator", "county_inspector", "village_secretary"):
        with pytest.raises(Forbidden):
            await merge(nan, main, one, role=role)
    for scope, error in ((zhu.scope("township_leader"), NotFound), (nan.scope("county_department"), NotFound)):
        with pytest.raises(error):
            await do(scope, merge_incoming, leading=main, sources=[one], reason="同", now=NOW)
    above = replace(nan.scope("township_leader"), region=nan.code)
    with pytest.raises(Forbidden):
        await do(above, merge_incoming, leading=main, sources=[one], reason="同", now=NOW)
    held = (await handed(nan, title=HELD)).id
    with pytest.raises(Forbidden):
        await merge(nan, main, held, role="township_staff")
    elsewhere = (await handed(nan)).id
    await admin.execute("UPDATE incoming_task SET office_id = $2 WHERE id = $1", elsewhere, await other_office(admin, nan.township))
    with pytest.raises(NotFound):
        await merge(nan, main, elsewhere, role="township_staff")
    assert await states(admin, one, held, elsewhere) == [("passed", None), ("held", None), ("passed", None)]
    await merge(nan, main, one, role="township_staff")
    await merge(nan, main, held, elsewhere)
    await do(nan.scope("township_staff"), unmerge_incoming, leading=main, now=NOW)  # those it sees
    assert await states(admin, one, held, elsewhere) == [("passed", None), ("held", None), ("merged", main)]


@pytest.mark.parametrize("way", ["withdraw", "turn_down"])
async def test_leading_matter_that_ends_leaves_the_others_to_themselves(world: World, admin: asyncpg.Connection, way: str) -> None:
    leader = world.nan.scope("township_leader")
    main, one = (await handed(world.nan, title=HELD)).id, (await handed(world.nan)).id
    await merge(world.nan, main, one)
    with pytest.raises(Conflict):
        await sent(world.nan, incoming=main)  # the leading one is held
    if way == "withdraw":
        await do(leader, withdraw_incoming, incoming=main, reason="不办了", now=NOW)
    else:
        await do(leader, decide_incoming, incoming=main, transition=way, reason="不属于村", now=NOW)
    assert await states(admin, one) == [("passed", None)]


async def test_merged_matter_is_taken_back_by_its_sender_alone(world: World, admin: asyncpg.Connection) -> None:
    main, one, other = await matters(world.nan)
    await merge(world.nan, main, one, other)
    await do(world.nan.scope("township_leader"), withdraw_incoming, incoming=one, reason="不办了", now=NOW)
    assert await states(admin, main, one, other) == [("passed", None), ("withdrawn", None), ("merged", main)]


async def test_dispatch_takes_all_with_their_attachments(world: World, admin: asyncpg.Connection) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    files = [await uploaded(leader, samples.PDF, name=f"附件{n}.pdf", purpose="incoming") for n in range(2)]
    main, one = [(await handed(nan, attachments=[file])).id for file in files]
    urgent = (await handed(nan, title=HELD, emergency=True, emergency_reason="台风登陆")).id
    await merge(nan, main, one, urgent)
    task = await sent(nan, incoming=main)
    rows = [await row_of(admin, "incoming_task", each) for each in (main, one, urgent)]
    assert [(row["state"], row["task_id"]) for row in rows] == [("dispatched", task.task)] * 3
    copied = await admin.fetch("SELECT name FROM file WHERE subject_id = $1 ORDER BY name", task.brief)
    assert [row["name"] for row in copied] == ["附件0.pdf", "附件1.pdf"]
    assert (await row_of(admin, "task", task.task))["emergency"]
    with pytest.raises(Conflict, match="归并不能再撤销"):
        await do(leader, unmerge_incoming, leading=main, now=NOW)
    with pytest.raises(Conflict, match="归并不能再撤销"):
        await do(leader, unmerge_incoming, leading=main, sources=[one], now=NOW)


async def from_above(admin: asyncpg.Connection, county: County, *, hand: bool = True) -> tuple[UUID, UUID, UUID | None]:
    """Let a department send a task to the township, which takes it among its incoming matters. Gives task, share and matter."""
    department = county.scope("county_department")
    asked = order(county, regions=(county.township,), level=Level.TOWNSHIP)
    async with transaction(department):
        top = (await dispatch_task(department, asked, rule=RULE, now=NOW)).task
    share = await share_of(admin, top, county.township)
    matter = (await handed(county, assignment=share)).id if hand else None
    return top, share, matter


async def parts(admin: asyncpg.Connection, *shares: UUID) -> list[tuple[str, int, int]]:
    rows = [await row_of(admin, "assignment", share) for share in shares]
    return [(row["state"], row["parts"], row["parts_done"]) for row in rows]


async def test_each_share_from_above_sees_its_parts_done(world: World, admin: asyncpg.Connection) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    (_, share, main), (_, other, source) = await from_above(admin, nan), await from_above(admin, nan)
    own = (await handed(nan)).id
    await merge(nan, main, source, own)
    task = (await sent(nan, incoming=main)).task
    assert await parts(admin, share, other) == [("in_hand", 2, 0)] * 2
    mine = await share_of(admin, task, nan.village)
    await finish(nan.scope("village_secretary"), mine)
    await accept(leader, mine)
    assert await parts(admin, share, other) == [("in_hand", 2, 1)] * 2
    second = await share_of(admin, task, nan.code + SECOND_VILLAGE)
    await do(leader, withdraw_assignment, assignment=second, reason="不用办", now=NOW)
    assert await parts(admin, share, other) == [("in_hand", 1, 1)] * 2


async def finish(scope: Scope, share: UUID) -> None:
    await do(scope, acknowledge_assignment, assignment=share, now=NOW)
    await do(scope, submit_assignment, assignment=share, text="查了三处，没有隐患。", now=NOW)


async def test_task_goes_on_while_one_of_its_senders_wants_it(world: World, admin: asyncpg.Connection, work_off: Work) -> None:
    nan, department = world.nan, world.nan.scope("county_department")
    (top, share, main), (other_top, _, source) = await from_above(admin, nan), await from_above(admin, nan)
    await merge(nan, main, source)
    task = (await sent(nan, incoming=main)).task
    await work_off()
    await do(department, withdraw_task, task=top, reason="改期", now=NOW)
    await work_off()
    assert (await row_of(admin, "task", task))["state"] == "active"
    assert (await row_of(admin, "assignment", share))["state"] == "withdrawn"
    await do(department, withdraw_task, task=other_top, reason="改期", now=NOW)
    await work_off()
    assert (await row_of(admin, "task", task))["state"] == "withdrawn"


async def test_own_matter_among_the_merged_keeps_the_task(world: World, admin: asyncpg.Connection, work_off: Work) -> None:
    nan = world.nan
    (top, _, main), own = await from_above(admin, nan), (await handed(nan)).id
    await merge(nan, main, own)
    task = (await sent(nan, incoming=main)).task
    await do(nan.scope("county_department"), withdraw_task, task=top, reason="改期", now=NOW)
    await work_off()
    assert (await row_of(admin, "task", task))["state"] == "active"


async def test_more_time_from_above_counts_when_all_gave_it(world: World, admin: asyncpg.Connection, work_off: Work) -> None:
    nan, department, leader = world.nan, world.nan.scope("county_department"), world.nan.scope("township_leader")
    (_, share, main), (_, other, source) = await from_above(admin, nan), await from_above(admin, nan)
    await merge(nan, main, source)
    task = (await sent(nan, incoming=main)).task
    await work_off()
    later = SOON + timedelta(days=4)
    await do(department, extend_assignment, assignment=share, due_at=later, reason="雨", now=NOW + timedelta(minutes=1))
    assert ("township_leader", "extended_above") not in await work_off()
    await do(department, extend_assignment, assignment=other, due_at=later - timedelta(days=1), reason="雨", now=NOW + timedelta(minutes=2))
    assert ("township_leader", "extended_above") in await work_off()
    async with transaction(leader):
        assert (await one_task(leader, task, now=NOW + timedelta(minutes=3))).more_time == later - timedelta(days=1)


async def test_share_that_ended_above_keeps_the_dispatch_back_until_it_is_parted(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    main, (top, _, source) = (await handed(nan)).id, await from_above(admin, nan)
    await merge(nan, main, source)
    await do(nan.scope("county_department"), withdraw_task, task=top, reason="改期", now=NOW)
    with pytest.raises(Conflict, match="先撤销那一件的归并"):
        await sent(nan, incoming=main)
    assert await states(admin, main, source) == [("passed", None), ("merged", main)]
    await do(nan.scope("township_leader"), unmerge_incoming, leading=main, sources=[source], now=NOW)
    await sent(nan, incoming=main)


async def test_nobody_hands_in_a_share_that_is_not_his(world: World, admin: asyncpg.Connection) -> None:
    nan, zhu = world.counties
    _, share, _ = await from_above(admin, nan, hand=False)
    for county, role in ((zhu, "township_leader"), (nan, "county_department")):
        with pytest.raises(NotFound):
            await handed(county, role, assignment=share)


async def test_every_sender_hears_of_it_and_sees_the_same(world: World, admin: asyncpg.Connection, work_off: Work) -> None:
    nan, leader, staff = world.nan, world.nan.scope("township_leader"), world.nan.scope("township_staff")
    main, source = (await handed(nan)).id, (await handed(nan, "township_staff")).id
    await work_off()
    await merge(nan, main, source)
    assert await work_off() == {("township_staff", "merged")}
    await do(leader, unmerge_incoming, leading=main, now=NOW)
    assert await work_off() == {("township_staff", "unmerged")}
    await merge(nan, main, source)
    task = (await sent(nan, incoming=main, regions=(nan.village,))).task
    assert {("township_staff", "merged"), ("township_staff", "matter_sent")} <= await work_off()
    share = await share_of(admin, task, nan.village)
    await finish(nan.scope("village_secretary"), share)
    await accept(leader, share)
    told = await work_off()
    assert ("township_staff", "matter_done") in told
    assert ("township_leader", "matter_done") not in told  # who dispatched it knows
    for scope, matter in ((leader, main), (staff, source)):
        async with transaction(scope):
            row = await row_of(admin, "incoming_task", matter)
            seen = await progress_of(scope, row)
        assert seen is not None
        assert (seen.state, seen.finished, seen.receivers) == ("closed", 1, 1)
        assert [(each["state"], each["text"]) for each in seen.shares] == [("accepted", "查了三处，没有隐患。")]


async def test_withdrawn_task_is_told_to_every_sender(world: World, work_off: Work) -> None:
    nan = world.nan
    main, source = (await handed(nan)).id, (await handed(nan, "township_staff")).id
    await merge(nan, main, source)
    task = (await sent(nan, incoming=main)).task
    await work_off()
    await do(nan.scope("township_leader"), withdraw_task, task=task, reason="改期", now=NOW)
    assert ("township_staff", "matter_ended") in await work_off()


async def test_office_reads_nothing_of_other_offices_matters(world: World, admin: asyncpg.Connection) -> None:
    nan, leader, staff = world.nan, world.nan.scope("township_leader"), world.nan.scope("township_staff")
    main, mine, secret = (await handed(nan)).id, (await handed(nan, "township_staff")).id, (await handed(nan)).id
    office = await other_office(admin, nan.township)
    await admin.execute("UPDATE incoming_task SET office_id = $2 WHERE id = ANY($1)", [main, secret], office)
    await merge(nan, main, mine, secret)
    async with transaction(staff):
        seen = await merged_under(staff, await row_of(admin, "incoming_task", mine))
    assert (seen.into, seen.leading, seen.sources, seen.others) == (main, None, (), 0)
    await admin.execute("UPDATE incoming_task SET office_id = $2 WHERE id = $1", main, staff.office)
    async with transaction(staff):
        seen = await merged_under(staff, await row_of(admin, "incoming_task", main))
    assert ([row["id"] for row in seen.sources], seen.others) == ([mine], 1)
    async with transaction(leader):
        seen = await merged_under(leader, await row_of(admin, "incoming_task", main))
    assert ({row["id"] for row in seen.sources}, seen.others) == ({mine, secret}, 0)


@pytest.mark.parametrize("turn", range(6))
async def test_two_who_merge_crosswise_do_not_both_win(world: World, admin: asyncpg.Connection, turn: int) -> None:
    one, other, third = await matters(world.nan)
    if turn % 2:
        await merge(world.nan, other, third)
    results = await asyncio.gather(merge(world.nan, one, other), merge(world.nan, other, one), return_exceptions=True)
    assert sorted(type(each).__name__ for each in results) == ["Conflict", "list"]
    rows = await states(admin, one, other)
    assert sorted(state for state, _ in rows) == ["merged", "passed"]


@pytest.mark.parametrize("leads", [True, False])
@pytest.mark.parametrize("turn", range(4))
async def test_merge_and_dispatch_at_once(world: World, admin: asyncpg.Connection, turn: int, *, leads: bool) -> None:
    main, source, more = await matters(world.nan)
    await merge(world.nan, main if leads else source, more)
    calls = [merge(world.nan, main, source), sent(world.nan, incoming=main if leads else source)]
    results = await asyncio.gather(*(calls if turn % 2 else calls[::-1]), return_exceptions=True)
    assert all(not isinstance(each, BaseException) or isinstance(each, Conflict) for each in results), results
    now = await states(admin, main, source, more)
    count = await admin.fetchval("SELECT count(*) FROM task WHERE incoming_id = ANY($1)", [main, source, more])
    if leads:  # the dispatch takes what was merged before it; a merge that comes later finds no open matter
        assert now[0][0] == now[2][0] == "dispatched"
        assert now[1] in {("dispatched", main), ("passed", None)}
        assert count == 1
    else:  # the source goes by itself with what it led, or with nothing because it was merged
        assert now in ([("passed", None), ("dispatched", None), ("dispatched", source)], [("passed", None), ("merged", main), ("merged", main)])
        assert count == (now[1][0] == "dispatched")


async def test_undo_and_dispatch_at_once(world: World, admin: asyncpg.Connection) -> None:
    leader = world.nan.scope("township_leader")
    for _ in range(4):
        main, one, other = await matters(world.nan)
        await merge(world.nan, main, one, other)
        undo = do(leader, unmerge_incoming, leading=main, now=NOW)
        results = await asyncio.gather(sent(world.nan, incoming=main), undo, return_exceptions=True)
        assert all(not isinstance(each, BaseException) or isinstance(each, Conflict) for each in results), results
        undone = not isinstance(results[1], BaseException)
        assert await states(admin, one, other) == [("passed", None) if undone else ("dispatched", main)] * 2



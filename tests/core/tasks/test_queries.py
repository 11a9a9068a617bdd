"""Lists: what they are narrowed to, how they are paged and counted, and what the desk adds up."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import asyncpg
import pytest

from core.kernel.database import transaction
from core.kernel.errors import NotFound
from core.kernel.scope import Scope
from core.tasks.actions.dispatching import Item, dispatch_task
from core.tasks.actions.work import Rating, rate_task
from core.tasks.enums import Level
from core.tasks.queries.assignments import one_share, received_shares, sent_shares, today_of
from core.tasks.queries.filters import PAGE_SIZE, Filters
from core.tasks.queries.tasks import (
    all_shares,
    desk_of,
    last_receivers,
    loads_of,
    offices_here,
    one_task,
    tasks_of,
)
from tests.core.tasks.steps import accepted, do, in_hand, in_village, other_office, share_of, submitted
from tests.factories.world import NOW, SECOND_VILLAGE, SOON, World, handed, opened, order, sent


@pytest.fixture(scope="module")
async def filled(world: World, admin: asyncpg.Connection) -> World:
    """Forty tasks of the second county's village, and a few with awkward names."""
    for number in range(40):
        await in_village(
            admin, world.zhu, title=f"巡查第 {number:02} 次", due_at=SOON + timedelta(hours=number)
        )
    await in_village(
        admin, world.zhu, title="完成 100% 入户", item=Item(code="V_1", category="民生"), points=Decimal(5)
    )
    await in_village(
        admin, world.zhu, title="完成 100 户", item=Item(code="VX1", category="水利"), points=Decimal(5)
    )
    await in_village(admin, world.zhu, title="反斜杠 \\ 也照原样", points=Decimal(5))
    return world


async def titles(scope: Scope, filters: Filters) -> list[str]:
    async with transaction(scope):
        cards, total = await received_shares(scope, filters, now=NOW)
        tasks, _ = await tasks_of(scope, replace(filters, state="", late=False), now=NOW)
    assert len(cards) == min(total, PAGE_SIZE)
    assert not filters.search or {c.title for c in cards} >= {t.title for t in tasks}
    return [card.title for card in cards]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("100%", ["完成 100% 入户"]),
        ("100", ["完成 100 户", "完成 100% 入户"]),
        ("V_1", ["完成 100% 入户"]),
        ("VX1", ["完成 100 户"]),
        ("\\", ["反斜杠 \\ 也照原样"]),
        ("%", ["完成 100% 入户"]),
        ("_", ["完成 100% 入户"]),
        ("'; DROP TABLE task; --", []),
    ],
)
async def test_search_takes_wildcards_as_they_are(filled: World, search: str, found: list[str]) -> None:
    assert sorted(await titles(filled.zhu.scope("village_secretary"), Filters(search=search))) == found


async def test_pages_hold_each_row_once_and_count_all(filled: World) -> None:
    scope = filled.zhu.scope("village_secretary")
    seen, totals = [], set()
    async with transaction(scope):
        for number in (1, 2, 3):
            cards, total = await received_shares(scope, Filters(search="巡查", page=number), now=NOW)
            seen.append([card.title for card in cards])
            totals.add(total)
    assert [len(page) for page in seen] == [25, 15, 0]
    assert totals == {40}
    assert [*seen[0], *seen[1]] == [f"巡查第 {n:02} 次" for n in range(40)]


async def test_filters_narrow_by_category_state_region_and_lateness(
    filled: World, admin: asyncpg.Connection
) -> None:
    zhu = filled.zhu
    leader = zhu.scope("township_leader")
    _, handed_in = await submitted(admin, zhu, title="已提交的一件")
    _, done = await accepted(admin, zhu, title="已办结的一件")
    after = SOON + timedelta(hours=2, minutes=1)

    async def found(**changes: object) -> tuple[set[object], int]:
        async with transaction(leader):
            cards, total = await sent_shares(leader, Filters(**changes), now=after)
        return {card.id for card in cards}, total

    assert await found(state="submitted") == ({handed_in}, 1)
    assert await found(state="accepted") == ({done}, 1)
    assert (await found(state="open"))[1] == 44
    assert (await found(category="水利"))[1] == 1
    assert (await found(region=zhu.code + SECOND_VILLAGE))[1] == 0
    assert (await found(region=zhu.village))[1] == 45
    assert (await found(late=True))[1] == 6  # three rounds and three others; what was handed in is not late


async def test_closed_shares_stand_last_the_newest_first(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    _, old = await accepted(admin, nan, title="先办结")
    _, new = await accepted(admin, nan, title="后办结")
    await admin.execute("UPDATE assignment SET closed_at = closed_at + interval '1 day' WHERE id = $1", new)
    _, open_one = await in_village(admin, nan, title="没办结", due_at=SOON + timedelta(days=100))
    scope = nan.scope("village_secretary")
    async with transaction(scope):
        cards, _ = await received_shares(scope, Filters(search="办结"), now=NOW)
    assert [card.id for card in cards] == [open_one, new, old]


async def test_today_sorts_by_what_is_due(world: World, admin: asyncpg.Connection) -> None:
    nan, scope = world.nan, world.nan.scope("second_village")
    second = nan.code + SECOND_VILLAGE
    wanted = {
        "overdue": NOW + timedelta(minutes=5),
        "today": NOW + timedelta(hours=13),
        "week": NOW + timedelta(days=6),
        "later": NOW + timedelta(days=7),
    }
    made = {}
    for name, due_at in wanted.items():
        task = (await sent(nan, regions=(second,), due_at=due_at)).task
        made[name] = await share_of(admin, task, second)
    await admin.execute(
        "UPDATE assignment SET state = 'submitted' WHERE id = $1",
        await share_of(admin, (await sent(nan, regions=(second,))).task, second),
    )
    async with transaction(scope):
        today = await today_of(scope, now=NOW + timedelta(minutes=6))
    assert {name: [c.id for c in getattr(today, name)] for name in wanted} == {
        n: [i] for n, i in made.items()
    }
    assert (today.count, today.waiting) == (2, 1)
    assert today.overdue[0].is_late(NOW + timedelta(minutes=6))


async def test_list_of_tasks_knows_state_and_lateness(world: World, admin: asyncpg.Connection) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    late = (await sent(nan, title="列表里超期的", due_at=NOW + timedelta(hours=1))).task
    closed, _ = await accepted(admin, nan, title="列表里办结的")
    offered = (await opened(nan, title="列表里开放的", places=2)).task

    async def found(**changes: object) -> set[object]:
        async with transaction(leader):
            rows, total = await tasks_of(
                leader, Filters(search="列表里", **changes), now=NOW + timedelta(hours=2)
            )
        assert total == len(rows)
        return {row.id for row in rows}

    assert await found() == {late, closed, offered}
    assert await found(state="active") == {late, offered}
    assert await found(state="closed") == {closed}
    assert await found(late=True) == {late}


async def test_staff_finds_shares_and_figures_of_its_office_and_of_the_leader(
    world: World, admin: asyncpg.Connection
) -> None:
    nan = world.nan
    staff = nan.scope("township_staff")
    stranger = replace(staff, office=await other_office(admin, nan.township))
    village = (nan.village,)
    own = (
        await do(staff, dispatch_task, order=order(nan, title="科室派的", regions=village), rule={}, now=NOW)
    ).task
    lead = (await sent(nan, title="领导派的", regions=village)).task

    async def seen(scope: Scope) -> set[object]:
        async with transaction(scope):
            cards, _ = await sent_shares(scope, Filters(search="派的"), now=NOW)
        return {card.task_id for card in cards}

    assert await seen(staff) == {own, lead}
    assert await seen(stranger) == {lead}
    async with transaction(stranger):
        without = await desk_of(stranger, now=NOW)
        with pytest.raises(NotFound):
            await one_task(stranger, own, now=NOW)
    async with transaction(staff):
        assert (await desk_of(staff, now=NOW)).unacknowledged == without.unacknowledged + 1


async def test_one_task_shows_receivers_places_history_and_ratings(
    world: World, admin: asyncpg.Connection
) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    task, share = await submitted(admin, nan, regions=(nan.village, nan.code + SECOND_VILLAGE))
    rating = Rating(clarity=4, time_given=2, need=5, burden_hours=Decimal("3.5"))
    await do(nan.scope("village_secretary"), rate_task, assignment=share, rating=rating, now=NOW)
    async with transaction(leader):
        page = await one_task(leader, task, now=NOW)
    assert [r["receiver_name"] for r in page.receivers] == ["朱家兜", "水口"]
    assert [e["action"] for e in page.events] == ["task.dispatched"]
    assert page.ratings == {}
    assert page.places == []
    assert page.brief["body"] == "逐处检查，有隐患的拍照。"
    for scope in (world.zhu.scope("township_leader"), nan.scope("second_village")):
        async with transaction(scope):
            with pytest.raises(NotFound):
                await one_task(scope, task, now=NOW)


async def test_ratings_are_summed_up_before_the_sender_reads_them(world: World, admin: asyncpg.Connection) -> None:
    """One rating of one village is no figure but an answer with a name on it: the receivers stand beside it."""
    nan, leader = world.nan, world.nan.scope("township_leader")
    villages, offices = (nan.village, nan.code + SECOND_VILLAGE), (nan.offices[nan.township],)
    task, _ = await submitted(admin, nan, regions=villages, offices=offices)
    shares = [r["id"] for r in await admin.fetch("SELECT id FROM assignment WHERE task_id = $1 ORDER BY id", task)]
    for n, share in enumerate(shares, start=1):
        await admin.execute(
            "INSERT INTO task_rating SELECT county, gen_random_uuid(), region, id, 4, 2, 5, 3.5, '', $2, NULL, '' "
            "FROM assignment WHERE id = $1", share, NOW - timedelta(hours=n),
        )  # fmt: skip
        async with transaction(leader):
            early = (await one_task(leader, task, now=NOW)).ratings
            ratings = (await one_task(leader, task, now=NOW + timedelta(days=7))).ratings
        assert early == {}  # the week is not over
        assert ratings == ({"n": 3, "clarity": 4, "time_given": 2, "need": 5, "hours": Decimal("10.5")} if n == 3 else {})
    assert len(shares) == 3


async def test_share_is_read_by_receiver_sender_and_those_above_alone(
    world: World, admin: asyncpg.Connection
) -> None:
    nan, zhu = world.counties
    _, share = await in_hand(admin, nan)
    readers = [
        nan.scope(r) for r in ("village_secretary", "bookkeeper", "township_leader", "county_administrator")
    ]
    readers += [world.viewers[name].scope for name in ("province_viewer", "city_viewer")]
    for scope in readers:
        async with transaction(scope):
            seen = await one_share(scope, share)
        assert (seen.row["id"], [e["kind"] for e in seen.events]) == (share, ["acknowledged"])
        assert seen.brief["body"]
    strangers = [nan.scope(r) for r in ("second_village", "county_department", "grid_worker")]
    for scope in [*strangers, zhu.scope("village_secretary"), zhu.scope("county_administrator")]:
        async with transaction(scope):
            with pytest.raises(NotFound):
                await one_share(scope, share)


async def test_desk_adds_up_what_is_where(world: World) -> None:
    zhu = world.zhu
    department = zhu.scope("county_department")
    async with transaction(department):
        before = await desk_of(department, now=NOW)
    await handed(zhu, "county_department", title="没有列入清单的事")
    sending = order(zhu, regions=(zhu.township, f"{zhu.code}102"), level=Level.TOWNSHIP)
    await do(department, dispatch_task, order=sending, rule={}, now=NOW)
    async with transaction(department):
        after = await desk_of(department, now=SOON + timedelta(seconds=1))
        loads = {load.region: load for load in await loads_of(department, now=SOON + timedelta(seconds=1))}
        last = await last_receivers(department)
        offices = await offices_here(department)
    assert (before.held, before.unacknowledged, before.late) == (0, 0, 0)
    assert (after.held, after.unacknowledged, after.late, after.to_score) == (1, 2, 2, 0)
    assert (loads[zhu.township].open, loads[zhu.township].late) == (1, 1)
    assert sorted(last) == [zhu.township, f"{zhu.code}102"]
    assert [o["name"] for o in offices] == ["农业农村局"]


async def test_sheet_has_a_row_for_each_share_of_the_tasks_left_by_the_filters(world: World) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    await sent(nan, title="导出的一件", due_at=SOON + timedelta(days=30))
    async with transaction(leader):
        rows = await all_shares(leader, Filters(search="导出的"), now=NOW)
    assert [(r["title"], r["receiver_name"], r["state_title"]) for r in rows] == [
        ("导出的一件", "朱家兜", "待签收"),
        ("导出的一件", "水口", "待签收"),
    ]
    stranger = world.zhu.scope("township_leader")
    async with transaction(stranger):
        assert await all_shares(stranger, Filters(search="导出的"), now=NOW) == []

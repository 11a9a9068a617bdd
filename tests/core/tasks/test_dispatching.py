"""Sending a task: to whom, with what, and that nothing is left behind when it is refused."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import asyncpg
import pytest

from core.files.queries import file_for, files_of
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.tasks.actions.dispatching import Dispatched, Item, dispatch_task
from core.tasks.actions.scoring import accept_submission
from core.tasks.actions.steering import withdraw_task
from core.tasks.actions.work import acknowledge_assignment, submit_assignment
from core.tasks.enums import Level, Mode
from core.tasks.queries.assignments import one_share
from tests.core.files import samples
from tests.core.tasks.steps import RULE, do, events_of, other_office, row_of, share_of, uploaded
from tests.factories.world import NOW, SECOND_VILLAGE, SOON, County, World, handed, opened, order, sent
from tests.factories.world import RULE as STORED_RULE

MAIN_JOB = ("task", "task_brief", "assignment", "place", "outbox", "timer", "audit_line")


async def counted(admin: asyncpg.Connection) -> dict[str, int]:
    return {name: await admin.fetchval(f"SELECT count(*) FROM {name}") for name in MAIN_JOB}


async def dispatched(county: County, role: str, **changes: object) -> Dispatched:
    scope = county.scope(role)
    return await do(scope, dispatch_task, order=order(county, **changes), rule=STORED_RULE, now=NOW)


async def test_named_villages_get_a_share_each_with_what_lists_show(
    world: World, admin: asyncpg.Connection
) -> None:
    nan = world.nan
    made = await sent(nan, item=Item(code="V12", title="圩堤隐患排查", category="水利", points=Decimal(5)))
    rows = await admin.fetch("SELECT * FROM assignment WHERE task_id = $1 ORDER BY region", made.task)
    assert [(r["region"], r["receiver_name"], r["county"]) for r in rows] == [
        (nan.village, "朱家兜", nan.code), (nan.code + SECOND_VILLAGE, "水口", nan.code),
    ]  # fmt: skip
    for row in rows:
        assert (row["state"], row["points"], row["due_at"]) == ("sent", 5, SOON)
        assert (row["sender_region"], row["sender_name"]) == (nan.township, "张三")
        assert (row["item_code"], row["category"], row["brief_id"]) == ("V12", "水利", made.brief)
    task = await row_of(admin, "task", made.task)
    assert (task["state"], task["receivers"], task["finished"], task["mode"]) == ("active", 2, 0, "named")
    topics = await admin.fetch(
        "SELECT topic, due_at FROM timer WHERE subject_id = $1 ORDER BY due_at", made.task
    )
    assert [tuple(t) for t in topics] == [("task.due_soon", SOON - timedelta(days=1)), ("task.due", SOON)]
    lines = await admin.fetchval(
        "SELECT count(*) FROM audit_line WHERE subject_id = $1 AND action = 'task.dispatched'", made.task
    )
    assert lines == 1


async def test_office_of_the_township_gets_a_technical_task(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    office = nan.offices[nan.township]
    made = await sent(nan, regions=(), offices=(office,))
    row = await admin.fetchrow("SELECT * FROM assignment WHERE task_id = $1", made.task)
    assert (row["region"], row["office_id"], row["receiver_name"]) == (nan.township, office, "农业农村办公室")
    async with transaction(nan.scope("township_staff")):
        assert (await one_share(nan.scope("township_staff"), row["id"])).row["id"] == row["id"]


async def test_open_task_has_places_and_no_shares(world: World, admin: asyncpg.Connection) -> None:
    made = await opened(world.nan, places=3)
    places = await admin.fetch(
        "SELECT n, taken_by, region FROM place WHERE task_id = $1 ORDER BY n", made.task
    )
    assert [tuple(p) for p in places] == [(n, None, world.nan.township) for n in (1, 2, 3)]
    assert await admin.fetchval("SELECT count(*) FROM assignment WHERE task_id = $1", made.task) == 0
    task = await row_of(admin, "task", made.task)
    assert (task["mode"], task["places"], task["receivers"]) == ("open", 3, 0)


@pytest.mark.parametrize("foreign", ["village", "township", "own", "unknown", "office"])
async def test_receiver_outside_the_scope_is_not_found_and_nothing_is_written(
    world: World, admin: asyncpg.Connection, foreign: str
) -> None:
    nan, zhu = world.counties
    before = await counted(admin)
    regions = {
        "village": zhu.village,
        "township": f"{nan.code}102",
        "own": nan.township,
        "unknown": "330503101999",
    }
    changes = (
        {"offices": (zhu.offices[zhu.township],)}
        if foreign == "office"
        else {"regions": (nan.village, regions[foreign])}
    )
    with pytest.raises(NotFound):
        await sent(nan, **changes)
    assert await counted(admin) == before


async def test_closed_village_gets_nothing(world: World, admin: asyncpg.Connection) -> None:
    code = f"{world.nan.township}290"
    await admin.execute(
        "INSERT INTO region (code, parent, level, name, short_name, opened, closed)"
        " VALUES ($1, $2, 5, '旧村', '旧村', '2023-06-30', '2025-01-01')", code, world.nan.township,
    )  # fmt: skip
    with pytest.raises(NotFound):
        await sent(world.nan, regions=(code,))


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"title": "  "}, "title", "请写标题。"),
        ({"due_at": NOW - timedelta(minutes=1)}, "due_at", "截止时间应晚于现在。"),
        ({"due_at": NOW + timedelta(days=800)}, "due_at", "截止时间不应超过两年。"),
        ({"points": Decimal(0)}, "points", "分值应大于 0，不超过 100。"),
        ({"points": Decimal(101)}, "points", "分值应大于 0，不超过 100。"),
        (
            {"points": Decimal(6), "item": Item(points=Decimal(5))},
            "points_reason",
            "清单参考分是 5 分，您填的是 6 分。改了分值，请写明理由。",
        ),
        ({"regions": ()}, "regions", "请至少选择一个接收的村或科室。"),
        ({"mode": Mode.OPEN, "regions": (), "places": 0}, "places", "请填写开放的名额数。"),
    ],
)
async def test_what_is_missing_is_named_by_field(
    world: World, changes: dict[str, object], field: str, message: str
) -> None:
    with pytest.raises(Invalid) as caught:
        await sent(world.nan, **changes)
    assert dict(caught.value.fields) == {field: message}


async def test_same_village_twice_is_told(world: World) -> None:
    with pytest.raises(Invalid) as caught:
        await sent(world.nan, regions=(world.nan.village, world.nan.village))
    assert dict(caught.value.fields) == {"regions": "同一个接收单位选了两次。"}


async def test_other_points_than_the_items_need_a_reason_which_is_kept(
    world: World, admin: asyncpg.Connection
) -> None:
    made = await sent(world.nan, points=Decimal(6), item=Item(points=Decimal(5)), points_reason="点多面广")
    task = await row_of(admin, "task", made.task)
    assert (task["points"], task["item_points"], task["points_reason"]) == (6, 5, "点多面广")


@pytest.mark.parametrize(
    "role", ["village_secretary", "village_cadre", "county_administrator", "county_inspector"]
)
async def test_dispatching_needs_the_right(world: World, role: str) -> None:
    with pytest.raises(Forbidden):
        await dispatched(world.nan, role)


async def test_incoming_is_claimed_once_by_two_dispatchers_at_once(
    world: World, admin: asyncpg.Connection
) -> None:
    incoming = (await handed(world.nan)).id
    results = await asyncio.gather(
        *(sent(world.nan, incoming=incoming, title=f"第{n}个派发人") for n in range(4)),
        return_exceptions=True,
    )
    won = [r for r in results if isinstance(r, Dispatched)]
    assert len(won) == 1
    assert {type(r) for r in results if not isinstance(r, Dispatched)} == {Conflict}
    row = await row_of(admin, "incoming_task", incoming)
    assert (row["state"], row["task_id"]) == ("dispatched", won[0].task)
    assert await admin.fetchval("SELECT count(*) FROM task WHERE incoming_id = $1", incoming) == 1


async def test_held_incoming_is_not_dispatched(world: World) -> None:
    held = await handed(world.nan, title="没有列入清单的事")
    assert held.state == "held"
    with pytest.raises(Conflict, match="还没有通过过筛"):
        await sent(world.nan, incoming=held.id)


async def test_incoming_of_a_township_is_not_claimed_by_its_county(world: World) -> None:
    nan = world.nan
    incoming = (await handed(nan)).id
    with pytest.raises(Conflict):
        await dispatched(
            nan, "county_department", regions=(nan.township,), level=Level.TOWNSHIP, incoming=incoming
        )


async def test_attachment_is_read_by_the_receiver_and_by_no_stranger(world: World) -> None:
    nan, zhu = world.counties
    leader = nan.scope("township_leader")
    file = await uploaded(leader, samples.PDF, name="附件.pdf", purpose="brief")
    brief = (await sent(nan, attachments=(file,))).brief
    for scope, seen in ((nan.scope("village_cadre"), [file]), (zhu.scope("village_cadre"), [])):
        async with transaction(scope):
            assert [f.id for f in await files_of(scope, subject=brief)] == seen


async def test_attachment_of_somebody_else_is_not_found(world: World, admin: asyncpg.Connection) -> None:
    file = await uploaded(world.nan.scope("village_cadre"), samples.PDF, name="别人的.pdf", purpose="brief")
    before = await counted(admin)
    with pytest.raises(NotFound):
        await sent(world.nan, attachments=(file,))
    assert await counted(admin) == before


async def from_county(world: World, admin: asyncpg.Connection) -> UUID:
    """Send a task from the county's department to the township. Gives the township's share."""
    nan = world.nan
    made = await dispatched(nan, "county_department", regions=(nan.township,), level=Level.TOWNSHIP)
    return await share_of(admin, made.task, nan.township)


async def finished(world: World, share: UUID, role: str = "village_secretary") -> None:
    """Have a village's share acknowledged, handed in and accepted."""
    village, leader = world.nan.scope(role), world.nan.scope("township_leader")
    await do(village, acknowledge_assignment, assignment=share, now=NOW)
    await do(village, submit_assignment, assignment=share, text="办好了", now=NOW)
    await do(leader, accept_submission, assignment=share, grade="good", rule=RULE, now=NOW)


async def test_county_task_is_split_for_villages_and_rolls_up(
    world: World, admin: asyncpg.Connection
) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    parent = await from_county(world, admin)
    split = await sent(nan, parent_assignment=parent)
    row = await row_of(admin, "assignment", parent)
    assert (row["state"], row["parts"], row["parts_done"]) == ("in_hand", 2, 0)
    assert row["acknowledged_at"] == NOW
    with pytest.raises(Invalid) as caught:
        await do(leader, submit_assignment, assignment=parent, text="各村都办了", now=NOW)
    assert dict(caught.value.fields) == {"parts": "还有 2 个村没有办结，办结后才能提交。"}
    await finished(world, await share_of(admin, split.task, nan.village))
    await finished(world, await share_of(admin, split.task, nan.code + SECOND_VILLAGE), "second_village")
    assert (await row_of(admin, "assignment", parent))["parts_done"] == 2
    done = await do(leader, submit_assignment, assignment=parent, text="各村都办了", now=NOW)
    assert done["state"] == "submitted"
    with pytest.raises(Conflict, match="不能分解"):
        await sent(nan, parent_assignment=parent)


async def test_the_countys_attachment_goes_on_to_the_villages_of_the_township_that_splits(
    world: World, admin: asyncpg.Connection
) -> None:
    nan, department = world.nan, world.nan.scope("county_department")
    other = f"{nan.code}102"
    file = await uploaded(department, samples.PDF, name="通知.pdf", purpose="brief")
    sending = order(nan, regions=(nan.township, other), level=Level.TOWNSHIP, attachments=(file,))
    top = await do(department, dispatch_task, order=sending, rule={}, now=NOW)
    split = await sent(nan, parent_assignment=await share_of(admin, top.task, nan.township))
    village = nan.scope("village_cadre")
    async with transaction(village):
        [read] = await files_of(village, subject=split.brief)
        assert await files_of(village, subject=top.brief) == []
    original = await row_of(admin, "file", file)
    assert (read.name, read.region, read.county) == ("通知.pdf", nan.township, nan.code)
    assert (read.storage_key, read.id != file) == (original["storage_key"], True)
    for scope in (
        replace(village, region=f"{other}201"), replace(village, region=other), world.zhu.scope("village_cadre"),
    ):  # fmt: skip
        async with transaction(scope):
            assert await files_of(scope, subject=split.brief) == []
            with pytest.raises(NotFound):
                await file_for(scope, file_id=read.id)


async def test_withdrawn_parts_are_not_waited_for(world: World, admin: asyncpg.Connection) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    parent = await from_county(world, admin)
    split = await sent(nan, parent_assignment=parent)
    opened_part = await opened(nan, places=4, parent_assignment=parent)
    assert (await row_of(admin, "assignment", parent))["parts"] == 6
    await finished(world, await share_of(admin, split.task, nan.village))
    await do(leader, withdraw_task, task=split.task, reason="合并办理", now=NOW)
    await do(leader, withdraw_task, task=opened_part.task, reason="没有人领", now=NOW)
    row = await row_of(admin, "assignment", parent)
    assert (row["parts"], row["parts_done"]) == (1, 1)
    assert (await do(leader, submit_assignment, assignment=parent, text="办好了", now=NOW))[
        "state"
    ] == "submitted"


async def test_only_its_receiver_splits_a_share(world: World, admin: asyncpg.Connection) -> None:
    nan, zhu = world.counties
    parent = await from_county(world, admin)
    before = await counted(admin)
    with pytest.raises(NotFound):
        await sent(zhu, parent_assignment=parent)
    with pytest.raises(NotFound):
        await sent(nan, parent_assignment=uuid4())
    village = (await sent(nan, regions=(nan.village,))).task
    share = await share_of(admin, village, nan.village)
    with pytest.raises(Forbidden):
        await sent(nan, parent_assignment=share)
    assert await events_of(admin, share) == []
    assert (await counted(admin))["task"] == before["task"] + 1


async def test_share_of_another_office_is_not_split(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    made = await sent(nan, regions=(), offices=(nan.offices[nan.township],))
    share = await share_of(admin, made.task, nan.township)
    stranger = replace(nan.scope("township_staff"), office=await other_office(admin, nan.township))
    with pytest.raises(Forbidden):
        await do(
            stranger, dispatch_task, order=order(nan, parent_assignment=share), rule=STORED_RULE, now=NOW
        )

"""What the sender does on the way: withdraw, extend, remind, escalate."""

import asyncio
import json
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.tasks.actions.dispatching import dispatch_task
from core.tasks.actions.places import take_place
from core.tasks.actions.steering import (
    REMIND_AGAIN,
    escalate_assignment,
    extend_assignment,
    extend_task,
    remind_assignment,
    remind_late,
    remind_open,
    withdraw_assignment,
    withdraw_parts,
    withdraw_task,
)
from core.tasks.actions.work import acknowledge_assignment, submit_assignment
from core.tasks.enums import Level
from core.tasks.queries.tasks import one_task
from tests.core.tasks.steps import (
    accept,
    accepted,
    do,
    events_of,
    in_hand,
    in_village,
    row_of,
    share_of,
    submitted,
)  # fmt: skip
from tests.factories.world import NOW, RULE, SECOND_VILLAGE, SOON, World, opened, order, sent

AFTER = SOON + timedelta(days=1)
LONGER = SOON + timedelta(days=5)


async def timers_of(admin: asyncpg.Connection, subject: UUID) -> list[tuple[str, datetime]]:
    """Give the timers of a subject that will fire."""
    rows = await admin.fetch(
        "SELECT topic, due_at FROM timer WHERE subject_id = $1 AND cancelled_at IS NULL ORDER BY due_at",
        subject,
    )
    return [tuple(row) for row in rows]


async def test_withdrawing_ends_open_shares_and_free_places_only(
    world: World, admin: asyncpg.Connection
) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    task = (await opened(nan, places=3)).task
    taken = await do(nan.scope("village_secretary"), take_place, task=task, now=NOW)
    assert await do(leader, withdraw_task, task=task, reason=" 改由乡镇办 ", now=NOW) == 1
    row = await row_of(admin, "task", task)
    assert (row["state"], row["end_reason"], row["ended_at"]) == ("withdrawn", "改由乡镇办", NOW)
    share = await row_of(admin, "assignment", taken.assignment)
    assert (share["state"], share["closed_at"]) == ("withdrawn", NOW)
    places = await admin.fetch("SELECT taken_by, withdrawn_at FROM place WHERE task_id = $1 ORDER BY n", task)
    assert [tuple(p) for p in places] == [(nan.village, None), (None, NOW), (None, NOW)]
    assert await timers_of(admin, task) == []
    with pytest.raises(Conflict):
        await do(nan.scope("second_village"), take_place, task=task, now=NOW)
    with pytest.raises(Conflict):
        await do(leader, withdraw_task, task=task, reason="再撤一次", now=NOW)


async def test_withdrawing_leaves_what_was_accepted(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    task, done = await accepted(admin, nan, regions=(nan.village, nan.code + SECOND_VILLAGE))
    assert await do(nan.scope("township_leader"), withdraw_task, task=task, reason="够了", now=NOW) == 1
    assert (await row_of(admin, "assignment", done))["state"] == "accepted"
    other = await share_of(admin, task, nan.code + SECOND_VILLAGE)
    assert (await row_of(admin, "assignment", other))["state"] == "withdrawn"
    assert await events_of(admin, other) == ["withdrawn"]


async def test_parts_of_a_withdrawn_task_are_ended_by_the_system_alone(world: World) -> None:
    task = (await sent(world.nan)).task
    with pytest.raises(Forbidden):
        await do(world.nan.scope("county_department"), withdraw_parts, task=task, reason="因为", now=NOW)


async def test_steering_needs_a_reason(world: World, admin: asyncpg.Connection) -> None:
    leader = world.nan.scope("township_leader")
    task, share = await in_hand(admin, world.nan)
    for action, given in (
        (withdraw_task, {"task": task}),
        (extend_task, {"task": task, "due_at": LONGER}),
        (extend_assignment, {"assignment": share, "due_at": LONGER}),
        (escalate_assignment, {"assignment": share}),
    ):
        with pytest.raises(Invalid) as caught:
            await do(leader, action, reason="  ", now=NOW, **given)
        assert dict(caught.value.fields) == {"reason": "请写明原因。"}


@pytest.mark.parametrize(
    ("county", "role", "error"),
    [
        ("nan", "village_secretary", Forbidden),
        ("nan", "county_department", NotFound),
        ("nan", "county_inspector", Forbidden),
        ("zhu", "township_leader", NotFound),
    ],
)
async def test_only_the_sender_steers(
    world: World, admin: asyncpg.Connection, county: str, role: str, error: type[Exception]
) -> None:
    task, share = await in_hand(admin, world.nan)
    scope = getattr(world, county).scope(role)
    for action in (withdraw_task, extend_task, remind_late, remind_open):
        given = {"due_at": LONGER} if action is extend_task else {}
        given |= {} if action in {remind_late, remind_open} else {"reason": "因为"}
        with pytest.raises(error):
            await do(scope, action, task=task, now=NOW, **given)
    for action in (extend_assignment, remind_assignment, escalate_assignment):
        given = {"due_at": LONGER} if action is extend_assignment else {}
        given |= {} if action is remind_assignment else {"reason": "因为"}
        with pytest.raises((error, NotFound)):
            await do(scope, action, assignment=share, now=NOW, **given)
    assert await events_of(admin, share) == ["acknowledged"]


async def test_extending_moves_task_shares_places_and_timers(world: World, admin: asyncpg.Connection) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    task = (await opened(nan, places=2)).task
    taken = await do(nan.scope("village_secretary"), take_place, task=task, now=NOW)
    await admin.execute("UPDATE assignment SET overdue_at = $2 WHERE id = $1", taken.assignment, NOW)
    assert await do(leader, extend_task, task=task, due_at=LONGER, reason="连续下雨", now=NOW) == 1
    share = await row_of(admin, "assignment", taken.assignment)
    assert (share["due_at"], share["overdue_at"]) == (LONGER, None)
    assert (await row_of(admin, "task", task))["due_at"] == LONGER
    free = await admin.fetchval("SELECT due_at FROM place WHERE task_id = $1 AND taken_by IS NULL", task)
    assert free == LONGER
    assert await timers_of(admin, task) == [
        ("task.due_soon", LONGER - timedelta(days=1)),
        ("task.due", LONGER),
    ]
    assert await events_of(admin, taken.assignment) == ["taken", "extended"]


async def test_extending_leaves_accepted_shares_and_those_with_more_time(
    world: World, admin: asyncpg.Connection
) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    second = nan.code + SECOND_VILLAGE
    task, done = await accepted(admin, nan, regions=(nan.village, second))
    other = await share_of(admin, task, second)
    await do(leader, extend_assignment, assignment=other, due_at=LONGER, reason="人手不够", now=NOW)
    assert await do(leader, extend_task, task=task, due_at=AFTER, reason="下雨", now=NOW) == 0
    assert (await row_of(admin, "assignment", done))["due_at"] == SOON
    assert (await row_of(admin, "assignment", other))["due_at"] == LONGER
    assert await timers_of(admin, other) == [("task.due", LONGER)]
    assert [due for topic, due in await timers_of(admin, task) if topic == "task.due"] == [AFTER]


async def test_extending_one_share_leaves_the_others(world: World, admin: asyncpg.Connection) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    task = (await sent(nan)).task
    one, other = [await share_of(admin, task, nan.code + tail) for tail in ("101201", SECOND_VILLAGE)]
    await do(leader, extend_assignment, assignment=one, due_at=AFTER, reason="人手不够", now=NOW)
    await do(leader, extend_assignment, assignment=one, due_at=LONGER, reason="还是不够", now=NOW)
    assert (await row_of(admin, "assignment", one))["due_at"] == LONGER
    assert (await row_of(admin, "assignment", other))["due_at"] == SOON
    assert await timers_of(admin, one) == [("task.due", LONGER)]


@pytest.mark.parametrize(
    ("due_at", "message"),
    [
        (SOON, "延期后的时间应晚于原来的截止时间。"),
        (NOW + timedelta(hours=1), "延期后的时间应晚于原来的截止时间。"),
        (NOW - timedelta(days=1), "截止时间应晚于现在。"),
        (NOW + timedelta(days=900), "截止时间不应超过两年。"),
    ],
)
async def test_new_time_lies_after_the_old_one(
    world: World, admin: asyncpg.Connection, due_at: datetime, message: str
) -> None:
    leader = world.nan.scope("township_leader")
    task, share = await in_village(admin, world.nan)
    for action, given in ((extend_task, {"task": task}), (extend_assignment, {"assignment": share})):
        with pytest.raises(Invalid) as caught:
            await do(leader, action, due_at=due_at, reason="下雨", now=NOW, **given)
        assert dict(caught.value.fields) == {"due_at": message}


async def test_ended_task_is_not_extended(world: World, admin: asyncpg.Connection) -> None:
    task, share = await accepted(admin, world.nan)
    leader = world.nan.scope("township_leader")
    with pytest.raises(Conflict):
        await do(leader, extend_task, task=task, due_at=LONGER, reason="下雨", now=NOW)
    with pytest.raises(Conflict):
        await do(leader, extend_assignment, assignment=share, due_at=LONGER, reason="下雨", now=NOW)


async def test_reminders_are_counted(world: World, admin: asyncpg.Connection) -> None:
    leader = world.nan.scope("township_leader")
    _, share = await in_village(admin, world.nan)
    for at in (NOW, NOW + REMIND_AGAIN):
        await do(leader, remind_assignment, assignment=share, now=at, text="今天要报")
    assert (await row_of(admin, "assignment", share))["reminders"] == 2
    assert await events_of(admin, share) == ["reminded", "reminded"]


async def test_reminder_soon_after_another_is_refused(world: World, admin: asyncpg.Connection) -> None:
    leader = world.nan.scope("township_leader")
    task, share = await in_village(admin, world.nan)
    await do(leader, remind_assignment, assignment=share, now=NOW)
    soon = NOW + REMIND_AGAIN - timedelta(seconds=1)
    with pytest.raises(Conflict) as caught:
        await do(leader, remind_assignment, assignment=share, now=soon)
    told = caught.value.message % caught.value.data
    assert told == "朱家兜在 2 小时内已经催办过，请过一会儿再催。"
    assert await do(leader, remind_open, task=task, now=soon) == 0
    assert await events_of(admin, share) == ["reminded"]


async def test_two_who_remind_at_once_remind_once(world: World, admin: asyncpg.Connection) -> None:
    leader = world.nan.scope("township_leader")
    _, share = await in_village(admin, world.nan)
    done = await asyncio.gather(
        *(do(leader, remind_assignment, assignment=share, now=NOW) for _ in range(4)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in done) == ["Conflict"] * 3 + ["Record"]
    assert await events_of(admin, share) == ["reminded"]


async def test_all_open_ones_are_reminded_but_those_handed_in(
    world: World, admin: asyncpg.Connection
) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    task, done = await submitted(admin, nan, regions=(nan.village, nan.code + SECOND_VILLAGE))
    other = await share_of(admin, task, nan.code + SECOND_VILLAGE)
    assert await do(leader, remind_open, task=task, now=NOW) == 1
    assert "reminded" not in await events_of(admin, done)
    assert await events_of(admin, other) == ["reminded"]


@pytest.mark.parametrize("make", [submitted, accepted])
async def test_what_was_handed_in_is_not_chased(
    world: World, admin: asyncpg.Connection, make: object
) -> None:
    leader = world.nan.scope("township_leader")
    _, share = await make(admin, world.nan)  # type: ignore[operator]
    for action in (remind_assignment, escalate_assignment):
        given = {"reason": "太慢"} if action is escalate_assignment else {}
        with pytest.raises(Conflict):
            await do(leader, action, assignment=share, now=AFTER, **given)


async def test_all_late_ones_are_reminded_at_once(world: World, admin: asyncpg.Connection) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    task, done = await submitted(admin, nan, regions=(nan.village, nan.code + SECOND_VILLAGE))
    other = await share_of(admin, task, nan.code + SECOND_VILLAGE)
    assert await do(leader, remind_late, task=task, now=NOW) == 0
    assert await do(leader, remind_late, task=task, now=AFTER) == 1
    assert "reminded" not in await events_of(admin, done)
    assert await events_of(admin, other) == ["reminded"]


async def test_escalation_marks_share_and_task(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    task, share = await in_hand(admin, nan)
    with pytest.raises(Forbidden):
        await do(nan.scope("township_staff"), escalate_assignment, assignment=share, reason="太慢", now=NOW)
    await do(nan.scope("township_leader"), escalate_assignment, assignment=share, reason="太慢", now=AFTER)
    assert (await row_of(admin, "assignment", share))["escalated_at"] == AFTER
    assert (await row_of(admin, "task", task))["escalated_at"] == AFTER
    line = await admin.fetchrow(
        "SELECT * FROM assignment_event WHERE assignment_id = $1 AND kind = 'escalated'", share
    )
    assert line["text"] == "太慢"


async def test_one_share_is_withdrawn_and_the_others_stay(world: World, admin: asyncpg.Connection) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    task = (await sent(nan)).task
    first, second = [await share_of(admin, task, nan.code + tail) for tail in ("101201", SECOND_VILLAGE)]
    with pytest.raises(Invalid):
        await do(leader, withdraw_assignment, assignment=first, reason=" ", now=NOW)
    for scope in (nan.scope("village_secretary"), nan.scope("county_administrator")):
        with pytest.raises(Forbidden):
            await do(scope, withdraw_assignment, assignment=first, reason="不办了", now=NOW)
    with pytest.raises(NotFound):
        await do(world.zhu.scope("township_leader"), withdraw_assignment, assignment=first, reason="不办了", now=NOW)
    await do(leader, withdraw_assignment, assignment=first, reason="这个村不用办", now=NOW)
    assert [(await row_of(admin, "assignment", share))["state"] for share in (first, second)] == ["withdrawn", "sent"]
    row = await row_of(admin, "task", task)
    assert (row["state"], row["receivers"], row["finished"]) == ("active", 1, 0)
    with pytest.raises(Conflict):
        await do(leader, withdraw_assignment, assignment=first, reason="再撤一次", now=NOW)
    await do(leader, withdraw_assignment, assignment=second, reason="都不办了", now=NOW)
    row = await row_of(admin, "task", task)
    assert (row["state"], row["receivers"], row["end_reason"]) == ("withdrawn", 0, "都不办了")


async def test_withdrawing_one_share_leaves_its_trace_and_ends_its_timer(
    world: World, admin: asyncpg.Connection
) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    task, share = await in_hand(admin, nan, regions=(nan.village, nan.code + SECOND_VILLAGE))
    await do(leader, extend_assignment, assignment=share, due_at=LONGER, reason="人少", now=NOW)
    row = await do(leader, withdraw_assignment, assignment=share, reason=" 这个村不用办 ", now=AFTER)
    assert (row["state"], row["closed_at"], row["receiver_name"]) == ("withdrawn", AFTER, "朱家兜")
    line = await admin.fetchrow(
        "SELECT at, text, by_name FROM assignment_event WHERE assignment_id = $1 AND kind = 'withdrawn'", share
    )
    assert tuple(line) == (AFTER, "这个村不用办", leader.by_name)
    audited = await admin.fetchrow(
        "SELECT at, data FROM audit_line WHERE subject_id = $1 AND action = 'task.share_withdrawn'", task
    )
    assert (audited["at"], json.loads(audited["data"])) == (AFTER, {"reason": "这个村不用办", "name": "朱家兜"})
    told = await admin.fetchval(
        "SELECT payload FROM outbox WHERE topic = 'assignment.withdrawn' AND payload ->> 'assignment' = $1", str(share)
    )
    assert json.loads(told) == {"task": str(task), "assignment": str(share), "reason": "这个村不用办"}
    assert await timers_of(admin, share) == []
    assert [topic for topic, _ in await timers_of(admin, task)] == ["task.due_soon", "task.due"]


async def test_result_that_waits_is_withdrawn_and_one_that_was_accepted_is_not(
    world: World, admin: asyncpg.Connection
) -> None:
    leader = world.nan.scope("township_leader")
    _, waiting = await submitted(admin, world.nan)
    await do(leader, withdraw_assignment, assignment=waiting, reason="重复", now=NOW)
    assert (await row_of(admin, "assignment", waiting))["state"] == "withdrawn"
    _, done = await accepted(admin, world.nan)
    before = await row_of(admin, "assignment", done), await events_of(admin, done)
    with pytest.raises(Conflict):
        await do(leader, withdraw_assignment, assignment=done, reason="重复", now=NOW)
    with pytest.raises(NotFound):
        await do(leader, withdraw_assignment, assignment=uuid4(), reason="没有这一件", now=NOW)
    assert (await row_of(admin, "assignment", done), await events_of(admin, done)) == before


async def test_withdrawn_place_is_not_given_to_another(world: World, admin: asyncpg.Connection) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    task = (await opened(nan, places=2)).task
    taken = await do(nan.scope("village_secretary"), take_place, task=task, now=NOW)
    await do(leader, withdraw_assignment, assignment=taken.assignment, reason="这个村不用办", now=NOW)
    row = await row_of(admin, "task", task)
    assert (row["state"], row["places"]) == ("active", 1)
    await do(nan.scope("second_village"), take_place, task=task, now=NOW)
    with pytest.raises(Conflict):
        await do(nan.scope("village_secretary"), take_place, task=task, now=NOW)


async def test_share_from_above_waits_for_one_part_less(world: World, admin: asyncpg.Connection) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    sending = order(nan, regions=(nan.township,), level=Level.TOWNSHIP)
    above = await do(nan.scope("county_department"), dispatch_task, order=sending, rule=RULE, now=NOW)
    received = await share_of(admin, above.task, nan.township)
    task = (await sent(nan, parent_assignment=received)).task
    assert (await row_of(admin, "assignment", received))["parts"] == 2
    first = await share_of(admin, task, nan.village)
    await do(leader, withdraw_assignment, assignment=first, reason="这个村不用办", now=NOW)
    assert (await row_of(admin, "assignment", received))["parts"] == 1


async def test_task_closes_where_all_who_are_left_have_finished(world: World, admin: asyncpg.Connection) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    task = (await sent(nan)).task
    first, second = [await share_of(admin, task, nan.code + tail) for tail in ("101201", SECOND_VILLAGE)]
    secretary = nan.scope("village_secretary")
    await do(secretary, acknowledge_assignment, assignment=first, now=NOW)
    await do(secretary, submit_assignment, assignment=first, text="办好了", now=NOW)
    await accept(leader, first)
    await do(leader, withdraw_assignment, assignment=second, reason="不用办", now=NOW)
    row = await row_of(admin, "task", task)
    assert (row["state"], row["receivers"], row["finished"]) == ("closed", 1, 1)


async def test_reminder_stands_in_the_history_of_the_task(world: World, admin: asyncpg.Connection) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    task, share = await in_village(admin, nan)
    await do(leader, remind_assignment, assignment=share, now=NOW)
    async with transaction(leader):
        found = await one_task(leader, task, now=NOW)
    assert [event["action"] for event in found.events] == ["task.dispatched", "task.reminded"]

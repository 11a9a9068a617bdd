"""What follows from deeds: notices to the right posts, counts at the sender, marks of what is late; each once.

Announcements are worked off by the worker's own delivery, timers are fired by the ticker's own code.
"""

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from core.jobs.connections import Pool
from core.jobs.ticker import Ticker
from core.kernel import clock
from core.kernel.database import transaction
from core.notices.queries import notices_of
from core.people.corrections import correct_person
from core.tasks.actions.dispatching import dispatch_task
from core.tasks.actions.incoming import decide_incoming
from core.tasks.actions.places import take_place
from core.tasks.actions.scoring import return_submission, reverse_score
from core.tasks.actions.steering import (
    escalate_assignment,
    extend_assignment,
    extend_task,
    remind_assignment,
    withdraw_task,
)
from core.tasks.actions.work import acknowledge_assignment, allocate_assignment, submit_assignment
from core.tasks.enums import Level
from core.tasks.queries.assignments import received_shares
from core.tasks.queries.filters import Filters
from tests.core.tasks.conftest import Work, delivery_on
from tests.core.tasks.steps import (
    accept,
    do,
    events_of,
    in_hand,
    in_village,
    points_of,
    row_of,
    share_of,
    submitted,
)
from tests.factories.world import NOW, SECOND_VILLAGE, SOON, County, World, handed, opened, order, sent


async def test_dispatching_tells_each_villages_cadres(world: World, work_off: Work) -> None:
    await sent(world.nan)
    assert await work_off() == {
        ("village_secretary", "dispatched"), ("village_cadre", "dispatched"), ("second_village", "dispatched"),
    }  # fmt: skip


async def test_dispatching_to_an_office_tells_its_staff(world: World, work_off: Work) -> None:
    await sent(world.nan, regions=(), offices=(world.nan.offices[world.nan.township],))
    assert await work_off() == {("township_staff", "dispatched")}


async def test_dispatching_to_a_township_tells_its_leader(world: World, work_off: Work) -> None:
    nan = world.nan
    sending = order(nan, regions=(nan.township,), level=Level.TOWNSHIP)
    await do(nan.scope("county_department"), dispatch_task, order=sending, rule={}, now=NOW)
    assert await work_off() == {("township_leader", "dispatched")}


async def test_ended_post_is_not_told(world: World, work_off: Work, admin: asyncpg.Connection) -> None:
    cadre = world.nan.scope("village_cadre").membership
    await admin.execute("UPDATE membership SET valid_to = $2 WHERE id = $1", cadre, NOW)
    await sent(world.nan, regions=(world.nan.village,))
    told = await work_off()
    await admin.execute("UPDATE membership SET valid_to = NULL WHERE id = $1", cadre)
    assert told == {("village_secretary", "dispatched")}


async def test_open_task_is_offered_to_all_villages_below_and_taking_is_counted_once(
    world: World, work_off: Work, relay_pool: Pool, admin: asyncpg.Connection
) -> None:
    nan = world.nan
    task = (await opened(nan, places=2)).task
    assert await work_off() == {
        ("village_secretary", "opened"), ("village_cadre", "opened"), ("second_village", "opened"),
    }  # fmt: skip
    await do(nan.scope("village_secretary"), take_place, task=task, now=NOW)
    assert (await row_of(admin, "task", task))["receivers"] == 0
    assert await work_off() == {("township_leader", "taken")}
    assert (await row_of(admin, "task", task))["receivers"] == 1
    event = await admin.fetchval("SELECT id FROM outbox WHERE topic = 'place.taken'")
    await admin.execute("UPDATE outbox SET done_at = NULL WHERE id = $1", event)
    await delivery_on(relay_pool).deliver(event)
    assert await work_off() == set()
    assert (await row_of(admin, "task", task))["receivers"] == 1


async def test_result_is_told_to_whoever_sent_the_task(
    world: World, work_off: Work, admin: asyncpg.Connection
) -> None:
    nan = world.nan
    _, share = await in_hand(admin, nan)
    await work_off()
    await do(nan.scope("village_cadre"), submit_assignment, assignment=share, text="办好了", now=NOW)
    assert await work_off() == {("township_leader", "submitted")}


async def test_judgement_is_told_to_the_village(
    world: World, work_off: Work, admin: asyncpg.Connection
) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    _, share = await submitted(admin, nan)
    await work_off()
    await do(leader, return_submission, assignment=share, reason="缺一处", now=NOW)
    assert await work_off() == {("village_secretary", "returned"), ("village_cadre", "returned")}
    await do(nan.scope("village_cadre"), submit_assignment, assignment=share, text="补了", now=NOW)
    await work_off()
    await accept(leader, share, "excellent")
    await work_off()
    cadre = nan.scope("village_cadre")
    async with transaction(cadre):
        notices, total = await notices_of(cadre)
    notices = [n for n in notices if n.kind == "accepted"]
    assert (total, notices[0].text % notices[0].data) == (2, "“汛期前圩堤隐患排查”已通过验收，得 6 分。")
    assert (notices[0].link, notices[0].created_at) == (f"/assignments/{share}", NOW)


async def test_given_share_is_told_to_the_person_or_the_grid(
    world: World, work_off: Work, admin: asyncpg.Connection
) -> None:
    nan, secretary = world.nan, world.nan.scope("village_secretary")
    _, share = await in_village(admin, nan)
    await work_off()
    cadre = nan.scope("village_cadre").membership
    await do(secretary, allocate_assignment, assignment=share, membership=cadre, now=NOW)
    assert await work_off() == {("village_cadre", "allocated")}
    await do(secretary, allocate_assignment, assignment=share, grid=nan.grid, now=NOW)
    assert await work_off() == {("grid_worker", "allocated")}
    await do(nan.scope("township_leader"), remind_assignment, assignment=share, now=NOW)
    assert await work_off() == {("grid_worker", "reminded")}


async def test_steering_is_told_to_those_concerned(
    world: World, work_off: Work, admin: asyncpg.Connection
) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    task, share = await in_village(admin, nan, regions=(nan.village, nan.code + SECOND_VILLAGE))
    await work_off()
    ours = {"village_secretary", "village_cadre"}
    await do(leader, escalate_assignment, assignment=share, reason="太慢", now=NOW)
    assert await work_off() == {(who, "escalated") for who in ours}
    later = SOON + timedelta(days=1)
    await do(leader, extend_assignment, assignment=share, due_at=later, reason="人少", now=NOW)
    assert await work_off() == {(who, "extended") for who in ours}
    await do(leader, extend_task, task=task, due_at=later + timedelta(days=1), reason="下雨", now=NOW)
    assert await work_off() == {(who, "extended") for who in (*ours, "second_village")}
    await do(leader, withdraw_task, task=task, reason="不办了", now=NOW)
    assert await work_off() == {(who, "withdrawn") for who in (*ours, "second_village")}


async def test_decision_is_told_to_whoever_handed_in(world: World, work_off: Work) -> None:
    nan = world.nan
    incoming = (await handed(nan, "township_staff", title="没有列入清单的事")).id
    await do(
        nan.scope("township_leader"),
        decide_incoming,
        incoming=incoming,
        transition="turn_down",
        reason="不归村办",
        now=NOW,
    )
    assert await work_off() == {("township_staff", "decided")}


async def _sent_long_ago(county: County, *, due_at: datetime) -> UUID:
    """Send a task to both villages, due around the real clock, which marks what is late; long before, whatever days are free."""
    sending = order(county, due_at=due_at)
    made = await do(
        county.scope("township_leader"), dispatch_task, order=sending, rule={}, now=due_at - timedelta(days=14)
    )
    return made.task


async def _tick(relay_pool: Pool, at: datetime) -> None:
    await Ticker(relay_pool, []).fire_timers(at)


async def test_timers_warn_and_then_mark_what_is_late_once(
    world: World, work_off: Work, relay_pool: Pool, admin: asyncpg.Connection
) -> None:
    nan = world.nan
    await admin.execute("UPDATE timer SET cancelled_at = now() WHERE cancelled_at IS NULL")
    due = clock.now() - timedelta(hours=1)
    task = await _sent_long_ago(nan, due_at=due)
    first, second = [await share_of(admin, task, nan.code + tail) for tail in ("101201", SECOND_VILLAGE)]
    await do(nan.scope("village_secretary"), acknowledge_assignment, assignment=first, now=due)
    await do(nan.scope("village_secretary"), submit_assignment, assignment=first, text="办好了", now=due)
    await work_off()
    await _tick(relay_pool, due - timedelta(hours=24))
    assert await work_off() == {("second_village", "due_soon")}
    await _tick(relay_pool, due - timedelta(seconds=1))
    assert await work_off() == set()
    for _ in range(2):
        await _tick(relay_pool, due)
        await admin.execute("UPDATE outbox SET done_at = NULL")
        told = await work_off()
        assert told in ({("second_village", "overdue"), ("township_leader", "overdue_sent")}, set())
    assert told == set()
    assert (await row_of(admin, "assignment", first))["overdue_at"] is None
    assert (await row_of(admin, "assignment", second))["overdue_at"] is not None
    assert await events_of(admin, second) == ["overdue"]


async def test_reminder_that_comes_too_late_is_not_sent(
    world: World, work_off: Work, relay_pool: Pool, admin: asyncpg.Connection
) -> None:
    """After a standstill both timers fire at once: nobody hears that something is due soon and overdue in one minute."""
    nan, later = world.nan, timedelta(hours=1)
    await admin.execute("UPDATE timer SET cancelled_at = now() WHERE cancelled_at IS NULL")
    due = clock.now() - timedelta(days=1)
    task = await _sent_long_ago(nan, due_at=due)
    await work_off()
    await _tick(relay_pool, due + later)
    assert {kind for _, kind in await work_off()} == {"overdue", "overdue_sent"}
    share = await share_of(admin, task, nan.village)
    assert (await row_of(admin, "assignment", share))["overdue_at"] == due + later
    at = await admin.fetch("SELECT DISTINCT created_at FROM notice WHERE kind IN ('overdue', 'overdue_sent')")
    assert [row["created_at"] for row in at] == [due + later]


async def test_share_with_more_time_is_late_at_its_own_time(
    world: World, work_off: Work, relay_pool: Pool, admin: asyncpg.Connection
) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    await admin.execute("UPDATE timer SET cancelled_at = now() WHERE cancelled_at IS NULL")
    due = clock.now() - timedelta(hours=1)
    task = await _sent_long_ago(nan, due_at=due)
    first, second = [await share_of(admin, task, nan.code + tail) for tail in ("101201", SECOND_VILLAGE)]
    later = clock.now() + timedelta(days=1)
    await do(
        leader, extend_assignment, assignment=first, due_at=later, reason="人少", now=due - timedelta(days=1)
    )
    await work_off()
    await _tick(relay_pool, due)
    assert {who for who, kind in await work_off() if kind == "overdue"} == {"second_village"}
    await admin.execute(
        "UPDATE assignment SET due_at = $2 WHERE id = $1", first, clock.now() - timedelta(seconds=1)
    )
    await _tick(relay_pool, later)
    assert {who for who, kind in await work_off() if kind == "overdue"} == {
        "village_secretary",
        "village_cadre",
    }
    assert await events_of(admin, second) == ["overdue"]


async def test_withdrawal_from_above_reaches_the_villages_of_a_split_task(
    world: World, work_off: Work, admin: asyncpg.Connection
) -> None:
    nan, department = world.nan, world.nan.scope("county_department")
    second = nan.code + SECOND_VILLAGE
    sending = order(nan, regions=(nan.township,), level=Level.TOWNSHIP)
    top = (await do(department, dispatch_task, order=sending, rule={}, now=NOW)).task
    received = await share_of(admin, top, nan.township)
    split, done = await submitted(admin, nan, regions=(nan.village, second), parent_assignment=received)
    await accept(nan.scope("township_leader"), done)
    await work_off()
    handed_in = await share_of(admin, split, second)
    for action, given in ((acknowledge_assignment, {}), (submit_assignment, {"text": "办好了"})):
        await do(nan.scope("second_village"), action, assignment=handed_in, now=NOW, **given)
    offered = (await opened(nan, places=2, parent_assignment=received)).task
    apart = (await sent(nan)).task
    points = await points_of(admin, nan.village)
    await work_off()
    later = NOW + timedelta(hours=1)
    await do(department, withdraw_task, task=top, reason="改由县里办", now=later)
    assert await work_off() == {("township_leader", "withdrawn"), ("second_village", "withdrawn")}
    for task in (split, offered):
        row = await row_of(admin, "task", task)
        assert (row["state"], row["end_reason"], row["ended_at"]) == ("withdrawn", "改由县里办", later)
    lost = await row_of(admin, "assignment", handed_in)
    assert (lost["state"], lost["closed_at"]) == ("withdrawn", later)
    assert (await row_of(admin, "assignment", done))["state"] == "accepted"
    assert await points_of(admin, nan.village) == points
    assert (await row_of(admin, "task", apart))["state"] == "active"
    assert await admin.fetchval("SELECT count(*) FROM place WHERE task_id = $1 AND withdrawn_at = $2", offered, later) == 2
    audited = "SELECT count(*) FROM audit_line WHERE subject_id = ANY ($1) AND action = 'task.withdrawn' AND region = $2"
    assert await admin.fetchval(audited, [split, offered], nan.township) == 2
    await admin.execute("UPDATE outbox SET done_at = NULL")
    assert await work_off() == set()
    assert await events_of(admin, handed_in) == ["acknowledged", "submitted", "withdrawn"]


async def test_withdrawal_from_above_is_told_to_the_staff_who_split_the_task(
    world: World, work_off: Work, admin: asyncpg.Connection
) -> None:
    nan, department = world.nan, world.nan.scope("county_department")
    sending = order(nan, regions=(), offices=(nan.offices[nan.township],), level=Level.TOWNSHIP)
    top = (await do(department, dispatch_task, order=sending, rule={}, now=NOW)).task
    received = await share_of(admin, top, nan.township)
    splitting = order(nan, parent_assignment=received, regions=(nan.village,))
    split = (await do(nan.scope("township_staff"), dispatch_task, order=splitting, rule={}, now=NOW)).task
    await work_off()
    await do(department, withdraw_task, task=top, reason="不办了", now=NOW)
    assert await work_off() == {(who, "withdrawn") for who in ("township_staff", "village_secretary", "village_cadre")}
    assert (await row_of(admin, "task", split))["state"] == "withdrawn"


async def test_withdrawn_task_is_never_late(world: World, work_off: Work, relay_pool: Pool) -> None:
    nan = world.nan
    due = clock.now() - timedelta(hours=1)
    task = await _sent_long_ago(nan, due_at=due)
    await do(
        nan.scope("township_leader"), withdraw_task, task=task, reason="不办了", now=due - timedelta(days=1)
    )
    await work_off()
    await _tick(relay_pool, clock.now())
    assert await work_off() == set()


async def test_deeds_of_one_county_are_told_in_that_county_alone(world: World, work_off: Work) -> None:
    zhu = world.zhu
    await sent(zhu)
    await opened(zhu, places=1)
    told = await work_off()
    assert told
    assert all(who.startswith(f"{zhu.code} ") for who, _ in told)


async def test_every_announcement_delivered_twice_has_one_effect(
    world: World, work_off: Work, admin: asyncpg.Connection
) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    task, share = await submitted(admin, nan)
    await accept(leader, share)
    offered = (await opened(nan, places=1)).task
    await do(nan.scope("village_secretary"), take_place, task=offered, now=NOW)
    await do(leader, withdraw_task, task=offered, reason="不办了", now=NOW)
    first = await work_off()
    before = [await row_of(admin, "task", made) for made in (task, offered)]
    await admin.execute("UPDATE outbox SET done_at = NULL")
    assert await work_off() == set()
    assert [await row_of(admin, "task", made) for made in (task, offered)] == before
    assert {kind for _, kind in first} == {"submitted", "accepted", "taken", "withdrawn"}


async def test_points_taken_back_are_told_with_the_reason(
    world: World, work_off: Work, admin: asyncpg.Connection
) -> None:
    nan = world.nan
    leader, secretary = nan.scope("township_leader"), nan.scope("village_secretary")
    _, share = await submitted(admin, nan)
    await accept(leader, share)
    await work_off()
    await do(leader, reverse_score, assignment=share, reason="照片不是本村的", now=NOW)
    told = await work_off()
    assert ("village_secretary", "reversed") in told
    assert all(kind == "reversed" for _, kind in told)
    async with transaction(secretary):
        notices, _ = await notices_of(secretary)
    assert [n.data["reason"] for n in notices if n.kind == "reversed"] == ["照片不是本村的"]


async def test_corrected_name_reaches_what_is_in_hand_and_leaves_what_is_done(
    world: World, work_off: Work, admin: asyncpg.Connection
) -> None:
    nan = world.nan
    secretary, cadre = nan.scope("village_secretary"), nan.scope("village_cadre")
    (_, open_share), (_, done), (_, others) = [await in_village(admin, nan) for _ in range(3)]
    for share, who in ((open_share, cadre), (done, cadre), (others, secretary)):
        await do(secretary, allocate_assignment, assignment=share, membership=who.membership, now=NOW)
    await do(cadre, submit_assignment, assignment=done, text="办好了", now=NOW)
    await accept(nan.scope("township_leader"), done)
    person = await row_of(admin, "person", cadre.person)
    await admin.execute("DELETE FROM outbox")
    await do(
        nan.scope("county_administrator"), correct_person,
        person=cadre.person, name="李春萍", phone="", reason="登记时写错", now=NOW,
    )  # fmt: skip
    assert await work_off() == {("village_cadre", "renamed")}
    names = [(await row_of(admin, "assignment", share))["allocated_name"] for share in (open_share, done, others)]
    assert names == ["李春萍", person["name"], "王建国"]
    async with transaction(secretary):
        cards, _ = await received_shares(secretary, Filters(search="李春萍"), now=NOW)
    assert [card.id for card in cards] == [open_share]
    await admin.execute("UPDATE person SET name = $2 WHERE id = $1", cadre.person, person["name"])

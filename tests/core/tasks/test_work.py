"""What the receiver does with a share, and who may do it."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.kernel.scope import Scope
from core.tasks.actions.dispatching import dispatch_task
from core.tasks.actions.scoring import return_submission
from core.tasks.actions.work import (
    acknowledge_assignment,
    add_note,
    allocate_assignment,
    submit_assignment,
)
from core.tasks.queries.assignments import helpers_here, one_share, received_shares, today_of
from core.tasks.queries.filters import Filters
from core.tasks.rules import EvidenceWanted
from tests.core.tasks.steps import (
    accept,
    accepted,
    do,
    events_of,
    in_hand,
    in_village,
    other_office,
    row_of,
    share_of,
    submitted,
)  # fmt: skip
from tests.factories.world import NOW, World, order, sent

LATER = NOW + timedelta(hours=2)
WANTED = EvidenceWanted(text=True, photos=2, files=1)


async def found(scope: Scope) -> set[object]:
    """Give the ids of all shares in a post's list."""
    async with transaction(scope):
        cards, _ = await received_shares(scope, Filters(), now=NOW)
    return {card.id for card in cards}


async def test_acknowledging_says_who_and_when_once(world: World, admin: asyncpg.Connection) -> None:
    _, share = await in_village(admin, world.nan)
    secretary = world.nan.scope("village_secretary")
    row = await do(secretary, acknowledge_assignment, assignment=share, now=LATER)
    assert (row["state"], row["acknowledged_at"], row["acknowledged_by_name"]) == ("in_hand", LATER, "王建国")
    with pytest.raises(Conflict) as caught:
        await do(secretary, acknowledge_assignment, assignment=share, now=LATER)
    assert caught.value.data == {"title": "签收", "state": "办理中"}
    assert await events_of(admin, share) == ["acknowledged"]


async def test_of_two_who_acknowledge_at_once_one_is_told(world: World, admin: asyncpg.Connection) -> None:
    _, share = await in_village(admin, world.nan)
    scopes = [world.nan.scope(role) for role in ("village_secretary", "village_cadre")]
    results = await asyncio.gather(
        *(do(s, acknowledge_assignment, assignment=share, now=NOW) for s in scopes), return_exceptions=True
    )
    assert sorted(type(r).__name__ for r in results) == ["Conflict", "Record"]
    assert await events_of(admin, share) == ["acknowledged"]


@pytest.mark.parametrize(
    ("role", "county", "error"),
    [
        ("township_leader", "nan", Forbidden),
        ("second_village", "nan", NotFound),
        ("bookkeeper", "nan", Forbidden),
        ("supervision_committee", "nan", Forbidden),
        ("village_secretary", "zhu", NotFound),
        ("county_administrator", "nan", Forbidden),
    ],
)
async def test_only_the_receiver_acknowledges(
    world: World, admin: asyncpg.Connection, role: str, county: str, error: type[Exception]
) -> None:
    _, share = await in_village(admin, world.nan)
    with pytest.raises(error):
        await do(getattr(world, county).scope(role), acknowledge_assignment, assignment=share, now=NOW)
    assert (await row_of(admin, "assignment", share))["state"] == "sent"


async def test_share_given_to_a_cadre_is_his_to_work_on(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    _, share = await in_village(admin, nan)
    secretary, cadre = nan.scope("village_secretary"), nan.scope("village_cadre")
    row = await do(
        secretary, allocate_assignment, assignment=share, membership=cadre.membership, text="辛苦", now=NOW
    )
    assert (row["state"], row["allocated_name"], row["allocated_membership"]) == (
        "in_hand",
        "李春梅",
        cadre.membership,
    )
    assert await events_of(admin, share) == ["acknowledged", "allocated"]
    assert share in await found(cadre)
    assert share not in await found(nan.scope("bookkeeper"))
    assert share in await found(secretary)
    with pytest.raises(Forbidden) as caught:
        await do(nan.scope("bookkeeper"), submit_assignment, assignment=share, text="我来", now=NOW)
    assert caught.value.data["name"] == "李春梅"
    assert (await do(cadre, submit_assignment, assignment=share, text="办好了", now=NOW))[
        "state"
    ] == "submitted"


async def test_share_given_to_a_grid_is_seen_by_its_worker_alone(
    world: World, admin: asyncpg.Connection
) -> None:
    nan = world.nan
    _, given = await in_village(admin, nan)
    _, other = await in_village(admin, nan)
    secretary, worker = nan.scope("village_secretary"), nan.scope("grid_worker")
    row = await do(secretary, allocate_assignment, assignment=given, grid=nan.grid, now=NOW)
    assert (row["allocated_name"], row["allocated_membership"]) == ("第一网格", None)
    assert await found(worker) == {given}
    async with transaction(worker):
        assert [c.id for c in (await today_of(worker, now=NOW)).week] == [given]
        with pytest.raises(NotFound):
            await one_share(worker, other)
    with pytest.raises(NotFound):
        await do(worker, add_note, assignment=other, text="看一下", now=NOW)
    assert (await do(worker, submit_assignment, assignment=given, text="办好了", now=NOW))[
        "state"
    ] == "submitted"


async def test_share_given_to_a_grid_worker_by_name_reaches_the_grid(
    world: World, admin: asyncpg.Connection
) -> None:
    nan = world.nan
    _, share = await in_village(admin, nan)
    worker = nan.scope("grid_worker")
    row = await do(
        nan.scope("village_secretary"),
        allocate_assignment,
        assignment=share,
        membership=worker.membership,
        now=NOW,
    )
    assert (row["allocated_grid"], row["allocated_membership"]) == (nan.grid, worker.membership)
    assert share in await found(worker)


@pytest.mark.parametrize("whom", ["membership", "grid"])
async def test_share_is_not_given_again_to_who_has_it(
    world: World, admin: asyncpg.Connection, whom: str
) -> None:
    nan = world.nan
    _, share = await in_village(admin, nan)
    secretary, cadre = nan.scope("village_secretary"), nan.scope("village_cadre").membership
    given = {whom: cadre if whom == "membership" else nan.grid}
    done = await asyncio.gather(
        *(do(secretary, allocate_assignment, assignment=share, now=NOW, **given) for _ in range(3)),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in done) == ["Conflict", "Conflict", "Record"]
    with pytest.raises(Conflict) as caught:
        await do(secretary, allocate_assignment, assignment=share, now=NOW, text="再说一次", **given)
    name = "李春梅" if whom == "membership" else "第一网格"
    assert caught.value.message % caught.value.data == f"这件任务已经交给{name}办理，不用再分派。"
    assert await events_of(admin, share) == ["acknowledged", "allocated"]
    other = {"membership": nan.scope("grid_worker").membership}
    assert (await do(secretary, allocate_assignment, assignment=share, now=NOW, **other))["allocated_name"]


async def test_share_is_given_to_nobody_outside_the_village(world: World, admin: asyncpg.Connection) -> None:
    nan, zhu = world.counties
    _, share = await in_village(admin, nan)
    secretary = nan.scope("village_secretary")
    for whom in (
        {"membership": nan.scope("second_village").membership},
        {"membership": nan.scope("township_leader").membership},
        {"membership": zhu.scope("village_cadre").membership},
        {"grid": zhu.grid},
    ):
        with pytest.raises(NotFound):
            await do(secretary, allocate_assignment, assignment=share, now=NOW, **whom)
    with pytest.raises(Invalid) as caught:
        await do(secretary, allocate_assignment, assignment=share, now=NOW)
    assert dict(caught.value.fields) == {"receiver": "请选择交给谁办。"}
    with pytest.raises(Forbidden):
        await do(
            nan.scope("village_cadre"),
            allocate_assignment,
            assignment=share,
            now=NOW,
            membership=secretary.membership,
        )
    assert (await row_of(admin, "assignment", share))["state"] == "sent"
    assert await events_of(admin, share) == []


async def test_ended_post_gets_nothing(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    _, share = await in_village(admin, nan)
    ended = nan.scope("bookkeeper").membership
    await admin.execute("UPDATE membership SET valid_to = $2 WHERE id = $1", ended, NOW)
    try:
        with pytest.raises(NotFound):
            await do(
                nan.scope("village_secretary"),
                allocate_assignment,
                assignment=share,
                membership=ended,
                now=NOW,
            )
        async with transaction(nan.scope("village_secretary")):
            helpers = await helpers_here(nan.scope("village_secretary"), now=NOW)
        assert ended not in {helper["id"] for helper in helpers}
        assert len(helpers) == 4
    finally:
        await admin.execute("UPDATE membership SET valid_to = NULL WHERE id = $1", ended)


async def test_handed_in_share_is_not_given_on(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    _, share = await submitted(admin, nan)
    cadre = nan.scope("village_cadre").membership
    with pytest.raises(Conflict):
        await do(
            nan.scope("village_secretary"), allocate_assignment, assignment=share, membership=cadre, now=NOW
        )


async def test_notes_stand_in_the_history_until_the_end(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    _, share = await in_hand(admin, nan)
    await do(nan.scope("village_cadre"), add_note, assignment=share, text=" 已查两处 ", now=LATER)
    line = await admin.fetchrow(
        "SELECT * FROM assignment_event WHERE assignment_id = $1 AND kind = 'noted'", share
    )
    assert (line["text"], line["by_name"], line["at"]) == ("已查两处", "李春梅", LATER)
    with pytest.raises(Invalid):
        await do(nan.scope("village_cadre"), add_note, assignment=share, text="  ", now=NOW)
    with pytest.raises(NotFound):
        await do(world.zhu.scope("village_cadre"), add_note, assignment=share, text="看看", now=NOW)
    _, done = await accepted(admin, nan)
    with pytest.raises(Conflict):
        await do(nan.scope("village_cadre"), add_note, assignment=done, text="补一句", now=NOW)


async def test_notes_are_of_receiver_and_sender_not_of_whoever_sees_the_share(
    world: World, admin: asyncpg.Connection
) -> None:
    """A township sees what the county sent to its village, and does not write into that history."""
    nan = world.nan
    _, share = await in_hand(admin, nan)
    await do(nan.scope("township_leader"), add_note, assignment=share, text="请早些", now=NOW)
    await admin.execute("UPDATE assignment SET sender_region = $2 WHERE id = $1", share, nan.code)
    with pytest.raises(Forbidden):
        await do(nan.scope("township_leader"), add_note, assignment=share, text="看看", now=NOW)
    assert (await events_of(admin, share)).count("noted") == 1


async def test_returned_share_is_handed_in_again_as_the_second(
    world: World, admin: asyncpg.Connection
) -> None:
    nan = world.nan
    _, share = await submitted(admin, nan)
    leader, secretary = nan.scope("township_leader"), nan.scope("village_secretary")
    await do(leader, return_submission, assignment=share, reason="缺一处", now=NOW)
    row = await do(secretary, submit_assignment, assignment=share, text="补了一处", now=LATER)
    assert (row["state"], row["return_reason"], row["submitted_at"]) == ("submitted", "", LATER)
    async with transaction(secretary):
        seen = await one_share(secretary, share)
    assert [(s["n"], s["text"]) for s in seen.submissions] == [(2, "补了一处"), (1, "查了三处，没有隐患。")]
    assert await events_of(admin, share) == ["acknowledged", "submitted", "returned", "submitted"]


async def test_result_is_handed_in_once_by_two_at_once(world: World, admin: asyncpg.Connection) -> None:
    _, share = await in_hand(admin, world.nan)
    scopes = [world.nan.scope(role) for role in ("village_secretary", "village_cadre")]
    results = await asyncio.gather(
        *(do(s, submit_assignment, assignment=share, text="办好了", now=NOW) for s in scopes),
        return_exceptions=True,
    )
    assert sorted(type(r).__name__ for r in results) == ["Conflict", "Record"]
    assert await admin.fetchval("SELECT count(*) FROM submission WHERE assignment_id = $1", share) == 1


@pytest.mark.parametrize("role", ["township_leader", "supervision_committee"])
async def test_nobody_hands_in_for_the_village(world: World, admin: asyncpg.Connection, role: str) -> None:
    _, share = await in_hand(admin, world.nan)
    with pytest.raises(Forbidden):
        await do(world.nan.scope(role), submit_assignment, assignment=share, text="代办", now=NOW)


async def test_unacknowledged_share_is_not_handed_in(world: World, admin: asyncpg.Connection) -> None:
    _, share = await in_village(admin, world.nan)
    with pytest.raises(Conflict):
        await do(
            world.nan.scope("village_secretary"), submit_assignment, assignment=share, text="办好了", now=NOW
        )


async def test_share_of_an_office_is_that_offices(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    task = (await sent(nan, regions=(), offices=(nan.offices[nan.township],))).task
    share = await share_of(admin, task, nan.township)
    staff = nan.scope("township_staff")
    stranger = replace(staff, office=await other_office(admin, nan.township))
    assert share in await found(staff)
    assert share not in await found(stranger)
    for scope in (stranger, nan.scope("township_leader")):
        with pytest.raises(Forbidden):
            await do(scope, acknowledge_assignment, assignment=share, now=NOW)
    await do(staff, acknowledge_assignment, assignment=share, now=NOW)
    assert (await do(staff, submit_assignment, assignment=share, text="办好了", now=NOW))[
        "state"
    ] == "submitted"
    async with transaction(staff):
        assert [h["role"] for h in await helpers_here(staff, now=NOW)] == ["township_staff"]
    with pytest.raises(Forbidden):
        await accept(staff, share)
    assert (await accept(nan.scope("township_leader"), share))["state"] == "accepted"


async def test_office_sees_nothing_of_what_another_office_sent_to_a_third(
    world: World, admin: asyncpg.Connection
) -> None:
    nan = world.nan
    staff = nan.scope("township_staff")
    third, fourth = [await other_office(admin, nan.township) for _ in range(2)]
    sending = order(nan, regions=(), offices=(third,))
    task = (await do(staff, dispatch_task, order=sending, rule={}, now=NOW)).task
    share = await share_of(admin, task, nan.township)
    with pytest.raises(NotFound):
        await do(replace(staff, office=fourth), acknowledge_assignment, assignment=share, now=NOW)
    row = await do(replace(staff, office=third), acknowledge_assignment, assignment=share, now=NOW)
    assert row["state"] == "in_hand"

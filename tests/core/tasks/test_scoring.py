"""Accepting, returning, taking points back; and what becomes of the task and of the totals."""

import asyncio
import json
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest

from core.kernel.clock import period_of
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.scores.rules import ScoreRule
from core.tasks.actions.dispatching import dispatch_task
from core.tasks.actions.places import take_place
from core.tasks.actions.scoring import accept_submission, return_submission, reverse_score
from core.tasks.actions.steering import withdraw_task
from core.tasks.actions.work import acknowledge_assignment, submit_assignment
from tests.core.tasks.steps import (
    RULE,
    accept,
    accepted,
    do,
    events_of,
    in_hand,
    points_of,
    row_of,
    share_of,
    submitted,
)  # fmt: skip
from tests.factories.world import NOW, SECOND_VILLAGE, SOON, World, opened, order, sent


async def lines_of(admin: asyncpg.Connection, share: UUID) -> list[asyncpg.Record]:
    return await admin.fetch("SELECT * FROM ledger_line WHERE subject_id = $1 ORDER BY at, id", share)


@pytest.mark.parametrize(
    ("grade", "late", "score"),
    [
        ("excellent", timedelta(days=-2), "6.00"),
        ("good", timedelta(0), "5.00"),
        ("fair", timedelta(seconds=1), "3.60"),
        ("poor", timedelta(days=2), "2.00"),
        ("good", timedelta(days=30), "2.50"),
    ],
)
async def test_score_is_points_times_quality_times_timeliness(
    world: World, admin: asyncpg.Connection, grade: str, late: timedelta, score: str
) -> None:
    nan = world.nan
    before = await points_of(admin, nan.village)
    _, share = await submitted(admin, nan, at=SOON + late)
    row = await accept(nan.scope("township_leader"), share, grade, now=SOON + timedelta(days=31))
    assert (row["state"], row["score"], row["quality"]) == ("accepted", Decimal(score), grade)
    assert row["closed_at"] == SOON + timedelta(days=31)
    (line,) = await lines_of(admin, share)
    assert (line["points"], line["region"], line["source"]) == (Decimal(score), nan.village, "task")
    assert line["period"] == period_of(SOON + timedelta(days=31))
    rule = json.loads(line["rule"])
    assert (rule["grade"], rule["points"]) == (grade, "5.00")
    after = await points_of(admin, nan.village)
    assert after == (before[0] + Decimal(score), before[1] + Decimal(score))


@pytest.mark.parametrize("kept", [True, False])
async def test_rule_that_a_task_was_sent_under_scores_it(
    world: World, admin: asyncpg.Connection, *, kept: bool
) -> None:
    """A rule that was changed since touches what is sent from then on; without a kept rule the one in force counts."""
    nan, leader = world.nan, world.nan.scope("township_leader")
    own = ScoreRule(excellent=Decimal("1.5"), early_bonus=Decimal("0.1"))
    under = own.model_dump(mode="json") if kept else {}
    sending = order(nan, regions=(nan.village,), points=Decimal("3.33"))
    task = (await do(leader, dispatch_task, order=sending, rule=under, now=NOW)).task
    share = await share_of(admin, task, nan.village)
    secretary = nan.scope("village_secretary")
    await do(secretary, acknowledge_assignment, assignment=share, now=NOW)
    await do(secretary, submit_assignment, assignment=share, text="办好了", now=NOW)
    now_in_force = ScoreRule(excellent=Decimal("2.0"), early_bonus=Decimal("0.9")) if kept else own
    row = await do(
        leader, accept_submission, assignment=share, grade="excellent", rule=now_in_force, now=NOW
    )
    assert (row["timeliness"], row["score"]) == (Decimal("1.1"), Decimal("5.49"))


async def test_last_acceptance_closes_a_named_task(world: World, admin: asyncpg.Connection) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    task = (await sent(nan)).task
    for region, role in ((nan.village, "village_secretary"), (nan.code + SECOND_VILLAGE, "second_village")):
        assert (await row_of(admin, "task", task))["state"] == "active"
        share = await share_of(admin, task, region)
        await admin.execute("UPDATE assignment SET state = 'in_hand' WHERE id = $1", share)
        await do(nan.scope(role), submit_assignment, assignment=share, text="办好了", now=NOW)
        await accept(leader, share)
    row = await row_of(admin, "task", task)
    assert (row["state"], row["finished"], row["ended_at"]) == ("closed", 2, NOW)
    with pytest.raises(Conflict, match="已经结束"):
        await do(leader, withdraw_task, task=task, reason="不办了", now=NOW)


async def test_open_task_closes_when_every_place_is_finished(world: World, admin: asyncpg.Connection) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    task = (await opened(nan, places=2)).task
    states = []
    for role in ("village_secretary", "second_village"):
        taken = await do(nan.scope(role), take_place, task=task, now=NOW)
        await do(nan.scope(role), submit_assignment, assignment=taken.assignment, text="办好了", now=NOW)
        await accept(leader, taken.assignment)
        states.append((await row_of(admin, "task", task))["state"])
    assert states == ["active", "closed"]


async def test_result_is_accepted_once_by_two_at_once(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    task, share = await submitted(admin, nan)
    scopes = [nan.scope(role) for role in ("township_leader", "township_staff")]
    results = await asyncio.gather(*(accept(scope, share) for scope in scopes * 2), return_exceptions=True)
    assert sorted(type(r).__name__ for r in results) == ["Conflict", "Conflict", "Conflict", "Record"]
    assert len(await lines_of(admin, share)) == 1
    assert (await row_of(admin, "task", task))["finished"] == 1


async def test_accepting_and_withdrawing_at_once_do_not_block_each_other(
    world: World, admin: asyncpg.Connection
) -> None:
    leader = world.nan.scope("township_leader")
    for _ in range(10):
        task = (await sent(world.nan)).task
        share = await share_of(admin, task, world.nan.village)
        await admin.execute(
            "UPDATE assignment SET state = 'submitted', submitted_at = $2 WHERE id = $1", share, NOW
        )
        results = await asyncio.gather(
            accept(leader, share),
            do(leader, withdraw_task, task=task, reason="不办了", now=NOW),
            return_exceptions=True,
        )
        state = (await row_of(admin, "assignment", share))["state"]
        assert isinstance(results[1], int)
        assert state == ("withdrawn" if isinstance(results[0], Conflict) else "accepted")


async def test_unknown_grade_is_told(world: World, admin: asyncpg.Connection) -> None:
    _, share = await submitted(admin, world.nan)
    for grade in ("", "best"):
        with pytest.raises(Invalid) as caught:
            await accept(world.nan.scope("township_leader"), share, grade)
        assert dict(caught.value.fields) == {"grade": "请选择质量等级。"}
    assert (await row_of(admin, "assignment", share))["state"] == "submitted"


@pytest.mark.parametrize(
    ("county", "role", "error"),
    [
        ("nan", "village_secretary", Forbidden),
        ("nan", "county_department", NotFound),
        ("nan", "county_administrator", Forbidden),
        ("zhu", "township_leader", NotFound),
    ],
)
async def test_only_the_sender_judges(
    world: World, admin: asyncpg.Connection, county: str, role: str, error: type[Exception]
) -> None:
    _, share = await submitted(admin, world.nan)
    scope = getattr(world, county).scope(role)
    with pytest.raises(error):
        await accept(scope, share)
    with pytest.raises(error):
        await do(scope, return_submission, assignment=share, reason="重做", now=NOW)
    assert (await row_of(admin, "assignment", share))["state"] == "submitted"


async def test_result_that_was_not_handed_in_is_not_judged(world: World, admin: asyncpg.Connection) -> None:
    leader = world.nan.scope("township_leader")
    _, share = await in_hand(admin, world.nan)
    with pytest.raises(Conflict):
        await accept(leader, share)
    with pytest.raises(Conflict):
        await do(leader, return_submission, assignment=share, reason="重做", now=NOW)
    assert await lines_of(admin, share) == []


async def test_return_needs_a_reason_and_keeps_it(world: World, admin: asyncpg.Connection) -> None:
    leader = world.nan.scope("township_leader")
    _, share = await submitted(admin, world.nan)
    with pytest.raises(Invalid) as caught:
        await do(leader, return_submission, assignment=share, reason=" ", now=NOW)
    assert set(caught.value.fields) == {"reason"}
    row = await do(leader, return_submission, assignment=share, reason=" 缺一处 ", now=NOW)
    assert (row["state"], row["return_reason"], row["returned_at"]) == ("returned", "缺一处", NOW)
    assert await events_of(admin, share) == ["acknowledged", "submitted", "returned"]


async def test_points_are_taken_back_by_a_line_of_the_other_sign(
    world: World, admin: asyncpg.Connection
) -> None:
    nan, leader = world.nan, world.nan.scope("township_leader")
    before = await points_of(admin, nan.village)
    task, share = await accepted(admin, nan, grade="excellent")
    with pytest.raises(Invalid):
        await do(leader, reverse_score, assignment=share, reason=" ", now=NOW)
    next_month = NOW + timedelta(days=20)
    await do(leader, reverse_score, assignment=share, reason="照片不实", now=next_month)
    earned, back = await lines_of(admin, share)
    assert (back["points"], back["reverses"], back["reason"]) == (-earned["points"], earned["id"], "照片不实")
    assert (back["period"], back["at"]) == (earned["period"], next_month)
    assert await points_of(admin, nan.village) == before
    row = await row_of(admin, "assignment", share)
    assert (row["state"], row["score"], row["quality"]) == ("accepted", 0, "excellent")
    assert (await row_of(admin, "task", task))["finished"] == 1
    with pytest.raises(Conflict, match="没有可以冲销的得分"):
        await do(leader, reverse_score, assignment=share, reason="再来", now=NOW)


async def test_points_are_taken_back_once_by_two_at_once(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    before = await points_of(admin, nan.village)
    _, share = await accepted(admin, nan)
    scopes = [nan.scope(role) for role in ("township_leader", "township_staff")]
    results = await asyncio.gather(
        *(do(s, reverse_score, assignment=share, reason="不实", now=NOW) for s in scopes),
        return_exceptions=True,
    )
    assert sorted(type(r).__name__ for r in results) == ["Conflict", "NoneType"]
    assert await points_of(admin, nan.village) == before


async def test_open_share_has_no_points_to_take_back(world: World, admin: asyncpg.Connection) -> None:
    _, share = await submitted(admin, world.nan)
    with pytest.raises(Conflict):
        await do(world.nan.scope("township_leader"), reverse_score, assignment=share, reason="不实", now=NOW)


async def test_total_is_the_sum_of_the_ledger_for_every_region_and_month(
    world: World, admin: asyncpg.Connection
) -> None:
    leader = world.zhu.scope("township_leader")
    for number, grade in enumerate(("excellent", "good", "fair", "poor")):
        _, share = await submitted(admin, world.zhu)
        await do(
            leader,
            accept_submission,
            assignment=share,
            grade=grade,
            rule=RULE,
            now=NOW + timedelta(days=20 * number),
        )
    rows = await admin.fetch(
        "SELECT county, region, period, sum(points) AS points, count(*) AS lines FROM ledger_line"
        " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    totals = await admin.fetch(
        "SELECT county, region, period, points, lines FROM score_total ORDER BY county, region, period"
    )
    assert [tuple(row) for row in totals] == [tuple(row) for row in rows]
    assert len({row["period"] for row in rows}) >= 3

"""Who should attend is compared with the meetings before: what is lower without a reason comes back, and the reason is kept."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core.contracts.warnings import Hit, Look
from core.decisions.actions.ending import withdraw_decision
from core.decisions.actions.meetings import FewerShould, record_step
from core.decisions.attendance import Earlier, fewer_than, measure_of
from core.decisions.procedures import Meeting
from core.decisions.queries import _EARLIER
from core.decisions.rules import AREA, Count
from core.decisions.supervision import DecisionRule, stuck_decisions
from core.kernel.clock import local
from core.kernel.database import execute, fetch, transaction
from core.kernel.ids import new_id
from core.kernel.scope import Scope, system_scope
from core.tenancy.settings import set_values
from tests.core.decisions.steps import begun, do, held, papers, seen
from tests.factories.world import NOW, World

DAY = timedelta(days=1)
TODAY = local(NOW).date()
REPRESENTATIVES = Meeting.of({"body": "representatives", "quorum": ">=2/3 should", "majority": ">1/2 came"})
PARTY = Meeting.of({"body": "party_members", "quorum": ">=2/3 should", "majority": ">=1/2 should"})
COMMITTEES = Meeting.of({"body": "committees", "majority": ">1/2 came"})


def earlier(should: int, days_ago: int, *, confirmed: bool = False) -> Earlier:
    return Earlier(new_id(), new_id(), "修路", TODAY - days_ago * DAY, should, confirmed=confirmed)


@pytest.mark.parametrize(
    ("meeting", "count", "before", "percent", "expected"),
    [
        (REPRESENTATIVES, Count(45, 40, 38), 45, 2, None),
        (REPRESENTATIVES, Count(60, 40, 38), 45, 2, None),  # more than before never hides anything
        (REPRESENTATIVES, Count(44, 30, 29), 45, 2, ()),  # 30 either way: no vote changes
        (REPRESENTATIVES, Count(42, 40, 38), 45, 2, ("quorum",)),  # 28 instead of 30
        (REPRESENTATIVES, Count(42, 28, 27), 45, 2, ("quorum", "short")),
        (REPRESENTATIVES, Count(42, 28, 27), 45, 10, None),  # the county lets so much pass
        (REPRESENTATIVES, Count(1180, 900, 800), 1200, 2, None),
        (PARTY, Count(30, 25, 15), 38, 2, ("quorum", "majority", "short")),
        (COMMITTEES, Count(3, 3, 3), 7, 2, None),  # counted of those who came alone
    ],
)
def test_lower_numbers_matter_where_they_change_what_a_vote_takes(
    meeting: Meeting, count: Count, before: int, percent: int, expected: tuple[str, ...] | None
) -> None:
    found = fewer_than(count, earlier(before, 30), quorum=meeting.quorum, majority=meeting.majority, percent=percent)
    if not expected:
        assert found is None
        return
    assert found is not None
    assert (found.needs_fewer_to_come, found.needs_fewer_to_agree) == ("quorum" in expected, "majority" in expected)
    assert bool(found.short) == ("short" in expected)


def test_measure_is_the_largest_since_one_that_was_confirmed() -> None:
    assert measure_of([]) is None
    for meetings, expected in (
        ([earlier(45, 10), earlier(60, 100)], 60),  # falling by small steps is measured from the top
        ([earlier(45, 10, confirmed=True), earlier(60, 100)], 45),
        ([earlier(43, 5), earlier(45, 10, confirmed=True), earlier(60, 100)], 45),
    ):
        found = measure_of(meetings)
        assert found is not None
        assert found.should == expected


async def consulting(admin: asyncpg.Connection, scope: Scope, *, now: datetime = NOW, **changes: Any) -> UUID:
    """Bring a decision to the meeting of both committees, with its papers."""
    made = await begun(scope, now=now, **changes)
    await do(scope, record_step, decision=made, held=held(local(now).date()), now=now)
    await papers(admin, scope, made, photos=0)
    return made


async def meet(scope: Scope, decision: UUID, count: Count, *, now: datetime = NOW, **changes: Any) -> Any:
    return await do(scope, record_step, decision=decision, held=held(local(now).date(), count=count, **changes), now=now)


async def lines(admin: asyncpg.Connection, decision: UUID) -> list[Any]:
    return await admin.fetch("SELECT data FROM audit_line WHERE subject_id = $1 AND action = 'decision.fewer'", decision)


async def test_lower_number_comes_back_and_is_kept_with_its_reason(admin: asyncpg.Connection, world: World) -> None:
    scope = world.nan.scope("village_secretary")
    before = await consulting(admin, scope, title="修机耕路")
    await meet(scope, before, Count(45, 40, 38))
    made = await consulting(admin, scope)
    with pytest.raises(FewerShould) as told:
        await meet(scope, made, Count(30, 20, 20))
    assert told.value.fields["should"] == (
        "2026-11-23 开会时应到 45 人，这次写的是 30 人，少了 15 人，最少到会人数因此降低。"
    )
    assert [str(each) for each in told.value.fewer.would_be] == ["按应到 45 人算，至少要 23 人到会，实到 20 人，还差 3 人。"]
    assert (await seen(scope, made)).record["should"] is None  # nothing was written
    for reason in (" ", "x" * 501):
        with pytest.raises(FewerShould):
            await meet(scope, made, Count(30, 20, 20), fewer_reason=reason)
    await meet(scope, made, Count(30, 20, 20), now=NOW + timedelta(hours=1), fewer_reason="十五人迁出，电话13812345678")
    record = next(each for each in (await seen(scope, made)).records if each["should"] == 30)
    assert record["fewer_reason"] == "十五人迁出，电话138****5678"
    assert (record["fewer"]["before"], record["fewer"]["title"]) == (45, "修机耕路")
    (line,) = await lines(admin, made)
    assert "十五人迁出" in line["data"]
    assert "13812345678" not in line["data"]
    after = await consulting(admin, scope)
    await meet(scope, after, Count(30, 20, 20), now=NOW + timedelta(hours=2))  # the number that was confirmed is the measure now
    assert await lines(admin, after) == []


async def test_only_the_same_body_of_the_same_village_in_the_countys_months_counts(admin: asyncpg.Connection, world: World) -> None:
    zhu = world.zhu
    scope, other = zhu.scope("village_secretary"), zhu.scope("second_village")
    long_ago = NOW - 800 * DAY
    await meet(scope, await consulting(admin, scope, now=long_ago), Count(45, 40, 38), now=long_ago)
    await meet(other, await consulting(admin, other), Count(99, 90, 90))
    await meet(scope, await consulting(admin, scope, now=NOW), Count(30, 20, 20))
    boss = zhu.scope("county_administrator")
    await do(boss, set_values, area=AREA, values={"compare_months": 36}, valid_from=NOW + DAY, reason="换届后再比")
    later = NOW + 2 * DAY
    made = await consulting(admin, scope, now=later)
    with pytest.raises(FewerShould, match="应到人数"):
        await meet(scope, made, Count(30, 20, 20), now=later)
    failing = await meet(scope, made, Count(7, 3, 3), now=later, as_failed=True)
    assert failing["state"] == "failed"  # it gained nothing by the number


async def test_vote_that_passed_by_a_lower_number_alone_is_put_to_supervision(admin: asyncpg.Connection, world: World) -> None:
    scope, nan = world.nan.scope("second_village"), world.nan
    before = await consulting(admin, scope, title="修桥")
    await meet(scope, before, Count(45, 40, 38))
    harmless = await consulting(admin, scope)
    await meet(scope, harmless, Count(40, 40, 38), now=NOW + timedelta(hours=1), fewer_reason="五人迁出")  # it would have passed by 45 as well
    made = await consulting(admin, scope, title="卖旧房")
    await meet(scope, made, Count(30, 20, 20), now=NOW + timedelta(hours=2), fewer_reason="十人不算了")
    record = next(each for each in (await seen(scope, made)).records if each["should"] == 30)
    found = [hit for hit in await looked(nan.code) if hit.key.startswith("fewer:") and hit.region == scope.region]
    assert [(hit.key, str(hit.severity)) for hit in found] == [(f"fewer:{record['id']}", "orange")]
    (hit,) = found
    told = hit.text % hit.data
    assert "“卖旧房”" in told
    assert "按应到 30 人通过，2026-11-23 开会时应到 40 人；按以前的人数要 21 人到会，实到 20 人" in told
    assert [(row.title, row.link) for row in hit.basis] == [("卖旧房", f"/decisions/{made}"), ("修建村口停车场", f"/decisions/{harmless}")]
    assert len(hit.concerns) == len(set(hit.concerns))
    await do(scope, withdraw_decision, decision=made, reason="写错了")
    assert not [hit for hit in await looked(nan.code) if hit.key == f"fewer:{record['id']}"]


async def looked(county: str) -> tuple[Hit, ...]:
    scope, ends = system_scope(county), NOW + DAY
    async with transaction(scope):
        return (await stuck_decisions(scope, Look(county, county, ends - 366 * DAY, ends, DecisionRule()))).hits


async def test_meetings_before_are_found_by_an_index(admin: asyncpg.Connection, world: World) -> None:
    scope = world.zhu.scope("village_secretary")
    async with transaction(scope):
        await execute(scope, "SELECT set_config('enable_seqscan', 'off', true) WHERE $1 < $2")
        plan = await fetch(scope, f"EXPLAIN {_EARLIER}", scope.region, "committees", TODAY - 700 * DAY, TODAY, "four_step")
    words = "\n".join(row[0] for row in plan)
    assert "decision_record_held" in words, words
    assert admin is not None

"""The closed loop on the database: from the hint to the end, and who may see and do what."""

from datetime import timedelta
from decimal import Decimal

import asyncpg
import pytest

from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.supervision import actions as a
from core.supervision.queries import Narrowed, precision_of_models, put_to_me, warning_row, warnings_in
from tests.core.supervision.steps import LATE, evidence, inspector, looked, raised, to_lead
from tests.factories.world import World, add_post

DAY = timedelta(days=1)


async def test_a_warning_goes_from_the_hint_to_its_end(world: World, admin: asyncpg.Connection) -> None:
    handler, secretary = world.nan.scope("county_inspector"), world.nan.scope("village_secretary")
    warning = await raised(admin, world.nan, at=LATE + 20 * DAY)
    assert (await admin.fetchval("SELECT severity FROM warning WHERE id = $1", warning)) == "red"
    await to_lead(handler, secretary, warning)
    async with transaction(secretary):
        with pytest.raises(Invalid) as error:
            await a.correct_warning(secretary, warning=warning, text="已经办结。", now=LATE)
    assert set(error.value.fields) == {"papers"}
    await evidence(admin, secretary, warning)
    async with transaction(secretary):
        await a.correct_warning(secretary, warning=warning, text="已经办结，照片在派发件里。", now=LATE)
    async with transaction(handler):
        await a.return_correction(handler, warning=warning, reason="照片不清楚", now=LATE)
    async with transaction(secretary):
        await a.correct_warning(secretary, warning=warning, text="已补照片。", now=LATE)
    assert (await admin.fetchval("SELECT severity FROM warning WHERE id = $1", warning)) == "red"
    async with transaction(handler):
        await a.verify_correction(handler, warning=warning, text="到现场看过。", now=LATE)
    row = await admin.fetchrow("SELECT state, severity FROM warning WHERE id = $1", warning)
    assert tuple(row) == ("verified", "yellow")
    async with transaction(handler):
        await a.close_warning(handler, warning=warning, recovered=Decimal("1200.50"), rule_change="修订派工办法", now=LATE)
        judged = await precision_of_models(handler)
    row = await admin.fetchrow("SELECT state, recovered, rule_change FROM warning WHERE id = $1", warning)
    assert tuple(row) == ("closed", Decimal("1200.50"), "修订派工办法")
    assert judged["overdue_task"].lead == 1
    kinds = [r["kind"] for r in await admin.fetch("SELECT kind FROM warning_event WHERE warning_id = $1 ORDER BY id", warning)]
    assert kinds == [
        "raised", "taken", "asked", "stated", "judged", "corrected", "returned", "corrected", "verified", "closed",
    ]  # fmt: skip


async def test_the_person_concerned_sees_it_only_when_it_is_put_to_him(world: World, admin: asyncpg.Connection) -> None:
    handler, secretary = world.nan.scope("county_inspector"), world.nan.scope("village_secretary")
    warning = await raised(admin, world.nan)
    async with transaction(secretary):
        with pytest.raises(NotFound):
            await warning_row(secretary, warning)
    async with transaction(handler):
        await a.take_warning(handler, warning=warning, now=LATE)
    async with transaction(secretary):
        assert warning not in [row["id"] for row in await put_to_me(secretary)]
    async with transaction(secretary):
        with pytest.raises(NotFound):
            await a.state_case(secretary, warning=warning, text="我先说。", now=LATE)
    async with transaction(handler):
        await a.ask_person(handler, warning=warning, text="请说明。", person=None, now=LATE)
    async with transaction(secretary):
        assert warning in [row["id"] for row in await put_to_me(secretary)]
        assert (await warning_row(secretary, warning))["about_me"]
    other = world.nan.scope("village_cadre")
    async with transaction(other):
        with pytest.raises(NotFound):
            await warning_row(other, warning)


async def test_nobody_handles_a_matter_about_himself(world: World, admin: asyncpg.Connection) -> None:
    warning = await raised(admin, world.nan)
    own = await inspector(admin, world)
    await admin.execute(
        "INSERT INTO warning_concern (county, id, region, warning_id, person_id, name) SELECT county, gen_random_uuid(), region, id, $2, '张三'"
        " FROM warning WHERE id = $1", warning, own.person,
    )  # fmt: skip
    async with transaction(own):
        rows, _ = await warnings_in(own, Narrowed(show="all"), now=LATE)
        assert warning not in [row["id"] for row in rows]
    async with transaction(own):
        with pytest.raises(NotFound):
            await a.take_warning(own, warning=warning, now=LATE)
    handler = world.nan.scope("county_inspector")
    async with transaction(handler):
        await a.take_warning(handler, warning=warning, now=LATE)
        await a.ask_person(handler, warning=warning, text="请说明。", person=None, now=LATE)
    deeds = (
        lambda: a.judge_warning(own, warning=warning, way="judge_no_action", text="没有事。", now=LATE + 9 * DAY),
        lambda: a.verify_correction(own, warning=warning, text="好了。", now=LATE),
        lambda: a.close_warning(own, warning=warning, recovered=None, rule_change="", now=LATE),
    )
    for deed in deeds:
        async with transaction(own):
            with pytest.raises(Forbidden, match="涉及您本人"):
                await deed()


async def test_an_appeal_is_decided_by_somebody_else(world: World, admin: asyncpg.Connection) -> None:
    handler, secretary = world.nan.scope("county_inspector"), world.nan.scope("village_secretary")
    warning = await raised(admin, world.nan)
    await to_lead(handler, secretary, warning)
    async with transaction(secretary):
        await a.appeal_verdict(secretary, warning=warning, reason="材料已经交过。", now=LATE)
    async with transaction(handler):
        with pytest.raises(Forbidden):
            await a.decide_appeal(handler, warning=warning, upheld=False, reason="不成立", now=LATE)
    other = await inspector(admin, world)
    async with transaction(other):
        await a.decide_appeal(other, warning=warning, upheld=True, reason="材料确实交过。", now=LATE)
    row = await admin.fetchrow("SELECT state, verdict FROM warning WHERE id = $1", warning)
    assert tuple(row) == ("taken", "")


async def test_an_appeal_goes_to_the_level_of_the_verdict_or_above_and_never_below(world: World, admin: asyncpg.Connection) -> None:
    station, secretary = world.nan.scope("supervision_committee"), world.nan.scope("village_secretary")
    township = (await add_post(admin, county=world.nan, role="township_inspector", region=world.nan.township)).scope
    beside = (await add_post(admin, county=world.nan, role="supervision_committee", region=world.nan.village)).scope
    county = world.nan.scope("county_inspector")
    for judge, who, others in ((township, (county,), (station, township, county)), (station, (beside, township, county), (station, beside, township, county))):
        for other in others:
            warning = await raised(admin, world.nan)
            await to_lead(judge, secretary, warning)
            async with transaction(secretary):
                await a.appeal_verdict(secretary, warning=warning, reason="材料已经交过。", now=LATE)
            async with transaction(other):
                row = await warning_row(other, warning)
                drawn = {"uphold", "reject"} & a.ways_of(other, row, concerned=False, appeals_most=1)
            assert bool(drawn) == (other in who)
            async with transaction(other):
                if other in who:
                    await a.decide_appeal(other, warning=warning, upheld=False, reason="有据可查", now=LATE)
                else:
                    with pytest.raises(Forbidden):
                        await a.decide_appeal(other, warning=warning, upheld=True, reason="成立", now=LATE)


async def test_a_verdict_is_appealed_once_and_its_term_goes_on_with_what_was_left(world: World, admin: asyncpg.Connection) -> None:
    handler, secretary, other = world.nan.scope("county_inspector"), world.nan.scope("village_secretary"), await inspector(admin, world)
    warning = await raised(admin, world.nan)
    await to_lead(handler, secretary, warning)
    end = LATE + 15 * DAY
    assert (await admin.fetchval("SELECT due_at FROM warning WHERE id = $1", warning)) == end
    async with transaction(secretary):
        await a.appeal_verdict(secretary, warning=warning, reason="材料已经交过。", now=LATE + 4 * DAY)
    async with transaction(other):
        await a.decide_appeal(other, warning=warning, upheld=False, reason="有据可查", now=LATE + 7 * DAY)
    assert (await admin.fetchval("SELECT due_at FROM warning WHERE id = $1", warning)) == end + 3 * DAY
    async with transaction(secretary):
        assert "appeal" not in a.ways_of(secretary, await warning_row(secretary, warning), concerned=True, appeals_most=1)
        assert "appeal" in a.ways_of(secretary, await warning_row(secretary, warning), concerned=True, appeals_most=2)
    async with transaction(secretary):
        with pytest.raises(Conflict, match="已经申诉过"):
            await a.appeal_verdict(secretary, warning=warning, reason="再申诉。", now=LATE + 8 * DAY)
    await evidence(admin, secretary, warning)
    async with transaction(secretary):
        await a.correct_warning(secretary, warning=warning, text="补了一半。", now=LATE + 8 * DAY)
    async with transaction(handler):
        await a.return_correction(handler, warning=warning, reason="还有一半", now=LATE + 10 * DAY)
    assert (await admin.fetchval("SELECT due_at FROM warning WHERE id = $1", warning)) == end + 5 * DAY


async def test_a_new_verdict_has_its_own_term_and_its_own_appeal(world: World, admin: asyncpg.Connection) -> None:
    handler, secretary, other = world.nan.scope("county_inspector"), world.nan.scope("village_secretary"), await inspector(admin, world)
    warning = await raised(admin, world.nan)
    await to_lead(handler, secretary, warning)
    for days in (4, 12):
        async with transaction(secretary):
            await a.appeal_verdict(secretary, warning=warning, reason="有误", now=LATE + days * DAY)
        async with transaction(other):
            await a.decide_appeal(other, warning=warning, upheld=True, reason="要再核查", now=LATE + days * DAY)
        async with transaction(handler):
            await a.judge_warning(handler, warning=warning, way="judge_lead", text="查过，属实", now=LATE + (days + 1) * DAY)
        assert (await admin.fetchval("SELECT due_at FROM warning WHERE id = $1", warning)) == LATE + (days + 16) * DAY


async def test_whom_it_is_about_is_heard_before_a_lead(world: World, admin: asyncpg.Connection) -> None:
    handler = world.nan.scope("county_inspector")
    warning = await raised(admin, world.nan)
    async with transaction(handler):
        await a.take_warning(handler, warning=warning, now=LATE)
    async with transaction(handler):
        with pytest.raises(Conflict, match="先请当事人说明"):
            await a.judge_warning(handler, warning=warning, way="judge_lead", text="属实", now=LATE)
    async with transaction(handler):
        await a.ask_person(handler, warning=warning, text="请说明。", person=None, now=LATE)
    async with transaction(handler):
        with pytest.raises(Conflict, match="期限还没有到"):
            await a.judge_warning(handler, warning=warning, way="judge_lead", text="属实", now=LATE + DAY)
    async with transaction(handler):
        await a.judge_warning(handler, warning=warning, way="judge_lead", text="没有说明，属实", now=LATE + 4 * DAY)


async def test_snoozing_needs_a_reason_and_an_end_and_red_waits_for_nobody(world: World, admin: asyncpg.Connection) -> None:
    handler = world.nan.scope("county_inspector")
    warning = await raised(admin, world.nan)
    for until, reason in ((LATE + 5 * DAY, " "), (LATE - DAY, "等材料"), (LATE + 200 * DAY, "等材料")):
        async with transaction(handler):
            with pytest.raises(Invalid):
                await a.snooze_warning(handler, warning=warning, until=until, reason=reason, now=LATE)
    async with transaction(handler):
        await a.snooze_warning(handler, warning=warning, until=LATE + 5 * DAY, reason="等材料", now=LATE)
        before, _ = await warnings_in(handler, Narrowed(), now=LATE)
        after, _ = await warnings_in(handler, Narrowed(), now=LATE + 6 * DAY)
    assert warning not in [row["id"] for row in before]
    assert warning in [row["id"] for row in after]
    await looked(world.nan, at=LATE + 20 * DAY)
    async with transaction(handler):
        with pytest.raises(Conflict, match="红色"):
            await a.snooze_warning(handler, warning=warning, until=LATE + 22 * DAY, reason="等材料", now=LATE + 20 * DAY)


async def test_a_station_handles_its_village_and_the_neighbour_sees_nothing(world: World, admin: asyncpg.Connection) -> None:
    warning = await raised(admin, world.nan)
    station = world.nan.scope("supervision_committee")
    neighbour = (
        await add_post(admin, county=world.nan, role="supervision_committee", region=f"{world.nan.code}101202")
    ).scope
    async with transaction(neighbour):
        with pytest.raises(NotFound):
            await a.take_warning(neighbour, warning=warning, now=LATE)
    async with transaction(station):
        await a.take_warning(station, warning=warning, now=LATE)
    clerk = world.nan.scope("bookkeeper")
    async with transaction(clerk):
        with pytest.raises(Forbidden):
            await a.take_warning(clerk, warning=warning, now=LATE)

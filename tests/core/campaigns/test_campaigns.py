"""Rectification campaigns on the database: opened for villages, reported with evidence, checked, closed with what came of it."""

import asyncio
import json
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core.campaigns import actions as a
from core.campaigns.queries import (
    campaign_row,
    campaigns_in,
    changes_of,
    months_of,
    one_campaign,
    shares_here,
)
from core.campaigns.reactions import on_reported
from core.campaigns.reminding import REMIND, on_remind
from core.campaigns.rules import Plan, Report
from core.kernel.clock import SHANGHAI, local
from core.kernel.database import transaction, trips
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import Scope, system_scope
from core.tenancy.settings import area_named, set_values
from tests.core.seals.steps import paper
from tests.factories.world import NOW, SECOND_VILLAGE, County, World, add_post

DAY = timedelta(days=1)
PLAN = Plan("村级用章专项整改", "查今年每一次用章有没有申请和批准。", "seals", NOW + 30 * DAY, "seal_without_approval")
GOOD = Report("查了 40 次用章，2 次没有申请，已补登记。", 2, 2, Decimal("300.00"))


async def opened(county: County, *, role: str = "county_inspector", villages: tuple[str, ...] = (), plan: Plan = PLAN) -> UUID:
    scope = county.scope(role)
    async with transaction(scope):
        return await a.open_campaign(scope, plan=plan, villages=villages or (county.village, county.code + SECOND_VILLAGE), now=NOW)


async def share_of(admin: asyncpg.Connection, campaign: UUID, region: str) -> UUID:
    found: UUID = await admin.fetchval("SELECT id FROM campaign_share WHERE campaign_id = $1 AND region = $2", campaign, region)
    return found


async def reported(admin: asyncpg.Connection, scope: Scope, share: UUID, report: Report = GOOD) -> None:
    await paper(admin, scope, share, purpose="campaign_evidence")
    async with transaction(scope):
        await a.report_share(scope, share=share, report=report, now=NOW + DAY)


async def test_a_campaign_goes_from_its_opening_to_the_changed_rule(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    handler, secretary = nan.scope("county_inspector"), nan.scope("village_secretary")
    campaign = await opened(nan)
    first, second = await share_of(admin, campaign, nan.village), await share_of(admin, campaign, nan.code + SECOND_VILLAGE)
    async with transaction(secretary):
        assert first in [row["id"] for row in await shares_here(secretary)]
        with pytest.raises(Invalid) as error:
            await a.report_share(secretary, share=first, report=GOOD, now=NOW)
    assert set(error.value.fields) == {"evidence"}
    await reported(admin, secretary, first)
    async with transaction(handler):
        with pytest.raises(Conflict, match="没有审核"):
            await a.close_campaign(handler, campaign=campaign, outcome="查完", rule_change="", now=NOW + DAY)
    async with transaction(handler):
        await a.return_share(handler, share=first, reason="缺登记簿照片", now=NOW + DAY)
    await reported(admin, secretary, first)
    async with transaction(secretary):
        again = next(row for row in await shares_here(secretary) if row["id"] == first)
    assert (again["checked_at"], again["checked_name"]) == (None, "")  # nobody looked at this report yet
    async with transaction(handler):
        await a.accept_share(handler, share=first, now=NOW + 2 * DAY)
        row = await campaign_row(handler, campaign)
        assert (row["villages"], row["accepted"], row["sent"], row["found"], row["recovered"]) == (2, 1, 1, 2, Decimal("300.00"))
        with pytest.raises(Invalid):
            await a.close_campaign(handler, campaign=campaign, outcome=" ", rule_change="", now=NOW + 2 * DAY)
        await a.close_campaign(handler, campaign=campaign, outcome="查出 2 次，都已补办。", rule_change="修订用章办法", now=NOW + 2 * DAY)
        assert [each["rule_change"] for each in await changes_of(handler)] == ["修订用章办法"]
        month = next(each for each in await months_of(handler, since=NOW - DAY) if each["month"] == "2026-11")
        assert (month["closed"], month["found"], month["fixed"], month["recovered"]) == (1, 2, 2, Decimal("300.00"))
    assert await admin.fetchval("SELECT state FROM campaign_share WHERE id = $1", second) == "missed"
    told = await admin.fetch("SELECT DISTINCT kind FROM notice WHERE link = $1 ORDER BY kind", f"/campaigns/shares/{first}")
    assert [row["kind"] for row in told] == ["campaign_closed", "campaign_opened", "campaign_returned"]
    late = nan.scope("second_village")
    await paper(admin, late, second, purpose="campaign_evidence")
    async with transaction(late):
        with pytest.raises(Conflict):
            await a.report_share(late, share=second, report=GOOD, now=NOW + 3 * DAY)


async def test_a_report_that_comes_in_while_it_is_closed_is_checked_first(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    handler, secretary = nan.scope("county_inspector"), nan.scope("village_secretary")
    campaign = await opened(nan)
    share, handed_in = await share_of(admin, campaign, nan.village), asyncio.Event()
    await paper(admin, secretary, share, purpose="campaign_evidence")

    async def report() -> None:
        async with transaction(secretary):
            await a.report_share(secretary, share=share, report=GOOD, now=NOW + DAY)
            handed_in.set()
            await asyncio.sleep(0.5)

    async def close() -> None:
        await handed_in.wait()
        async with transaction(handler):
            await a.close_campaign(handler, campaign=campaign, outcome="查完", rule_change="", now=NOW + DAY)

    _, closed = await asyncio.gather(report(), close(), return_exceptions=True)
    assert isinstance(closed, Conflict)
    assert await admin.fetchval("SELECT state FROM campaign WHERE id = $1", campaign) == "open"
    states = await admin.fetch("SELECT state FROM campaign_share WHERE campaign_id = $1 ORDER BY region", campaign)
    assert sorted(row["state"] for row in states) == ["reported", "sent"]


async def test_what_is_wrong_is_named_field_by_field(world: World) -> None:
    scope = world.nan.scope("county_inspector")
    async with transaction(scope):
        with pytest.raises(Invalid) as error:
            await a.open_campaign(scope, plan=Plan(" ", "", "x", NOW), villages=[world.nan.village], now=NOW)
        assert set(error.value.fields) == {"title", "text", "domain", "due_at"}
        with pytest.raises(Invalid) as error:
            await a.open_campaign(scope, plan=PLAN, villages=[], now=NOW)
        assert set(error.value.fields) == {"regions"}
    share, secretary = None, world.nan.scope("village_secretary")
    await opened(world.nan)
    async with transaction(secretary):
        share = (await shares_here(secretary))[0]["id"]
        with pytest.raises(Invalid) as error:
            await a.report_share(secretary, share=share, report=Report("", 1, 2, Decimal(-1)), now=NOW)
    assert set(error.value.fields) == {"text", "fixed", "recovered"}


async def test_places_outside_are_not_found_and_a_village_opens_none(world: World) -> None:
    nan, zhu = world.nan, world.zhu
    inspector, leader, secretary = nan.scope("county_inspector"), nan.scope("township_leader"), nan.scope("village_secretary")
    for scope, villages in ((inspector, [zhu.village]), (inspector, [nan.township]), (leader, [f"{nan.code}999201"]), (inspector, [f"{nan.code}101999"])):
        async with transaction(scope):
            with pytest.raises(NotFound):
                await a.open_campaign(scope, plan=PLAN, villages=villages, now=NOW)
    async with transaction(secretary):
        with pytest.raises(Forbidden):
            await a.open_campaign(secretary, plan=PLAN, villages=[nan.village], now=NOW)


async def test_only_who_opened_it_checks_and_closes_and_only_the_village_reports(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    inspector, leader = nan.scope("county_inspector"), nan.scope("township_leader")
    above, here = await opened(nan), await opened(nan, role="township_leader")
    share, own = await share_of(admin, above, nan.village), await share_of(admin, here, nan.village)
    secretary, second = nan.scope("village_secretary"), nan.scope("second_village")
    for made in (share, own):
        await reported(admin, secretary, made)
        async with transaction(second):
            with pytest.raises(NotFound):
                await a.report_share(second, share=made, report=GOOD, now=NOW)
    async with transaction(leader):
        with pytest.raises(NotFound):
            await a.accept_share(leader, share=share, now=NOW)
        given = await one_campaign(leader, above)
        assert (given.whole, len(given.shares)) == (False, 2)
        own_rows, given_rows = await campaigns_in(leader)
        assert here in [row["id"] for row in own_rows]
        assert above in [row["id"] for row in given_rows]
        assert a.ways_of(leader, given.shares[0], opened_at="") == set()
    async with transaction(inspector):
        with pytest.raises(Forbidden, match="发起这次整改"):
            await a.accept_share(inspector, share=own, now=NOW)
        with pytest.raises(Forbidden, match="发起这次整改"):
            await a.close_campaign(inspector, campaign=here, outcome="完", rule_change="", now=NOW)
    async with transaction(leader):
        await a.accept_share(leader, share=own, now=NOW)
    async with transaction(secretary):
        with pytest.raises(Forbidden):
            await a.accept_share(secretary, share=share, now=NOW)


async def test_the_other_county_sees_none_of_it(world: World, admin: asyncpg.Connection) -> None:
    campaign = await opened(world.nan)
    share = await share_of(admin, campaign, world.nan.village)
    for role in ("county_inspector", "township_leader", "village_secretary"):
        stranger = world.zhu.scope(role)
        async with transaction(stranger):
            with pytest.raises(NotFound):
                await one_campaign(stranger, campaign)
            assert share not in [row["id"] for row in await shares_here(stranger)]


async def test_whoever_opened_it_is_told_of_a_report(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    campaign = await opened(nan)
    share = await share_of(admin, campaign, nan.village)
    await reported(admin, nan.scope("village_secretary"), share)
    system = system_scope(nan.code)
    payload: dict[str, Any] = {"share": str(share)}
    async with transaction(system):
        await on_reported(system, Event(new_id(), a.REPORTED, nan.code, nan.village, payload, NOW))
    told = await admin.fetchrow("SELECT membership_id, data FROM notice WHERE kind = 'campaign_reported' AND link = $1", f"/campaigns/shares/{share}")
    assert told["membership_id"] == nan.scope("county_inspector").membership


async def reminders(admin: asyncpg.Connection, campaign: UUID) -> list[tuple[str, int]]:
    """Give the timers of a campaign that have not fired: when, and the how manieth after the day."""
    rows = await admin.fetch(
        "SELECT due_at, payload FROM timer WHERE subject_id = $1 AND fired_at IS NULL AND cancelled_at IS NULL ORDER BY due_at", campaign
    )
    return [(f"{local(row['due_at']):%m-%d %H:%M}", json.loads(row["payload"])["late"]) for row in rows]


async def fire(county: County, campaign: UUID, late: int, at: datetime) -> None:
    scope = system_scope(county.code)
    payload = {"campaign": str(campaign), "late": late}
    async with transaction(scope):
        await on_remind(scope, Event(new_id(), REMIND, county.code, county.code, payload, at))


async def told(admin: asyncpg.Connection, kind: str, since: datetime) -> list[tuple[str, str]]:
    """Give who was told: role and region."""
    rows = await admin.fetch(
        "SELECT DISTINCT m.role, m.region FROM notice n JOIN membership m ON m.id = n.membership_id WHERE n.kind = $1 AND n.created_at >= $2", kind, since
    )
    return sorted((row["role"], row["region"]) for row in rows)


async def test_villages_that_have_not_reported_are_reminded_before_and_after_the_day(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    inspector, secretary = nan.scope("county_inspector"), nan.scope("village_secretary")
    due = datetime(2026, 12, 16, 18, tzinfo=SHANGHAI)  # a Wednesday
    campaign = await opened(nan, plan=replace(PLAN, due_at=due))
    assert await reminders(admin, campaign) == [("12-11 09:00", 0), ("12-18 09:00", 1)]
    share, second = await share_of(admin, campaign, nan.village), nan.code + SECOND_VILLAGE
    before = due - 5 * DAY
    await fire(nan, campaign, 0, before)
    assert {region for _, region in await told(admin, "campaign_soon", before)} == {nan.village, second}
    await reported(admin, secretary, share)
    late = due + 2 * DAY
    await fire(nan, campaign, 1, late)
    assert {region for _, region in await told(admin, "campaign_late", late)} == {second}
    assert await told(admin, "campaign_missing", late) == [("county_inspector", nan.code)]
    assert ("12-22 09:00", 2) in await reminders(admin, campaign)
    kinds = await admin.fetch("SELECT kind FROM campaign_event WHERE subject_id = $1 ORDER BY at", share)
    assert [row["kind"] for row in kinds if row["kind"] in {"reminded", "late"}] == ["reminded"]
    await fire(nan, campaign, 3, late + 4 * DAY)
    assert not [each for each in await reminders(admin, campaign) if each[1] > 3]  # three times, by the setting
    async with transaction(inspector):
        await a.accept_share(inspector, share=share, now=late)
        await a.close_campaign(inspector, campaign=campaign, outcome="查完", rule_change="", now=late)
    assert await reminders(admin, campaign) == []
    await fire(nan, campaign, 2, late + 10 * DAY)
    assert await told(admin, "campaign_late", late + 10 * DAY) == []


async def test_a_county_may_remind_nobody(world: World, admin: asyncpg.Connection) -> None:
    zhu, boss = world.zhu, world.zhu.scope("county_administrator")
    async with transaction(boss):
        await set_values(
            boss, area_named("campaigns"), values={"remind_days": 0, "late_days": 0}, valid_from=NOW - DAY, reason="自己打电话催", now=NOW - DAY
        )
    assert await reminders(admin, await opened(zhu)) == []


async def test_a_report_reaches_somebody_where_the_post_that_opened_it_has_ended(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    gone = (await add_post(admin, county=nan, role="county_inspector", region=nan.code)).scope
    async with transaction(gone):
        campaign = await a.open_campaign(gone, plan=PLAN, villages=[nan.village], now=NOW)
    await admin.execute("UPDATE membership SET valid_to = $2 WHERE id = $1", gone.membership, NOW - DAY)
    share = await share_of(admin, campaign, nan.village)
    await reported(admin, nan.scope("village_secretary"), share)
    system = system_scope(nan.code)
    async with transaction(system):
        await on_reported(system, Event(new_id(), a.REPORTED, nan.code, nan.village, {"share": str(share)}, NOW))
    rows = await admin.fetch("SELECT n.membership_id, m.role FROM notice n JOIN membership m ON m.id = n.membership_id WHERE n.link = $1 AND n.kind = 'campaign_reported'", f"/campaigns/shares/{share}")
    assert {row["role"] for row in rows} == {"county_inspector"}
    assert nan.scope("county_inspector").membership in {row["membership_id"] for row in rows}
    assert gone.membership not in {row["membership_id"] for row in rows}


async def test_a_campaign_is_opened_in_as_many_statements_for_one_village_as_for_two(world: World) -> None:
    counts: list[int] = []
    for villages in ((world.nan.village,), (world.nan.village, world.nan.code + SECOND_VILLAGE)):
        statements: list[str] = []
        token = trips.set(statements)
        await opened(world.nan, villages=villages)
        trips.reset(token)
        counts.append(len(statements))
    assert counts[0] == counts[1] > 5

"""What a county's seals and campaigns go through: asked, decided, used, filed, entered without a request; opened, reported, closed."""

from datetime import timedelta
from uuid import UUID

import asyncpg

from core.campaigns import actions as campaigns
from core.campaigns.queries import (
    campaign_row,
    campaigns_in,
    changes_of,
    months_of,
    one_campaign,
    one_share,
    shares_here,
)
from core.campaigns.reactions import on_reported
from core.campaigns.reminding import REMIND, on_remind
from core.campaigns.rules import Plan, Report
from core.contracts.disclosure import Period
from core.kernel.database import transaction
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import system_scope
from core.seals.actions import keeping, using
from core.seals.actions.exporting import export_uses
from core.seals.actions.using import Used
from core.seals.disclosure import collect_uses
from core.seals.personal import data_of, erase
from core.seals.queries import Narrowed, events_of, keepers_at, seals_in, sums_of, use_row, uses_in
from core.seals.queries import waiting as seals_waiting
from core.seals.reactions import NIGHTLY, on_moved, on_posts
from tests.core.seals.steps import CONTRACT, PROOF, approved, asked, held_seal, paper, used
from tests.factories.world import NOW, SECOND_VILLAGE, County

DAY = timedelta(days=1)


async def stamp(admin: asyncpg.Connection, county: County) -> None:
    """Bring a use into every state, and read all that can be read."""
    secretary, cadre = county.scope("village_secretary"), county.scope("village_cadre")
    seal, old = await held_seal(county), await held_seal(county)
    filed, done = await approved(county, seal), await approved(county, seal)
    refused, taken_back, waiting = [await asked(county, seal) for _ in range(3)]
    for use in (filed, done):
        await used(admin, county, use, at=NOW)
    async with transaction(secretary):
        await using.refuse_use(secretary, use=refused, reason="材料不全", now=NOW)
        await keeping.hand_over_seal(secretary, seal=seal, keeper=county.scope("bookkeeper").person, now=NOW)
        await keeping.stop_seal(secretary, seal=old, reason="换了新章", now=NOW)
    async with transaction(cadre):
        await using.file_use(cadre, use=filed, place="档案柜", now=NOW)
        await using.withdraw_use(cadre, use=taken_back, now=NOW)
        await using.enter_use(cadre, seal=seal, asked=CONTRACT, used=Used(NOW, 3), reason="赶时间", now=NOW)
        await using.may_attach(cadre, done)
        row = await use_row(cadre, filed)
        await events_of(cadre, row)
        await keepers_at(cadre, row, now=NOW)
        await uses_in(cadre, Narrowed(search=PROOF.document), now=NOW, size=1)
        await seals_in(cadre)
        await sums_of(cadre)
        await export_uses(cadre, Narrowed(), now=NOW)
        await collect_uses(cadre, Period(county.village, county.code, "", NOW - DAY, NOW + DAY))
    async with transaction(secretary):
        await seals_waiting(secretary)
    system = system_scope(county.township, county=county.code)
    for use, state in ((waiting, "requested"), (refused, "refused")):
        payload = {"use": str(use), "state": state}
        async with transaction(system):
            await on_moved(system, Event(new_id(), "seal.moved", county.code, county.village, payload, NOW))
    async with transaction(secretary):
        await keeping.hand_over_seal(secretary, seal=seal, keeper=secretary.person, now=NOW)  # who decides is left nobody
    person, whole = cadre.person, system_scope(county.code)
    async with transaction(whole):
        await on_posts(whole, Event(new_id(), NIGHTLY, county.code, county.code, {}, NOW))
    assert person is not None
    async with transaction(whole):
        await data_of(whole, person)
        await erase(whole, person, NOW)


async def rectify(admin: asyncpg.Connection, county: County) -> None:
    """Open a campaign for two villages: one reports twice and is accepted, the other never does."""
    leader, secretary = county.scope("township_leader"), county.scope("village_secretary")
    plan = Plan("用章专项整改", "查每一次用章。", "seals", NOW + 30 * DAY)
    ended = await _opened(county, plan)
    share: UUID = await admin.fetchval(
        "SELECT id FROM campaign_share WHERE campaign_id = $1 AND region = $2", ended, county.village
    )
    for again in (True, False):
        await paper(admin, secretary, share, purpose="campaign_evidence")
        async with transaction(secretary):
            await campaigns.may_attach(secretary, share)
            await campaigns.report_share(secretary, share=share, report=Report("查过。", 1, 1), now=NOW)
        await _told(county, share)
        async with transaction(leader):
            if again:
                await campaigns.return_share(leader, share=share, reason="缺照片", now=NOW)
            else:
                await campaigns.accept_share(leader, share=share, now=NOW)
    async with transaction(leader):
        await campaigns.close_campaign(leader, campaign=ended, outcome="改了 1 个。", rule_change="修订用章办法", now=NOW)
    running = await _opened(county, plan)
    await _reminded(admin, county, running)
    async with transaction(leader):
        await campaign_row(leader, ended)
        await campaigns_in(leader)
        await one_campaign(leader, ended)
        await changes_of(leader)
        await months_of(leader, since=NOW - DAY)
    async with transaction(secretary):
        await shares_here(secretary)
        await one_share(secretary, share)
        await one_campaign(secretary, ended)


async def _opened(county: County, plan: Plan) -> UUID:
    leader = county.scope("township_leader")
    async with transaction(leader):
        return await campaigns.open_campaign(
            leader, plan=plan, villages=[county.village, county.code + SECOND_VILLAGE], now=NOW
        )


async def _reminded(admin: asyncpg.Connection, county: County, campaign: UUID) -> None:
    """Remind villages before and after the day; whoever opened it has left the post meanwhile."""
    system, leader, staff = system_scope(county.township, county=county.code), county.scope("township_leader"), county.scope("township_staff")
    for late in (0, 1):
        payload = {"campaign": str(campaign), "late": late}
        if late:
            await admin.execute("UPDATE campaign SET membership = $2 WHERE id = $1", campaign, staff.membership)
            await admin.execute("UPDATE membership SET valid_to = $2 WHERE id = $1", staff.membership, NOW - DAY)
        async with transaction(system):
            await on_remind(system, Event(new_id(), REMIND, county.code, county.township, payload, NOW))
    await admin.execute("UPDATE membership SET valid_to = NULL WHERE id = $1", staff.membership)
    await admin.execute("UPDATE campaign SET membership = $2 WHERE id = $1", campaign, leader.membership)


async def _told(county: County, share: UUID) -> None:
    system = system_scope(county.code)
    async with transaction(system):
        await on_reported(system, Event(new_id(), campaigns.REPORTED, county.code, county.village, {"share": str(share)}, NOW))

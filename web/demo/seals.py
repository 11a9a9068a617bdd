"""The demo's seals: each village's seals, uses in every state, one that nobody asked for; and one campaign about them."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from core.campaigns import actions as campaigns
from core.campaigns.queries import shares_here
from core.campaigns.rules import EVIDENCE, Plan, Report
from core.extension.queries import with_plugins
from core.files.actions import inspect_file
from core.files.uploads import receive_whole
from core.kernel.database import fetch_value, transaction
from core.kernel.scope import Scope, system_scope
from core.seals.actions import keeping, using
from core.seals.actions.using import Used
from core.seals.rules import PHOTO, Asked
from web.demo.cast import scopes_of
from web.demo.photos import picture

_THERE: Final = "SELECT EXISTS (SELECT FROM seal s WHERE s.region >= $1 AND s.region < $2)"
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Story:
    """One use: how long ago it was asked for, and how far it came."""

    asked: Asked
    days: int
    ends: str  # requested, approved, refused, used, filed, entered


STORIES: Final = (
    Story(Asked("certificate", "居住情况证明", 1, "陈阿土"), 16, "filed"),
    Story(Asked("contract", "村口停车场施工合同", 3), 12, "filed"),
    Story(Asked("report", "防汛隐患排查情况表", 2), 8, "used"),
    Story(Asked("funds", "保洁用品采购付款申请", 1), 6, "entered"),
    Story(Asked("other", "外单位活动冠名函", 1), 5, "refused"),
    Story(Asked("notice", "停水通知", 6), 1, "approved"),
    Story(Asked("certificate", "困难家庭情况证明", 1, "沈小妹"), 0, "requested"),
)


async def load_seals(county: str, *, now: datetime) -> None:
    """Tell the stories in each village that has a secretary and a cadre in the demo, once."""
    system = await with_plugins(system_scope(county))
    async with transaction(system):
        if await fetch_value(system, _THERE):
            return
    scopes = await scopes_of(county)
    for secretary in sorted((s for s in scopes.values() if s.role == "village_secretary"), key=lambda each: each.region):
        cadres = [s for s in scopes.values() if s.region == secretary.region and s.role == "village_cadre"]
        if cadres:
            await _village(secretary, cadres[0], now)
    await _campaign(scopes, now)


async def _village(secretary: Scope, cadre: Scope, now: datetime) -> None:
    async with transaction(secretary):
        begun = now - 20 * DAY
        seal = await keeping.add_seal(
            secretary, region=secretary.region, kind="committee", title="村民委员会公章", keeper=cadre.person, now=begun
        )
        await keeping.add_seal(
            secretary, region=secretary.region, kind="collective", title="股份经济合作社公章", keeper=cadre.person, now=begun
        )
    for story in STORIES:
        await _tell(secretary, cadre, seal, story, now - story.days * DAY)


async def _tell(secretary: Scope, cadre: Scope, seal: UUID, story: Story, at: datetime) -> None:
    used = Used(at, story.asked.copies)
    if story.ends == "entered":
        async with transaction(cadre):
            await using.enter_use(cadre, seal=seal, asked=story.asked, used=used, reason="经办人在镇里等着付款，先盖了章。", now=at)
        return
    async with transaction(cadre):
        use = await using.ask_seal(cadre, seal=seal, asked=story.asked, now=at)
    if story.ends == "requested":
        return
    async with transaction(secretary):
        if story.ends == "refused":
            await using.refuse_use(secretary, use=use, reason="与村务无关，不用村委会公章。", now=at)
            return
        await using.approve_use(secretary, use=use, text="同意", now=at)
    if story.ends == "approved":
        return
    await _photo(cadre, use, PHOTO, "盖章页", at)
    async with transaction(cadre):
        await using.record_use(cadre, use=use, used=used, now=at)
        if story.ends == "filed":
            await using.file_use(cadre, use=use, place="村档案柜用章卷", now=at)


async def _photo(scope: Scope, subject: UUID, purpose: str, name: str, at: datetime) -> None:
    async with transaction(scope):
        file = await receive_whole(
            scope, name=f"{name}.jpg", media_type="image/jpeg", purpose=purpose, subject=subject,
            content=io.BytesIO(picture(subject.int)), now=at,
        )  # fmt: skip
    await inspect_file(scope, file_id=file, now=at)


async def _campaign(scopes: Mapping[str, Scope], now: datetime) -> None:
    """Let the township open a campaign; one village has reported."""
    leaders = [each for each in scopes.values() if each.role == "township_leader"]
    villages = _villages_of(scopes, leaders[0].region) if leaders else []
    if not villages:
        return
    plan = Plan(
        "村级用章专项整改", "对照印章使用登记簿，查今年以来每一次用章有没有申请、批准和归档；缺的补齐，写明原因。", "seals",
        now + 20 * DAY, "seal_without_approval",
    )  # fmt: skip
    async with transaction(leaders[0]):
        await campaigns.open_campaign(leaders[0], plan=plan, villages=[each.region for each in villages], now=now - 3 * DAY)
    first = villages[0]
    async with transaction(first):
        share = (await shares_here(first))[0]["id"]
    await _photo(first, share, EVIDENCE, "登记簿", now - DAY)
    async with transaction(first):
        report = Report("查了今年 26 次用章，1 次没有申请，已补登记并在村务会上说明。", 1, 1, Decimal(0))
        await campaigns.report_share(first, share=share, report=report, now=now - DAY)


def _villages_of(scopes: Mapping[str, Scope], township: str) -> Sequence[Scope]:
    found = [each for each in scopes.values() if each.role == "village_secretary" and each.region.startswith(township)]
    return sorted(found, key=lambda each: each.region)

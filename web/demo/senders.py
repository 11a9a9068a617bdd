"""The demo's senders: emergencies reviewed late and not at all, a full quota, ratings, corrected items, signs of a rebound, figures.

Of the signs: one department asks for "cooperation" more often from month to month; another sends what was taken back under a new
name, and ties appraisal to what is on no list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from core.contracts.disclosure import Clock
from core.contracts.manifest import PluginState
from core.disclosure.actions import Wanted, release_publication
from core.disclosure.drafting import draft_of
from core.disclosure.periods import before, span_of
from core.entry_lists.queries import find_item
from core.extension.queries import with_plugins
from core.kernel.database import fetch, fetch_value, transaction
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import Scope, system_scope
from core.tasks.actions.incoming import withdraw_incoming
from core.tasks.actions.work import Rating, rate_task
from plugins.township_filter.actions import review_emergency
from plugins.township_filter.enums import Review
from plugins.township_filter.jobs import note
from plugins.township_filter.senders.actions.corrections import decide_correction, propose_correction
from plugins.township_filter.senders.actions.quotas import decide_hold, let_go, set_quota
from plugins.township_filter.senders.disclosure import SECTION
from plugins.township_filter.senders.queries.quotas import Place, holds_here, one_hold, quota_used
from web.demo.cast import Matter, bring, scopes_of
from web.demo.stories import in_office

PLUGIN: Final = "township_filter"
DAY: Final = timedelta(days=1)
_THERE: Final = "SELECT EXISTS (SELECT FROM township_filter.sender d WHERE d.region >= $1 AND d.region < $2)"
_MATTERS: Final = """
SELECT i.id, i.county, i.region, i.created_at FROM incoming_task i
WHERE i.region >= $1 AND i.region < $2 AND NOT EXISTS (
  SELECT FROM township_filter.screened s WHERE s.region >= $1 AND s.region < $2 AND s.county = i.county AND s.incoming_id = i.id)
ORDER BY i.created_at, i.id
"""
_LINE: Final = "SELECT s.id FROM township_filter.screened s WHERE s.region >= $1 AND s.region < $2 AND s.incoming_id = $3"
_SENDER: Final = "SELECT d.id FROM township_filter.sender d WHERE d.region >= $1 AND d.region < $2 AND d.office_id = $3"
_DONE: Final = """
SELECT a.id, a.closed_at FROM assignment a
WHERE a.region >= $1 AND a.region < $2 AND a.region = $1 AND a.state = 'accepted' AND a.rated_at IS NULL
ORDER BY a.created_at, a.id
"""
_SHARE: Final = """
SELECT a.id FROM assignment a WHERE a.region >= $1 AND a.region < $2 AND a.region = $1 AND a.item_code = $3 AND a.state <> 'withdrawn'
ORDER BY a.created_at, a.id LIMIT 1
"""
_FERRY: Final = Matter("", "轮渡倾覆落水人员搜救", "请沿河各镇马上派人沿岸搜寻，并报告情况。")
_TANKER: Final = Matter("", "危化品槽车侧翻现场警戒", "槽车侧翻泄漏，请派人警戒，疏散群众。")
_SHOW: Final = Matter("", "现场观摩会场地布置", "请安排人员布置观摩会场地。")
_SURVEY: Final = Matter("T55", "留守儿童信息台账更新", "请按季度更新留守儿童信息台账。")
_ROADS: Final = Matter("T31", "乡道冬季养护", "请检查乡道路面和边沟。")
_STEPS: Final = Matter("", "网格员每日步数定位打卡排名", "请组织网格员每日打卡，步数排名每周通报。")
_KITCHENS: Final = Matter("", "食品经营许可办证前上门核查", "请各乡镇在食品经营店铺办证前上门现场核查并拍照。")
_SCORED: Final = Matter("", "政务短视频转发任务", "请各乡镇组织转发，每周排名通报，列入年终考核。")
# How many days ago the department asked for cooperation: one, one, two, two, three and then five times a month. Whatever day it is,
# a quarter has half as many again as the one before, and five at least.
_ASKED: Final = (170, 140, 112, 104, 82, 74, 66, 52, 46, 40, 33, 14, 10, 9, 4, 2)
_ASKED_FOR: Final = (
    "婚俗改革问卷填报", "公益广告牌安装", "志愿者注册", "养老机构床位意向调查", "慈善募捐活动组织", "地名故事征集", "社会组织年报催报",
    "殡葬服务满意度电话回访",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cast:
    """Who acts in one county."""

    boss: Scope
    inspector: Scope
    civil: Scope
    farming: Scope
    leaders: Sequence[Scope]
    staff: Sequence[Scope]
    secretaries: Sequence[Scope]


async def load_senders(county: str, *, now: datetime) -> None:
    """Tell the stories once, where the filter is on."""
    system = await with_plugins(system_scope(county))
    if system.plugins.get(PLUGIN) != PluginState.ON:
        return
    async with transaction(system):
        if await fetch_value(system, _THERE):
            return
    cast = _cast(await scopes_of(county))
    late = await bring(cast.civil, _FERRY, now=now - 14 * DAY, urgent="轮渡在航道上倾覆，有乘客落水，必须马上搜救。")
    await bring(cast.farming, _SHOW, now=now - 10 * DAY, urgent="省里明天来看现场，时间来不及走清单。")
    await bring(cast.farming, _TANKER, now=now - 9 * DAY, urgent="槽车侧翻泄漏，周边住户需要马上疏散。")
    for staff in cast.staff:
        await bring(staff, _STEPS, now=now - 2 * DAY)
    await bring(cast.farming, _KITCHENS, now=now - 9.5 * DAY)
    await bring(cast.farming, _SCORED, now=now - 9.2 * DAY)
    await _ask_ever_more(cast.civil, now)
    await _note_all(system)
    async with transaction(cast.inspector):
        line = await fetch_value(cast.inspector, _LINE, late.id)
        await review_emergency(cast.inspector, line=line, outcome=Review.COMPLIANT, note="确属险情，审查晚了两天。", now=now - 6 * DAY)
    await _overfill(cast, system, now)
    await _rate(cast, now)
    await _correct(cast, now)
    await _publish(cast.civil, now)


def _cast(scopes: Mapping[str, Scope]) -> Cast:
    def all_of(role: str) -> list[Scope]:
        return sorted((each for each in scopes.values() if each.role == role), key=lambda each: each.region)

    civil, farming = [each for each in scopes.values() if each.role == "county_department"][:2]
    return Cast(
        all_of("county_administrator")[0], all_of("county_inspector")[0], civil, farming, all_of("township_leader"),
        all_of("township_staff"), all_of("village_secretary"),
    )  # fmt: skip


async def _ask_ever_more(civil: Scope, now: datetime) -> None:
    """Let a department ask townships to cooperate in what is its own. What was not refused at once it takes back after a day."""
    for n, days in enumerate(_ASKED):
        what = _ASKED_FOR[n % len(_ASKED_FOR)]
        at = in_office(now - days * DAY, now=now)
        came = await bring(civil, Matter("", f"请配合做好{what}", f"请各乡镇协助开展{what}，安排人员配合，结果报我局。"), now=at)
        if came.state != "refused":
            async with transaction(civil):
                await withdraw_incoming(civil, incoming=came.id, reason="不在清单内，由我局自行办理。", now=at + timedelta(hours=20))


async def _note_all(system: Scope) -> None:
    """Enter what was handed in into the ledger, as the worker does again when it starts: once is enough for both."""
    async with transaction(system):
        matters = await fetch(system, _MATTERS)
    for row in matters:
        async with transaction(system):
            event = Event(new_id(), "incoming.screened", row["county"], row["region"], {"incoming": str(row["id"])}, row["created_at"])
            await note(system, event)


async def _overfill(cast: Cast, system: Scope, now: datetime) -> None:
    """Give an office a quota that is full at once: of its next matters one is released, one waits."""
    office, level = cast.farming.office, "township"
    await bring(cast.farming, _SURVEY, now=now - 0.5 * DAY)
    async with transaction(cast.boss):
        sender = await fetch_value(cast.boss, _SENDER, office)
        used = await quota_used(cast.boss, Place(cast.boss.county, cast.farming.region, office), level=level, now=now - 0.4 * DAY)
        await set_quota(
            cast.boss, sender=sender, level=level, amount=max(used.counted, 1), valid_from=now - 0.4 * DAY,
            reason="本季度来文偏多，先按现有件数控制。", now=now - 0.4 * DAY,
        )  # fmt: skip
    for matter, hours in ((_ROADS, 8), (_SURVEY, 3)):
        await bring(cast.farming, matter, now=now - timedelta(hours=hours))
    await _note_all(system)
    async with transaction(cast.boss):
        held, _, _ = await holds_here(cast.boss, state="waiting", size=5)
    for hold in held[-1:]:
        async with transaction(cast.boss):
            await decide_hold(cast.boss, hold=hold.id, release=True, reason="入冬养护不能等，同意放行。", now=now - timedelta(hours=2))
        async with transaction(system):
            await let_go(system, hold=await one_hold(system, hold.id), now=now - timedelta(hours=2))


async def _rate(cast: Cast, now: datetime) -> None:
    """Let villages rate what they finished the day before, so that sums of closed weeks may be shown."""
    said = ((4, 3, 4, "2.5"), (5, 4, 5, "4"), (3, 2, 3, "6"))
    for secretary in cast.secretaries:
        async with transaction(secretary):
            done = await fetch(secretary, _DONE)
            for (clarity, time_given, need, hours), row in zip(said, done, strict=False):
                rating = Rating(clarity=clarity, time_given=time_given, need=need, burden_hours=Decimal(hours))
                await rate_task(secretary, assignment=row["id"], rating=rating, now=min(row["closed_at"] + DAY, now))


async def _correct(cast: Cast, now: datetime) -> None:
    """Let each township's first village say that two tasks count under a wrong item: one was confirmed, one waits."""
    for leader in cast.leaders:
        secretary = next(each for each in cast.secretaries if each.region.startswith(leader.region))
        made = await _propose(secretary, "V16", "V17", "内容是逐户检查隐患，不只是宣传。", now - 3 * DAY)
        await _propose(secretary, "V19", "V18", "是汛期排查，不是灾后救助。", now - 0.2 * DAY)
        if made is not None:
            async with transaction(leader):
                await decide_correction(leader, correction=made, confirm=True, note="同意，以后按检查归类。", now=now - 2 * DAY)


async def _propose(secretary: Scope, was: str, code: str, reason: str, at: datetime) -> UUID | None:
    async with transaction(secretary):
        share: Any = await fetch_value(secretary, _SHARE, was)
        item = await find_item(secretary, level="village", at=at, code=code)
        if share is None or item is None:
            return None
        return await propose_correction(secretary, assignment=share, item=item.id, reason=reason, now=at)


async def _publish(civil: Scope, now: datetime) -> None:
    """Publish the county's figures of the quarter that is over."""
    period = before(Clock.QUARTERLY, span_of(Clock.QUARTERLY, now)).name
    async with transaction(civil):
        draft = await draft_of(civil, section=SECTION.name, region=civil.region, period=period, subject=None, note="", now=now)
        await release_publication(civil, wanted=Wanted(SECTION.name, civil.region, period, None, "", draft.digest), now=now)

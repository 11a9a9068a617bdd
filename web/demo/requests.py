"""The demo's requests about the entry list: one listed, one in review, one refused, a township's two; and what the filter learned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from core.contracts.manifest import PluginState
from core.entry_lists.actions import publish_list
from core.extension.queries import with_plugins
from core.kernel.database import fetch, fetch_value, transaction
from core.kernel.scope import Scope, system_scope
from plugins.township_filter.learning.actions import NO_ITEM, correct_matter
from plugins.township_filter.requests.actions import asking, deciding, reviewing
from plugins.township_filter.requests.enums import RequestKind, Way
from plugins.township_filter.requests.queries import county_items, request_row
from plugins.township_filter.requests.rules import Asked, next_code
from web.demo.cast import scopes_of

PLUGIN: Final = "township_filter"
DAY: Final = timedelta(days=1)
AHEAD: Final = 75 * DAY  # beyond the thirty working days, whatever holidays lie between
MOST_LEARNED: Final = 4
_THERE: Final = "SELECT EXISTS (SELECT FROM township_filter.list_request q WHERE q.region >= $1 AND q.region < $2)"
_MATTERS: Final = """
SELECT i.id, i.item_code FROM incoming_task i WHERE i.region >= $1 AND i.region < $2 AND i.state IN ('passed', 'dispatched', 'refused')
ORDER BY i.created_at, i.id LIMIT 20
"""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who acts in one county."""

    boss: Scope
    civil: Scope
    farming: Scope
    leaders: Sequence[Scope]


async def load_requests(county: str, *, now: datetime) -> None:
    """Tell the stories once, where the filter is on."""
    system = await with_plugins(system_scope(county))
    if system.plugins.get(PLUGIN) != PluginState.ON:
        return
    async with transaction(system):
        if await fetch_value(system, _THERE):
            return
    scopes = list((await scopes_of(county)).values())
    departments = [each for each in scopes if each.role == "county_department"]
    boss = next(each for each in scopes if each.role == "county_administrator")
    leaders = [each for each in scopes if each.role == "township_leader"]
    cast = Cast(boss, departments[0], departments[1], leaders)
    await _listed(cast, system, now)
    await _in_review(cast, now)
    await _refused(cast, now)
    await _of_townships(cast, now)
    for leader in leaders:
        await _learned(leader, now)


def _new(level: str, why: str, now: datetime, *, frequency: str = "", **wanted: str) -> Asked:
    return Asked(RequestKind.ADMISSION, Way.ADD, level, why, (now + AHEAD).date(), wanted, frequency=frequency)


async def _ask(scope: Scope, asked: Asked, at: datetime) -> UUID:
    async with transaction(scope):
        return await asking.ask(scope, asked=asked, now=at)


async def _review(cast: Cast, request: UUID, by: Scope, at: datetime, *, opinion: str = "", text: str = "") -> None:
    """Let the county send it to an office; with an opinion that office answers a day later."""
    offices = [by.office] if by.office else []
    async with transaction(cast.boss):
        await reviewing.begin_review(cast.boss, request=request, offices=offices, now=at)
    if opinion:
        async with transaction(by):
            await reviewing.say_opinion(by, request=request, opinion=opinion, text=text, now=at + DAY)


async def _listed(cast: Cast, system: Scope, now: datetime) -> None:
    asked = _new(
        "village", "独居老人冬季容易出意外，需要村里定期上门看一看。", now, frequency="每月一次", title="独居老人探访关爱", kind="assisting",
        category="民政", department=cast.civil.by_office, legal_basis="《老年人权益保障法》第三十八条", funding="每村每年 2000 元，由民政局拨付",
    )  # fmt: skip
    made = await _ask(cast.civil, asked, now - 16 * DAY)
    await _review(cast, made, cast.farming, now - 14 * DAY, opinion="conditional", text="探访次数请与网格走访合并，不要另行填表。")
    async with transaction(cast.boss):
        at = now - 11 * DAY
        code = next_code(await county_items(cast.boss, level="village", at=at), "assisting")
        await deciding.approve(cast.boss, request=made, code=code, text="同意，探访结合网格走访进行。", now=at)
        row = await request_row(cast.boss, made)
        await publish_list(
            cast.boss, list_id=row["list_id"], document="县政办发〔2026〕58号", reason="按准入程序新增独居老人探访关爱", now=at + DAY
        )
    async with transaction(system):
        await deciding.note_published(system, list_id=row["list_id"], now=now - 10 * DAY)


async def _in_review(cast: Cast, now: datetime) -> None:
    asked = _new(
        "township", "省里今年要求每个乡镇办一期农村电商培训，现行清单里没有对应的事项。", now, frequency="每年一次", title="农村电商培训组织",
        kind="assisting_duty", category="乡村振兴", department=cast.farming.by_office, legal_basis="《乡村振兴促进法》第十九条",
        conditions="师资由部门安排", funding="每期 1 万元",
    )  # fmt: skip
    made = await _ask(cast.farming, asked, now - 4 * DAY)
    await _review(cast, made, cast.civil, now - 2 * DAY)


async def _refused(cast: Cast, now: datetime) -> None:
    asked = _new(
        "township", "方便统一统计学习情况。", now, title="学习软件下载和打卡统计", kind="assisting_duty", category="宣传",
        department=cast.farming.by_office, legal_basis="部门工作方案",
    )  # fmt: skip
    made = await _ask(cast.farming, asked, now - 12 * DAY)
    await _review(cast, made, cast.civil, now - 11 * DAY, opinion="disagree", text="属于负面清单里的排名打卡，不应要求基层承担。")
    async with transaction(cast.boss):
        await deciding.refuse(cast.boss, request=made, reason="没有法律依据，属于形式主义加码，不予准入。", now=now - 8 * DAY)


async def _of_townships(cast: Cast, now: datetime) -> None:
    """One township was asked to complete its request; another asks that a duty be only assisted in."""
    async with transaction(cast.leaders[0]):
        items = await county_items(cast.leaders[0], level="township", at=now)
    duties = [item for item in items if item.kind == "core_duty"]
    for leader, item, way in zip(cast.leaders, duties[5:], (Way.DROP, Way.MOVE), strict=False):
        wanted = {"kind": "assisting_duty"} if way is Way.MOVE else {}
        why = "乡镇没有执法和检测力量，建议由部门牵头，乡镇配合。" if way is Way.MOVE else "这项工作已由部门直接办理。"
        asked = Asked(RequestKind.ADJUSTMENT, way, "township", why, (now + AHEAD).date(), wanted, item=item.code)
        made = await _ask(leader, asked, now - 3 * DAY)
        if way is Way.DROP:
            async with transaction(cast.boss):
                await deciding.send_back(cast.boss, request=made, reason="请附上部门已经直接办理的文件名称。", now=now - 2 * DAY)


async def _learned(leader: Scope, now: datetime) -> None:
    """Let a leader confirm what some matters are; the worker learns it when it starts."""
    async with transaction(leader):
        matters = await fetch(leader, _MATTERS)
        known = [row for row in matters if row["item_code"]][:MOST_LEARNED]
        for row in known:
            await correct_matter(leader, incoming=row["id"], code=row["item_code"], reason="核对过，就是这一项。", now=now - DAY)
        for row in [row for row in matters if not row["item_code"]][:1]:
            await correct_matter(leader, incoming=row["id"], code=NO_ITEM, reason="清单里没有这样的事项。", now=now - DAY)

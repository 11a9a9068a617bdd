"""Stories of a county: a department's task goes to the townships, which split it for their villages."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from core.kernel.database import transaction
from core.kernel.scope import Scope
from core.tasks.actions.work import acknowledge_assignment
from web.demo.cast import Matter, bring, give, hand_over, judge, send, share
from web.demo.stories import Township


@dataclass(frozen=True, slots=True)
class County:
    """A county: two departments and two townships with people."""

    civil: Scope
    farming: Scope
    townships: Sequence[Township]


@dataclass(frozen=True, slots=True)
class CountyStory:
    """One story; ``first`` is the matter by whose title it is known."""

    first: Matter
    tell: Callable[[County], Awaitable[None]]


_CHILDREN: Final = Matter("T55", "留守儿童信息台账更新", "按户更新留守儿童台账，由镇汇总上报。")
_ROADS: Final = Matter("T31", "乡道冬季养护", "检查乡道路面和边沟，发现问题及时处置。")
_POOR: Final = Matter("T51", "困难群众入冬走访", "对困难群众开展一次入户访问，主动发现需要救助的家庭。")
_FOOD: Final = Matter("R02", "食品经营许可现场核查", "请各乡镇对新办证店铺开展现场核查。")
_APP: Final = Matter("", "组织村民下载学习软件", "请各乡镇组织村民下载软件并按日统计学习分数。")


async def _tell_children(county: County) -> None:
    """One township has split it and half is done; the other has not acknowledged."""
    town = county.townships[0]
    sent = await send(
        county.civil, _CHILDREN, now=town.ago(7), due_at=town.by(4),
        regions=[each.leader.region for each in county.townships],
    )  # fmt: skip
    above = await share(town.leader, sent.task)
    async with transaction(town.leader):
        await acknowledge_assignment(town.leader, assignment=above, now=town.ago(6.5))
    part = await send(
        town.leader,
        Matter("V10", "留守儿童信息逐户核对", "按户核对留守儿童信息，变化的写明。"),
        now=town.ago(6), due_at=town.by(2), regions=town.with_people, parent=above,
    )  # fmt: skip
    first = town.villages[0]
    mine = await share(first.secretary, part.task)
    await give(first.secretary, mine, first.cadre, now=town.ago(5))
    await hand_over(first.cadre, mine, "本村留守儿童 9 人，信息已逐户核对。", now=town.ago(3))
    await judge(town.leader, mine, "good", now=town.ago(2))


async def _tell_roads(county: County) -> None:
    """Done by one township, in hand in the other."""
    first, second = county.townships
    sent = await send(
        county.farming, _ROADS, now=first.ago(9), due_at=first.by(1),
        regions=[first.leader.region, second.leader.region],
    )  # fmt: skip
    mine, other = await share(first.leader, sent.task), await share(second.leader, sent.task)
    for town, one in ((first, mine), (second, other)):
        async with transaction(town.leader):
            await acknowledge_assignment(town.leader, assignment=one, now=town.ago(8))
    await hand_over(first.leader, mine, "全镇乡道 42 公里已检查，处置坑槽 5 处。", now=first.ago(4))
    await judge(county.farming, mine, "good", now=first.ago(3))


async def _tell_incoming(county: County) -> None:
    """Matters of departments that were not dispatched: passed, refused, held."""
    town = county.townships[0]
    await bring(county.civil, _POOR, now=town.ago(0.3), due_at=town.by(8))
    await bring(county.farming, _FOOD, now=town.ago(1), due_at=town.by(5))
    await bring(county.civil, _APP, now=town.ago(0.5), due_at=town.by(5))


COUNTY_STORIES: Final = (
    CountyStory(_CHILDREN, _tell_children),
    CountyStory(_ROADS, _tell_roads),
    CountyStory(_POOR, _tell_incoming),
)

"""Stories of a township: every state that a task can be in, and how it came there."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from core.kernel.clock import SHANGHAI
from core.kernel.database import transaction
from core.kernel.scope import Scope
from core.tasks.actions.incoming import decide_incoming, withdraw_incoming
from core.tasks.actions.merging import merge_incoming
from core.tasks.actions.places import take_place
from core.tasks.actions.scoring import return_submission
from core.tasks.actions.steering import escalate_assignment, extend_task, remind_assignment, withdraw_task
from core.tasks.actions.work import Rating, acknowledge_assignment, add_note, rate_task
from core.tasks.enums import FieldKind
from core.tasks.forms import AskedField
from web.demo.cast import Matter, bring, give, hand_over, judge, office_shares, send, share

_OPENS: Final = timedelta(hours=8, minutes=30)
_OPEN_FOR: Final = timedelta(hours=9)
_DAY: Final = timedelta(days=1)


def in_office(moment: datetime, *, now: datetime) -> datetime:
    """Move a moment into the working hours of its day, China's time; on the day that is not over yet it lies before now."""
    here = moment.astimezone(SHANGHAI)
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    passed, length = here - midnight, min(_DAY, now - midnight)
    ends = min(_OPENS + _OPEN_FOR, length)
    return moment if ends <= _OPENS else midnight + _OPENS + (ends - _OPENS) * (passed / length)


@dataclass(frozen=True, slots=True)
class Village:
    """A village with people of its own."""

    secretary: Scope
    cadre: Scope
    grid_worker: Scope


@dataclass(frozen=True, slots=True)
class Township:
    """A township, its two villages with people, and some of the others."""

    leader: Scope
    staff: Scope
    villages: Sequence[Village]
    others: Sequence[str]
    office: UUID | None
    now: datetime

    @property
    def with_people(self) -> list[str]:
        return [village.secretary.region for village in self.villages]

    def ago(self, days: float) -> datetime:
        """Give the moment so many days ago, within the hours that people work: what came first stays first."""
        return in_office(self.now - timedelta(days=days), now=self.now)

    def by(self, days: int) -> datetime:
        """Give 18:00 in China so many days from now."""
        return (self.now.astimezone(SHANGHAI) + timedelta(days=days)).replace(
            hour=18, minute=0, second=0, microsecond=0
        )


@dataclass(frozen=True, slots=True)
class TownshipStory:
    """One story; ``first`` is the matter by whose title it is known."""

    first: Matter
    tell: Callable[[Township], Awaitable[None]]


_DYKES: Final = Matter(
    "V19", "汛期圩堤隐患排查", "逐处检查本村圩堤、涵闸，有隐患的拍近景、远景各一张，写明位置。受灾的户登记受灾情况和救助需求。", 2
)
_RIVER: Final = Matter("V43", "村内河道清淤保洁", "清理村内河道水面和岸坡垃圾，拍清理前后照片各一张。", 2)
_ELDERS: Final = Matter(
    "V29", "独居老人入冬走访", "逐户走访独居和困难老人，写明取暖、用电情况和需要帮助的事。"
)
_FIRE: Final = Matter("V16", "冬季消防宣传进村入户", "入户宣传用火用电安全，重点走访沿街店铺和出租房。", 1)
_WASTE: Final = Matter("V47", "生活垃圾分类回头看", "检查村内分类投放点，问题当场整改。")
_PLAN: Final = Matter("V53", "村庄规划意见征集", "组织村民代表征集村庄规划意见，形成书面记录。", 1)
_SHOW: Final = Matter("V13", "农村文化礼堂冬季活动", "组织一场村民参加的文化活动，人数和形式由各村自定。")
_FLU: Final = Matter("V33", "流感疫苗接种宣传", "向 60 岁以上村民宣传接种时间和地点，可开放领取。")
_TREES: Final = Matter("V41", "古树名木巡查", "查看挂牌古树的长势和围护，有损坏的上报。", 1)
_CHECK: Final = Matter("V17", "小作坊消防隐患联合检查", "会同村里检查小作坊用电和通道，开出整改清单。")
_FOOD: Final = Matter("V26", "农产品质量安全宣传", "入户宣传农药安全间隔期，发放明白纸。")
_PETS: Final = Matter("V49", "文明养犬入户登记", "核对犬只免疫和登记情况。")
_CERTIFY: Final = Matter("N01", "为外出村民开具证明", "请各村为外出村民统一开具证明。")
_CLICKS: Final = Matter(
    "", "组织村干部关注公众号并转发打卡", "请各村关注率达到 100%，每日转发截图发工作群统计。"
)
_PUMP: Final = Matter("", "排涝泵站抢修值守", "泵站进水，请沿河各村安排人员值守并转移低洼处住户。")
_DREDGE: Final = Matter("", "河道清淤疏浚和保洁工作", "请各村开展河道清淤疏浚和保洁。")
_ROAD: Final = Matter("", "村道塌陷路段看守", "村道塌陷，请安排人员看守并设警示。")
_CHARGE: Final = Matter("", "消防安全检查和火灾隐患报告工作", "请各村开展消防安全检查，报告火灾隐患。")
_FROST: Final = Matter("V20", "低温雨雪冰冻防御知识宣传", "请各村入户宣传低温雨雪冰冻防御知识，提醒防滑、防冻、用电安全，拍照一张。", 1)
_FROST_TOO: Final = Matter("V20", "开展低温冰冻天气防御宣传", "请各村利用广播和入户走访宣传低温冰冻防御知识，提醒用电安全，报送照片。", 1)
_FROST_AGAIN: Final = Matter("V20", "做好低温雨雪冰冻防御宣传工作", "请各村做好低温雨雪冰冻防御知识入户宣传，留存照片。", 1)
_RED: Final = Matter("V56", "移风易俗宣传", "宣传婚丧简办，发放倡议书。")
_HOUSEHOLDS: Final = AskedField("低保户数", FieldKind.NUMBER, required=True, unit="户")
_CONTACT: Final = AskedField("联系人")
_COUNT: Final = Matter(
    "V27", "低保对象年度核对", "对照名单逐户核对低保对象，有变化的写明。", form=(_HOUSEHOLDS, _CONTACT)
)
_COLD: Final = Matter(
    "V27", "入冬困难家庭救助需求排查", "排查低保和临时困难家庭的过冬需求，写明需要的物资。",
    form=(_HOUSEHOLDS, AskedField("需要棉被", FieldKind.NUMBER, required=True, unit="床"), AskedField("排查日期", FieldKind.DATE), _CONTACT),
)  # fmt: skip


async def _tell_dykes(town: Township) -> None:
    """Overdue: one done in time, one in hand and chased, the others silent."""
    first, second = town.villages
    sent = await send(
        town.leader,
        _DYKES,
        now=town.ago(6),
        due_at=town.by(-2),
        regions=[*town.with_people, *town.others[:3]],
    )
    done, late = await share(first.secretary, sent.task), await share(second.secretary, sent.task)
    async with transaction(first.secretary):
        await acknowledge_assignment(first.secretary, assignment=done, now=town.ago(5.9))
    await give(first.secretary, done, first.cadre, now=town.ago(5.8))
    async with transaction(first.cadre):
        await add_note(first.cadre, assignment=done, text="东侧涵闸有渗水，已临时封堵。", now=town.ago(4))
    await hand_over(first.cadre, done, "共查 6 处，1 处渗水已封堵，其余正常。", now=town.ago(3), photos=2)
    await judge(town.leader, done, "excellent", now=town.ago(2.5), text="查得细，照片清楚。")
    rating = Rating(clarity=5, time_given=4, need=5, burden_hours=Decimal("3.5"), comment="要求写得明白。")
    async with transaction(first.secretary):
        await rate_task(first.secretary, assignment=done, rating=rating, now=town.ago(2.4))
    async with transaction(second.secretary):
        await acknowledge_assignment(second.secretary, assignment=late, now=town.ago(5))
    async with transaction(town.leader):
        await remind_assignment(town.leader, assignment=late, now=town.ago(1), text="请今天报来。")
        await escalate_assignment(
            town.leader, assignment=late, reason="汛期临近，逾期未报", now=town.ago(0.5)
        )


async def _tell_river(town: Township) -> None:
    """One result waits for its score, one was returned."""
    first, second = town.villages
    sent = await send(town.leader, _RIVER, now=town.ago(4), due_at=town.by(2), regions=town.with_people)
    for village, text in ((first, "已清理河道 800 米。"), (second, "已清理。")):
        mine = await share(village.secretary, sent.task)
        await give(village.secretary, mine, village.cadre, now=town.ago(3.5))
        await hand_over(village.cadre, mine, text, now=town.ago(1.5), photos=2)
    back = await share(second.secretary, sent.task)
    async with transaction(town.leader):
        await return_submission(
            town.leader, assignment=back, reason="照片看不出清理前后的对比，请补拍同一位置。", now=town.ago(1)
        )


async def _tell_elders(town: Township) -> None:
    """Send something new: one village has not acknowledged, one has given it to the grid worker."""
    second = town.villages[1]
    sent = await send(
        town.staff,
        _ELDERS,
        now=town.ago(0.8),
        due_at=town.by(5),
        regions=[*town.with_people, *town.others[:5]],
    )
    mine = await share(second.secretary, sent.task)
    await give(second.secretary, mine, second.grid_worker, now=town.ago(0.6))
    async with transaction(second.grid_worker):
        await add_note(
            second.grid_worker, assignment=mine, text="已走访 7 户，还有 5 户。", now=town.ago(0.2)
        )


async def _tell_fire(town: Township) -> None:
    """Done by everybody, with different grades; one of them late."""
    first, second = town.villages
    sent = await send(town.leader, _FIRE, now=town.ago(12), due_at=town.by(-7), regions=town.with_people)
    for village, days, grade in ((first, 8.0, "good"), (second, 5.5, "fair")):
        mine = await share(village.secretary, sent.task)
        await give(village.secretary, mine, village.cadre, now=town.ago(11))
        await hand_over(village.cadre, mine, "已入户宣传，重点店铺逐家走到。", now=town.ago(days), photos=1)
        await judge(town.leader, mine, grade, now=town.ago(days - 0.5))


async def _tell_waste(town: Township) -> None:
    """Withdrawn, with the reason."""
    first = town.villages[0]
    sent = await send(town.staff, _WASTE, now=town.ago(3), due_at=town.by(4), regions=town.with_people)
    mine = await share(first.secretary, sent.task)
    async with transaction(first.secretary):
        await acknowledge_assignment(first.secretary, assignment=mine, now=town.ago(2.9))
    async with transaction(town.staff):
        await withdraw_task(town.staff, task=sent.task, reason="与上周的检查重复，合并办理", now=town.ago(2))


async def _tell_plan(town: Township) -> None:
    """More time was given."""
    first = town.villages[0]
    sent = await send(town.leader, _PLAN, now=town.ago(5), due_at=town.by(1), regions=town.with_people)
    mine = await share(first.secretary, sent.task)
    await give(first.secretary, mine, first.cadre, now=town.ago(4))
    async with transaction(town.leader):
        await extend_task(
            town.leader, task=sent.task, due_at=town.by(8), reason="村民代表会议改期", now=town.ago(1)
        )


async def _tell_open(town: Township) -> None:
    """Open places: some free, one taken; and one task whose only place is gone."""
    first, second = town.villages
    many = await send(town.leader, _SHOW, now=town.ago(1.5), due_at=town.by(6), places=4)
    async with transaction(first.secretary):
        await take_place(first.secretary, task=many.task, now=town.ago(1))
    one = await send(town.leader, _FLU, now=town.ago(1.2), due_at=town.by(3), places=1)
    async with transaction(second.cadre):
        await take_place(second.cadre, task=one.task, now=town.ago(1.1))
    await send(town.leader, _TREES, now=town.ago(0.4), due_at=town.by(9), places=3)


async def _tell_office(town: Township) -> None:
    """Send a technical matter to an office of the township itself."""
    sent = await send(
        town.leader, _CHECK, now=town.ago(2), due_at=town.by(3), offices=[town.office] if town.office else []
    )
    for mine in await office_shares(town.leader, sent.task):
        async with transaction(town.staff):
            await acknowledge_assignment(town.staff, assignment=mine, now=town.ago(1.5))


async def _tell_asked(town: Township) -> None:
    """Ask villages to fill in a form; what they answered the first time is offered the second time."""
    first, second = town.villages
    sent = await send(town.staff, _COUNT, now=town.ago(13), due_at=town.by(-6), regions=town.with_people)
    for village, days, answers in ((first, 9.0, ("125", first.cadre.by_name)), (second, 8.0, ("86", second.cadre.by_name))):
        mine = await share(village.secretary, sent.task)
        await give(village.secretary, mine, village.cadre, now=town.ago(12))
        told = {f"answer-{n}": value for n, value in enumerate(answers, start=1)}
        await hand_over(village.cadre, mine, "已对照名单逐户核对。", now=town.ago(days), answers=told)
        await judge(town.staff, mine, "good", now=town.ago(days - 0.5))
    again = await send(town.staff, _COLD, now=town.ago(2.2), due_at=town.by(4), regions=town.with_people)
    mine = await share(first.secretary, again.task)
    await give(first.secretary, mine, first.cadre, now=town.ago(2))
    mine = await share(second.secretary, again.task)
    await give(second.secretary, mine, second.cadre, now=town.ago(1.9))
    told = {"answer-1": "88", "answer-2": "14", "answer-4": second.cadre.by_name}
    await hand_over(second.cadre, mine, "已走访，14 户需要棉被。", now=town.ago(0.7), answers=told)


async def _tell_incoming(town: Township) -> None:
    """Matters that were not dispatched: passed, held, refused, urgent, admitted, withdrawn."""
    await bring(town.staff, _FOOD, now=town.ago(0.3), due_at=town.by(6))
    await bring(town.staff, _CERTIFY, now=town.ago(2), due_at=town.by(3))
    await bring(town.staff, _CLICKS, now=town.ago(1), due_at=town.by(1))
    await bring(town.staff, _PUMP, now=town.ago(0.1), due_at=town.by(1), urgent="暴雨红色预警，泵站进水")
    await bring(town.staff, _DREDGE, now=town.ago(0.6), due_at=town.by(7))
    await bring(town.staff, _ROAD, now=town.ago(0.15), due_at=town.by(1), urgent="路面塌陷")
    held = await bring(town.staff, _CHARGE, now=town.ago(3), due_at=town.by(4))
    if held.state == "held":
        async with transaction(town.leader):
            await decide_incoming(
                town.leader,
                incoming=held.id,
                transition="admit",
                reason="本镇年度计划已列入",
                now=town.ago(2),
            )
    gone = await bring(town.staff, _RED, now=town.ago(4))
    async with transaction(town.staff):
        await withdraw_incoming(town.staff, incoming=gone.id, reason="内容写错，另行提交", now=town.ago(3.9))
    await bring(town.staff, _PETS, now=town.ago(0.2), due_at=town.by(10))


async def _tell_merged(town: Township) -> None:
    """Three ask for the same: two are merged and wait for the dispatch, the third came in afterwards."""
    main = await bring(town.staff, _FROST, now=town.ago(0.9), due_at=town.by(8))
    other = await bring(town.leader, _FROST_TOO, now=town.ago(0.8), due_at=town.by(6))
    async with transaction(town.leader):
        await merge_incoming(town.leader, leading=main.id, sources=[other.id], reason="都是低温冰冻防御宣传", now=town.ago(0.7))
    await bring(town.staff, _FROST_AGAIN, now=town.ago(0.25), due_at=town.by(9))


TOWNSHIP_STORIES: Final = (
    TownshipStory(_DYKES, _tell_dykes),
    TownshipStory(_RIVER, _tell_river),
    TownshipStory(_ELDERS, _tell_elders),
    TownshipStory(_FIRE, _tell_fire),
    TownshipStory(_WASTE, _tell_waste),
    TownshipStory(_PLAN, _tell_plan),
    TownshipStory(_SHOW, _tell_open),
    TownshipStory(_CHECK, _tell_office),
    TownshipStory(_COUNT, _tell_asked),
    TownshipStory(_FOOD, _tell_incoming),
    TownshipStory(_FROST, _tell_merged),
)

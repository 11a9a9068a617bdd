"""The demo's matters: what villagers raised in each demo village, in every state, answered by its secretary.

Their receipts follow from the installation's own key, as the passwords do: they can be listed again, and looked at as a villager does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from core.extension.queries import with_plugins
from core.kernel.database import fetch_value, transaction
from core.kernel.scope import Scope, system_scope
from core.kernel.settings import Settings
from core.petitions.actions import following, handling
from core.petitions.actions.handling import Answer, Desk
from core.petitions.actions.raising import raise_petition
from core.petitions.public import followed, following_scope, raising_scope
from core.petitions.reactions import sort_petition
from core.petitions.rules import ALPHABET, Raised
from web.demo.cast import scopes_of
from web.demo.people import demo_people

_THERE: Final = "SELECT EXISTS (SELECT FROM petition p WHERE p.region >= $1 AND p.region < $2)"
_TOWNSHIP_DIGITS: Final = 9
_RECEIPT_BYTES: Final = 20


@dataclass(frozen=True, slots=True)
class Story:
    """One matter: how long ago it was raised, and how far it came."""

    raised: Raised
    days: int
    ends: str  # raised, in_hand, answered, closed, township


STORIES: Final = (
    Story(Raised("complaint", "村口路灯不亮", "村口三盏路灯坏了快两个月，晚上老人出门看不清路。", "村口", name="陈阿土", phone="13800004321", may_publish=True), 12, "closed"),
    Story(Raised("help", "独居老人需要送餐", "隔壁周奶奶一个人住，腿脚不方便，能不能安排送餐。", name="沈小妹", phone="13800004322", may_publish=True), 6, "answered"),
    Story(Raised("suggestion", "健身广场加两张长凳", "晚上来跳舞的人多，带孩子的没地方坐，建议加两张长凳。", "健身广场", may_publish=True), 4, "in_hand"),
    Story(Raised("complaint", "河道边堆放建筑垃圾", "桥东河边有人倒建筑垃圾，下雨要冲到河里。", "桥东", phone="13800004323"), 3, "township"),
    Story(Raised("help", "自家老屋想加固，怎么申请", "老屋墙有裂缝，想加固，不知道要交哪些材料。"), 1, "raised"),
)  # fmt: skip


def receipt_of(settings: Settings, village: str, number: int) -> str:
    """Give the receipt of a village's story, spelled as those that people copy by hand."""
    digest = settings.key(f"demo receipt:{village}:{number}")[:_RECEIPT_BYTES]
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest)


def demo_receipts(settings: Settings) -> Sequence[dict[str, str]]:
    """List all matters of the demo with the address at which whoever raised one follows it."""
    villages = sorted({person.region for person in demo_people() if person.role == "village_secretary"})
    return [
        {"village": village, "title": story.raised.title, "address": f"/petition/{receipt_of(settings, village, number)}"}
        for village in villages
        for number, story in enumerate(STORIES)
    ]


async def load_petitions(county: str, *, settings: Settings, now: datetime) -> None:
    """Tell the stories in each village that has a demo secretary, once."""
    system = await with_plugins(system_scope(county))
    async with transaction(system):
        if await fetch_value(system, _THERE):
            return
    secretaries = [scope for scope in (await scopes_of(county)).values() if scope.role == "village_secretary"]
    for scope in sorted(secretaries, key=lambda each: each.region):
        for number, story in enumerate(STORIES):
            await _tell(scope, story, receipt_of(settings, scope.region, number), now)


async def _tell(secretary: Scope, story: Story, receipt: str, now: datetime) -> None:
    stranger, at = raising_scope(secretary.region, secretary.county), now - timedelta(days=story.days)
    async with transaction(stranger):
        made = await raise_petition(stranger, raised=story.raised, receipt=receipt, now=at)
    system = system_scope(secretary.county)
    async with transaction(system):
        await sort_petition(system, made)
    if story.ends == "raised":
        return
    later = at + timedelta(hours=5)
    async with transaction(secretary):
        if story.ends == "township":
            to = Desk(secretary.region[:_TOWNSHIP_DIGITS])
            await handling.transfer_petition(secretary, petition=made, to=to, reason="河道由镇里管理，请镇里处理。", now=later)
            return
        await handling.accept_petition(secretary, petition=made, now=later)
    if story.ends != "in_hand":
        await _answer(secretary, made, at + timedelta(days=2), story)
    if story.ends == "closed":
        await _judge(receipt, at + timedelta(days=3))


async def _answer(secretary: Scope, petition: UUID, at: datetime, story: Story) -> None:
    words = "路灯已请电工换好，三盏都亮了。" if story.ends == "closed" else "已和居家养老服务中心说好，下周一起每天中午送到家。"
    title = "修好村口路灯" if story.ends == "closed" else "为独居老人安排送餐"
    async with transaction(secretary):
        await handling.answer_petition(secretary, petition=petition, answer=Answer(words, True, title), now=at)


async def _judge(receipt: str, at: datetime) -> None:
    one, _ = await followed(receipt)
    scope = following_scope(one)
    async with transaction(scope):
        await following.judge_petition(scope, receipt=receipt, solved=True, words="修得快，谢谢。", now=at)

"""The demo's decisions: villages that propose, meet, fail, try again, post on the board and finish, each told once."""

import io
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final
from uuid import UUID

from core.decisions.actions.beginning import Matter, begin_decision
from core.decisions.actions.ending import withdraw_decision
from core.decisions.actions.meetings import Held, Told, record_step, tell_meeting
from core.decisions.actions.procedures import apply_procedures
from core.decisions.actions.publishing import Posted, complete_notice, post_step
from core.decisions.procedures import Procedure
from core.decisions.queries import find_decision
from core.decisions.rules import Count
from core.extension.queries import with_plugins
from core.files.actions import inspect_file
from core.files.uploads import receive_whole
from core.kernel.clock import local
from core.kernel.database import fetch_value, transaction
from core.kernel.scope import Scope, system_scope
from web.demo.cast import scopes_of
from web.demo.photos import picture

_THERE: Final = "SELECT EXISTS (SELECT FROM decision d WHERE d.region >= $1 AND d.region < $2)"
_ENOUGH: Final = {
    "committees": Count(7, 6, 6), "party_members": Count(38, 31, 29, 1, 1), "representatives": Count(45, 39, 36, 2, 1),
    "members": Count(312, 268, 241, 20, 7),
}  # fmt: skip
_WORDS: Final = {
    "proposal": "村党组织提议办理此事，方案和资金来源见发起内容。",
    "consultation": "村两委逐项商议，认为切实可行，同意提交党员大会审议。",
    "party_review": "党员对方案提出两点建议，均已采纳，同意提交村民代表会议。",
    "resolution": "代表逐条讨论方案，举手表决，同意实施，由村务监督委员会全程监督。",
}


@dataclass
class Village:
    """A village's secretary, and the day its story has come to."""

    secretary: Scope
    now: datetime

    def at(self, days: float) -> datetime:
        return self.now - timedelta(days=days)

    async def begin(self, matter: Matter, days: float) -> UUID:
        async with transaction(self.secretary):
            return await begin_decision(self.secretary, matter, now=self.at(days))

    async def tell(self, decision: UUID, body: str, days: float) -> None:
        """Tell people of a meeting, with a picture of the board."""
        await self._papers(decision, 0, 1, days)
        told = Told(body, local(self.at(days)).date(), "电话和微信群逐人通知，方案已送到各人手里。")
        async with transaction(self.secretary):
            await tell_meeting(self.secretary, decision=decision, told=told, now=self.at(days))

    async def hold(self, decision: UUID, days: float, *, body: str = "", count: Count | None = None) -> None:
        """Record the step; figures that are given are those of a vote that failed."""
        async with transaction(self.secretary):
            row = await find_decision(self.secretary, decision)
        step = Procedure.of(row["procedure"]).at(row["step"])
        met = body or (str(step.meetings[0].body) if step.meetings else "")
        await self._papers(decision, step.sheets, step.photos, days)
        held = Held(
            _WORDS[step.kind] if count is None else "到会代表不足，未能形成决议，择期再议。", local(self.at(days)).date(), met,
            count or _ENOUGH.get(met), "村委会会议室", self.secretary.by_name, "村文书", as_failed=count is not None,
        )  # fmt: skip
        async with transaction(self.secretary):
            await record_step(self.secretary, decision=decision, held=held, now=self.at(days))

    async def post(self, decision: UUID, days: float, text: str = "") -> None:
        """Put something on the board; where its days are over by now, it goes on as the clock would have let it."""
        await self._papers(decision, 0, 1, days)
        posted = Posted(local(self.at(days)).date(), text, "村委会公开栏")
        async with transaction(self.secretary):
            changed = await post_step(self.secretary, decision=decision, posted=posted, now=self.at(days))
        if changed["waits_until"] <= self.now:
            system = system_scope(self.secretary.region, county=self.secretary.county)
            async with transaction(system):
                await complete_notice(system, decision=decision, now=changed["waits_until"])

    async def _papers(self, decision: UUID, sheets: int, photos: int, days: float) -> None:
        async with transaction(self.secretary):
            row = await find_decision(self.secretary, decision)
            files = [
                await receive_whole(
                    self.secretary, name=f"{name}{n + 1}.jpg", media_type="image/jpeg", purpose=purpose, subject=row["record_id"],
                    content=io.BytesIO(picture(row["record_id"].int + n)), now=self.at(days),
                )
                for purpose, name, number in (("decision_sheet", "签到表", sheets), ("decision_photo", "现场照片", photos))
                for n in range(number)
            ]  # fmt: skip
        for file in files:
            await inspect_file(self.secretary, file_id=file, now=self.at(days))


def _matter(title: str, text: str, kind: str, *, money: int | None = None, procedure: str = "four_step") -> Matter:
    return Matter(title, text, procedure, kind, money=Decimal(money) if money is not None else None)


async def _to_resolution(village: Village, made: UUID, days: float) -> None:
    """Go from the proposal to the review, three days and more."""
    await village.hold(made, days)
    await village.hold(made, days - 0.5)
    await village.tell(made, "party_members", days - 1)
    await village.hold(made, days - 4.2)


async def _car_park(village: Village) -> None:
    """Resolve and make public; the result follows when the work is done."""
    text = "在村口空地修建停车场，硬化 320 平方米，划线 24 个车位，资金为村集体经济收入。"
    made = await village.begin(_matter("修建村口停车场", text, "project", money=128_000), 19)
    await _to_resolution(village, made, 18.8)
    await village.tell(made, "representatives", 14.4)
    await village.hold(made, 11.2)
    await village.post(made, 11)


async def _hall(village: Village) -> None:
    """Finished: the result was on the board as well."""
    text = "更换文化礼堂投影和音响，供村民开会和放电影使用，资金为村集体经济收入。"
    made = await village.begin(_matter("更换文化礼堂投影设备", text, "matter", money=9_800, procedure="dual_post"), 19.5)
    await village.hold(made, 19.4)
    await village.tell(made, "party_members", 19.3)
    await village.hold(made, 16.2)
    await village.tell(made, "representatives", 16.1)
    await village.hold(made, 13)
    await village.post(made, 12.9)
    await village.post(made, 6.4, "设备已更换并试用，实际花费 9650 元，与决议一致，票据已入账。")


async def _letting(village: Village) -> None:
    """Show the plan of letting an asset for fifteen days before the members vote."""
    text = "村办公旧楼一层 180 平方米对外出租，租期 3 年，年租金不低于 3.6 万元，公开招租。"
    made = await village.begin(
        _matter("旧办公楼一层出租", text, "asset", money=108_000, procedure="collective_assets"), 18
    )
    await _to_resolution(village, made, 17.5)
    await village.tell(made, "members", 9)


async def _canteen(village: Village) -> None:
    """Too few representatives came; it may be tried again."""
    text = "对 80 岁以上老人在老年食堂就餐每餐补助 3 元，全年约 4.2 万元，资金为村集体经济收入。"
    made = await village.begin(_matter("老年食堂就餐补助办法", text, "allowance", money=42_000), 15)
    await _to_resolution(village, made, 14.6)
    await village.tell(made, "representatives", 10)
    await village.hold(made, 6.5, body="representatives", count=Count(45, 25, 23, 1, 1))


async def _lamps(village: Village) -> None:
    """On the board now."""
    text = "更换主村道路灯 46 盏为节能灯，资金为村集体经济收入和上级补助。"
    made = await village.begin(_matter("主村道路灯更新", text, "project", money=55_000), 14)
    await _to_resolution(village, made, 13.8)
    await village.tell(made, "representatives", 9)
    await village.hold(made, 5)
    await village.post(made, 1.5)


async def _library(village: Village) -> None:
    """Proposed long ago, and nobody met: late."""
    made = await village.begin(_matter("农家书屋改建", "书屋搬到礼堂旁，添置书架和空调。", "matter", money=26_000), 19)
    await village.hold(made, 18.6)


async def _fields(village: Village) -> None:
    """Just begun."""
    await village.begin(_matter("机耕路修补", "修补东片机耕路 600 米，方便秋收农机进出。", "project", money=38_000), 0.6)


async def _tents(village: Village) -> None:
    """Taken back, with the reason."""
    made = await village.begin(_matter("购置红白喜事流动桌椅", "购置桌椅 30 套供村民借用。", "matter", money=12_000), 9)
    await village.hold(made, 8.5)
    async with transaction(village.secretary):
        await withdraw_decision(
            village.secretary, decision=made, reason="文明办已统一配发，不再购置", now=village.at(5)
        )


Story = Callable[[Village], Awaitable[None]]
STORIES: Final[Sequence[Sequence[Story]]] = (
    (_car_park, _letting, _canteen, _fields),
    (_lamps, _hall, _library, _tents),
    (_hall, _fields, _canteen),
    (_car_park, _library),
)


async def load_decisions(county: str, *, folder: Path, now: datetime) -> None:
    """Set the pack's own procedures, then tell each village's stories, once."""
    system = await with_plugins(system_scope(county, by_name="演示数据"))
    async with transaction(system):
        if await fetch_value(system, _THERE):
            return
        await apply_procedures(system, folder, reason="县包自带的流程", now=now - timedelta(days=20))
    secretaries = [scope for scope in (await scopes_of(county)).values() if scope.role == "village_secretary"]
    for scope, stories in zip(sorted(secretaries, key=lambda each: each.region, reverse=True), STORIES, strict=False):
        for story in stories:
            await story(Village(scope, now))

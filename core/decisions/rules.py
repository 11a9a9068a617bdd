"""How a vote is counted, and what the law asks of one. Pure: whole numbers in, sentences out.

Sources (domain rules, section 5):

- villagers' meeting: more than half of the adults, or two thirds of the households, and more than half of those present
  (村民委员会组织法 第二十二条);
- representatives' meeting: at least two thirds present, more than half of those present (same article;
  浙江省实施办法 第十三、二十三条), told 3 days before; the villagers' meeting 10 days before (办法 第十二条);
- party members' meeting: at least two thirds present, at least half *of those who should attend* approve, the plan sent
  3 days before (四议两公开 as counties describe it; no statute);
- collective assets: the plan is shown for at least 15 days, then at least two thirds of the members approve
  (浙江省农村集体资产管理条例 第十七、二十条).

What no source states is a default of the procedure's data. A county may ask for more than the national law, never less.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Self

from core.contracts.settings import SettingsArea, SettingsModel, setting
from core.decisions.enums import Body
from core.kernel.clock import SHANGHAI
from core.kernel.errors import Filled, filled, mark

SHOULD: Final = "should"
CAME: Final = "came"
_FORM: Final = re.compile(r"(>=|>)\s*(\d{1,3})/(\d{1,3})(?:\s+(should|came))?")
MOST_PEOPLE: Final = 100_000


class DecisionSettings(SettingsModel):
    """What a county decides about all procedures. Defaults are proposals: no public rule states them."""

    step_days: int = setting(
        30, title=mark("每一步的办理时限"), unit=mark("天"), township=True, ge=1, le=365,
        hint=mark("从轮到这一步算起；流程里另有规定的按流程。超过时限会提醒村里和乡镇。"),
    )  # fmt: skip
    mandate_months: int = setting(
        12, title=mark("年度授权的有效期"), unit=mark("个月"), ge=1, le=24,
        hint=mark("村民会议授权议事会决定的，授权公开后多久内有效。"),
    )  # fmt: skip
    compare_months: int = setting(
        24, title=mark("应到人数和多久以前的会议比"), unit=mark("个月"), ge=1, le=120,
        hint=mark("同一个村、同一种会议。村民代表、党员的人数会变，太久以前的不作比较。"),
    )  # fmt: skip
    compare_percent: int = setting(
        2, title=mark("应到人数比以前少多少不提示"), unit="%", ge=0, le=50,
        hint=mark("少得更多，又降低了最少到会或同意人数的，要写明原因才能记录。"),
    )  # fmt: skip
    township_hears: bool = setting(True, title=mark("超过时限时同时通知乡镇领导"), township=True)


AREA: Final = SettingsArea("decisions", mark("民主决策"), DecisionSettings)


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a number of people: ``>=2/3 should`` or ``>1/2 came``. ``strict`` means more than, not at least."""

    top: int
    bottom: int
    strict: bool
    of: str = SHOULD

    @classmethod
    def of_text(cls, text: str, *, of: str = SHOULD) -> Self:
        """Read what a procedure's data says. Raises ``ValueError`` for anything but a fraction up to the whole."""
        found = _FORM.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"no such share: {text!r}")
        sign, top, bottom, base = found[1], int(found[2]), int(found[3]), found[4]
        if not bottom > 0 or not 0 < top <= bottom or (sign == ">" and top == bottom):
            raise ValueError(f"a share lies between nothing and all: {text!r}")
        return cls(top, bottom, sign == ">", base or of)

    def __str__(self) -> str:
        return f"{'>' if self.strict else '>='}{self.top}/{self.bottom} {self.of}"

    def needed(self, people: int) -> int:
        """Give the smallest whole number of persons that is this share of ``people``."""
        whole, rest = divmod(people * self.top, self.bottom)
        return whole + 1 if self.strict or rest else whole

    def is_weaker_than(self, other: Self) -> bool:
        """Tell whether this asks for less than ``other``: of those who came is less than of those who should."""
        mine, theirs = self.top * other.bottom, other.top * self.bottom
        if self.of == CAME and other.of == SHOULD:
            return True
        return mine < theirs or (mine == theirs and other.strict and not self.strict)


# The national law's least, which no county goes below. What provinces say stands in the built-in procedures.
LEAST: Final[Mapping[Body, tuple[Share, Share]]] = {
    Body.VILLAGERS: (Share(1, 2, strict=True), Share(1, 2, strict=True, of=CAME)),
    Body.HOUSEHOLDS: (Share(2, 3, strict=False), Share(1, 2, strict=True, of=CAME)),
    Body.REPRESENTATIVES: (Share(2, 3, strict=False), Share(1, 2, strict=True, of=CAME)),
}


@dataclass(frozen=True, slots=True)
class Count:
    """A meeting's figures, in persons (or households): who should attend, who came, how they voted."""

    should: int
    came: int
    approved: int
    against: int = 0
    abstained: int = 0


@dataclass(frozen=True, slots=True)
class Short:
    """What a vote lacks. ``what`` is quorum or majority, ``missing`` how many persons."""

    what: str
    needed: int
    real: int
    missing: int

    @property
    def words(self) -> Filled:
        """Say it with the figures, as a source text."""
        text = _SHORT[self.what]
        return filled(text, needed=self.needed, real=self.real, missing=self.missing)

    def stored(self) -> dict[str, object]:
        """Give what the record keeps."""
        return {"what": self.what, "needed": self.needed, "real": self.real, "missing": self.missing}


_SHORT: Final = {
    "quorum": mark("到会人数不够：按规定至少 %(needed)s 人到会，实到 %(real)s 人，还差 %(missing)s 人。"),
    "majority": mark("同意人数不够：按规定至少 %(needed)s 人同意，实际 %(real)s 人，还差 %(missing)s 人。"),
}


def impossible(count: Count) -> dict[str, str]:
    """Say which figures cannot be, by field. Empty where they fit together."""
    wrong: dict[str, str] = {}
    if not 0 < count.should <= MOST_PEOPLE:
        wrong["should"] = mark("请填写应到人数。")
    if not 0 <= count.came <= count.should:
        wrong["came"] = mark("实到人数不能超过应到人数。")
    if min(count.approved, count.against, count.abstained) < 0:
        wrong["approved"] = mark("人数不能是负数。")
    elif count.approved + count.against + count.abstained > count.came:
        wrong["approved"] = mark("同意、反对、弃权的人数加起来超过了实到人数。")
    return wrong


def shortfalls(count: Count, *, quorum: Share | None, majority: Share | None) -> list[Short]:
    """Give what a vote lacks: nothing where it passes."""
    found = []
    if quorum is not None and (needed := quorum.needed(count.should)) > count.came:
        found.append(Short("quorum", needed, count.came, needed - count.came))
    if majority is not None:
        people = count.should if majority.of == SHOULD else count.came
        if (needed := max(1, majority.needed(people))) > count.approved:
            found.append(Short("majority", needed, count.approved, needed - count.approved))
    return found


def earliest_meeting(told_on: date, days: int) -> date:
    """Give the first day on which a meeting may be held that was told so many days before (the day itself not counted)."""
    return told_on + timedelta(days=days)


def shown_until(posted_on: date, days: int) -> datetime:
    """Give when a notice has been up for so many whole days after the day it was posted: the midnight that ends the last."""
    return datetime.combine(posted_on + timedelta(days=days + 1), time(), tzinfo=SHANGHAI)


def last_day(until: datetime) -> date:
    """Give the last day that lies before such a midnight: what people read as the end."""
    return (until - timedelta(seconds=1)).astimezone(SHANGHAI).date()


def day_start(day: date) -> datetime:
    """Give the midnight in China that begins a day."""
    return datetime.combine(day, time(), tzinfo=SHANGHAI)


def words_of_shortfalls(found: Sequence[Short]) -> dict[str, str]:
    """Give the messages by the field they stand beside."""
    return {"came" if each.what == "quorum" else "approved": each.words for each in found}

"""The law's clock (domain/RULES.md, section 6): periods, when they are due, and where a due date stands. Pure.

Days are those of China's calendar. A period is published after its end: November's accounts in December.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from core.contracts.disclosure import Clock
from core.contracts.settings import SettingsArea, SettingsModel, setting
from core.disclosure.enums import Standing
from core.kernel.clock import SHANGHAI, local
from core.kernel.errors import mark

DAY: Final = timedelta(days=1)
_QUARTER: Final = 3
_YEAR: Final = 12


BY_HAND: Final = frozenset(
    {"works_by_hand", "money_by_hand", "labour_by_hand", "aid_by_hand", "assets_by_hand", "finance_by_hand", "major_by_hand"}
)


class DisclosureSettings(SettingsModel):
    """A county's clock. Five days for major matters and notices are the law's; the rest are proposals."""

    month_days: int = setting(
        10, title=mark("每月公开的，次月几日前公开"), unit=mark("日"), hint=mark("法律规定每月公开，没有规定到哪一天。"), ge=1, le=28,
    )  # fmt: skip
    quarter_days: int = setting(
        15, title=mark("每季度公开的，下季度几日内公开"), unit=mark("天"), ge=1, le=60
    )
    year_days: int = setting(31, title=mark("每年公开的，次年几日内公开"), unit=mark("天"), ge=1, le=120)
    at_once_days: int = setting(
        2, title=mark("及时公开的，几日内公开"), unit=mark("天"), hint=mark("重大事项应当及时公布。"), ge=1, le=5
    )
    within_days: int = setting(
        5, title=mark("重大财务事项，几日内公开"), unit=mark("天"), hint=mark("浙江规定五日内公布。"), ge=1, le=5
    )
    soon_days: int = setting(5, title=mark("到期前几天提醒"), unit=mark("天"), ge=1, le=15)
    notice_days: int = setting(
        5, title=mark("公示至少几天"), unit=mark("天"), hint=mark("事项自己规定更长的，按更长的。"), ge=3, le=60
    )
    answer_days: int = setting(5, title=mark("异议几天内答复"), unit=mark("天"), ge=1, le=15)
    keep_days: int = setting(
        365, title=mark("异议人的联系方式，答复后保存几天"), unit=mark("天"), ge=30, le=1095
    )
    names_days: int = setting(
        365, title=mark("手工填报的完整姓名，最后一次填写后保存几天"), unit=mark("天"),
        hint=mark("到期自动删除，只留遮盖后的姓名；已经公开的内容不变。"), ge=30, le=3650,
    )  # fmt: skip
    works_by_hand: bool = setting(
        True, title=mark("村里手工填报工程情况"), hint=mark("已有插件自动公开同样内容的，请关掉，免得重复。")
    )
    money_by_hand: bool = setting(True, title=mark("村里手工填报收支明细"))
    labour_by_hand: bool = setting(True, title=mark("村里手工填报用工明细"))
    aid_by_hand: bool = setting(True, title=mark("村里手工填报救助和补贴"))
    assets_by_hand: bool = setting(True, title=mark("村里手工填报集体资产"))
    finance_by_hand: bool = setting(True, title=mark("村里手工填报重大财务事项"))
    major_by_hand: bool = setting(True, title=mark("村里手工填报重大事项"))

    def offers(self, section: str) -> bool:
        """Tell whether a section is in use: those filled by hand can be switched off, all others stand with their plugin."""
        return section not in BY_HAND or getattr(self, section) is True


AREA: Final = SettingsArea("disclosure", mark("公开"), DisclosureSettings)


@dataclass(frozen=True, slots=True)
class Span:
    """A period by its name, from its first day to before the day after its last."""

    name: str
    starts: datetime
    ends: datetime

    @property
    def last_day(self) -> date:
        """Its last day in China."""
        return local(self.ends).date() - DAY


def today(moment: datetime) -> date:
    """Give the day in China."""
    return local(moment).date()


def midnight(day: date) -> datetime:
    """Give the beginning of a day in China."""
    return datetime.combine(day, time(), tzinfo=SHANGHAI)


def span_of(clock: Clock, moment: datetime) -> Span:
    """Give the period that a moment lies in; without a calendar it is the day."""
    day = today(moment)
    if not clock.by_period:
        return Span(day.isoformat(), midnight(date(day.year, 1, 1)), midnight(day + DAY))
    months = _months(clock)
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    return _span(clock, first)


def before(clock: Clock, span: Span) -> Span:
    """Give the period before."""
    return span_of(clock, span.starts - DAY)


def span_named(clock: Clock, name: str) -> Span:
    """Give a period by its name. Raises ``ValueError`` for one that does not exist."""
    try:
        if clock is Clock.MONTHLY and len(name) == len("2026-11"):
            return _span(clock, date.fromisoformat(f"{name}-01"))
        if clock is Clock.QUARTERLY and len(name) == len("2026-Q4") and name[4:6] == "-Q" and name[6] in "1234":
            return _span(clock, date(int(name[:4]), (int(name[6]) - 1) * _QUARTER + 1, 1))
        if clock is Clock.YEARLY and len(name) == len("2026"):
            return _span(clock, date(int(name), 1, 1))
    except ValueError:
        pass
    raise ValueError(f"no such period: {name}")


def _months(clock: Clock) -> int:
    return {Clock.MONTHLY: 1, Clock.QUARTERLY: _QUARTER, Clock.YEARLY: _YEAR}[clock]


def _span(clock: Clock, first: date) -> Span:
    months = _months(clock)
    past = first.month - 1 + months
    after = date(first.year + past // _YEAR, past % _YEAR + 1, 1)
    name = f"{first:%Y-%m}"
    if clock is Clock.QUARTERLY:
        name = f"{first.year:04}-Q{(first.month - 1) // _QUARTER + 1}"
    if clock is Clock.YEARLY:
        name = f"{first.year:04}"
    return Span(name, midnight(first), midnight(after))


def due_after(clock: Clock, span: Span, rule: DisclosureSettings) -> date:
    """Give the last day on which a period may be published in time."""
    days = {
        Clock.MONTHLY: rule.month_days, Clock.QUARTERLY: rule.quarter_days, Clock.YEARLY: rule.year_days
    }[clock]  # fmt: skip
    return span.last_day + timedelta(days=days)


def due_from(clock: Clock, at: datetime, rule: DisclosureSettings) -> date:
    """Give the last day on which something that happened may be published in time."""
    days = rule.at_once_days if clock is Clock.AT_ONCE else rule.within_days
    return today(at) + timedelta(days=days)


def standing(*, due_on: date, opens_on: date, done: bool, day: date, soon_days: int) -> Standing:
    """Say where a due date stands on a day."""
    if done:
        return Standing.DONE
    if day > due_on:
        return Standing.MISSING
    if day < opens_on:
        return Standing.COMING
    return Standing.SOON if due_on - day <= timedelta(days=soon_days) else Standing.OPEN


def notice_until(days: int, now: datetime) -> date:
    """Give the last day of a notice of so many whole days; the day it is put up does not count."""
    return today(now) + timedelta(days=days)

"""Pure rules of the main job: no database, no clock, no settings lookup."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Final

from core.contracts.settings import SettingsArea, SettingsModel, setting
from core.entry_lists.rules import EvidenceWanted
from core.kernel.clock import SHANGHAI, local
from core.kernel.errors import filled, mark
from core.kernel.scope import Scope
from core.tasks.enums import Mode
from core.tenancy.calendar import NO_DAYS, OwnDays, add_working_days, working_days_before

__all__ = ["EvidenceWanted"]

MOST_POINTS: Final = Decimal(100)
MOST_RECEIVERS: Final = 5000
# Fewer ratings than these, or all of them from one receiver, would tell who gave them.
FEWEST_RATINGS: Final = 3
FEWEST_RATERS: Final = 2
_NEAR_CODE: Final = 0.4


class TaskTimes(SettingsModel):
    """When a task is due if nobody says otherwise, and when its receivers are reminded. Defaults are proposals."""

    remind_days: int = setting(
        1,
        title=mark("到期前几个工作日提醒"),
        hint=mark("填 0 不提醒"),
        unit=mark("个工作日"),
        township=True,
        ge=0,
        le=20,
    )
    due_days: int = setting(
        3,
        title=mark("派任务时默认的办理时间"),
        hint=mark("截止到那天 18:00，派的时候可以改"),
        unit=mark("个工作日"),
        township=True,
        ge=1,
        le=60,
    )
    held_days: int = setting(
        365,
        title=mark("多久以内填报过的内容直接带出"),
        hint=mark("再请村里填同一项时，先带出上次填的；填 0 不带出"),
        unit=mark("天"),
        township=True,
        ge=0,
        le=1095,
    )


AREA: Final = SettingsArea("tasks", mark("任务时限"), TaskTimes)
_END_OF_WORK: Final = time(18)


def default_due(times: TaskTimes, now: datetime, own_days: OwnDays = NO_DAYS) -> datetime:
    """Give the due time that the dispatch page begins with: 18:00 some working days from now."""
    day = add_working_days(local(now).date(), times.due_days, own_days)
    return datetime.combine(day, _END_OF_WORK, tzinfo=SHANGHAI)


def reminder_at(times: TaskTimes, due_at: datetime, own_days: OwnDays = NO_DAYS) -> datetime | None:
    """Give when receivers are reminded: at the same time of day, some working days before; None for never."""
    if times.remind_days == 0:
        return None
    here = local(due_at)
    return datetime.combine(
        working_days_before(here.date(), times.remind_days, own_days), here.time(), tzinfo=SHANGHAI
    )


@dataclass(frozen=True, slots=True)
class Handed:
    """What is there so far."""

    text: str = ""
    photos: int = 0
    files: int = 0
    parts: int = 0
    parts_done: int = 0


def missing_evidence(wanted: EvidenceWanted, handed: Handed) -> list[tuple[str, int]]:
    """Say what is missing before a submission: pairs of (text, photos, files or parts) and how many more."""
    missing: list[tuple[str, int]] = []
    if wanted.text and not handed.text.strip():
        missing.append(("text", 1))
    if (photos := wanted.photos - handed.photos) > 0:
        missing.append(("photos", photos))
    if (files := wanted.files - handed.files) > 0:
        missing.append(("files", files))
    if (parts := handed.parts - handed.parts_done) > 0:
        missing.append(("parts", parts))
    return missing


MISSING_TEXTS: Final[Mapping[str, str]] = {
    "text": mark("还没有写办理情况。"),
    "photos": mark("还差 %(n)s 张照片就可以提交。"),
    "files": mark("还差 %(n)s 个文件就可以提交。"),
    "parts": mark("还有 %(n)s 个村没有办结，办结后才能提交。"),
}


_OTHER_POINTS: Final = mark("清单参考分是 %(item)s 分，您填的是 %(given)s 分。改了分值，请写明理由。")


def wrong_points(points: Decimal, item_points: Decimal | None, reason: str) -> dict[str, str]:
    """Say why these points cannot be given, by field; empty where they can. Points other than the item's own need a reason."""
    if not Decimal(0) < points <= MOST_POINTS:
        return {"points": mark("分值应大于 0，不超过 100。")}
    if item_points is not None and points != item_points and not reason.strip():
        item, given = (f"{each.normalize():f}" for each in (item_points, points))
        return {"points_reason": filled(_OTHER_POINTS, item=item, given=given)}
    return {}


def wrong_receivers(
    mode: Mode, *, places: int = 0, regions: Sequence[object] = (), offices: Sequence[object] = ()
) -> dict[str, str]:
    """Say what is wrong with whom a task goes to, by field; empty where nothing is."""
    if mode is Mode.OPEN:
        return {} if 1 <= places <= MOST_RECEIVERS else {"places": mark("请填写开放的名额数。")}
    if not regions and not offices:
        return {"regions": mark("请至少选择一个接收的村或科室。")}
    if len(set(regions)) != len(regions) or len(set(offices)) != len(offices):
        return {"regions": mark("同一个接收单位选了两次。")}
    return {}


def near_codes(code: str, known: Iterable[str], *, most: int = 3) -> list[str]:
    """Give the codes that one comes nearest to, as somebody mistypes them: the nearest first, none for what is far from all."""
    by_small = {each.casefold(): each for each in known}
    return [by_small[each] for each in get_close_matches(code.strip().casefold(), by_small, most, _NEAR_CODE)]


def can_be_due(due_at: datetime, now: datetime) -> str | None:
    """Say why this due time cannot be set, or None."""
    if due_at <= now:
        return mark("截止时间应晚于现在。")
    if due_at > now + timedelta(days=730):
        return mark("截止时间不应超过两年。")
    return None


def wrong_extension(due_at: datetime, before: datetime, now: datetime) -> str | None:
    """Say why a due time cannot be moved there, or None."""
    if (wrong := can_be_due(due_at, now)) is not None:
        return wrong
    return mark("延期后的时间应晚于原来的截止时间。") if due_at <= before else None


def urgency_of(due_at: datetime, now: datetime, *, end_of_day: datetime, end_of_week: datetime) -> str:
    """Sort a share under the heading it belongs to: overdue, today, week or later."""
    if due_at < now:
        return "overdue"
    if due_at <= end_of_day:
        return "today"
    return "week" if due_at <= end_of_week else "later"


def receives(scope: Scope, row: Any) -> bool:
    """Tell whether this post works on a share: it was sent to its region, and to no office or to its own.

    What a township sends to one of its offices is received by that office alone, though all of them stand in one region.
    """
    return bool(row["region"] == scope.region and row["office_id"] in {None, scope.office})


def sends(scope: Scope, row: Any) -> bool:
    """Tell whether this post judges a share: its region and office sent it, and nobody judges what he received."""
    here = row["sender_region"] == scope.region
    ours = scope.office is None or row["sender_office_id"] in {None, scope.office}
    return bool(here and ours and not receives(scope, row))


def concerns(scope: Scope, row: Any) -> bool:
    """Tell whether a share is this post's: sent or received by its office, given to its grid. Without either, all in range."""
    if scope.system or scope.office is None:
        return _concerns_grid(scope, row)
    sent = row["sender_region"] == scope.region and row["sender_office_id"] in {None, scope.office}
    received = row["region"] == scope.region and row["office_id"] in {None, scope.office}
    return sent or received


def _concerns_grid(scope: Scope, row: Any) -> bool:
    if scope.grid is None:
        return True
    return bool(row["allocated_grid"] == scope.grid or row["allocated_membership"] == scope.membership)


def is_own_offices(scope: Scope, row: Any) -> bool:
    """Tell whether a task or a matter is this post's to see: a post of an office sees what its office or its place sent, nothing below.

    Whoever has no office sees its whole range: county administrators, inspectors and leaders look from above. ``queries.filters.own_offices``
    says the same to a list.
    """
    if scope.system or scope.office is None:
        return True
    return bool(row["region"] == scope.region and row["office_id"] in {None, scope.office})


@dataclass(frozen=True, slots=True)
class RatedWeek:
    """The ratings of one week added up, or of several: how many, from whom, the sums of marks and hours."""

    ratings: int
    raters: frozenset[str]
    clarity: int
    time_given: int
    need: int
    hours: Decimal

    def __add__(self, other: "RatedWeek") -> "RatedWeek":
        return RatedWeek(
            self.ratings + other.ratings, self.raters | other.raters, self.clarity + other.clarity,
            self.time_given + other.time_given, self.need + other.need, self.hours + other.hours,
        )  # fmt: skip

    def average(self, total: int) -> Decimal:
        """Share one of the sums out over the ratings."""
        return Decimal(total) / self.ratings


def week_start(moment: datetime) -> datetime:
    """Give the first moment in China of the week that a moment lies in: all before it are closed weeks."""
    day = local(moment).date()
    return datetime.combine(day - timedelta(days=day.weekday()), time(), tzinfo=SHANGHAI)


def shown_ratings(weeks: Iterable[RatedWeek]) -> RatedWeek | None:
    """Give what is shown of ratings, from the sums of closed weeks in their order; None where nothing is.

    What is shown changes only by a whole step: the weeks since the last one, when they brought three ratings at least,
    from two receivers at least. So no two states that anybody ever saw differ by less, and what is left over waits.
    """
    shown: RatedWeek | None = None
    waiting: RatedWeek | None = None
    for week in weeks:
        waiting = week if waiting is None else waiting + week
        if waiting.ratings >= FEWEST_RATINGS and len(waiting.raters) >= FEWEST_RATERS:
            shown, waiting = waiting if shown is None else shown + waiting, None
    return shown

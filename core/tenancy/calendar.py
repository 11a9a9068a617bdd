"""Working days and deadlines. Pure: the county's own days are an argument, read by ``queries.calendar``.

The national calendar with its moved days (调休) comes from the library ``chinesecalendar``, which is published anew each
November when the State Council has announced the next year. For years it does not know yet, Monday to Friday are taken
as working days, and ``is_known`` lets pages say so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

import chinese_calendar

from core.contracts.settings import SettingsArea, SettingsModel, setting
from core.kernel.clock import SHANGHAI, local
from core.kernel.errors import mark

OwnDays = Mapping[date, bool]
NO_DAYS: Final[OwnDays] = {}
_FRIDAY: Final = 4
_ONE: Final = timedelta(days=1)
_LONGEST: Final = 3_660  # days; a deadline beyond ten years is a mistake


class WorkingHours(SettingsModel):
    """When deadlines counted in working hours run."""

    opens: str = setting(
        "08:30",
        title=mark("上班时间"),
        hint=mark("格式如 08:30"),
        township=True,
        pattern=r"^[0-2]\d:[0-5]\d$",
    )
    closes: str = setting(
        "17:30",
        title=mark("下班时间"),
        hint=mark("格式如 17:30"),
        township=True,
        pattern=r"^[0-2]\d:[0-5]\d$",
    )

    @property
    def span(self) -> tuple[time, time]:
        """Opening and closing time; a county that closes before it opens gets the whole day."""
        opens, closes = (time.fromisoformat(text) for text in (self.opens, self.closes))
        return (opens, closes) if opens < closes else (time(0), time(23, 59))


AREA: Final = SettingsArea("calendar", mark("工作时间"), WorkingHours, permission="core:calendar:edit")
HOURS: Final = WorkingHours()


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a calendar page. ``own`` tells that the county decided; ``known`` that the State Council has."""

    day: date
    working: bool
    national: bool
    own: bool
    known: bool


def is_known(year: int) -> bool:
    """Tell whether the national calendar of a year is in the library."""
    return year in _known_years()


@lru_cache(maxsize=1)
def _known_years() -> frozenset[int]:
    return frozenset(day.year for day in chinese_calendar.constants.holidays)


@lru_cache(maxsize=4096)
def is_nationally_working(day: date) -> bool:
    """Tell whether the nation works: by the announced calendar, else by the day of the week."""
    if not is_known(day.year):
        return day.weekday() <= _FRIDAY
    return bool(chinese_calendar.is_workday(day))


def is_working(day: date, own_days: OwnDays = NO_DAYS) -> bool:
    """Tell whether a county works on a day; its own days beat the national calendar."""
    own = own_days.get(day)
    return is_nationally_working(day) if own is None else own


def day_of(day: date, own_days: OwnDays = NO_DAYS) -> Day:
    national = is_nationally_working(day)
    return Day(day, own_days.get(day, national), national, day in own_days, is_known(day.year))


def add_working_days(start: date, days: int, own_days: OwnDays = NO_DAYS) -> date:
    """Give the day that lies so many working days after a day, which itself is not counted (民法典 第二百零一条).

    Zero gives the day itself or, where it is free, the next working day. Raises ``ValueError`` for a negative number and
    where own days leave no working day within ten years.
    """
    if days < 0:
        raise ValueError("a deadline lies ahead")
    day, left = start, days
    for _ in range(_LONGEST):
        if left == 0 and is_working(day, own_days):
            return day
        day += _ONE
        if left and is_working(day, own_days):
            left -= 1
    raise ValueError("no working day within ten years")


def working_days_before(day: date, days: int, own_days: OwnDays = NO_DAYS) -> date:
    """Give the working day that lies so many working days before a day, which itself is not counted; zero gives the day.

    Raises ``ValueError`` for a negative number and where own days leave no working day within ten years.
    """
    if days < 0:
        raise ValueError("a reminder comes before")
    found, left = day, days
    for _ in range(_LONGEST):
        if left == 0:
            return found
        found -= _ONE
        left -= is_working(found, own_days)
    raise ValueError("no working day within ten years")


def deadline(
    start: datetime,
    *,
    working_days: int | None = None,
    working_hours: int | None = None,
    own_days: OwnDays = NO_DAYS,
    hours: WorkingHours = HOURS,
) -> datetime:
    """Give when something that began at ``start`` is due: the end of the last working day, or after working hours.

    Exactly one of the two lengths is given. The answer is in the zone of China.
    """
    if (working_days is None) == (working_hours is None):
        raise ValueError("a deadline is counted in working days or in working hours")
    here = local(start)
    opens, closes = hours.span
    if working_days is not None:
        return datetime.combine(
            add_working_days(here.date(), working_days, own_days), closes, tzinfo=SHANGHAI
        )
    left = timedelta(hours=working_hours or 0)
    moment = here
    for _ in range(_LONGEST):
        day = moment.date()
        begin = max(moment, datetime.combine(day, opens, tzinfo=SHANGHAI))
        end = datetime.combine(day, closes, tzinfo=SHANGHAI)
        if is_working(day, own_days) and begin <= end:
            if left <= end - begin:
                return begin + left
            left -= end - begin
        moment = datetime.combine(day + _ONE, opens, tzinfo=SHANGHAI)
    raise ValueError("no working hours within ten years")


def working_days_between(start: date, end: date, own_days: OwnDays = NO_DAYS) -> int:
    """Count the working days after ``start`` up to and with ``end``; negative where the end lies before."""
    if end < start:
        return -working_days_between(end, start, own_days)
    return sum(is_working(start + timedelta(days=n), own_days) for n in range(1, (end - start).days + 1))

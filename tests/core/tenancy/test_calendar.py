"""Working days with 调休, own days, and deadlines."""

from datetime import date, datetime

import pytest

from core.kernel.clock import SHANGHAI
from core.tenancy.calendar import (
    add_working_days,
    day_of,
    deadline,
    is_known,
    is_working,
    working_days_between,
)

FRIDAY = date(2026, 11, 20)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


def test_saturday_moved_for_a_holiday_is_worked() -> None:
    assert is_working(date(2026, 2, 14))
    assert not is_working(date(2026, 2, 16))
    assert not is_working(date(2026, 11, 21))


def test_year_not_announced_yet_has_weekends_only_and_says_so() -> None:
    assert is_known(2026)
    assert not is_known(2031)
    assert not day_of(date(2031, 10, 1)).known
    assert is_working(date(2031, 10, 1))


def test_own_days_beat_the_nation() -> None:
    assert not is_working(FRIDAY, {FRIDAY: False})
    assert is_working(date(2026, 11, 21), {date(2026, 11, 21): True})


def test_working_days_skip_the_weekend_and_own_days() -> None:
    assert add_working_days(FRIDAY, 1) == date(2026, 11, 23)
    assert add_working_days(FRIDAY, 1, {date(2026, 11, 23): False}) == date(2026, 11, 24)
    assert add_working_days(date(2026, 11, 21), 0) == date(2026, 11, 23)
    with pytest.raises(ValueError, match="ahead"):
        add_working_days(FRIDAY, -1)


def test_deadline_in_days_ends_with_the_working_day() -> None:
    assert deadline(at(20, 10), working_days=2) == at(24, 17, 30)


def test_deadline_in_hours_runs_only_while_offices_are_open() -> None:
    assert deadline(at(20, 16, 30), working_hours=3) == at(23, 10, 30)
    assert deadline(at(21, 12), working_hours=1) == at(23, 9, 30)


def test_deadline_asks_for_one_length() -> None:
    with pytest.raises(ValueError, match="working"):
        deadline(at(20, 10))


def test_days_between_count_the_last() -> None:
    assert working_days_between(FRIDAY, date(2026, 11, 24)) == 2
    assert working_days_between(date(2026, 11, 24), FRIDAY) == -2

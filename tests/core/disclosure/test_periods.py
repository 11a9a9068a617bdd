"""The law's clock: periods, due dates, standings."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contracts.disclosure import Clock
from core.disclosure.enums import Standing
from core.disclosure.periods import (
    DisclosureSettings,
    before,
    due_after,
    due_from,
    notice_until,
    span_named,
    span_of,
    standing,
)

RULE = DisclosureSettings()
CALENDARS = [Clock.MONTHLY, Clock.QUARTERLY, Clock.YEARLY]
moments = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds the zone


@pytest.fixture(autouse=True)
def admin() -> None:
    """Need no database."""


@pytest.mark.parametrize(
    ("clock", "name", "last", "due"),
    [
        (Clock.MONTHLY, "2026-11", date(2026, 11, 30), date(2026, 12, 10)), (Clock.MONTHLY, "2026-12", date(2026, 12, 31), date(2027, 1, 10)),
        (Clock.QUARTERLY, "2026-Q4", date(2026, 12, 31), date(2027, 1, 15)), (Clock.QUARTERLY, "2026-Q1", date(2026, 3, 31), date(2026, 4, 15)),
        (Clock.YEARLY, "2024", date(2024, 12, 31), date(2025, 1, 31)), (Clock.MONTHLY, "2024-02", date(2024, 2, 29), date(2024, 3, 10)),
    ],
)  # fmt: skip
def test_a_period_is_due_after_its_end(clock: Clock, name: str, last: date, due: date) -> None:
    span = span_named(clock, name)
    assert (span.last_day, due_after(clock, span, RULE)) == (last, due)


@pytest.mark.parametrize("name", ["", "2026-13", "2026-Q5", "2026-q4", "20266", "2026-1", "abcd", "2026-11-22", "0000"])
@pytest.mark.parametrize("clock", CALENDARS)
def test_what_is_no_period_is_refused(clock: Clock, name: str) -> None:
    with pytest.raises(ValueError, match="no such period"):
        span_named(clock, name)


@given(moments, st.sampled_from(CALENDARS))
def test_every_moment_lies_in_one_period_and_the_one_before_ends_where_it_begins(at: datetime, clock: Clock) -> None:
    span = span_of(clock, at)
    assert span.starts <= at < span.ends
    assert span_named(clock, span.name) == span
    assert before(clock, span).ends == span.starts


def test_the_month_changes_at_midnight_in_china() -> None:
    late = datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert span_of(Clock.MONTHLY, late).name == "2026-12"
    assert span_of(Clock.MONTHLY, late - timedelta(seconds=1)).name == "2026-11"
    assert span_of(Clock.NONE, late).name == "2026-12-01"


def test_events_run_their_own_days() -> None:
    at = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
    assert due_from(Clock.WITHIN_DAYS, at, RULE) == date(2026, 11, 27)
    assert due_from(Clock.AT_ONCE, at, RULE) == date(2026, 11, 24)
    assert notice_until(7, at) == date(2026, 11, 29)


@pytest.mark.parametrize(
    ("day", "done", "found"),
    [
        (date(2026, 11, 30), False, Standing.COMING), (date(2026, 12, 1), False, Standing.OPEN), (date(2026, 12, 5), False, Standing.SOON),
        (date(2026, 12, 10), False, Standing.SOON), (date(2026, 12, 11), False, Standing.MISSING), (date(2026, 12, 11), True, Standing.DONE),
    ],
)  # fmt: skip
def test_where_a_due_date_stands(day: date, done: bool, found: Standing) -> None:  # noqa: FBT001 - a case of the table
    opens, due = date(2026, 12, 1), date(2026, 12, 10)
    assert standing(due_on=due, opens_on=opens, done=done, day=day, soon_days=5) is found

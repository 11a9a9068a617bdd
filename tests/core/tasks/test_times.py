"""Reminders and due times go by the county's working days; being overdue stays exact."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import asyncpg
import pytest

from core.kernel.clock import SHANGHAI
from core.kernel.database import transaction
from core.kernel.scope import Scope
from core.tasks.queries.times import due_by_default, free_day, reminder_for
from core.tasks.rules import AREA, TaskTimes, default_due, reminder_at
from core.tenancy.actions.calendar import set_day
from core.tenancy.calendar import working_days_before
from core.tenancy.settings import set_values
from tests.factories.world import NOW, World, sent


def at(month: int, day: int, hour: int = 18, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=SHANGHAI)


def test_monday_is_reminded_on_friday() -> None:
    assert reminder_at(TaskTimes(), at(11, 30)) == at(11, 27)
    assert reminder_at(TaskTimes(remind_days=2), at(11, 30)) == at(11, 26)


def test_holiday_is_stepped_over_and_a_moved_day_counts() -> None:
    # 8 October 2026 is the first day after the holiday; Saturday, 10 October, is worked.
    assert working_days_before(date(2026, 10, 8), 1) == date(2026, 9, 30)
    assert working_days_before(date(2026, 10, 12), 1) == date(2026, 10, 10)


def test_own_free_day_is_stepped_over() -> None:
    assert reminder_at(TaskTimes(), at(11, 30), {date(2026, 11, 27): False}) == at(11, 26)


def test_zero_days_means_no_reminder_and_none_lies_ahead_of_time() -> None:
    assert reminder_at(TaskTimes(remind_days=0), at(11, 30)) is None
    with pytest.raises(ValueError, match="before"):
        working_days_before(date(2026, 11, 30), -1)
    days = {date(2026, 11, 30) - timedelta(days=n): False for n in range(4000)}
    with pytest.raises(ValueError, match="ten years"):
        working_days_before(date(2026, 11, 30), 1, days)


def test_default_due_time_is_three_working_days_on_at_six() -> None:
    assert default_due(TaskTimes(), at(11, 26, 9)) == at(12, 1)
    assert default_due(TaskTimes(due_days=1), at(11, 27, 9)) == at(11, 30)


async def _settle(scope: Scope, **values: int) -> None:
    allowed = replace(scope, permissions=scope.permissions | {"core:setting:edit", "core:calendar:edit"})
    async with transaction(allowed):
        await set_values(allowed, AREA, values, valid_from=NOW, reason="本县习惯", now=NOW)


async def test_township_may_differ_from_the_county(world: World) -> None:
    zhu = world.zhu
    await _settle(zhu.scope("county_administrator"), remind_days=2)
    leader = zhu.scope("township_leader")
    due = at(12, 18)
    async with transaction(leader):
        assert await reminder_for(leader, due, now=NOW + timedelta(days=1)) == at(12, 16)
    await _settle(leader, remind_days=0, due_days=5)
    async with transaction(leader):
        assert await reminder_for(leader, due, now=NOW + timedelta(days=1)) is None
        later = NOW + timedelta(days=1)
        assert await due_by_default(leader, now=later) == default_due(TaskTimes(due_days=5), later)


async def test_timers_follow_the_countys_own_days_and_due_stays_exact(
    world: World, admin: asyncpg.Connection
) -> None:
    nan = world.nan
    administrator = nan.scope("county_administrator")
    due = at(12, 18, 9)
    async with transaction(administrator):
        await set_day(administrator, day=date(2026, 12, 17), working=False, note="全县停电检修", now=NOW)
    task = (await sent(nan, due_at=due)).task
    rows = await admin.fetch("SELECT topic, due_at FROM timer WHERE subject_id = $1 ORDER BY due_at", task)
    assert [tuple(row) for row in rows] == [("task.due_soon", at(12, 16, 9)), ("task.due", due)]


@pytest.mark.parametrize(
    ("due", "free"),
    [
        (lambda: at(12, 26), date(2026, 12, 26)),
        (lambda: at(12, 25), None),
        (lambda: at(12, 17), date(2026, 12, 17)),
    ],
)
async def test_free_day_is_noticed(world: World, due: Callable[[], datetime], free: date | None) -> None:
    leader = world.nan.scope("township_leader")
    async with transaction(leader):
        assert await free_day(leader, due()) == free

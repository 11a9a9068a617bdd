"""Due times and reminders by the county's working calendar and the township's own settings."""

from datetime import date, datetime, timedelta
from typing import Final

from core.kernel.clock import local
from core.kernel.scope import Scope
from core.tasks.rules import TaskTimes, default_due, reminder_at
from core.tenancy.calendar import is_working
from core.tenancy.queries.calendar import own_days
from core.tenancy.settings import settings_of

# Counting some working days never leads further away than this: the longest holidays, and own days beside them.
_REACH: Final = timedelta(days=120)


async def due_by_default(scope: Scope, *, now: datetime) -> datetime:
    """Give the due time that a new task begins with."""
    times = await settings_of(scope, TaskTimes, at=now)
    today = local(now).date()
    return default_due(times, now, await own_days(scope, since=today, until=today + _REACH))


async def reminder_for(scope: Scope, due_at: datetime, *, now: datetime) -> datetime | None:
    """Give when the receivers of a task are reminded; None where they are not, or that has passed."""
    times = await settings_of(scope, TaskTimes, at=now)
    day = local(due_at).date()
    at = reminder_at(times, due_at, await own_days(scope, since=day - _REACH, until=day))
    return at if at is not None and at > now else None


async def free_day(scope: Scope, due_at: datetime) -> date | None:
    """Give the day of a due time where nobody works on it; None on working days."""
    day = local(due_at).date()
    return None if is_working(day, await own_days(scope, since=day, until=day)) else day

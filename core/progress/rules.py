"""What a bar says: how far, how long still, and whether anybody works on it."""

from datetime import datetime, timedelta
from typing import Final

from core.progress.enums import OPEN, JobState

# Longer than a lease of the outbox plus the relay's look: by then another worker has taken over.
QUIET: Final = timedelta(seconds=90)


def percent_done(*, done: int, total: int, state: str) -> int | None:
    """Give 0 to 100; None while the total is not known, when a bar would tell lies."""
    if state == JobState.DONE:
        return 100
    return min(100, done * 100 // total) if total > 0 else None


def time_left(*, done: int, total: int, started_at: datetime | None, now: datetime) -> timedelta | None:
    """Guess from the pace so far; None before there is a pace, and when it is past the total."""
    if started_at is None or done <= 0 or total <= done:
        return None
    return (now - started_at) / done * (total - done)


def is_stalled(*, state: str, beat_at: datetime | None, created_at: datetime, now: datetime) -> bool:
    """Whether open work has shown no sign of life for longer than a take-over lasts."""
    return state in OPEN and now - (beat_at or created_at) > QUIET

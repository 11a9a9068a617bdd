"""The time, fetched once at the edge and handed down. Times are UTC inside, Asia/Shanghai on pages."""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    return datetime.now(UTC)


def local(moment: datetime) -> datetime:
    """Give the moment as clocks in China show it."""
    return moment.astimezone(SHANGHAI)


def period_of(moment: datetime) -> str:
    """Give the month a moment counts for, as ``2026-11``, by the clocks in China."""
    return local(moment).strftime("%Y-%m")

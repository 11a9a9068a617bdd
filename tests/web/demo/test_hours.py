"""Deeds of the demo's people lie in the hours that people work, in the order they were told."""

from datetime import UTC, datetime, time, timedelta

import pytest

from core.kernel.clock import SHANGHAI
from web.demo.stories import in_office

DAYS = [12, 6, 5.9, 5.8, 5.5, 4, 3.9, 3, 2.9, 2.5, 2.4, 1.5, 1.2, 1.1, 1, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_order_is_kept_nothing_lies_ahead_and_days_before_lie_in_office_hours(hour: int) -> None:
    now = datetime(2026, 11, 23, hour, 10, tzinfo=UTC)
    moments = [in_office(now - timedelta(days=days), now=now) for days in DAYS]
    assert moments == sorted(set(moments))
    assert moments[-1] < now
    today = now.astimezone(SHANGHAI).date()
    for moment, days in zip(moments, DAYS, strict=True):
        here = moment.astimezone(SHANGHAI)
        assert here.date() == (now - timedelta(days=days)).astimezone(SHANGHAI).date()
        if here.date() != today:
            assert time(8, 30) <= here.time() <= time(17, 30)

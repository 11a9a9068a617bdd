"""Timers and schedules fire once, whoever ticks."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

import pytest

from core.contracts.events import Schedule
from core.jobs.connections import Pool, open_relay_pool
from core.jobs.ticker import Ticker
from core.kernel.database import transaction
from core.kernel.outbox import cancel_timers, set_timer
from core.kernel.scope import Scope
from tests.databases import DatabaseUrls

NOW = datetime(2026, 11, 22, 8, 0, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
async def relay_pool(pool: DatabaseUrls) -> AsyncIterator[Pool]:
    opened = await open_relay_pool(pool.relay, size=4)
    yield opened
    await opened.close()


async def test_due_timers_are_announced_once_by_two_tickers(relay_pool: Pool, scope: Scope) -> None:
    subjects = [uuid4() for _ in range(20)]
    async with transaction(scope):
        for subject in subjects:
            await set_timer(scope, "due", subject=subject, due_at=NOW, payload={"n": 1})
        await set_timer(
            scope, "due", subject=subjects[0], due_at=NOW + timedelta(seconds=1), payload={"n": 2}
        )
        await cancel_timers(scope, subject=subjects[1])
    tickers = Ticker(relay_pool, []), Ticker(relay_pool, [])
    await asyncio.gather(*(ticker.fire_timers(NOW) for ticker in tickers * 3))
    fired = await relay_pool.fetch("SELECT payload->>'subject' s FROM outbox WHERE topic = 'due' ORDER BY id")
    assert sorted(row["s"] for row in fired) == sorted(str(s) for s in subjects if s != subjects[1])
    assert await tickers[0].fire_timers(NOW + timedelta(seconds=1)) == 1


async def test_schedule_is_announced_once_a_slot_in_each_open_county(relay_pool: Pool) -> None:
    schedule = Schedule("test:hourly", "hourly", every=timedelta(hours=1))
    for ticker in (Ticker(relay_pool, [schedule]), Ticker(relay_pool, [schedule])):
        await ticker.tick(NOW)
        await ticker.tick(NOW + timedelta(seconds=5))
    rows = await relay_pool.fetch(
        "SELECT county, payload->>'slot' slot FROM outbox WHERE topic = 'hourly' ORDER BY county"
    )
    assert [tuple(row) for row in rows] == [
        ("330503", "2026-11-22T08:00:00+00:00"),
        ("330681", "2026-11-22T08:00:00+00:00"),
    ]


async def test_sweep_keeps_what_may_still_be_asked_for(relay_pool: Pool) -> None:
    old = NOW - timedelta(days=30)
    made = "INSERT INTO outbox (id, county, region, topic, payload, created_at, available_at, done_at) "
    done, parked = uuid4(), uuid4()
    await relay_pool.execute(
        made + "VALUES ($1, '330503', '330503', 'old', '{}', $3, $3, $3), "
        "($2, '330503', '330503', 'old', '{}', $3, $3, NULL)",
        done, parked, old,
    )  # fmt: skip
    await relay_pool.execute(
        "INSERT INTO inbox (key, at) VALUES ($1, $3), ($2, $3)", f"{done}:a", f"{parked}:a", old
    )
    await Ticker(relay_pool, []).sweep(NOW)
    assert await relay_pool.fetchval("SELECT array_agg(id) FROM outbox WHERE topic = 'old'") == [parked]
    keys = [row["key"] for row in await relay_pool.fetch("SELECT key FROM inbox")]
    assert (f"{done}:a" in keys, f"{parked}:a" in keys) == (False, True)


@pytest.mark.parametrize(
    ("schedule", "slot"),
    [
        (Schedule("a", "t", every=timedelta(minutes=15)), datetime(2026, 11, 22, 8, 0, tzinfo=UTC)),
        (Schedule("b", "t", at=time(16)), datetime(2026, 11, 22, 8, 0, tzinfo=UTC)),
        (Schedule("c", "t", at=time(16, 1)), datetime(2026, 11, 21, 8, 1, tzinfo=UTC)),
        (Schedule("d", "t", every=timedelta(days=1)), datetime(2026, 11, 21, 16, 0, tzinfo=UTC)),
    ],
)
def test_slot_follows_the_clock_in_china(schedule: Schedule, slot: datetime) -> None:
    assert schedule.slot(NOW) == slot


def test_schedule_with_an_odd_step_is_refused() -> None:
    with pytest.raises(ValueError, match="divide a day"):
        Schedule("x", "t", every=timedelta(hours=7))

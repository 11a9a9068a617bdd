"""The ticker process: ``python -m core.jobs.ticker``. Fires timers and schedules, sweeps what is old.

Everything it does is decided by one row that only one of two tickers can write, so two are harmless.
"""

import asyncio
import sys
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import structlog

from core.contracts.events import Schedule
from core.jobs.connections import LOST, Pool, open_relay_pool, until_there
from core.jobs.process import End
from core.jobs.worker import all_subscriptions
from core.kernel.clock import now as clock
from core.kernel.ids import new_id
from core.kernel.logs import configure
from core.kernel.settings import Settings, get_settings

_log = structlog.get_logger("core.jobs.ticker")  # run as a program its __name__ is none of ours

TICK_SECONDS: Final = 1.0
SWEEP_EVERY: Final = timedelta(hours=1)
KEPT: Final = timedelta(days=14)
_AT_ONCE: Final = 500

# The timer's id becomes the announcement's, and its payload names the subject.
_FIRE = """
WITH due AS (
  SELECT id FROM timer WHERE due_at <= $1 AND fired_at IS NULL AND cancelled_at IS NULL
   ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED),
fired AS (
  UPDATE timer t SET fired_at = $1 FROM due WHERE t.id = due.id
  RETURNING t.id, t.county, t.region, t.topic, t.subject_id, t.due_at, t.payload),
made AS (
  INSERT INTO outbox (id, county, region, topic, payload, created_at, available_at)
  SELECT id, county, region, topic,
         jsonb_build_object('subject', subject_id, 'due_at', due_at) || payload, $1, $1 FROM fired
  RETURNING id)
SELECT count(*) FROM made
"""
_SLOT = "INSERT INTO schedule_slot (schedule, slot) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING true"
_COUNTIES = "SELECT county, code FROM county WHERE closed_at IS NULL AND opened_at <= $1 ORDER BY county"
_ANNOUNCE = """
INSERT INTO outbox (id, county, region, topic, payload, created_at, available_at)
SELECT i, c, r, $4, jsonb_build_object('schedule', $5::text, 'slot', $6::timestamptz), $7, $7
  FROM unnest($1::uuid[], $2::text[], $3::text[]) AS made (i, c, r)
"""
_NEWS = "SELECT pg_notify('outbox', '')"
_SWEEP = (
    # Marks outlive their announcement by a day; those of parked ones stay, for they may be tried again.
    "DELETE FROM outbox WHERE done_at < $1",
    """DELETE FROM inbox i WHERE i.at < $1::timestamptz - interval '1 day'
        AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id::text = split_part(i.key, ':', 1))""",
    "DELETE FROM timer WHERE coalesce(fired_at, cancelled_at) < $1",
    "DELETE FROM schedule_slot WHERE started_at < $1::timestamptz - interval '60 days'",
    "DELETE FROM rate_limit WHERE slot < $1",
    "SELECT sweep_sessions($1)",
)


class Ticker:
    """One tick fires all that is due by the time it is given."""

    def __init__(self, pool: Pool, schedules: Iterable[Schedule]) -> None:
        self._pool = pool
        self._schedules = tuple(schedules)
        self._slots: dict[str, datetime] = {}
        self._swept: datetime | None = None

    async def tick(self, now: datetime) -> int:
        """Fire timers and schedules; gives how many announcements that made."""
        made = await self.fire_timers(now)
        for schedule in self._schedules:
            made += await self.start_slot(schedule, now)
        if self._swept is None or now - self._swept >= SWEEP_EVERY:
            self._swept = now
            await self.sweep(now)
        return made

    async def fire_timers(self, now: datetime) -> int:
        """Move due timers into the outbox, the earliest first."""
        made = 0
        while True:
            async with self._pool.acquire() as connection, connection.transaction():
                fired: int = await connection.fetchval(_FIRE, now, _AT_ONCE)
                if fired:
                    await connection.execute(_NEWS)
            made += fired
            if fired < _AT_ONCE:
                return made

    async def start_slot(self, schedule: Schedule, now: datetime) -> int:
        """Announce the schedule's latest slot in every open county, unless a ticker has done it."""
        slot = schedule.slot(now)
        if self._slots.get(schedule.name) == slot:
            return 0
        made = 0
        async with self._pool.acquire() as connection, connection.transaction():
            if await connection.fetchval(_SLOT, schedule.name, slot):
                counties = await connection.fetch(_COUNTIES, now)
                made = len(counties)
                await connection.execute(
                    _ANNOUNCE,
                    [new_id() for _ in counties],
                    [row["county"] for row in counties],
                    [row["code"] for row in counties],
                    schedule.topic,
                    schedule.name,
                    slot,
                    now,
                )
                await connection.execute(_NEWS)
        self._slots[schedule.name] = slot
        return made

    async def sweep(self, now: datetime) -> None:
        """Delete what nobody will ask for again."""
        for statement in _SWEEP:
            await self._pool.execute(statement, now - KEPT)


async def run(settings: Settings, schedules: Iterable[Schedule]) -> int:
    """Tick once a second until SIGTERM, SIGINT or the parent's death."""
    end = End()
    end.listen()
    dsn = settings.relay_database_url
    pool = await until_there(lambda: open_relay_pool(dsn, size=2), lambda: end.is_due)
    if pool is None:
        return 0
    ticker = Ticker(pool, schedules)
    _log.info("ticker ready")
    try:
        while not await end.pause(TICK_SECONDS):
            try:
                await ticker.tick(clock())
            except LOST as error:
                _log.warning("ticker lost the database", error=type(error).__name__)
            except Exception:  # noqa: BLE001 - one broken schedule must not keep the timers from firing
                _log.exception("tick failed")
    finally:
        pool.terminate()
    return 0


def main() -> int:
    configure(get_settings().log_format)
    return asyncio.run(run(get_settings(), all_subscriptions().schedules))


if __name__ == "__main__":
    sys.exit(main())

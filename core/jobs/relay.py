"""From the outbox to the broker: claims announcements under a lease and hands their ids on."""

import asyncio
from collections.abc import Callable
from typing import Final
from uuid import UUID

import structlog

from core.jobs.connections import ALIVE, LOST, RECONNECT_SECONDS, Ear, Pool
from core.jobs.rules import BEAT, LEASE, LEASE_OUTSIDE

_log = structlog.get_logger(__name__)

LOOK_SECONDS: Final = 2.0

# A lease that ran out is anybody's. $6: with the broker in memory so is one whose worker is gone, for its queue is gone
# too, and one of ours that we do not hold (the database was lost in the middle of it). In a broker outside, what we sent
# may still wait there: to claim it again at each look would send it over and over.
_CLAIM = f"""
WITH next AS (
  SELECT id FROM outbox
   WHERE done_at IS NULL AND parked_at IS NULL AND available_at <= now() AND id <> ALL($2::uuid[])
     AND (topic = ANY($5::text[])) = $7
     AND (lease_until IS NULL OR lease_until < now()
          OR ($6 AND (leased_by = $1 OR leased_by <> ALL (ARRAY({ALIVE})))))
   ORDER BY available_at, id LIMIT $3 FOR UPDATE SKIP LOCKED)
UPDATE outbox o SET lease_until = now() + $4::interval, leased_by = $1 FROM next WHERE o.id = next.id
RETURNING o.id, o.topic
"""  # noqa: S608 - built from our own text
_RENEW = """
UPDATE outbox SET lease_until = now() + $3::interval, leased_by = $1
 WHERE id = ANY($2::uuid[]) AND done_at IS NULL
"""


class Desk:
    """What this worker has in hand: the ids it claimed and has not finished. One event loop uses it."""

    def __init__(self, *, most: int, most_long: int, long_topics: frozenset[str]) -> None:
        self.most = most
        self.most_long = most_long
        self.long_topics = long_topics
        self._held: dict[UUID, str] = {}
        self.news = asyncio.Event()

    @property
    def held(self) -> list[UUID]:
        return list(self._held)

    @property
    def room(self) -> int:
        return self.most - len(self._held)

    @property
    def long_room(self) -> int:
        """Long works may not take all the room: short announcements would wait for them."""
        held = sum(topic in self.long_topics for topic in self._held.values())
        return min(self.room, self.most_long - held)

    def take(self, event_id: UUID, topic: str) -> None:
        self._held[event_id] = topic

    def drop(self, event_id: UUID) -> None:
        """Let go, and ask for more when half of the room is free: claiming one by one would cost more."""
        self._held.pop(event_id, None)
        if len(self._held) <= self.most // 2:
            self.news.set()


class Relay:
    """Claims while there is room, wakes on news and every two seconds, survives the loss of the database."""

    def __init__(
        self, pool: Pool, dsn: str, *, desk: Desk, send: Callable[[UUID], object], memory: bool
    ) -> None:
        self._pool = pool
        self._desk = desk
        self._send = send
        self._memory = memory
        self._ear = Ear(dsn, desk.news.set)
        self._beaten = 0.0

    async def run(self) -> None:
        """Work until cancelled. A lost database is asked again twice a second."""
        while True:
            try:
                if not self._ear.is_open:
                    await self._ear.open()
                self._desk.news.clear()
                await self.beat()
                if await self.claim() == 0:
                    await self._wait()
            except LOST as error:
                _log.warning("relay lost the database", error=type(error).__name__)
                await asyncio.sleep(RECONNECT_SECONDS)
            except Exception:  # noqa: BLE001 - a relay that ended would stop all that follows from deeds
                _log.exception("relay failed")
                await asyncio.sleep(RECONNECT_SECONDS)

    async def close(self) -> None:
        await self._ear.close()

    async def claim(self) -> int:
        """Claim what there is room for and send it; gives how many."""
        short = await self._claim(self._desk.room, long=False)
        return short + await self._claim(self._desk.long_room, long=True)

    async def _claim(self, room: int, *, long: bool) -> int:
        desk = self._desk
        topics = sorted(desk.long_topics)
        if room <= 0 or (long and not topics):
            return 0
        lease = LEASE if self._memory else LEASE_OUTSIDE
        rows = await self._pool.fetch(
            _CLAIM, self._ear.key, desk.held, room, lease, topics, self._memory, long
        )
        for row in rows:
            if self._memory:
                desk.take(row["id"], row["topic"])
            self._send(row["id"])
        return len(rows)

    async def beat(self) -> None:
        """Keep the leases of what is in hand, waiting or running, from running out."""
        now = asyncio.get_running_loop().time()
        if not self._desk.held or now - self._beaten < BEAT.total_seconds():
            return
        self._beaten = now
        await self._pool.execute(_RENEW, self._ear.key, self._desk.held, LEASE)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._desk.news.wait()
        except TimeoutError:
            return

"""Work that is broken off: by the end of the worker, by a lost database, by a crash between two chunks."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import pytest

from core.contracts.events import Handler, Stopping, Subscriptions
from core.jobs.broker import BrokerNotReadyError, is_in_memory, make_broker
from core.jobs.connections import Ear, Pool, open_relay_pool, until_there
from core.jobs.delivery import Delivery, mark_of
from core.jobs.process import End, end_hard_after
from core.jobs.relay import Desk
from core.jobs.ticker import Ticker
from core.kernel.audit import audit
from core.kernel.database import execute, fetch_value, transaction
from core.kernel.outbox import Event, announce
from core.kernel.scope import Scope
from tests.databases import DatabaseUrls

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


@dataclass
class Work:
    """A handler that counts its runs and breaks off as often as it is told."""

    stops: int = 0
    runs: list[UUID] = field(default_factory=list)

    async def __call__(self, scope: Scope, event: Event) -> None:
        self.runs.append(event.id)
        if len(self.runs) <= self.stops:
            raise Stopping
        async with transaction(scope):
            await audit(scope, "test.long", kind="event", subject=event.id, now=NOW)


@pytest.fixture(scope="module")
async def relay_pool(pool: DatabaseUrls) -> AsyncIterator[Pool]:
    opened = await open_relay_pool(pool.relay, size=4)
    yield opened
    await opened.close()


def desk() -> Desk:
    return Desk(most=8, most_long=2, long_topics=frozenset({"long"}))


def deliverer(relay_pool: Pool, work: Work, held: Desk, *, stopping: bool = False) -> Delivery:
    handlers = (Handler("long", "test:long", work, long=True),)
    return Delivery(relay_pool, Subscriptions(handlers=handlers), held, stopping=lambda: stopping)


async def announced(scope: Scope) -> UUID:
    async with transaction(scope):
        return await announce(scope, "long", {}, now=NOW)


async def test_stopped_work_goes_on_in_the_next_worker_without_a_failure(
    relay_pool: Pool, scope: Scope
) -> None:
    event_id, work, held = await announced(scope), Work(stops=1), desk()
    await deliverer(relay_pool, work, held).deliver(event_id)
    row = await relay_pool.fetchrow("SELECT * FROM outbox WHERE id = $1", event_id)
    assert (row["attempts"], row["lease_until"], row["done_at"], row["last_error"]) == (0, None, None, None)
    await deliverer(relay_pool, work, held).deliver(event_id)
    assert await relay_pool.fetchval("SELECT done_at FROM outbox WHERE id = $1", event_id) is not None
    assert len(work.runs) == 2
    assert held.held == []


async def test_worker_that_ends_begins_nothing(relay_pool: Pool, scope: Scope) -> None:
    event_id, work = await announced(scope), Work()
    await deliverer(relay_pool, work, desk(), stopping=True).deliver(event_id)
    assert work.runs == []
    assert await relay_pool.fetchval("SELECT attempts FROM outbox WHERE id = $1", event_id) == 0


async def test_long_work_that_had_ended_before_the_crash_is_not_done_again(
    relay_pool: Pool, scope: Scope
) -> None:
    event_id, work = await announced(scope), Work()
    event = Event(event_id, "long", scope.county, scope.region, {}, NOW)
    async with transaction(scope):
        mark = mark_of(event, "test:long")
        await execute(scope, "INSERT INTO inbox (key) SELECT $3 WHERE $1 < $2", mark)
    await deliverer(relay_pool, work, desk()).deliver(event_id)
    assert work.runs == []
    assert await relay_pool.fetchval("SELECT done_at FROM outbox WHERE id = $1", event_id) is not None


async def test_lost_database_leaves_the_announcement_to_the_relay(pool: DatabaseUrls, scope: Scope) -> None:
    event_id, held = await announced(scope), desk()
    held.take(event_id, "long")
    gone = await open_relay_pool(pool.relay, size=1)
    await gone.close()
    await deliverer(gone, Work(), held).deliver(event_id)
    assert held.held == []
    async with transaction(scope):
        assert await fetch_value(scope, "SELECT 1 WHERE $1 < $2") == 1


async def test_database_that_is_coming_up_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.jobs.connections.RECONNECT_SECONDS", 0.01)
    asked: list[int] = []

    async def connect() -> str:
        asked.append(1)
        if len(asked) < 3:
            raise ConnectionRefusedError
        return "there"

    assert await until_there(connect, lambda: False) == "there"
    assert await until_there(connect, lambda: True) is None
    assert len(asked) == 3


async def test_worker_whose_key_is_taken_lives_under_another(pool: DatabaseUrls) -> None:
    heard = asyncio.Event()
    first, second = Ear(pool.relay, heard.set), Ear(pool.relay, heard.set)
    await first.open()
    second.key = first.key
    await second.open()
    try:
        assert first.is_open
        assert second.is_open
        assert second.key != first.key
    finally:
        await first.close()
        await second.close()
    assert not first.is_open


async def test_ticker_sweeps_once_in_a_while(relay_pool: Pool, scope: Scope) -> None:
    event_id = await announced(scope)
    old = NOW.replace(year=2020)
    await relay_pool.execute("UPDATE outbox SET done_at = $2 WHERE id = $1", event_id, old)
    ticker = Ticker(relay_pool, ())
    await ticker.tick(old)
    assert await relay_pool.fetchval("SELECT count(*) FROM outbox WHERE id = $1", event_id) == 1
    await ticker.tick(NOW)
    assert await relay_pool.fetchval("SELECT count(*) FROM outbox WHERE id = $1", event_id) == 0


def test_outside_brokers_are_refused_with_a_reason_until_they_can_be_used() -> None:
    assert is_in_memory("")
    with pytest.raises(BrokerNotReadyError, match="amqp:// yet: leave XIANGZHI_BROKER_URL unset"):
        make_broker("amqp://guest@localhost", life=None)  # type: ignore[arg-type]


async def test_pause_ends_at_its_time_or_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    end = End()
    assert await end.pause(0.01) is False
    monkeypatch.setattr(end, "_parent", -1)  # as if whoever started us were gone
    assert await end.pause(60) is True
    end.wait()


def test_hard_end_is_called_off_in_time() -> None:
    called_off = end_hard_after(60)
    called_off()
    called_off()

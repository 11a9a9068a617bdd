"""Deliveries that are broken off half way: by a lease that goes, a lost connection, a broker or worker that dies.

Real database, real relay, real broker. Whatever happens, an announcement has its effect once.
"""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from core.contracts.events import Handler, Subscriptions
from core.jobs.connections import LOST, Pool, open_relay_pool
from core.jobs.delivery import Delivery
from core.jobs.relay import Desk, Relay
from core.jobs.ticker import Ticker
from core.kernel.audit import audit
from core.kernel.clock import now as clock
from core.kernel.database import fetch_value, transaction
from core.kernel.outbox import Event, announce, set_timer
from core.kernel.scope import Scope
from tests.core.jobs.test_processes import environment
from tests.databases import DatabaseUrls, connected
from tests.patience import patience

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
_END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND "

# A worker with one handler: it writes its line; while the file is not there, it then waits for ever in its transaction.
PROGRAM = """
import asyncio, sys
from pathlib import Path
from core.contracts.events import Handler, Subscriptions
from core.jobs.worker import run
from core.kernel.audit import audit
from core.kernel.clock import now
from core.kernel.settings import get_settings

async def work(scope, event):
    await audit(scope, "test.effect", kind="event", subject=event.id, now=now())
    if not Path(sys.argv[1]).exists():
        print("begun", flush=True)
        await asyncio.Event().wait()

sys.exit(run(get_settings(), Subscriptions(handlers=(Handler("broker.restart", "test:restart", work),))))
"""


@pytest.fixture(scope="module")
async def relay_pool(pool: DatabaseUrls) -> AsyncIterator[Pool]:
    opened = await open_relay_pool(pool.relay, size=4)
    yield opened
    await opened.close()


async def write_line(scope: Scope, event: Event) -> None:
    await audit(scope, "test.effect", kind="event", subject=event.id, now=NOW)


async def announced(scope: Scope, topic: str) -> UUID:
    async with transaction(scope):
        return await announce(scope, topic, {}, now=clock())


async def outcome(urls: DatabaseUrls, event_id: UUID) -> tuple[int, bool, str | None]:
    """Give how many effects an announcement had, whether it is done, and what is noted of a failure."""
    async with connected(urls.admin) as admin:
        effects = await admin.fetchval("SELECT count(*) FROM audit_line WHERE subject_id = $1", event_id)
        row = await admin.fetchrow("SELECT done_at, last_error FROM outbox WHERE id = $1", event_id)
        return int(effects), row["done_at"] is not None, row["last_error"]


async def until(condition: Callable[[], Awaitable[object]]) -> None:
    """Ask until it is so; a hang fails the test."""
    async with asyncio.timeout(30 * patience()):
        while not await condition():  # noqa: ASYNC110 - the database is asked, which tells nobody
            await asyncio.sleep(0.02)


class Office:
    """One worker's desk, relay and delivery on one pool; ``sent`` is what the broker was handed."""

    def __init__(self, pool: Pool, urls: DatabaseUrls, *handlers: Handler, memory: bool = True) -> None:
        self.sent: list[UUID] = []
        desk = Desk(most=1000, most_long=2, long_topics=frozenset())
        self.relay = Relay(pool, urls.relay, desk=desk, send=self.sent.append, memory=memory)
        self.delivery = Delivery(pool, Subscriptions(handlers=handlers), desk, stopping=lambda: False)

    @asynccontextmanager
    async def relaying(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.relay.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])
            await self.relay.close()

    async def got(self, event_id: UUID) -> None:
        async def arrived() -> bool:
            return event_id in self.sent

        await until(arrived)


async def ears(urls: DatabaseUrls) -> set[int]:
    """Give the backends that listen for news in this database."""
    async with connected(urls.admin) as admin:
        rows = await admin.fetch(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'xiangzhi ear'"
        )
        return {row["pid"] for row in rows}


async def test_work_whose_lease_went_to_another_worker_meanwhile_has_one_effect(
    pool: DatabaseUrls, relay_pool: Pool, scope: Scope
) -> None:
    """The first worker's connection is cut while it works: the second may claim at once, and does the same in parallel."""
    begun, go_on, runs = asyncio.Event(), asyncio.Event(), []

    async def slow(inner: Scope, event: Event) -> None:
        runs.append(event.id)
        await write_line(inner, event)
        begun.set()
        await go_on.wait()

    handler = Handler("lease.lost", "test:lease", slow)
    first, second = Office(relay_pool, pool, handler), Office(relay_pool, pool, handler)
    async with first.relaying():
        event_id = await announced(scope, "lease.lost")
        await first.got(event_id)
        one = asyncio.create_task(first.delivery.deliver(event_id))
        await begun.wait()
        assert event_id not in await claimed_by(second)  # the first is alive, so its claim stands
    assert event_id in await claimed_by(second)
    two = asyncio.create_task(second.delivery.deliver(event_id))
    tries = "SELECT attempts FROM outbox WHERE id = $1"

    async def both_are_at_it() -> bool:
        return bool(await relay_pool.fetchval(tries, event_id) == 2)

    await until(both_are_at_it)
    go_on.set()
    await asyncio.gather(one, two)
    assert await outcome(pool, event_id) == (1, True, None)
    assert runs == [event_id]


async def claimed_by(office: Office) -> list[UUID]:
    await office.relay.claim()
    return office.sent


async def test_handler_that_failed_is_asked_again_and_its_failure_is_forgotten(
    pool: DatabaseUrls, relay_pool: Pool, scope: Scope
) -> None:
    failures = iter([ValueError("first"), KeyError("second")])

    async def at_last(inner: Scope, event: Event) -> None:
        await write_line(inner, event)
        with suppress(StopIteration):
            raise next(failures)

    office = Office(
        relay_pool, pool, Handler("at.last", "test:at_last", at_last), Handler("at.last", "test:beside", write_line)
    )
    event_id = await announced(scope, "at.last")
    for effects, done, error in ((1, False, "ValueError"), (1, False, "KeyError"), (2, True, None)):
        assert event_id in await claimed_by(office)
        await office.delivery.deliver(event_id)
        told = await outcome(pool, event_id)
        assert told[:2] == (effects, done)
        assert (error or "") in (told[2] or "")
        assert bool(told[2]) == bool(error)
        office.sent.clear()
        assert event_id not in await claimed_by(office)  # put off, or done
        await relay_pool.execute("UPDATE outbox SET available_at = now() WHERE id = $1", event_id)


async def test_message_that_the_broker_lost_is_sent_again_and_harms_nothing_when_it_turns_up(
    pool: DatabaseUrls, relay_pool: Pool, scope: Scope
) -> None:
    """A broker of its own restarts and forgets: only the lease's end shows it. Later the lost message comes after all."""
    office = Office(relay_pool, pool, Handler("forgotten", "test:forgotten", write_line), memory=False)
    event_id = await announced(scope, "forgotten")
    assert event_id in await claimed_by(office)
    lost = list(office.sent)
    office.sent.clear()
    assert event_id not in await claimed_by(office)
    await relay_pool.execute("UPDATE outbox SET lease_until = now() - interval '1 second' WHERE id = $1", event_id)
    assert event_id in await claimed_by(office)
    await office.delivery.deliver(event_id)
    assert event_id in lost
    await office.delivery.deliver(event_id)
    assert await outcome(pool, event_id) == (1, True, None)


async def test_dropped_ear_is_opened_again_and_hears(
    pool: DatabaseUrls, relay_pool: Pool, scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.jobs.relay.LOOK_SECONDS", 0.05)
    office = Office(relay_pool, pool, Handler("heard", "test:heard", write_line))
    async with office.relaying():
        held = await announced(scope, "heard")
        await office.got(held)
        [before] = await ears(pool)
        async with connected(pool.admin) as admin:
            await admin.fetch(_END + "pid = $1", before)

        async def listens_anew() -> bool:
            return bool(await ears(pool) - {before})

        await until(listens_anew)
        monkeypatch.setattr("core.jobs.relay.LOOK_SECONDS", 3600.0)  # from now on it learns of news by hearing alone
        for _ in range(2):
            event_id = await announced(scope, "heard")
            await office.got(event_id)
            await office.delivery.deliver(event_id)
            assert await outcome(pool, event_id) == (1, True, None)
        assert office.sent.count(held) == 1  # what it had in hand stayed its own
        await office.delivery.deliver(held)
    assert await outcome(pool, held) == (1, True, None)


async def test_handler_whose_connection_broke_leaves_nothing_and_is_done_later(
    pool: DatabaseUrls, relay_pool: Pool, scope: Scope
) -> None:
    cuts = iter([True])

    async def cut_off(inner: Scope, event: Event) -> None:
        await write_line(inner, event)
        if next(cuts, False):
            await fetch_value(inner, "SELECT pg_terminate_backend(pg_backend_pid()) WHERE $1 < $2")

    office = Office(relay_pool, pool, Handler("cut.off", "test:cut_off", cut_off))
    event_id = await announced(scope, "cut.off")
    await office.delivery.deliver(event_id)
    assert (await outcome(pool, event_id))[:2] == (0, False)
    await office.delivery.deliver(event_id)
    assert await outcome(pool, event_id) == (1, True, None)


async def test_effect_whose_end_could_not_be_noted_is_not_had_again(pool: DatabaseUrls, scope: Scope) -> None:
    """The handler's transaction is committed, then the relay's connection is gone before the announcement is closed."""
    narrow = await open_relay_pool(pool.relay, size=1)
    own = await narrow.fetchval("SELECT pg_backend_pid()")

    async def then_lost(inner: Scope, event: Event) -> None:
        await write_line(inner, event)
        async with connected(pool.admin) as admin:
            await admin.fetch(_END + "pid = $1", own)

    office = Office(narrow, pool, Handler("unnoted", "test:unnoted", then_lost))
    event_id = await announced(scope, "unnoted")
    await office.delivery.deliver(event_id)
    await office.delivery.deliver(event_id)
    assert await outcome(pool, event_id) == (1, True, None)
    await narrow.close()


async def test_timer_whose_ticker_was_cut_off_fires_once(pool: DatabaseUrls, scope: Scope) -> None:
    subject = uuid4()
    async with transaction(scope):
        await set_timer(scope, "cut.timer", subject=subject, due_at=NOW, payload={})
    narrow = await open_relay_pool(pool.relay, size=1)
    ticker, own = Ticker(narrow, []), await narrow.fetchval("SELECT pg_backend_pid()")
    async with connected(pool.admin) as admin:
        async with admin.transaction():
            await admin.execute("LOCK TABLE outbox IN EXCLUSIVE MODE")  # the ticker stops in the middle of its statement
            ticking = asyncio.create_task(ticker.fire_timers(NOW))

            async def stands() -> bool:
                waits = "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = $1"
                return bool(await admin.fetchval(waits, own))

            await until(stands)
            await admin.fetch(_END + "pid = $1", own)
            with pytest.raises(LOST):
                await ticking
        fired = "SELECT count(*) FROM outbox WHERE topic = 'cut.timer' AND payload->>'subject' = $1"
        assert await admin.fetchval(fired, str(subject)) == 0
        assert await ticker.fire_timers(NOW) == 1
        assert await ticker.fire_timers(NOW) == 0
        assert await admin.fetchval(fired, str(subject)) == 1
    await narrow.close()


async def test_broker_that_dies_with_its_worker_loses_nothing_and_doubles_nothing(
    pool: DatabaseUrls, scope: Scope, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The queue in memory goes with a kill -9 in the middle of a handler; the next worker's broker gets all of it again."""
    may_end = tmp_path_factory.mktemp("broker") / "may-end"
    events = [await announced(scope, "broker.restart") for _ in range(30)]
    words = [sys.executable, "-c", PROGRAM, str(may_end)]
    with subprocess.Popen(words, env=environment(pool), stdout=subprocess.PIPE, text=True) as first:  # noqa: ASYNC220 - watched from threads
        assert first.stdout is not None
        try:
            while (line := await asyncio.to_thread(first.stdout.readline)) != "begun\n":
                assert line
        finally:
            first.kill()
    assert [(await outcome(pool, event_id))[:2] for event_id in events] == [(0, False)] * 30
    may_end.touch()
    with subprocess.Popen(words, env=environment(pool), stdout=subprocess.DEVNULL) as second:  # noqa: ASYNC220 - the same
        try:

            async def all_done() -> bool:
                return all([(await outcome(pool, event_id))[1] for event_id in events])

            await until(all_done)
            second.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(second.wait, 30 * patience()) == 0
        finally:
            second.kill()
    assert [await outcome(pool, event_id) for event_id in events] == [(1, True, None)] * 30

"""An announcement has each of its effects once, however often and however badly it is delivered."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import pytest

from core.contracts.events import Handler, Subscriptions
from core.jobs.connections import Pool, open_relay_pool
from core.jobs.delivery import Delivery
from core.jobs.relay import Desk, Relay
from core.jobs.rules import MOST_ATTEMPTS
from core.kernel.audit import audit
from core.kernel.database import transaction
from core.kernel.outbox import Event, announce
from core.kernel.scope import Scope
from tests.databases import DatabaseUrls, connected
from tests.patience import patience

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
async def relay_pool(pool: DatabaseUrls) -> AsyncIterator[Pool]:
    opened = await open_relay_pool(pool.relay, size=4)
    yield opened
    await opened.close()


def delivery(relay_pool: Pool, *handlers: Handler) -> Delivery:
    desk = Desk(most=8, most_long=2, long_topics=frozenset())
    return Delivery(relay_pool, Subscriptions(handlers=handlers), desk, stopping=lambda: False)


async def write_line(scope: Scope, event: Event) -> None:
    await audit(scope, "test.effect", kind="event", subject=event.id, now=NOW)


async def fail(scope: Scope, event: Event) -> None:
    await write_line(scope, event)
    raise ValueError("secret words of a person")


async def announced(scope: Scope, topic: str) -> UUID:
    async with transaction(scope):
        return await announce(scope, topic, {}, now=NOW)


async def effects(urls: DatabaseUrls, event_id: UUID) -> int:
    async with connected(urls.admin) as admin:
        return int(await admin.fetchval("SELECT count(*) FROM audit_line WHERE subject_id = $1", event_id))


async def test_event_delivered_eight_times_at_once_has_one_effect(
    pool: DatabaseUrls, relay_pool: Pool, scope: Scope
) -> None:
    event_id = await announced(scope, "one")
    worker = delivery(relay_pool, Handler("one", "test:one", write_line))
    await asyncio.gather(*(worker.deliver(event_id) for _ in range(8)))
    assert await effects(pool, event_id) == 1


async def test_failing_handler_does_not_block_others_and_leaves_nothing(
    pool: DatabaseUrls, relay_pool: Pool, scope: Scope
) -> None:
    event_id = await announced(scope, "two")
    worker = delivery(
        relay_pool, Handler("two", "test:fails", fail), Handler("two", "test:works", write_line)
    )
    await worker.deliver(event_id)
    await worker.deliver(event_id)
    assert await effects(pool, event_id) == 1
    row = await relay_pool.fetchrow("SELECT * FROM outbox WHERE id = $1", event_id)
    assert row["last_error"].startswith("test:fails: ValueError (test_delivery.py:")
    assert "secret" not in row["last_error"]
    assert (row["done_at"], row["lease_until"], row["attempts"]) == (None, None, 2)


async def test_event_that_always_fails_is_parked_and_tells_its_handler(
    pool: DatabaseUrls, relay_pool: Pool, scope: Scope
) -> None:
    event_id = await announced(scope, "three")
    worker = delivery(relay_pool, Handler("three", "test:never", fail, gave_up=write_line))
    for _ in range(MOST_ATTEMPTS + 2):
        await worker.deliver(event_id)
    row = await relay_pool.fetchrow("SELECT * FROM outbox WHERE id = $1", event_id)
    assert row["attempts"] == MOST_ATTEMPTS
    assert row["parked_at"] is not None
    assert await effects(pool, event_id) == 1


async def test_handler_of_a_plugin_that_is_off_is_skipped(
    pool: DatabaseUrls, relay_pool: Pool, scope: Scope
) -> None:
    async with connected(pool.admin) as admin:
        await admin.execute(
            "INSERT INTO plugin_state (county, id, region, plugin, state, reason, by_name, changed_at) "
            "VALUES "
            "('330503', gen_random_uuid(), '330503', 'stopped', 'off', '', '', now()), "
            "('330503', gen_random_uuid(), '330503', 'working', 'on', '', '', now())"
        )
        await admin.execute(
            "INSERT INTO plugin_allowance (county, plugin, by_name, at) "
            "SELECT '330503', p, '', now() FROM unnest(ARRAY['stopped', 'working', 'unknown']) p"
        )
    for plugin, wanted in (("stopped", 0), ("unknown", 0), ("working", 1)):
        event_id = await announced(scope, plugin)
        await delivery(relay_pool, Handler(plugin, f"{plugin}:x", write_line, plugin=plugin)).deliver(
            event_id
        )
        assert (plugin, await effects(pool, event_id)) == (plugin, wanted)
        assert await relay_pool.fetchval("SELECT done_at FROM outbox WHERE id = $1", event_id) is not None


async def test_handler_writes_within_its_events_region_only(
    pool: DatabaseUrls, relay_pool: Pool, scope: Scope
) -> None:
    async def beyond(inner: Scope, event: Event) -> None:
        await audit(inner, "test.effect", kind="event", subject=event.id, now=NOW, region="330681")

    event_id = await announced(scope, "beyond")
    await delivery(relay_pool, Handler("beyond", "test:beyond", beyond)).deliver(event_id)
    assert await effects(pool, event_id) == 0
    assert "RuntimeError" in await relay_pool.fetchval(
        "SELECT last_error FROM outbox WHERE id = $1", event_id
    )


async def test_handler_reaches_upwards_from_its_events_region_and_never_sideways(
    pool: DatabaseUrls, relay_pool: Pool, scope: Scope
) -> None:
    """What an announcement carries may name a wider place around it, not a neighbour and not another county."""
    for region, wanted in (("330681", 0), (f"{scope.region[:4]}", 1)):
        topic = f"reach-{region}"
        event_id = await announced(scope, topic)
        handler = Handler(topic, f"test:{topic}", write_line, reach=lambda _, region=region: region)
        await delivery(relay_pool, handler).deliver(event_id)
        assert (region, await effects(pool, event_id)) == (region, wanted)


async def test_relay_takes_over_from_a_worker_that_is_gone_at_once(
    pool: DatabaseUrls, relay_pool: Pool, scope: Scope
) -> None:
    event_id = await announced(scope, "orphan")
    await relay_pool.execute(
        "UPDATE outbox SET lease_until = now() + interval '1 hour', leased_by = 1 WHERE id = $1", event_id
    )
    arrived = asyncio.Event()

    def hear(sent: UUID) -> None:
        if sent == event_id:
            arrived.set()

    desk = Desk(most=1000, most_long=2, long_topics=frozenset())
    relay = Relay(relay_pool, pool.relay, desk=desk, send=hear, memory=True)
    task = asyncio.create_task(relay.run())
    async with asyncio.timeout(5 * patience()):
        await arrived.wait()
    other_sent: list[UUID] = []
    other = Relay(
        relay_pool,
        pool.relay,
        desk=Desk(most=1000, most_long=2, long_topics=frozenset()),
        send=other_sent.append,
        memory=True,
    )
    assert await other.claim() == 0  # the first one is alive, so its claims stand
    task.cancel()
    await asyncio.wait([task])
    await relay.close()
    assert await other.claim() >= 1
    assert event_id in other_sent


@pytest.mark.parametrize("error", [FileNotFoundError, TimeoutError, ConnectionRefusedError])
async def test_handler_whose_own_service_fails_is_put_off_not_asked_at_once(
    relay_pool: Pool, scope: Scope, error: type[OSError]
) -> None:
    async def unlucky(_scope: Scope, _event: Event) -> None:
        raise error

    topic = f"unlucky.{error.__name__}"
    event_id = await announced(scope, topic)
    await delivery(relay_pool, Handler(topic, f"test:{topic}", unlucky)).deliver(event_id)
    sql = "SELECT available_at > now(), lease_until, last_error FROM outbox WHERE id = $1"
    put_off, lease, text = await relay_pool.fetchrow(sql, event_id)
    assert (put_off, lease) == (True, None)
    assert error.__name__ in text

"""Working off what tasks announce, and telling whom it told of what."""

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import asyncpg
import pytest

from core.contracts.events import Subscriptions
from core.contracts.registry import current
from core.jobs.connections import Pool, open_relay_pool
from core.jobs.delivery import Delivery
from core.jobs.relay import Desk
from tests.databases import DatabaseUrls
from tests.factories.world import World

Told = set[tuple[str, str]]
Work = Callable[[], Awaitable[Told]]


@pytest.fixture(scope="module")
async def relay_pool(world: World, database_urls: DatabaseUrls) -> AsyncIterator[Pool]:  # noqa: ARG001 - boots
    opened_pool = await open_relay_pool(database_urls.relay, size=2)
    yield opened_pool
    await opened_pool.close()


def delivery_on(relay_pool: Pool) -> Delivery:
    subscriptions: Subscriptions = current().subscriptions
    return Delivery(
        relay_pool, subscriptions, Desk(most=9, most_long=2, long_topics=frozenset()), stopping=lambda: False
    )


@pytest.fixture
async def work_off(world: World, relay_pool: Pool, admin: asyncpg.Connection) -> Work:
    """Forget what happened so far; then each call works off what was announced and tells whom it told of what."""
    names = {
        post.scope.membership: f"{county.code} {role}"
        for county in world.counties
        for role, post in county.posts.items()
    }
    await admin.execute("DELETE FROM outbox")
    await admin.execute("DELETE FROM notice")
    seen: set[UUID] = set()

    async def work() -> Told:
        delivery = delivery_on(relay_pool)
        for _ in range(3):  # what follows may be announced in its turn
            for row in await admin.fetch("SELECT id FROM outbox WHERE done_at IS NULL ORDER BY id"):
                await delivery.deliver(row["id"])
        assert await admin.fetch("SELECT topic, last_error FROM outbox WHERE done_at IS NULL") == []
        rows = await admin.fetch("SELECT id, membership_id, kind FROM notice WHERE id <> ALL($1)", list(seen))
        seen.update(row["id"] for row in rows)
        told = [(names[row["membership_id"]].removeprefix(f"{world.nan.code} "), row["kind"]) for row in rows]
        assert len(told) == len(set(told)), "somebody was told twice"
        return set(told)

    return work

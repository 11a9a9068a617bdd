"""One database a module with the two counties of ``tests.factories.world`` and the application's pool on it."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from core.extension.manager import boot
from core.kernel.database import close_pool, open_pool
from tests.databases import DatabaseUrls, connected
from tests.factories.world import World, make_world


@pytest.fixture(scope="module")
async def admin(database_urls: DatabaseUrls) -> AsyncIterator[asyncpg.Connection]:
    """Connect as superuser, who sees through all policies."""
    async with connected(database_urls.admin) as connection:
        yield connection


@pytest.fixture(scope="module")
async def world(database_urls: DatabaseUrls, admin: asyncpg.Connection) -> AsyncIterator[World]:
    """Build both counties once a module, on the application's own pool and role."""
    boot()
    await open_pool(database_urls.app, size=10)
    try:
        yield await make_world(admin)
    finally:
        await close_pool()

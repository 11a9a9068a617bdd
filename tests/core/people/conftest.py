"""One database a module with both counties, the application's pool on it, and plain connections beside it."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from core.kernel.database import close_pool, open_pool
from tests.core.people.world import add_counties
from tests.databases import DatabaseUrls, connected


@pytest.fixture(scope="module")
async def admin(database_urls: DatabaseUrls) -> AsyncIterator[asyncpg.Connection]:
    """Connect as superuser, who sees through all policies; both counties are there."""
    async with connected(database_urls.admin) as connection:
        await add_counties(connection)
        yield connection


@pytest.fixture(scope="module")
async def migrator(database_urls: DatabaseUrls) -> AsyncIterator[asyncpg.Connection]:
    """Connect as commands do."""
    async with connected(database_urls.migrator) as connection:
        yield connection


@pytest.fixture(scope="module", autouse=True)
async def pool(database_urls: DatabaseUrls, admin: asyncpg.Connection) -> AsyncIterator[None]:
    """Open the application's own pool, as the role it has in production."""
    assert admin is not None
    await open_pool(database_urls.app, size=4)
    yield
    await close_pool()

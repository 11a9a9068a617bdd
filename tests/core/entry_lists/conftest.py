"""A database with two counties under one province, and the application's pool on it."""

from collections.abc import AsyncIterator

import pytest

from core.kernel.database import close_pool, open_pool
from tests.core.entry_lists.world import REGIONS
from tests.databases import DatabaseUrls, connected


@pytest.fixture(autouse=True)
async def pool(fresh_database: DatabaseUrls) -> AsyncIterator[None]:
    """Open the application's own pool, as the role it has in production."""
    async with connected(fresh_database.admin) as admin:
        await admin.executemany(
            "INSERT INTO region (code, level, name, short_name, opened) VALUES ($1, 3, $2, $2, now())",
            REGIONS,
        )
    await open_pool(fresh_database.app, size=4)
    yield
    await close_pool()

"""Both counties with their people, the application's pool, and a registry with the sample plugin."""

from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from core.contracts.registry import Registry
from core.extension.manager import boot
from core.kernel.database import close_pool, open_pool
from tests.core.people.world import NAN, ZHU, add_counties
from tests.databases import DatabaseUrls, connected


@pytest.fixture(scope="module", autouse=True)
def registry() -> Iterator[Registry]:
    """Boot with the sample plugin alone; afterwards this process is as any other again."""
    yield boot(installed=())
    boot()


@pytest.fixture(autouse=True)
async def admin(fresh_database: DatabaseUrls) -> AsyncIterator[asyncpg.Connection]:
    """Open the application's own pool on two counties that may both use the sample; connect beside it."""
    async with connected(fresh_database.admin) as connection:
        await add_counties(connection)
        await connection.executemany(
            "INSERT INTO plugin_allowance (county, plugin, by_name, at) VALUES ($1, 'sample', '平台', now())",
            [(NAN,), (ZHU,)],
        )
        await open_pool(fresh_database.app, size=4)
        yield connection
        await close_pool()

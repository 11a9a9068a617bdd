"""Migrations run once, one at a time, and a failing one says what failed."""

import asyncio

import asyncpg
import pytest

from core.kernel.settings import Settings
from tests.databases import DatabaseUrls, connected, settings_for
from web.supervisor.cluster import Cluster
from web.supervisor.migrate import MigrationError, migrate


@pytest.fixture
def own_settings(cluster: Cluster, fresh_database: DatabaseUrls) -> Settings:
    return settings_for(cluster, fresh_database)


async def test_second_run_finds_nothing_left(own_settings: Settings, fresh_database: DatabaseUrls) -> None:
    async with connected(fresh_database.migrator) as connection:
        before = await connection.fetchval("SELECT count(*) FROM migration")
        await migrate(own_settings)
        assert before > 0
        assert await connection.fetchval("SELECT count(*) FROM migration") == before


async def test_second_migrator_waits_for_the_first(
    own_settings: Settings, fresh_database: DatabaseUrls
) -> None:
    async with connected(fresh_database.migrator) as first:
        await first.execute("SELECT pg_advisory_lock($1)", 0x7869616E67)
        second = asyncio.create_task(migrate(own_settings))
        await asyncio.sleep(0.3)
        assert not second.done()
        await first.execute("SELECT pg_advisory_unlock($1)", 0x7869616E67)
        await asyncio.wait_for(second, 10)


async def test_failure_is_told_with_its_cause(own_settings: Settings, fresh_database: DatabaseUrls) -> None:
    async with connected(fresh_database.migrator) as connection:
        await connection.execute(
            "DELETE FROM migration"
        )  # so that the first is tried again on its own tables
    with pytest.raises(MigrationError, match="already exists"):
        await migrate(own_settings)


async def test_unreachable_database_is_not_hidden(own_settings: Settings) -> None:
    wrong = own_settings.migrator_database_url.replace("/test_", "/none_")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await migrate(own_settings.model_copy(update={"migrator_database_url": wrong}))

"""The embedded database keeps its promises whoever starts it and however the last run ended."""

import asyncpg
import pytest

from tests.databases import DatabaseUrls, connected


async def test_database_knows_chinese_trigrams(database_urls: DatabaseUrls) -> None:
    async with connected(database_urls.migrator) as connection:
        assert len(await connection.fetchval("SELECT show_trgm('村民小组')")) == 5


@pytest.mark.parametrize("kind", ["", "TEMPORARY"])
async def test_app_role_cannot_create_tables(database_urls: DatabaseUrls, kind: str) -> None:
    async with connected(database_urls.app) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"CREATE {kind} TABLE mine (id int)")


async def test_migrator_creates_schemas_for_the_owner(fresh_database: DatabaseUrls) -> None:
    async with connected(fresh_database.migrator) as connection:
        await connection.execute(
            "SET ROLE xiangzhi_owner; CREATE SCHEMA plugin_one; CREATE TABLE public.one (id int)"
        )
        owner = await connection.fetchval(
            "SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'plugin_one'"
        )
    assert owner == "xiangzhi_owner"

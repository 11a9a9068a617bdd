"""A transaction that breaks gives its connection back and never looks as if it had been kept."""

from contextlib import suppress

import asyncpg
import pytest

from core.kernel.database import TransactionLost, close_pool, execute, fetch_value, open_pool, transaction
from core.kernel.scope import system_scope
from tests.databases import DatabaseUrls, connected

SCOPE = system_scope("330503")


async def test_swallowed_error_does_not_look_like_a_commit(database_urls: DatabaseUrls) -> None:
    await open_pool(database_urls.app, size=1)
    try:
        with pytest.raises(TransactionLost):
            async with transaction(SCOPE):
                with suppress(asyncpg.PostgresError):
                    await execute(SCOPE, "SELECT 1/0 WHERE $1 < $2")
        async with transaction(SCOPE):
            assert await fetch_value(SCOPE, "SELECT 1 WHERE $1 < $2") == 1
    finally:
        await close_pool()


async def test_connections_killed_inside_transactions_do_not_empty_the_pool(
    database_urls: DatabaseUrls,
) -> None:
    await open_pool(database_urls.app, size=2)
    try:
        async with connected(database_urls.admin) as admin:
            for _ in range(5):
                with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
                    async with transaction(SCOPE):
                        pid = await fetch_value(SCOPE, "SELECT pg_backend_pid() WHERE $1 < $2")
                        await admin.execute("SELECT pg_terminate_backend($1, 2000)", pid)
        async with transaction(SCOPE):
            assert await fetch_value(SCOPE, "SELECT 1 WHERE $1 < $2") == 1
    finally:
        await close_pool()

"""A transaction that breaks gives its connection back and never looks as if it had been kept."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, quote, urlsplit

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


async def test_line_whose_end_has_not_arrived_yet_is_given_up_without_hiding_the_error(
    database_urls: DatabaseUrls,
) -> None:
    async with _line_without_end(database_urls.app) as url:
        await open_pool(url, size=1)
        try:
            async with connected(database_urls.admin) as admin:
                with pytest.raises(TransactionLost):
                    async with transaction(SCOPE):
                        await _end_server_of(admin)
                with pytest.raises(KeyError):
                    async with transaction(SCOPE):
                        await _end_server_of(admin)
                        raise KeyError
            async with transaction(SCOPE):
                assert await fetch_value(SCOPE, "SELECT 1 WHERE $1 < $2") == 1
        finally:
            await close_pool()


async def _end_server_of(admin: asyncpg.Connection) -> None:
    pid = await fetch_value(SCOPE, "SELECT pg_backend_pid() WHERE $1 < $2")
    await admin.execute("SELECT pg_terminate_backend($1, 2000)", pid)
    await asyncio.sleep(0.2)  # the server's last word passes through the line


@asynccontextmanager
async def _line_without_end(url: str) -> AsyncIterator[str]:
    """Stand between a client and PostgreSQL and pass on every byte, but not that the server hung up after an error."""
    there = parse_qs(urlsplit(url).query)["host"][0] + "/.s.PGSQL.5432"
    waiting: set[asyncio.Task[None]] = set()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        last = b""
        while data := await reader.read(65536):
            writer.write(last := data)
        if b"FATAL" not in last:
            writer.close()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_unix_connection(there)
        waiting.add(asyncio.ensure_future(pass_on(server_reader, writer)))
        with suppress(ConnectionError):
            await pass_on(reader, server_writer)
        for end in (writer, server_writer):
            end.close()

    with TemporaryDirectory(prefix="xz-") as folder:
        async with await asyncio.start_unix_server(meet, f"{folder}/.s.PGSQL.5432"):
            yield url.replace(quote(there.removesuffix("/.s.PGSQL.5432"), safe=""), quote(folder, safe=""))
        await asyncio.gather(*waiting)

"""Connections as the relay role: they see the outbox and the timers, and no county's data.

They go straight to PostgreSQL, not through a pooler: LISTEN and the lock that shows who is alive belong to a
connection.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import SystemRandom
from typing import Any, Final, TypeVar

import asyncpg
import structlog

_log = structlog.get_logger(__name__)

# What a lost database raises, from a refused connection to one that broke in the middle of a statement; a late
# answer as well (TimeoutError is an OSError).
LOST: Final = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
)
RECONNECT_SECONDS: Final = 0.5

T = TypeVar("T")
Pool = Any  # asyncpg carries no types
Connection = Any
_ALIVE_CLASS: Final = 0x787A  # first half of the advisory locks that show which worker is alive
_KEYS: Final = 2**31 - 1
_COMMAND_SECONDS: Final = 30


async def open_relay_pool(dsn: str, *, size: int) -> Pool:
    """Open the pool that claims and closes announcements; it stays usable when the database comes back."""
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size,
        command_timeout=_COMMAND_SECONDS,
        server_settings={"application_name": "xiangzhi relay", "jit": "off"},
    )


async def until_there(connect: Callable[[], Awaitable[T]], give_up: Callable[[], bool]) -> T | None:
    """Connect as soon as the database answers: at the start of everything it may still be coming up."""
    while not give_up():
        try:
            return await connect()
        except LOST as error:
            _log.warning("the database does not answer yet", error=type(error).__name__)
            await asyncio.sleep(RECONNECT_SECONDS)
    return None


class Ear:
    """One connection that hears of new announcements, and by its lock shows that this worker is alive.

    The lock ends with the connection, so PostgreSQL itself knows which leases belong to nobody.
    """

    def __init__(self, dsn: str, on_news: Callable[[], None]) -> None:
        self._dsn = dsn
        self._on_news = on_news
        self._connection: Any = None
        self.key = 0

    @property
    def is_open(self) -> bool:
        return self._connection is not None and not self._connection.is_closed()

    async def open(self) -> None:
        """Connect, keeping the former key where its lock is free, and listen."""
        connection = await asyncpg.connect(
            self._dsn, server_settings={"application_name": "xiangzhi ear"}, command_timeout=_COMMAND_SECONDS
        )
        try:
            self.key = await _take_key(connection, self.key)
            await connection.add_listener("outbox", self._heard)
        except BaseException:
            connection.terminate()
            raise
        self._connection = connection

    async def close(self) -> None:
        """Let go of the lock: what this worker had claimed is anybody's."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*LOST):
                await connection.close(timeout=2)

    def _heard(self, *_: object) -> None:
        self._on_news()


async def _take_key(connection: Connection, wanted: int) -> int:
    random = SystemRandom()
    key = wanted or random.randint(1, _KEYS)
    while not await connection.fetchval("SELECT pg_try_advisory_lock($1, $2)", _ALIVE_CLASS, key):
        key = random.randint(1, _KEYS)
    return key


# Keys of the workers that are alive, to be used inside a statement.
ALIVE: Final = (
    "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 "  # noqa: S608
    f"AND classid = {_ALIVE_CLASS} "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)

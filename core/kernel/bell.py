"""Waking the relay: after the commit and apart from it.

A NOTIFY inside a transaction makes PostgreSQL hold one lock of the whole database from before the commit until its flush is
done: all who commit news then wait for each other's disk. So the deed is committed first, and one NOTIFY follows for whatever
was committed meanwhile. Should this process die in between, the relay finds the news when it looks by itself, every two seconds.
"""

import asyncio
from contextlib import suppress
from contextvars import Context
from typing import Any, Final

import asyncpg
import structlog

_log = structlog.get_logger(__name__)

_NOTIFY: Final = "SELECT pg_notify('outbox', '')"
_GATHER_SECONDS: Final = 0.02
_LOST: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


class Bell:
    """One for a process. ``ring`` returns at once; many rings close together are one NOTIFY."""

    def __init__(self) -> None:
        self._due = False
        self._task: asyncio.Task[None] | None = None

    def ring(self, pool: Any) -> None:
        """Wake the relay soon, from the running loop."""
        self._due = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run(pool), context=Context())

    async def _run(self, pool: Any) -> None:
        while self._due:
            await asyncio.sleep(_GATHER_SECONDS)
            self._due = False
            try:
                await pool.execute(_NOTIFY)
            except _LOST as error:
                _log.info("the relay was not woken", error=type(error).__name__)

    async def silence(self) -> None:
        """Ring once more what is due and end: before the pool closes."""
        task, self._task = self._task, None
        if task is not None and task.get_loop() is asyncio.get_running_loop():
            with suppress(asyncio.CancelledError):
                await task


BELL: Final = Bell()

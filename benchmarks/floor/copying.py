"""The floor of loading regions: a bare COPY of lines that are ready."""

import time
from collections.abc import AsyncIterator, Sequence

import asyncpg

_BUNDLE = 5_000


async def bare_copy(connection: asyncpg.Connection, lines: Sequence[bytes], columns: Sequence[str]) -> float:
    """Copy the lines into the table of regions with its indexes; gives the seconds."""

    async def bundles() -> AsyncIterator[bytes]:
        for first in range(0, len(lines), _BUNDLE):
            yield b"".join(lines[first : first + _BUNDLE])

    began = time.perf_counter()
    await connection.copy_to_table("region", source=bundles(), columns=columns, format="text")
    return time.perf_counter() - began

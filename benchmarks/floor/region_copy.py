"""The floor of loading regions: a bare COPY of ready lines into the same table with its indexes. Never slowed."""

import time
from collections.abc import AsyncIterator, Sequence

import asyncpg


async def copy_region_lines(dsn: str, lines: bytes, columns: Sequence[str]) -> float:
    """Copy and commit; give the seconds. The table is empty and belongs to the owner role."""

    async def whole() -> AsyncIterator[bytes]:
        yield lines

    connection = await asyncpg.connect(dsn)
    try:
        began = time.perf_counter()
        async with connection.transaction():
            await connection.execute("SET LOCAL ROLE xiangzhi_owner")
            await connection.copy_to_table("region", source=whole(), columns=columns, format="text")
        return time.perf_counter() - began
    finally:
        await connection.close()

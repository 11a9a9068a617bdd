"""Two counties with a made year of lines, sealed in small blocks where a test wants several."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from core.chain import actions
from core.chain.memory import file_of
from core.extension.manager import boot
from core.kernel.audit import audit
from core.kernel.clock import now as clock
from core.kernel.database import close_pool, open_pool, transaction
from core.kernel.ids import new_id
from core.kernel.scope import Scope, system_scope
from tests.core.people.world import NAN, ZHU, add_counties
from tests.databases import DatabaseUrls, connected

VILLAGE = f"{NAN}101201"


@pytest.fixture(scope="module")
async def admin(database_urls: DatabaseUrls) -> AsyncIterator[asyncpg.Connection]:
    """Connect as superuser, who may do what a database's owner can; two counties are there."""
    boot()
    await open_pool(database_urls.app, size=6)
    async with connected(database_urls.admin) as connection:
        await add_counties(connection)
        yield connection
    await close_pool()


@pytest.fixture
async def clean(admin: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """Begin without any line, block or remembered head."""
    await admin.execute("TRUNCATE audit_line, audit_block, audit_seal, witnessed_head, setting")
    yield admin
    for county in (NAN, ZHU):
        file_of(county).unlink(missing_ok=True)


@pytest.fixture
def small_blocks() -> Iterator[int]:
    """Make blocks of ten lines."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(actions, "BLOCK_MOST", 10)
        yield 10


def county(code: str = NAN) -> Scope:
    return system_scope(code)


async def write(count: int, *, code: str = NAN, at: datetime | None = None) -> list[UUID]:
    """Write lines through the product's own audit, an hour ago unless told; gives the subjects."""
    scope = system_scope(code, by_name="王建国")
    start = at or clock() - timedelta(hours=1)
    subjects = [new_id() for _ in range(count)]
    async with transaction(scope):
        for n, subject in enumerate(subjects):
            await audit(
                scope, "task.dispatched", kind="task", subject=subject, now=start + timedelta(seconds=n),
                region=f"{code}101201", data={"标题": f"第{n}件", "points": 1.5, "n": n},
            )  # fmt: skip
    return subjects


def later(minutes: int = 5) -> datetime:
    """Give a time at which what was just written has settled."""
    return clock() + timedelta(minutes=minutes)

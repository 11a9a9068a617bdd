"""Two real counties of the country's list in one database a module, and the application's pool on it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import asyncpg
import pytest

from core.extension.manager import boot
from core.kernel.database import close_pool, open_pool
from core.kernel.scope import Scope, system_scope
from core.kernel.settings import Settings
from core.tenancy.load import load_regions
from tests.databases import DatabaseUrls, connected

NAN, ZHU = "330503", "330681"
LIANSHI, SHUANGLIN = "330503102", "330503101"
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def county_scope(code: str = NAN) -> Scope:
    """Give a scope that may do everything in one county."""
    return replace(system_scope(code), by_name="王管理员")


@pytest.fixture(scope="module")
async def admin(database_urls: DatabaseUrls, settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """Connect as superuser; both counties with all their townships and villages are there."""
    boot()
    for part in (NAN, ZHU):
        await load_regions(settings, part=part)
    async with connected(database_urls.admin) as connection:
        for code in (NAN, ZHU):
            await connection.execute(
                "INSERT INTO county (county, code, name, opened_at) SELECT code, code, name, now() FROM region"
                " WHERE code = $1",
                code,
            )
        yield connection


@pytest.fixture(scope="module", autouse=True)
async def pool(database_urls: DatabaseUrls, admin: asyncpg.Connection) -> AsyncIterator[None]:
    """Open the application's own pool, as the role it has in production."""
    assert admin is not None
    await open_pool(database_urls.app, size=4)
    yield
    await close_pool()

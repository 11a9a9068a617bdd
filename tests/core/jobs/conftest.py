"""A pool on this module's database, and a county to work in."""

from collections.abc import AsyncIterator

import pytest

from core.kernel.database import close_pool, open_pool
from core.kernel.scope import Scope, system_scope
from tests.databases import DatabaseUrls, connected

COUNTY = "330503"


@pytest.fixture(scope="module")
async def pool(database_urls: DatabaseUrls) -> AsyncIterator[DatabaseUrls]:
    await open_pool(database_urls.app, size=4)
    async with connected(database_urls.admin) as admin:
        await admin.execute(
            "INSERT INTO county (county, code, name, opened_at) VALUES "
            "('330503', '330503', '南浔区', '2026-01-01'), ('330681', '330681', '诸暨市', '2026-01-01')"
        )
    yield database_urls
    await close_pool()


@pytest.fixture
def scope() -> Scope:
    return system_scope(COUNTY)

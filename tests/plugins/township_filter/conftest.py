"""Two counties with people and lists; the filter may be used in both and is on in the first."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
import pytest
from litestar import Litestar

from core.kernel import settings as kernel_settings
from core.kernel.database import close_pool, open_pool
from core.kernel.settings import Settings
from tests.databases import DatabaseUrls, connected, settings_for
from tests.factories.world import World, make_world
from web.app import create_app
from web.supervisor.cluster import Cluster

PLUGIN = "township_filter"


@dataclass(frozen=True)
class Site:
    """The world, the application on it, and the superuser's connection."""

    world: World
    app: Litestar
    admin: asyncpg.Connection

    async def set(self, key: str, value: str) -> None:
        """Set one of the filter's settings in the first county, as JSON."""
        await self.admin.execute(
            "INSERT INTO setting (county, id, region, area, key, value, valid_from, by_name, created_at)"
            " VALUES ($1, gen_random_uuid(), $1, $2, $3, $4, '2026-01-01', '王', '2026-01-01')",
            self.world.nan.code, PLUGIN, key, value,
        )  # fmt: skip


@pytest.fixture(scope="module")
async def served(cluster: Cluster, database_urls: DatabaseUrls) -> AsyncIterator[Site]:
    """Serve one world to all tests of a module."""
    settings: Settings = settings_for(cluster, database_urls)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel_settings, "get_settings", lambda: settings)
        app = create_app(settings)
        await open_pool(database_urls.app, size=4)
        async with connected(database_urls.admin) as admin:
            world = await make_world(admin)
            for county in world.counties:
                await admin.execute(
                    "INSERT INTO plugin_allowance VALUES ($1, $2, '平台', now())", county.code, PLUGIN
                )
            yield Site(world, app, admin)
        await close_pool()


@pytest.fixture
async def site(served: Site) -> Site:
    """Give the world with the filter on in the first county, default settings, and an empty ledger."""
    await served.admin.execute(
        "TRUNCATE plugin_state, setting, incoming_task, outbox, notice, audit_line, township_filter.screened, township_filter.sender,"
        " township_filter.correction, township_filter.learned CASCADE"
    )
    await served.admin.execute(
        "INSERT INTO plugin_state VALUES ($1, gen_random_uuid(), $1, $2, 'on', '试用', '王', NULL, now())",
        served.world.nan.code, PLUGIN,
    )  # fmt: skip
    return served

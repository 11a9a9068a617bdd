"""Two counties with a person of every role, and two processes of the application on one database."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import asyncpg
import pytest
from litestar import Litestar

from core.kernel import settings as kernel_settings
from core.kernel.database import close_pool, open_pool
from core.kernel.settings import Settings
from tests.databases import DatabaseUrls, connected, settings_for
from tests.factories.world import Post, World, make_world
from tests.web.visitors import Visitor, visiting
from web.app import create_app
from web.supervisor.cluster import Cluster


@dataclass(frozen=True)
class Site:
    """The world, two applications that know nothing of each other, and the superuser's connection."""

    world: World
    first: Litestar
    second: Litestar
    admin: asyncpg.Connection


@pytest.fixture(scope="module")
async def served(cluster: Cluster, database_urls: DatabaseUrls) -> AsyncIterator[Site]:
    """Serve one world to all tests of a module."""
    settings: Settings = settings_for(cluster, database_urls)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel_settings, "get_settings", lambda: settings)
        apps = create_app(settings), create_app(settings)
        await open_pool(database_urls.app, size=4)
        async with connected(database_urls.admin) as admin:
            yield Site(await make_world(admin), *apps, admin)
        await close_pool()


ClientFor = Callable[[Post], Awaitable[Visitor]]


@pytest.fixture
async def client_for(served: Site) -> AsyncIterator[ClientFor]:
    """Give a function that signs a post in at the first process and gives its visitor."""
    async with AsyncExitStack() as stack:

        async def client(post: Post) -> Visitor:
            return await stack.enter_async_context(visiting(served.first, post))

        yield client


@pytest.fixture
async def site(served: Site) -> Site:
    """Give the world as no plugin has touched it: both counties may use all of them, and none is on."""
    await served.admin.execute(
        "TRUNCATE plugin_state, plugin_change, plugin_allowance, setting, sample.note, township_filter.screened"
    )
    await served.admin.execute("UPDATE session SET language = 'zh'")
    for county in served.world.counties:
        for plugin in ("sample", "township_filter"):
            await served.admin.execute(
                "INSERT INTO plugin_allowance VALUES ($1, $2, '平台', now())", county.code, plugin
            )
    return served

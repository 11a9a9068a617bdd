"""The whole product with both counties in it, for the tests that knock at every door."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import asyncpg
import pytest
from litestar import Litestar

from core.kernel import settings as kernel_settings
from core.kernel.database import close_pool, open_pool
from core.kernel.policies import APP
from tests.databases import DatabaseUrls, connected, settings_for
from tests.factories.world import County, World, make_world
from tests.isolation.rich import ids_of, live
from web.app import create_app
from web.supervisor.cluster import Cluster

T = TypeVar("T")


@dataclass
class Site:
    """Both counties, the application, and the foreign ids that could leak."""

    app: Litestar
    world: World
    admin: asyncpg.Connection
    foreign: list[dict[str, str]] = field(default_factory=list)


@asynccontextmanager
async def lived_in(
    cluster: Cluster, urls: DatabaseUrls, *, as_superuser: bool = False
) -> AsyncIterator[Site]:
    """Serve the product on a database in which both counties have lived, the plugin being on in both.

    ``as_superuser`` opens the pool as a superuser who stands as the application's role, and may step out of it.
    """
    settings = settings_for(cluster, urls)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel_settings, "get_settings", lambda: settings)
        app = create_app(settings)
        await (_open_as_superuser(urls.admin) if as_superuser else open_pool(urls.app, size=4))
        try:
            async with connected(urls.admin) as admin:
                world = await make_world(admin)
                for county in world.counties:
                    await _allow(admin, county)
                await live(admin, world)
                yield Site(app, world, admin, await foreign_ids(admin, world.zhu))
        finally:
            await close_pool()


class Tried(Generic[T]):
    """What a module's tests stand on, or why it could not be made: that is told once and not by each test again."""

    def __init__(self, made: T | None, error: Exception | None = None) -> None:
        self._made, self._error, self._told = made, error, False

    def get(self) -> T:
        """Give what was made. The first who asks in vain fails with the error itself, the others are left out."""
        if self._error is not None and self._told:
            pytest.skip(f"the counties could not live, see the first failure of this module: {self._error!r}")
        if self._error is not None:
            self._told = True
            raise self._error
        assert self._made is not None
        return self._made


@asynccontextmanager
async def tried(making: AbstractAsyncContextManager[T]) -> AsyncIterator[Tried[T]]:
    """Keep a failure while something is made for those who ask for it; what fails later fails as it does."""
    async with AsyncExitStack() as stack:
        try:
            made = Tried(await stack.enter_async_context(making))
        except Exception as error:  # noqa: BLE001 - whatever it is, the tests shall tell it
            made = Tried(None, error)
        yield made


async def _open_as_superuser(url: str) -> None:
    """Open the same pool with another login: every transaction still begins in the application's role."""
    with pytest.MonkeyPatch.context() as patch:
        real = asyncpg.create_pool

        def as_app(**config: object) -> object:
            settings = {**config.pop("server_settings", {}), "role": APP}  # type: ignore[dict-item]
            return real(**config, server_settings=settings)

        patch.setattr(asyncpg, "create_pool", as_app)
        await open_pool(url, size=4)


async def _allow(admin: asyncpg.Connection, county: County) -> None:
    await admin.execute(
        "INSERT INTO plugin_allowance VALUES ($1, 'township_filter', '平台', now())", county.code
    )
    await admin.execute(
        "INSERT INTO plugin_state (county, id, region, plugin, state, reason, by_name, changed_at)"
        " VALUES ($1, gen_random_uuid(), $1, 'township_filter', 'on', '测试', '测试', now())",
        county.code,
    )


async def foreign_ids(admin: asyncpg.Connection, county: County) -> list[dict[str, str]]:
    """Give three sets of a county's real ids, so that rows in several states are tried."""
    tables = await ids_of(admin, county)
    for table in ("session", "outbox"):
        tables[table] = [
            await admin.fetchval(f"SELECT id FROM {table} WHERE county = $1 LIMIT 1", county.code)
        ]
    # A notice is read by whom it was sent to: one that nobody here was sent would try nothing.
    posts = [post.scope.membership for post in county.posts.values()]
    notices = await admin.fetch("SELECT id FROM notice WHERE county = $1 AND membership_id = ANY ($2) ORDER BY id LIMIT 3", county.code, posts)
    tables["notice"] = [row["id"] for row in notices]
    return [
        {
            **{table: str(ids[min(n, len(ids) - 1)]) for table, ids in tables.items() if ids},
            "region": region,
            "county": county.code,
        }
        for n, region in enumerate((county.village, county.township, county.code))
    ]

"""Telling posts something: once a key, inside the scope, and only those who still hold their post."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from core.extension.manager import boot
from core.kernel.database import close_pool, open_pool, transaction
from core.kernel.errors import NotFound
from core.kernel.scope import Scope, system_scope
from core.notices.actions import read_all_notices, read_notice, tell
from core.notices.queries import notices_of
from tests.databases import DatabaseUrls, connected
from tests.factories.world import NOW, World, make_world


@pytest.fixture(scope="module")
async def admin(database_urls: DatabaseUrls) -> AsyncIterator[asyncpg.Connection]:
    async with connected(database_urls.admin) as connection:
        yield connection


@pytest.fixture(scope="module")
async def world(database_urls: DatabaseUrls, admin: asyncpg.Connection) -> AsyncIterator[World]:
    boot()
    await open_pool(database_urls.app, size=4)
    yield await make_world(admin)
    await close_pool()


async def told(scope: Scope, *posts: Scope, key: str) -> int:
    async with transaction(scope):
        memberships = [post.membership for post in posts if post.membership]
        return await tell(
            scope,
            memberships=memberships,
            kind="opened",
            key=key,
            data={"title": "修堤"},
            link="/my",
            now=NOW,
        )


async def seen(scope: Scope) -> int:
    async with transaction(scope):
        return (await notices_of(scope))[1]


async def test_one_key_is_told_once(world: World) -> None:
    system, cadre = system_scope(world.nan.code), world.nan.scope("village_cadre")
    assert [await told(system, cadre, key="once") for _ in range(2)] == [1, 0]
    assert await told(system, cadre, key="twice") == 1
    assert await seen(cadre) == 2


async def test_nobody_is_told_outside_the_scope_or_after_the_post_ended(
    world: World, admin: asyncpg.Connection
) -> None:
    nan, zhu = world.counties
    system, ended = system_scope(nan.code), nan.scope("bookkeeper")
    await admin.execute("UPDATE membership SET valid_to = $2 WHERE id = $1", ended.membership, NOW)
    assert await told(system, zhu.scope("village_cadre"), ended, key="outside") == 0


async def test_reading_is_for_ones_own(world: World) -> None:
    nan = world.nan
    secretary, staff = nan.scope("village_secretary"), nan.scope("township_staff")
    await told(system_scope(nan.code), secretary, key="own")
    async with transaction(secretary):
        notice = (await notices_of(secretary))[0][0]
    async with transaction(staff):
        with pytest.raises(NotFound):
            await read_notice(staff, notice=notice.id, now=NOW)
        assert await read_all_notices(staff, now=NOW) == 0
    async with transaction(secretary):
        assert await read_notice(secretary, notice=notice.id, now=NOW) == "/my"
        assert (await notices_of(secretary))[0][0].read_at == NOW

"""A SELECT that goes out together with its settings: it sees what a transaction of its scope sees, and leaves nothing behind."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from core.kernel.database import (
    ENGINE,
    close_pool,
    each_alone,
    execute,
    fetch,
    fetch_one,
    fetch_value,
    open_pool,
    transaction,
)
from core.kernel.errors import ScopeMissing
from core.kernel.ids import new_id
from core.kernel.scope import Scope, system_scope
from tests.databases import DatabaseUrls

HERE, THERE = system_scope("330503"), system_scope("330681")
_PUT = """
INSERT INTO office (county, id, region, name, created_at) SELECT $3, $4, $1, $5, now() WHERE $1 < $2 ON CONFLICT DO NOTHING
"""
_ASKED = "SELECT o.name FROM office o WHERE o.region >= $1 AND o.region < $2 AND o.name LIKE $3 ORDER BY o.name DESC"
_WALLED = "SELECT o.name FROM office o WHERE $1 < $2 AND o.name LIKE $3"


@pytest.fixture
async def offices(database_urls: DatabaseUrls) -> AsyncIterator[None]:
    """Two counties with an office or two each, asked through one connection."""
    await open_pool(database_urls.app, size=1)
    try:
        for scope, names in ((HERE, ("独问甲", "独问乙")), (THERE, ("独问丙",))):
            async with transaction(scope):
                for name in names:
                    await execute(scope, _PUT, scope.county, new_id(), name)
        yield
    finally:
        await close_pool()


async def _names(scope: Scope, sql: str) -> list[str]:
    return [row["name"] for row in await fetch(scope, sql, "独问%")]


@pytest.mark.usefixtures("offices")
async def test_it_answers_as_in_a_transaction_in_the_same_order() -> None:
    async with transaction(HERE):
        expected = await _names(HERE, _ASKED)
    async with each_alone(HERE):
        assert await _names(HERE, _ASKED) == expected
        assert sorted(await _names(HERE, _WALLED)) == ["独问乙", "独问甲"]  # the policies alone
        assert (
            await fetch_value(
                HERE,
                "SELECT count(*) FROM office o WHERE o.region >= $1 AND o.region < $2 AND o.name LIKE $3",
                "独问%",
            )
            == 2
        )
        assert await fetch_one(HERE, _ASKED, "无") is None
    async with each_alone(THERE):
        assert await _names(THERE, _WALLED) == ["独问丙"]


@pytest.mark.usefixtures("offices")
async def test_the_settings_end_with_each_question() -> None:
    async with each_alone(HERE):
        await _names(HERE, _ASKED)
        assert ENGINE.pool is not None
    async with ENGINE.pool.acquire() as connection:
        assert not await connection.fetchval("SELECT current_setting('app.scope', true)")
        assert await connection.fetchval("SELECT count(*) FROM office") == 0


@pytest.mark.usefixtures("offices")
async def test_nothing_can_be_written() -> None:
    async with each_alone(HERE):
        with pytest.raises(asyncpg.PostgresSyntaxError):
            await fetch(HERE, f"{_PUT} RETURNING name", HERE.county, new_id(), "独问丁")
        with pytest.raises(asyncpg.FeatureNotSupportedError):
            await fetch(
                HERE,
                f"WITH put AS ({_PUT} RETURNING name) SELECT name FROM put",
                HERE.county,
                new_id(),
                "独问丁",
            )
        assert await _names(HERE, _ASKED) == ["独问甲", "独问乙"]


@pytest.mark.usefixtures("offices")
async def test_it_needs_a_scope_and_no_transaction_around_it() -> None:
    async with transaction(HERE):
        with pytest.raises(ScopeMissing):
            async with each_alone(HERE):
                pytest.fail("opened inside a transaction")
    async with each_alone(HERE):
        with pytest.raises(ScopeMissing):
            await _names(THERE, _ASKED)

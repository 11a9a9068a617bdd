"""The second wall, table by table; and each part of it taken away, which must be noticed every time."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from core.extension.manager import boot
from core.kernel.policies import APP
from tests.databases import DatabaseUrls, connected
from tests.isolation.rows import county_tables
from tests.isolation.second_wall import bench, check

POLICIES = """
SELECT p.polname AS name, p.polcmd::text AS command FROM pg_policy p
WHERE p.polrelid = $1::regclass AND $2 = ANY (p.polroles::regrole[]::text[]) ORDER BY 1
"""


@pytest.fixture(scope="module")
async def admin(database_urls: DatabaseUrls) -> AsyncIterator[asyncpg.Connection]:
    boot()
    async with connected(database_urls.admin) as connection:
        yield connection


@pytest.mark.parametrize("table", sorted(county_tables()))
async def test_plain_sql_of_the_application_stays_inside(admin: asyncpg.Connection, table: str) -> None:
    async with bench(admin, table, county_tables()[table]) as spot:
        assert await check(spot) == []


async def mutations_of(admin: asyncpg.Connection, table: str) -> list[str]:
    """Make every way to take a piece out of a table's walls."""
    made = [f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"]
    for policy in await admin.fetch(POLICIES, table, APP):
        name, command = policy["name"], policy["command"]
        made.append(f"DROP POLICY {name} ON {table}")
        if command != "a":
            made.append(f"ALTER POLICY {name} ON {table} USING (true)")
        if command in {"a", "w"}:
            made.append(f"ALTER POLICY {name} ON {table} WITH CHECK (true)")
    return made


async def test_every_missing_piece_of_the_walls_is_noticed(
    admin: asyncpg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    made, survived = 0, []
    for table, walls in county_tables().items():
        for mutation in await mutations_of(admin, table):
            made += 1
            async with bench(admin, table, walls, mutation) as spot:
                if not await check(spot):
                    survived.append(mutation)
    with capsys.disabled():
        print(f"\nsecond wall: {made - len(survived)} of {made} mutations caught")
    assert survived == []

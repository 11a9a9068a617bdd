"""Every table of the product says whether its rows follow a region."""

import asyncpg

from core.kernel.database import transaction
from core.tenancy.moving import _FOLLOWS, following_tables
from tests.core.tenancy.conftest import county_scope


async def moving() -> dict[str, object]:
    scope = county_scope()
    async with transaction(scope):
        return dict(await following_tables(scope))


async def test_conditions_fit_the_tables(admin: asyncpg.Connection) -> None:
    known = await moving()
    for name in known:
        how = _FOLLOWS.get(name)
        if how is not None:
            await admin.execute(f"EXPLAIN SELECT FROM {name} x WHERE {how.when}")
            for column in (*how.once, *how.also):
                await admin.execute(f"EXPLAIN SELECT x.{column} FROM {name} x")


async def test_named_tables_exist(admin: asyncpg.Connection) -> None:
    there = {row["tablename"] for row in await admin.fetch("SELECT tablename FROM pg_tables")}
    assert set(_FOLLOWS) <= there


async def test_what_is_only_added_never_moves() -> None:
    known = await moving()
    assert {"assignment", "membership", "office", "notice"} <= set(known)
    assert not {"audit_line", "ledger_line", "score_total", "setting", "region_change", "outbox"} & set(known)

"""Readers without an account: the role behind their functions reaches publications and nothing else of any county."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from core.extension.manager import boot
from core.kernel.policies import APP, PUBLIC
from tests.databases import DatabaseUrls, connected
from tests.isolation.rows import county_tables
from tests.isolation.second_wall import HOME, bench

# Blocks and leaves of the audit chain are hashes: they are public, and say nothing of what was sealed.
CHAIN = {"audit_block", "audit_seal"}
READS = {"petition", "petition_event", "publication", "publication_objection", "region", "county", *CHAIN}
HIDDEN = {
    "petition": {"about", "about_name", "by_name", "membership", "source", "answered_name", "floor", "office_id", "grid_id"},
    "petition_event": {"by_name", "by_office", "membership", "data"},
    "publication": {"released_by"}, "publication_objection": {"contact", "answered_by", "answered_name"}}
OWNED = """
SELECT p.proname AS name, p.prosecdef AS definer, coalesce(p.proconfig, '{}') AS config, p.provolatile::text AS volatile,
       ARRAY(SELECT (aclexplode(p.proacl)).grantee::regrole::text) AS grantees
FROM pg_proc p WHERE p.proowner = $1::regrole
"""
COLUMNS = """
SELECT a.attname FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped
"""


@pytest.fixture(scope="module")
async def admin(database_urls: DatabaseUrls) -> AsyncIterator[asyncpg.Connection]:
    boot()
    async with connected(database_urls.admin) as connection:
        yield connection


@pytest.mark.parametrize("table", sorted(county_tables()))
async def test_strangers_reach_publications_and_no_other_table(admin: asyncpg.Connection, table: str) -> None:
    for verb in ("INSERT", "UPDATE", "DELETE", "TRUNCATE"):
        assert not await admin.fetchval("SELECT has_table_privilege($1, $2, $3)", PUBLIC, table, verb)
        if verb in {"INSERT", "UPDATE"}:
            assert not await admin.fetchval("SELECT has_any_column_privilege($1, $2, $3)", PUBLIC, table, verb)
    reads = await admin.fetchval("SELECT has_any_column_privilege($1, $2, 'SELECT')", PUBLIC, table)
    assert reads is (table in READS)


@pytest.mark.parametrize("table", sorted(HIDDEN))
async def test_columns_about_persons_are_out_of_strangers_reach(admin: asyncpg.Connection, table: str) -> None:
    closed = {
        row["attname"]
        for row in await admin.fetch(COLUMNS, table)
        if not await admin.fetchval("SELECT has_column_privilege($1, $2, $3, 'SELECT')", PUBLIC, table, row["attname"])
    }
    assert HIDDEN[table] <= closed


async def test_functions_for_strangers_are_closed_and_for_the_application_alone(admin: asyncpg.Connection) -> None:
    rows = await admin.fetch(OWNED, PUBLIC)
    assert {row["name"] for row in rows} >= {"public_board", "public_publication", "public_receipt"}
    faults = [
        row["name"]
        for row in rows
        if not row["definer"] or "search_path=public, pg_temp" not in row["config"] or not set(row["grantees"]) <= {APP, PUBLIC}
    ]
    assert faults == []


async def test_the_role_of_strangers_cannot_log_in_and_nobody_of_ours_can_become_it(
    admin: asyncpg.Connection, database_urls: DatabaseUrls
) -> None:
    assert not await admin.fetchval("SELECT rolcanlogin FROM pg_roles WHERE rolname = $1", PUBLIC)
    for url in (database_urls.app, database_urls.relay):
        async with connected(url) as connection:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(f"SET ROLE {PUBLIC}")


async def test_the_application_reads_a_board_by_its_function_and_no_row_without_a_scope(admin: asyncpg.Connection) -> None:
    walls = county_tables()["publication"]
    async with bench(admin, "publication", walls) as spot:
        await admin.execute(f"SET LOCAL ROLE {APP}")
        assert await admin.fetch("SELECT * FROM publication") == []
        board = await admin.fetch("SELECT * FROM public_board($1, 3)", HOME)
        assert [row["place"] for row in board] == [HOME]
        recent = await admin.fetch("SELECT place FROM public_recent($1, $1, 100)", HOME[:6])
        assert {row["place"] for row in recent} == {place for place in spot.rows if place.startswith(HOME[:6])}
        await admin.execute("RESET ROLE")


async def test_a_stranger_who_could_write_sql_would_still_only_read_publications(admin: asyncpg.Connection) -> None:
    """Stand as the strangers' role itself: whatever a function of theirs might be made to say."""
    refused = 0
    for table in county_tables():
        transaction = admin.transaction()
        await transaction.start()
        try:
            await admin.execute(f"SET LOCAL ROLE {PUBLIC}")
            await admin.fetch(f"SELECT * FROM {table} LIMIT 1")
        except asyncpg.InsufficientPrivilegeError:
            refused += 1
        finally:
            await transaction.rollback()
    assert refused == len(county_tables()) - len(CHAIN)

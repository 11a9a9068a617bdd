"""Every table is one of the four kinds, and its walls stand: read from the catalogue, not from our own lists."""

import asyncpg
import pytest

from core.extension.manager import boot
from core.kernel.policies import APP, PLATFORM_TABLES, Kind
from core.kernel.tables import TABLES
from tests.databases import DatabaseUrls, connected
from tests.isolation.rows import COLUMNS, county_tables, import_tables

ALL = """
SELECT CASE n.nspname WHEN 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END AS name,
       c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced, c.relowner::regrole::text AS owner, c.oid
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'v') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_%'
  AND n.nspname <> 'sample'
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""
KEYS = """
SELECT i.indisprimary AS is_primary, array_agg(a.attname ORDER BY k.n) AS columns
FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, n)
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
WHERE i.indrelid = $1 AND i.indisunique GROUP BY i.indexrelid, i.indisprimary
"""
FOREIGN = """
SELECT c.conname, (SELECT array_agg(a.attname ORDER BY k.n) FROM unnest(c.conkey) WITH ORDINALITY AS k (attnum, n)
                   JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum) AS columns
FROM pg_constraint c WHERE c.conrelid = $1 AND c.contype = 'f'
"""
POLICIES = "SELECT polname, polcmd::text AS command, polroles::regrole[]::text[] AS roles FROM pg_policy WHERE polrelid = $1"
GRANTS = """
SELECT privilege_type FROM information_schema.role_table_grants
WHERE grantee = $1 AND table_schema = $2 AND table_name = $3
"""
COMMANDS = {"SELECT": "r", "INSERT": "a", "UPDATE": "w", "DELETE": "d"}


@pytest.fixture(scope="module")
async def tables(database_urls: DatabaseUrls) -> dict[str, asyncpg.Record]:
    """Read all tables there are."""
    boot()
    import_tables()
    async with connected(database_urls.admin) as admin:
        return {row["name"]: row for row in await admin.fetch(ALL)}


@pytest.fixture(scope="module")
async def admin(database_urls: DatabaseUrls):  # noqa: ANN201 - an async generator
    async with connected(database_urls.admin) as connection:
        yield connection


def test_every_table_is_of_one_kind(tables: dict[str, asyncpg.Record]) -> None:
    declared = set(county_tables())
    platform = set(PLATFORM_TABLES)
    assert declared.isdisjoint(platform)
    assert set(tables) == declared | (platform & set(tables))
    assert {name for name in platform if name not in tables} == set()


async def test_tables_of_counties_have_forced_walls_and_keys_led_by_county(
    tables: dict[str, asyncpg.Record], admin: asyncpg.Connection
) -> None:
    faults = []
    for name in county_tables():
        row = tables[name]
        if not (row["enabled"] and row["forced"] and row["owner"] == "xiangzhi_owner"):
            faults.append(f"{name}: walls are not forced")
        keys = await admin.fetch(KEYS, row["oid"])
        if [k["columns"] for k in keys if k["is_primary"]] != [["county", "id"]]:
            faults.append(f"{name}: the primary key is not (county, id)")
        faults += [f"{name}: a unique key {k['columns']}" for k in keys if k["columns"][0] != "county"]
        faults += [
            f"{name}: a foreign key {f['columns']}"
            for f in await admin.fetch(FOREIGN, row["oid"])
            if f["columns"][0] != "county"
        ]
    assert faults == []


async def test_policies_and_grants_are_those_declared(
    tables: dict[str, asyncpg.Record], admin: asyncpg.Connection
) -> None:
    faults = []
    for name, walls in county_tables().items():
        schema, _, table = name.rpartition(".")
        granted = {r["privilege_type"] for r in await admin.fetch(GRANTS, APP, schema or "public", table)}
        wanted = set(walls.verbs) | ({"UPDATE"} if walls.may_also else set())
        if granted != wanted:
            faults.append(f"{name}: granted {sorted(granted)}, declared {sorted(wanted)}")
        policies = [p for p in await admin.fetch(POLICIES, tables[name]["oid"]) if APP in p["roles"]]
        commands = sorted(p["command"] for p in policies)
        expected = sorted([COMMANDS[verb] for verb in walls.verbs] + (["w"] if walls.may_also else []))
        if commands != expected:
            faults.append(f"{name}: policies for {commands}, expected {expected}")
    assert faults == []


async def test_platform_tables_are_out_of_the_applications_reach(
    tables: dict[str, asyncpg.Record], admin: asyncpg.Connection
) -> None:
    readable = {"region", "region_version", "region_change", "region_source", "county", "plugin_allowance"}
    faults = []
    for name in set(PLATFORM_TABLES) & set(tables):
        schema, _, table = name.rpartition(".")
        granted = {r["privilege_type"] for r in await admin.fetch(GRANTS, APP, schema or "public", table)}
        allowed = {"SELECT"} if name in readable else {"SELECT", "INSERT"} if name == "inbox" else set()
        if not granted <= allowed:
            faults.append(f"{name}: {sorted(granted)}")
    assert faults == []


async def test_piccolo_tables_say_what_the_catalogue_says(
    tables: dict[str, asyncpg.Record], admin: asyncpg.Connection
) -> None:
    faults = []
    for name, (table, walls) in TABLES.items():
        if name not in tables or walls.kind is Kind.PLATFORM:
            continue
        real = {c["name"]: c["required"] for c in await admin.fetch(COLUMNS, name) if not c["generated"]}
        said = {c._meta.db_column_name: not c._meta.null for c in table._meta.columns}
        if set(real) != set(said):
            faults.append(f"{name}: columns {sorted(set(real) ^ set(said))}")
        faults += [f"{name}.{c}: required is {real[c]}" for c in set(real) & set(said) if real[c] != said[c]]
    assert faults == []

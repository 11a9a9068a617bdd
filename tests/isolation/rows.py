"""One row for every table of a county, made from the catalogue, so that there is something that could leak."""

import importlib
import pkgutil
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

import core
import plugins
from core.kernel.ids import new_id
from core.kernel.policies import PLATFORM_TABLES, Kind, Walls
from core.kernel.tables import TABLES

MOMENT = datetime(2026, 11, 1, tzinfo=UTC)
COLUMNS = """
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS required,
       a.atthasdef AS has_default, a.attgenerated <> '' AS generated
FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""


def import_tables() -> None:
    """Import every ``tables`` module, so that all declarations are known; also those of a package inside another."""
    for package in (core, plugins):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if found.name.endswith(".tables"):
                importlib.import_module(found.name)


def county_tables() -> dict[str, Walls]:
    """Give every table of a county with its walls; platform tables and those of test plugins are left out."""
    import_tables()
    return {
        name: walls
        for name, (_, walls) in sorted(TABLES.items())
        if walls.kind is not Kind.PLATFORM and name not in PLATFORM_TABLES and not name.startswith("sample.")
    }


def value_for(name: str, kind: str) -> Any:
    """Give a value of a column's type; texts are the column's own name, but for keys of the store, which have a form."""
    if name == "storage_key":
        return "330503/made/up"
    simple: dict[str, Any] = {
        "uuid": new_id(), "timestamp with time zone": MOMENT, "date": MOMENT.date(), "jsonb": "{}", "boolean": False,
        "integer": 1, "smallint": 1, "bigint": 1, "bytea": b"x", "text[]": ["x"], "uuid[]": [], "double precision": 1.0,
    }  # fmt: skip
    if kind in simple:
        return simple[kind]
    return 1 if kind.startswith("numeric") else name


async def put_row(admin: asyncpg.Connection, table: str, *, county: str, region: str, **fixed: Any) -> UUID:
    """Insert one row past all foreign keys (the superuser's connection must have them switched off) and give its id."""
    made = new_id()
    values: dict[str, Any] = {"county": county, "region": region, "id": made, **fixed}
    for column in await admin.fetch(COLUMNS, table):
        if column["generated"] or column["name"] in values:
            continue
        if column["required"] and not column["has_default"]:
            values[column["name"]] = value_for(column["name"], column["type"])
    names = ", ".join(values)
    places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    await admin.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *values.values())
    return made

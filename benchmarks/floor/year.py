"""The floor of a night of warnings: read the same tables once, whole, as the superuser, and find nothing in them."""

import time
from typing import Final

import asyncpg

READS: Final = (
    "SELECT max(due_at), count(DISTINCT title) FROM assignment WHERE county = '{county}'",
    "SELECT max(created_at), count(DISTINCT title) FROM incoming_task WHERE county = '{county}'",
    "SELECT max(due_on), count(DISTINCT period) FROM publication_due WHERE county = '{county}'",
    "SELECT max(due_at), count(DISTINCT title) FROM decision WHERE county = '{county}'",
    "SELECT max(due_at), count(DISTINCT number) FROM petition WHERE county = '{county}'",
    "SELECT max(used_at), count(DISTINCT number) FROM seal_use WHERE county = '{county}'",
    "SELECT max(starts_on), count(DISTINCT id_hash) FROM datasets.dataset_row WHERE county = '{county}'",
)


async def read_once(admin: asyncpg.Connection, county: str) -> float:
    """Give the seconds."""
    began = time.perf_counter()
    for statement in READS:
        await admin.fetch(statement.format(county=county))
    return time.perf_counter() - began


def read_once_sql(county: str) -> str:
    """Give the same for pgbench."""
    return ";\n".join(statement.format(county=county) for statement in READS) + ";"

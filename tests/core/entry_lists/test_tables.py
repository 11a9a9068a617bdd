"""The declared tables are those of the database."""

import pytest
from piccolo.table import Table

from core.entry_lists.tables import EntryItem, EntryList
from tests.databases import DatabaseUrls, connected


@pytest.mark.parametrize("table", [EntryList, EntryItem])
async def test_declared_columns_are_those_of_the_catalogue(
    table: type[Table], fresh_database: DatabaseUrls
) -> None:
    async with connected(fresh_database.admin) as admin:
        rows = await admin.fetch(
            "SELECT column_name, is_nullable FROM information_schema.columns WHERE table_name = $1",
            table._meta.tablename,
        )
    declared = {column._meta.name: "YES" if column._meta.null else "NO" for column in table._meta.columns}
    assert declared == {row["column_name"]: row["is_nullable"] for row in rows}

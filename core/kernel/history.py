"""The history of a matter (经过): what happened to it line by line, written with the deed itself and never changed.

A table of such lines has the columns county, id, region, the matter's id, at, kind, text, membership, by_name, by_office and
data. Its statement is made once, as a constant of its module, so that the walls of the isolation suite see it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.kernel.database import execute
from core.kernel.ids import new_id
from core.kernel.scope import Scope


def history_line(table: str, subject: str) -> str:
    """Give the statement that adds a line to this table; ``subject`` is the column of the matter's id. Both are our own names."""
    return (
        f"INSERT INTO {table} (county, id, region, {subject}, at, kind, text, membership, by_name, by_office, data)\n"
        "SELECT $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 WHERE $5 >= $1 AND $5 < $2"
    )


async def write_history(
    scope: Scope,
    statement: str,
    row: Any,
    kind: str,
    *,
    now: datetime,
    text: str = "",
    data: Mapping[str, Any] | None = None,
) -> None:
    """Add a line to the history of the matter in ``row`` (its county, region and id), signed by whoever acts.

    Raises ``RuntimeError`` where the matter lies outside the scope: the line would be lost silently.
    """
    written = await execute(
        scope, statement, row["county"], new_id(), row["region"], row["id"], now, str(kind), text, scope.membership,
        scope.by_name, scope.by_office, dict(data or {}),
    )  # fmt: skip
    if written != 1:
        raise RuntimeError("a line of history must lie inside the scope of the one who acts")

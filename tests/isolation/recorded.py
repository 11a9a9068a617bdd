"""What the product asks its database while it works, asked again at once by a stranger.

The pool of these tests is a superuser's that stands as the application's role, so that each statement can be tried, inside its
own transaction and before it runs, under the policies and without them, with its range and without it. Everything tried is
undone to a savepoint.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg
import pytest

from core.kernel import database
from core.kernel.policies import APP
from core.kernel.scope import Scope, ancestors_of

# The ways in which a statement says its range: data rows, rows of configuration with their ancestors, one's own region.
WALL: Final = re.compile(r"(?:(\w+)\.)?(region|code|\$\d+) >= \$1 AND (?:\1\.)?\2 < \$2")
ABOVE: Final = re.compile(
    r"(?:\w+\.)?region = ANY \(+string_to_array\(current_setting\('app\.above', true\), ','\)\)+"
)
OWN: Final = re.compile(r"(?:\w+\.)?(?:region|sender_region|parent) = \$1\b")
REFERENCE: Final = frozenset(
    {"region", "region_version", "region_change", "region_source", "county", "plugin_allowance", "inbox"}
)
FUNCTIONS: Final = (
    "announce_event",
    "set_timer",
    "cancel_timers",
    "pg_advisory",
    "change_regions",
    "recode_rows",
    "finish_region_change",
)
TRIES: Final = 60


def tables_in(sql: str) -> set[str]:
    """Name the tables a statement reads or writes."""
    names = re.findall(r"\b(?:FROM|JOIN|UPDATE|INTO)\s+((?:\w+\.)?\w+)", sql)
    return {
        name for name in names if name.lower() not in {"unnest", "lateral", "select", "jsonb_array_elements"}
    }


def without_wall(sql: str) -> str:
    """Take every range out of the statement; the arguments stay used."""
    opened = WALL.sub("($1::text IS NOT NULL AND $2::text IS NOT NULL)", sql)
    return OWN.sub("($1::text IS NOT NULL)", ABOVE.sub("(true)", opened))


def concerns_counties(sql: str) -> bool:
    """Tell whether a statement touches a table of counties by itself."""
    tables = {name for name in tables_in(sql) if not name.startswith("pg_")}  # the database's own say nothing of anybody
    return bool(tables - REFERENCE) and not any(name in sql for name in FUNCTIONS)


@dataclass
class Watch:
    """What came of asking each statement again. ``acted``: a policy had to hide something that the range let through."""

    strangers: tuple[str, ...]
    tried: dict[str, int] = field(default_factory=dict)
    noticed: set[str] = field(default_factory=set)
    acted: dict[str, str] = field(default_factory=dict)

    async def ask_again(self, connection: asyncpg.Connection, sql: str, arguments: tuple[Any, ...]) -> None:
        """Ask as each stranger: as it is under both roles, then without its range."""
        if not concerns_counties(sql) or self.tried.get(sql, 0) >= TRIES:
            return
        self.tried[sql] = self.tried.get(sql, 0) + 1
        opened = without_wall(sql)
        for region in self.strangers:
            if sql in self.noticed and self.tried[sql] > 5:
                return
            walled = await answer(connection, sql, arguments, region, role=APP)
            bare = await answer(connection, sql, arguments, region, role="postgres")
            if bare != walled and not _conflict(sql, walled):
                self.acted[sql] = f"[{region}] {str(bare)[:200]} / {str(walled)[:200]}"
            if opened != sql and await answer(connection, opened, arguments, region, role="postgres") != bare:
                self.noticed.add(sql)


def _conflict(sql: str, walled: Any) -> bool:
    """Tell the one case in which a policy acts by design: an upsert meets a row of others, whose key it would reveal."""
    return "DO UPDATE" in sql and isinstance(walled, str) and "InsufficientPrivilege" in walled


async def answer(
    connection: asyncpg.Connection, sql: str, arguments: tuple[Any, ...], region: str, *, role: str
) -> Any:
    """Ask a statement from a region's range under a role and undo what it wrote. A refusal is an answer too."""
    await connection.execute("SAVEPOINT stranger")
    try:
        await connection.execute(
            f"SET LOCAL app.scope = '{region}'; SET LOCAL app.scope_end = '{region}:'; "
            f"SET LOCAL app.above = '{','.join(ancestors_of(region))}'; SET LOCAL ROLE postgres; "
            f"SET LOCAL session_replication_role = replica; SET LOCAL ROLE {role}"
        )
        if re.match(r"\s*(SELECT|WITH(?!.*(INSERT INTO|UPDATE \S+ (\w+ )?SET)))", sql, re.DOTALL) or "RETURNING" in sql:
            rows = await connection.fetch(sql, region, f"{region}:", *arguments)
            return sorted(repr({k: v for k, v in row.items() if k != "id"}) for row in rows)
        return await connection.execute(sql, region, f"{region}:", *arguments)
    except asyncpg.PostgresError as error:
        return f"refused: {type(error).__name__}"
    finally:
        await connection.execute("ROLLBACK TO SAVEPOINT stranger; RELEASE SAVEPOINT stranger")


class _Listening:
    """A connection that has each statement asked again before it runs, and changes nothing."""

    def __init__(self, connection: Any, watch: Watch) -> None:
        self._connection, self._watch = connection, watch

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._connection, name)
        if name not in {"fetch", "fetchrow", "fetchval", "execute"}:
            return real

        async def listening(sql: str, *arguments: Any) -> Any:
            if len(arguments) >= 2 and "$1" in sql:
                if isinstance(self._connection, database.Alone):  # a question without a transaction: it gets one for this
                    async with self._connection.connection.transaction():
                        await self._watch.ask_again(self._connection.connection, sql, arguments[2:])
                else:
                    await self._watch.ask_again(self._connection, sql, arguments[2:])
            return await real(sql, *arguments)

        return listening


@contextmanager
def watching(watch: Watch) -> Iterator[None]:
    """Have every scoped statement asked again while the block runs."""
    real = database.connection_of

    def listening(scope: Scope) -> Any:
        return _Listening(real(scope), watch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "connection_of", listening)
        yield

"""Plain SQL as the application's role against every table: what the row policies alone must hold.

Each check runs inside a transaction of the superuser that is undone at the end, under ``SET LOCAL ROLE``, so that a mutated
policy is tried in the same way as the real one.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from core.kernel.policies import APP, Kind, Walls
from core.kernel.scope import ancestors_of
from tests.isolation.rows import put_row

HOME = "330503101201"
NEIGHBOUR = "330503101202"
ABOVE_HOME = "330503101"
STRANGER = "330681101201"
# The neighbour whose code begins like ours: a range that is not closed by its end would see it.
LONGER = "330503102201"
PLACES = (HOME, NEIGHBOUR, ABOVE_HOME, STRANGER, LONGER, "330503", "330681")


@dataclass(frozen=True)
class Bench:
    """One table with a row in each place, in a transaction that will be undone."""

    connection: asyncpg.Connection
    table: str
    walls: Walls
    rows: dict[str, UUID]

    async def at(self, region: str) -> None:
        """Stand at a region as the application does."""
        above = ",".join(ancestors_of(region))
        await self.connection.execute(
            f"SET LOCAL ROLE {APP}; SET LOCAL app.scope = '{region}'; SET LOCAL app.scope_end = '{region}:'; "
            f"SET LOCAL app.above = '{above}'; SET LOCAL app.county = '{region[:6]}'"
        )

    async def seen(self) -> set[str]:
        """Tell which places' rows are visible."""
        found = await self.connection.fetch(
            f"SELECT id FROM {self.table} WHERE id = ANY($1::uuid[])",
            list(self.rows.values()),
        )
        ids = {row["id"] for row in found}
        return {place for place, made in self.rows.items() if made in ids}

    async def touched(self, verb: str) -> set[str]:
        """Tell which places' rows an UPDATE or DELETE reaches that names no row and asks for none back.

        With a WHERE or RETURNING the policy for SELECT would hide what the verb's own policy lets through.
        """
        column = await self.connection.fetchrow(_FREE_COLUMN, self.table)
        sql = {
            "UPDATE": f"UPDATE {self.table} SET {column['name']} = DEFAULT",
            "DELETE": f"DELETE FROM {self.table}",
        }[verb]
        if verb == "UPDATE" and column["required"] and not column["has_default"]:
            sql = f"UPDATE {self.table} SET {column['name']} = {_constant(column['type'])}"
        before = await self._versions()
        savepoint = self.connection.transaction()
        await savepoint.start()
        try:
            await self.connection.execute(sql)
            await self.connection.execute("RESET ROLE")
            after = await self._versions()
        except asyncpg.InsufficientPrivilegeError:
            return set()
        finally:
            await savepoint.rollback()
        return {place for place, made in self.rows.items() if before.get(made) != after.get(made)}

    async def _versions(self) -> dict[UUID, str]:
        """Read each row's place on disk as superuser: a touched one has another, a deleted one none."""
        role = await self.connection.fetchval("SELECT current_user")
        await self.connection.execute("RESET ROLE")
        rows = await self.connection.fetch(
            f"SELECT id, ctid::text AS at FROM {self.table} WHERE id = ANY($1::uuid[])",
            list(self.rows.values()),
        )
        if role == APP:
            await self.connection.execute(f"SET LOCAL ROLE {APP}")
        return {row["id"]: row["at"] for row in rows}

    async def tried(self, sql: str, *arguments: object) -> list[asyncpg.Record] | None:
        """Run a statement; None when it was refused. Either way the transaction goes on as before."""
        savepoint = self.connection.transaction()
        await savepoint.start()
        try:
            rows: list[asyncpg.Record] = await self.connection.fetch(sql, *arguments)
        except asyncpg.InsufficientPrivilegeError:
            return None
        finally:
            await savepoint.rollback()
        return rows


_FREE_COLUMN = """
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS required, a.atthasdef AS has_default
FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
  AND a.attname NOT IN ('county', 'id', 'region', 'taken_by', 'withdrawn_at') ORDER BY (a.attname LIKE '%\\_at') DESC, a.attnum DESC LIMIT 1
"""


def _constant(kind: str) -> str:
    return {"text": "'x'", "uuid": "gen_random_uuid()", "bytea": "'x'::bytea", "jsonb": "'{}'"}.get(
        kind, "now()"
    )


@asynccontextmanager
async def bench(
    connection: asyncpg.Connection, table: str, walls: Walls, *mutations: str
) -> AsyncIterator[Bench]:
    """Put a row of the table in each place, past foreign keys, and undo everything afterwards."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        for mutation in mutations:
            await connection.execute(mutation)
        await connection.execute("SET LOCAL session_replication_role = replica")
        rows = {
            place: await put_row(connection, table, county=place[:6], region=place, **_unlike(table, place))
            for place in PLACES
        }
        yield Bench(connection, table, walls, rows)
    finally:
        await transaction.rollback()


def _unlike(table: str, place: str) -> dict[str, object]:
    """Give what must differ between the rows for unique keys; a place is open unless a test takes it."""
    if table == "place":
        return {"n": int(place[-5:]), "taken_by": "33"}
    if table in {"audit_block", "audit_seal", "witnessed_head"}:
        return {"height": int(place[-5:])}
    return dict.fromkeys(_UNIQUE.get(table, ()), f"{place}")


_UNIQUE = {
    "office": ("name",), "grid": ("name",), "role": ("name",), "notice": ("key",), "warning": ("key",), "draft": ("form",), "answer": ("key",),
    "saved_view": ("name",), "publication": ("place", "token"), "publication_objection": ("receipt",), "plugin_state": ("plugin",), "score_total": ("period",),
}  # fmt: skip

Check = Callable[[Bench], Awaitable[list[str]]]


async def check(spot: Bench) -> list[str]:
    """Give every fault of a table's walls; none where they stand."""
    faults: list[str] = []
    for one in (_reads, _writes, _inserts, _moves, _no_scope):
        faults += [f"{spot.table}: {fault}" for fault in await one(spot)]
        await spot.connection.execute("RESET ROLE")
    return faults


async def _reads(spot: Bench) -> list[str]:
    await spot.at(HOME)
    expected = {HOME}
    if spot.walls.kind is Kind.CONFIGURATION or spot.table == "place":
        expected |= {ABOVE_HOME, "330503"}
    faults = _differ("a village reads", await spot.seen(), expected)
    await spot.connection.execute("RESET ROLE")
    await spot.at(ABOVE_HOME)
    inside = {HOME, NEIGHBOUR, ABOVE_HOME}
    if spot.walls.kind is Kind.CONFIGURATION or spot.table == "place":
        inside |= {"330503"}
    return faults + _differ("a township reads", await spot.seen(), inside)


def _differ(what: str, found: set[str], expected: set[str]) -> list[str]:
    return [] if found == expected else [f"{what} {sorted(found)}, not {sorted(expected)}"]


async def _writes(spot: Bench) -> list[str]:
    faults: list[str] = []
    for verb in ("UPDATE", "DELETE"):
        await spot.at(HOME)
        expected = {HOME} if verb in spot.walls.verbs else set()
        faults += _differ(f"a village's {verb} reaches", await spot.touched(verb), expected)
        await spot.connection.execute("RESET ROLE")
    if spot.walls.may_also:
        faults += await _takes(spot)
    return faults


async def _takes(spot: Bench) -> list[str]:
    """Take an open place above: for oneself it is allowed, for nobody else."""
    await spot.connection.execute(f"UPDATE {spot.table} SET taken_by = NULL")
    await spot.at(HOME)
    sql = f"UPDATE {spot.table} SET taken_by = $2 WHERE id = $1 RETURNING id"
    own = await spot.tried(sql, spot.rows[ABOVE_HOME], HOME)
    others = await spot.tried(sql, spot.rows[ABOVE_HOME], NEIGHBOUR)
    foreign = await spot.tried(sql, spot.rows[STRANGER], HOME)
    faults = [] if own else ["a village cannot take an open place of its township"]
    faults += ["a village takes a place for its neighbour"] if others else []
    return faults + (["a village takes a place of another county"] if foreign else [])


async def _inserts(spot: Bench) -> list[str]:
    """Copy one's own row to another place: refused everywhere outside the range, whatever the verb's policy says."""
    faults: list[str] = []
    columns = [
        r["attname"] for r in await spot.connection.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped"
            " AND attgenerated = ''", spot.table,
        )
    ]  # fmt: skip
    taken = ", ".join(
        {"id": "gen_random_uuid()", "region": "$2::text", "county": "$3::text"}.get(c, c) for c in columns
    )
    sql = f"INSERT INTO {spot.table} ({', '.join(columns)}) SELECT {taken} FROM {spot.table} WHERE id = $1"
    for place in (HOME, NEIGHBOUR, ABOVE_HOME, STRANGER):
        await spot.at(HOME)
        done = await _insert(spot, sql, place)
        may = "INSERT" in spot.walls.verbs and place == HOME
        if done is not may:
            faults.append(f"a village's INSERT at {place} was {'allowed' if done else 'refused'}")
        await spot.connection.execute("RESET ROLE")
    return faults


async def _insert(spot: Bench, sql: str, place: str) -> bool:
    """Tell whether the policies let a row in; a twin that only its unique key stops was let in by them."""
    try:
        return await spot.tried(sql, spot.rows[HOME], place, f"99{place[2:6]}") is not None
    except asyncpg.UniqueViolationError:
        return True


async def _moves(spot: Bench) -> list[str]:
    """One's own row must not be moved to where one cannot see it."""
    if "UPDATE" not in spot.walls.verbs:
        return []
    await spot.at(HOME)
    sql = f"UPDATE {spot.table} SET region = '{NEIGHBOUR}'"
    try:
        moved = await spot.tried(sql) is not None
    except asyncpg.UniqueViolationError:
        moved = True
    return ["a village's row was moved to its neighbour"] if moved else []


async def _no_scope(spot: Bench) -> list[str]:
    """Without a scope, and with the empty one that a reused connection shows, nothing is there."""
    await spot.connection.execute(
        f"SET LOCAL ROLE {APP}; SET LOCAL app.scope = ''; SET LOCAL app.scope_end = ''; SET LOCAL app.above = ''"
    )
    return _differ("without a scope one reads", await spot.seen(), set())

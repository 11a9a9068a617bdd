"""The one door to PostgreSQL for county data.

``transaction(scope)`` opens a transaction whose settings tell the row policies where the caller stands. Inside it,
``fetch`` and its sisters run SQL in which **$1 is the scope's region and $2 its end**; your own arguments begin at $3.
Every statement on a data table states its range with them (the first wall):

    SELECT ... FROM assignment a WHERE a.region >= $1 AND a.region < $2 AND a.state = $3

and every read of inherited configuration adds its ancestors through ``current_setting`` with ``INHERITED``:

    SELECT ... FROM office o WHERE ((o.region >= $1 AND o.region < $2) OR o.region = ANY(<above>))

Piccolo's query builder works inside the same transaction; ``in_range`` is its first wall.

Where a page asks once, ``each_alone(scope)`` takes the transaction's place: a SELECT then goes out together with
its settings, in one round trip instead of three.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import Any, Final, TypeVar

import msgspec
from asyncpg import InternalClientError
from piccolo.columns import Column, Where
from piccolo.columns.combination import And
from piccolo.engine.exceptions import TransactionError
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

from core.kernel.bell import BELL
from core.kernel.engine import Engine
from core.kernel.errors import ScopeMissing
from core.kernel.scope import Scope

Row = Mapping[str, Any]
T = TypeVar("T")
Connection = Any  # asyncpg carries no types

ENGINE: Final = Engine(config={}, extensions=())
STATEMENT_SECONDS: Final = 30

# What a statement writes where inherited configuration may be read: the ancestors the transaction was opened with.
ABOVE: Final = "(string_to_array(current_setting('app.above', true), ','))"


class TransactionLost(RuntimeError):
    """The transaction was undone although its block ended well: a failed statement was swallowed, or the line had broken."""


class _ScopedTransaction(PostgresTransaction):
    """Piccolo's transaction, begun together with the scope's settings in one round trip.

    BEGIN and the settings are separate statements of one simple query. One statement that both sets and reads would
    depend on the plan; the values are digits, commas and nothing else, which ``Scope`` has checked.
    """

    def __init__(self, engine: PostgresEngine, scope: Scope) -> None:
        super().__init__(engine=engine, allow_nested=False)
        self.scope = scope

    async def begin(self) -> None:
        scope = self.scope
        try:
            await self.connection.execute(
                f"BEGIN; SET LOCAL app.scope = '{scope.region}'; SET LOCAL app.scope_end = '{scope.region_end}'; "
                f"SET LOCAL app.above = '{','.join(scope.above)}'; SET LOCAL app.county = '{int_text(scope.county)}'"
            )
        except BaseException:
            await self._give_back()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """End the transaction. Piccolo's own would keep a connection that broke at COMMIT out of the pool for ever."""
        try:
            if error is not None and not self._rolled_back:
                await self.rollback()
            elif error is None and not (self._committed or self._rolled_back):
                await self.commit()
        finally:
            self.engine.current_transaction.reset(self.context)
            await self._give_back()
        return False

    async def _give_back(self) -> None:
        if self.engine.pool:
            await self.engine.pool.release(self.connection)
        else:
            await self.connection.close()

    async def commit(self) -> None:
        try:
            answer = await self.connection.execute("COMMIT")
        except InternalClientError as unsent:
            self.connection.terminate()
            raise TransactionLost("the server had ended the connection before COMMIT was sent") from unsent
        # PostgreSQL answers the COMMIT of a transaction in which a statement failed with a quiet ROLLBACK.
        if answer != "COMMIT":
            raise TransactionLost("a statement of this transaction failed, so nothing of it was kept")
        self._committed = True

    async def rollback(self) -> None:
        await _undo(self.connection)
        self._rolled_back = True


def int_text(code: str) -> str:
    if not code.isascii() or not code.isdigit():
        raise ValueError("a county's key is digits")
    return code


_ENTER: Final = (
    "(SELECT CASE WHEN ${entering} THEN set_config('app.scope', $1, true) || set_config('app.scope_end', $2, true) "
    "|| set_config('app.above', ${above}, true) || set_config('app.county', ${county}, true) IS NULL ELSE true END)"
)


@lru_cache(maxsize=1024)
def _entering(sql: str, arguments: int) -> str:
    """Put a gate before a question with this many arguments: while it is closed, the settings are made and nothing is read."""
    gate = _ENTER.format(above=arguments + 1, county=arguments + 2, entering=arguments + 3)
    return f"SELECT alone.* FROM ({sql}) alone WHERE {gate}"  # noqa: S608 - both are our own texts


class Alone:
    """A connection on which each question is a transaction of its own that begins with the scope's settings.

    The question is sent twice in one message, as one implicit transaction: first with its gate closed, which only makes the
    settings, then open. These are two executions, so nothing hangs on the order within a plan; and should the gate not be
    asked, the policies show no row. Only a SELECT fits behind the gate: what writes is refused as a wrong text.
    """

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self.connection = connection
        self._settings = (",".join(scope.above), int_text(scope.county))

    async def fetch(self, sql: str, *arguments: Any) -> list[Any]:
        text = _entering(sql, len(arguments))
        sent = [(*arguments, *self._settings, entering) for entering in (True, False)]
        rows: list[Any] = await self.connection.fetchmany(text, sent)
        return rows

    async def fetchrow(self, sql: str, *arguments: Any) -> Any | None:
        rows = await self.fetch(sql, *arguments)
        return rows[0] if rows else None

    async def fetchval(self, sql: str, *arguments: Any) -> Any:
        row = await self.fetchrow(sql, *arguments)
        return None if row is None else row[0]


@dataclass(slots=True)
class _Open:
    scope: Scope
    connection: Connection
    news: bool = False  # something was announced: the relay is woken once it is committed


_open: ContextVar[_Open | None] = ContextVar("open_transaction", default=None)

# Counts round trips for tests of a page's budget; None costs nothing.
trips: ContextVar[list[str] | None] = ContextVar("round_trips", default=None)


async def _undo(connection: Connection) -> None:
    """Roll back what is open; where the line is broken or breaking, the server has done so itself.

    Between the server's last word and the end of the line, asyncpg sends nothing and says so by ``InternalClientError``.
    """
    if connection.is_closed():
        return
    try:
        await connection.execute("ROLLBACK")
    except InternalClientError:
        connection.terminate()


async def _leave_clean(connection: Connection) -> None:
    """Hand a connection back. All our settings are transaction-local, so a RESET ALL would be a wasted round trip."""
    if connection.is_in_transaction():
        await _undo(connection)


async def open_pool(dsn: str, *, size: int = 10) -> None:
    """Open this process's pool. A pool belongs to the event loop that opened it: one loop, one pool a process."""
    ENGINE.config = {"dsn": dsn}
    await ENGINE.start_connection_pool(
        min_size=min(2, size),
        max_size=size,
        reset=_leave_clean,
        command_timeout=STATEMENT_SECONDS,
        max_inactive_connection_lifetime=0,  # a timer for each use of a connection costs more than keeping these few
        init=_prepare_connection,
        server_settings={"application_name": "xiangzhi", "jit": "off"},
    )


async def close_pool() -> None:
    await BELL.silence()
    if ENGINE.pool:
        await ENGINE.close_connection_pool()


async def _prepare_connection(connection: Connection) -> None:
    await connection.set_type_codec("jsonb", encoder=_to_json, decoder=_from_json, schema="pg_catalog")


def _to_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _from_json(text: str) -> Any:
    return msgspec.json.decode(text)


@asynccontextmanager
async def transaction(scope: Scope) -> AsyncIterator[None]:
    """Open the scope's transaction. Raises ``TransactionError`` inside another one: nested ones do not undo partly."""
    if not isinstance(scope, Scope):
        raise ScopeMissing("a transaction needs a scope")
    opened = _ScopedTransaction(ENGINE, scope)
    _count("BEGIN")
    async with opened:
        current = _Open(scope, opened.connection)
        token = _open.set(current)
        try:
            yield
        finally:
            _open.reset(token)
            _count("COMMIT")
    if current.news:
        BELL.ring(ENGINE.pool)


@asynccontextmanager
async def each_alone(scope: Scope) -> AsyncIterator[None]:
    """Let each SELECT be a transaction of its own: for pages that ask little, and would spend more on beginning and ending.

    ``execute`` and Piccolo's query builder do not work in here. Raises ``ScopeMissing`` without a scope, without a pool and
    inside a transaction.
    """
    if not isinstance(scope, Scope) or ENGINE.pool is None or _open.get() is not None:
        raise ScopeMissing("questions need a scope, and no transaction around them")
    async with ENGINE.pool.acquire() as connection:
        token = _open.set(_Open(scope, Alone(connection, scope)))
        try:
            yield
        finally:
            _open.reset(token)


def require_no_transaction() -> None:
    """Raise ``TransactionError`` inside a transaction: work of seconds holds no row, no lock and no connection meanwhile."""
    if _open.get() is not None:
        raise TransactionError("this takes seconds; do it before the transaction")


def promise_news(scope: Scope) -> None:
    """Have the relay woken when the open transaction is committed."""
    _current(scope).news = True


def connection_of(scope: Scope) -> Connection:
    """Give the connection of the open transaction; raises unless it was opened for this very scope."""
    return _current(scope).connection


def _current(scope: Scope) -> _Open:
    opened = _open.get()
    if opened is None or opened.scope is not scope:
        raise ScopeMissing("no transaction is open for this scope")
    return opened


async def fetch(scope: Scope, sql: str, *arguments: Any) -> list[Any]:
    _count(sql)
    rows: list[Any] = await connection_of(scope).fetch(sql, scope.region, scope.region_end, *arguments)
    return rows


async def fetch_one(scope: Scope, sql: str, *arguments: Any) -> Any | None:
    _count(sql)
    return await connection_of(scope).fetchrow(sql, scope.region, scope.region_end, *arguments)


async def fetch_value(scope: Scope, sql: str, *arguments: Any) -> Any:
    _count(sql)
    return await connection_of(scope).fetchval(sql, scope.region, scope.region_end, *arguments)


async def execute(scope: Scope, sql: str, *arguments: Any) -> int:
    """Run a statement and give the number of rows it touched."""
    _count(sql)
    done = await connection_of(scope).execute(sql, scope.region, scope.region_end, *arguments)
    last = done.rsplit(" ", 1)[-1]
    return int(last) if last.isdigit() else 0


async def fetch_as(scope: Scope, make: Callable[..., T], sql: str, *arguments: Any) -> list[T]:
    """Fetch rows and make one object of each; the columns' names are the object's fields."""
    return [make(**row) for row in await fetch(scope, sql, *arguments)]


async def platform_fetch(sql: str, *arguments: Any) -> list[Any]:
    """Read platform tables or call platform functions outside any scope. Each use is a named, searchable escape."""
    _count(sql)
    if ENGINE.pool is None:
        raise ScopeMissing("the pool is not open")
    async with ENGINE.pool.acquire() as connection:
        rows: list[Any] = await connection.fetch(sql, *arguments)
        return rows


async def platform_fetch_one(sql: str, *arguments: Any) -> Any | None:
    rows = await platform_fetch(sql, *arguments)
    return rows[0] if rows else None


def in_range(column: Column, scope: Scope) -> And:
    """Say the first wall for Piccolo's query builder."""
    return And(
        Where(column=column, value=scope.region, operator=_operator(">=")),
        Where(column=column, value=scope.region_end, operator=_operator("<")),
    )


def _operator(sign: str) -> Any:
    from piccolo.columns.operators.comparison import GreaterEqualThan, LessThan  # noqa: PLC0415 - Piccolo's own cycle

    return GreaterEqualThan if sign == ">=" else LessThan


def _count(sql: str) -> None:
    counted = trips.get()
    if counted is not None:
        counted.append(sql)


def bulk(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    """Turn rows into columns for ``INSERT … SELECT FROM unnest(…)``: COPY is refused under a row policy."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]

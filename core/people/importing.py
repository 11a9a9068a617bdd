"""Importing people from a sheet: looked at first, then written in chunks that a crash cannot double.

The rows wait in ``import_row``, encrypted, each at the region of its post. What a person may hand out is
checked
when the sheet is read and again when the work is started; the work itself runs under a system scope.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from core.contracts.events import LongWork, Progress
from core.contracts.roles import Role
from core.kernel import clock
from core.kernel.audit import audit
from core.kernel.database import bulk, execute, fetch
from core.kernel.errors import Conflict, Forbidden, NotFound, mark
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import LENGTHS, Scope
from core.kernel.secrets import decrypt, encrypt
from core.kernel.sheets import Sheet, SheetRow, read_sheet, records_of
from core.kernel.sheets_out import XLSX, returned, template, write_sheet
from core.people.codes import code_of
from core.people.enums import RowState
from core.people.import_chunks import import_chunk
from core.people.queries import grids_in, offices_at, roles_here
from core.people.rules import TOO_MUCH, refusal_to_grant
from core.people.sheet_rows import TITLE, Places, Row, check_rows, columns

KIND: Final = "people:import"
FORGET: Final = "people:forget_import_rows"
KEPT: Final = timedelta(days=30)
CHUNK: Final = 500
BLOB: Final = "import_row"

_REGIONS: Final = """
SELECT x.code, x.level, x.name, x.short_name FROM region x
 WHERE x.code >= left($1, 6) AND x.code < left($1, 6) || ':' AND x.closed IS NULL AND x.level IN (4, 5)
"""
_STORE: Final = """
INSERT INTO import_row (county, id, region, import_id, n, role, data, state, reason, membership, created_at)
SELECT $3, r.id, r.region, $4, r.n, r.role, r.data, r.state, r.reason, $5, $6
  FROM unnest($7::uuid[], $8::text[], $9::integer[], $10::text[], $11::bytea[], $12::text[], $13::text[])
       AS r (id, region, n, role, data, state, reason)
 WHERE r.region >= $1 AND r.region < $2
"""
_COUNTS: Final = """
SELECT count(*) FILTER (WHERE state = 'good') AS good, count(*) FILTER (WHERE state = 'bad') AS bad,
       count(*) FILTER (WHERE state = 'done') AS done, max(n) AS last, count(invitation_id) AS codes
  FROM import_row WHERE region >= $1 AND region < $2 AND county = $3 AND import_id = $4 AND membership = $5
"""
_POSTS: Final = """
SELECT DISTINCT role, region FROM import_row
 WHERE region >= $1 AND region < $2 AND county = $3 AND import_id = $4 AND state = 'good'
"""
_BAD: Final = """
SELECT n, data, reason FROM import_row WHERE region >= $1 AND region < $2 AND county = $3 AND import_id = $4
   AND membership = $5 AND state = 'bad' ORDER BY n LIMIT $6
"""
_CODES: Final = """
SELECT r.n, r.data, i.id, i.expires_at FROM import_row r JOIN invitation i ON i.county = r.county AND i.id = r.invitation_id
 WHERE r.region >= $1 AND r.region < $2 AND r.county = $3 AND r.import_id = $4 AND r.membership = $5
   AND i.redeemed_at IS NULL AND i.withdrawn_at IS NULL AND i.expires_at > $6 ORDER BY r.n
"""
_SIZES: Final = """
SELECT n / $5 * $5 AS first, count(*) AS rows FROM import_row
 WHERE region >= $1 AND region < $2 AND county = $3 AND import_id = $4 AND state = 'good' GROUP BY 1 ORDER BY 1
"""
_LATEST: Final = """
SELECT r.import_id AS id, min(r.created_at) AS at, count(*) FILTER (WHERE r.state = 'good') AS good,
       count(*) FILTER (WHERE r.state = 'bad') AS bad, count(*) FILTER (WHERE r.state = 'done') AS done
  FROM import_row r WHERE r.region >= $1 AND r.region < $2 AND r.county = $3 AND r.membership = $4
 GROUP BY r.import_id ORDER BY at DESC, r.import_id LIMIT 5
"""
NOTHING_GOOD: Final = mark("没有可以导入的行，请按原因修改后重新上传。")


@dataclass(frozen=True, slots=True)
class Counts:
    """Where an import stands. ``codes`` rows have an invitation made by it."""

    good: int
    bad: int
    done: int
    last: int
    codes: int
    sizes: Mapping[str, int] = field(default_factory=dict)  # good rows of each chunk, by its first row's number

    @property
    def rows(self) -> int:
        return self.good + self.bad + self.done


async def sheet_template(scope: Scope) -> bytes:
    """Make the empty sheet for whoever imports, with the roles they may hand out."""
    scope.require("core:person:import")
    roles = await _grantable(scope)
    return await asyncio.to_thread(template, columns(roles), title=TITLE)


async def look_through(scope: Scope, *, content: bytes, name: str, now: datetime) -> UUID:
    """Read a sheet and keep its rows with what is right or wrong with them; nothing else is written yet.

    Gives the import's id. Raises ``SheetRefused`` for a file that cannot be read as a whole.
    """
    scope.require("core:person:import")
    roles = await _grantable(scope)
    places = await _places(scope)
    rows = await asyncio.to_thread(_read, content, name, scope, roles, places)
    made = new_id()
    stored = await asyncio.to_thread(lambda: [_stored(scope, row) for row in rows])
    columns_of = bulk(stored, 7)
    await execute(scope, _STORE, scope.county, made, scope.membership, now, *columns_of)
    return made


async def _grantable(scope: Scope) -> dict[str, Role]:
    """Give the roles that this post may hand out somewhere in its scope, by the titles of the sheet."""
    return {
        role.title: role
        for role in (await roles_here(scope)).values()
        if role.level >= scope.level
        and refusal_to_grant(scope, role, region=_somewhere(scope, role.level), person=None) is None
    }


def _somewhere(scope: Scope, level: int) -> str:
    """Give the form of a code at this level in the scope; which place it is does not matter yet."""
    return scope.region.ljust(LENGTHS[level - 1], "0")


async def _places(scope: Scope) -> Places:
    townships: dict[str, str] = {}
    villages: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for row in await fetch(scope, _REGIONS + "AND $2 <> ''"):
        for name in {row["name"], row["short_name"], row["code"]}:
            if row["level"] == 4:  # noqa: PLR2004 (townships)
                townships[name] = row["code"]
            else:
                villages[name] += (row["code"],)
    offices = [row for length in (6, 9) for row in await offices_at(scope, length=length)]
    return Places(
        townships,
        villages,
        {(row["region"], row["name"]): row["id"] for row in offices},
        {(row["region"], row["name"]): row["id"] for row in await grids_in(scope)},
    )


def _read(content: bytes, name: str, scope: Scope, roles: Mapping[str, Role], places: Places) -> list[Row]:
    sheet = read_sheet(content, name=name)
    records = records_of(sheet, columns(roles))
    return list(check_rows(records, scope=scope, roles=roles, places=places))


def _stored(scope: Scope, row: Row) -> tuple[Any, ...]:
    state = RowState.BAD if row.reason else RowState.GOOD
    text = msgspec.json.encode(row).decode()
    sealed = encrypt(text, purpose=BLOB, owner=scope.county)
    return new_id(), row.region or scope.region, row.n, row.role, sealed, state.value, row.reason


async def counts_of(scope: Scope, *, import_id: UUID) -> Counts:
    """Give where one's own import stands. Raises ``NotFound`` for another's."""
    rows = await fetch(scope, _COUNTS, scope.county, import_id, scope.membership)
    if not rows or rows[0]["last"] is None:
        raise NotFound
    return Counts(**rows[0])


async def latest_imports(scope: Scope) -> list[Any]:
    """Give the sheets of this post that were looked through last, with how many rows wait, were refused or are written."""
    scope.require("core:person:import")
    return await fetch(scope, _LATEST, scope.county, scope.membership)


async def check_start(scope: Scope, *, import_id: UUID, now: datetime) -> Counts:
    """Check at the start that whoever looked through the sheet may still hand all of it out."""
    scope.require("core:person:import")
    counts = await counts_of(scope, import_id=import_id)
    if not counts.good:
        raise Conflict(NOTHING_GOOD)
    roles = await roles_here(scope)
    for row in await fetch(scope, _POSTS, scope.county, import_id):
        role = roles.get(row["role"])
        if role is None or refusal_to_grant(scope, role, region=row["region"], person=None):
            raise Forbidden("core:person:import", TOO_MUCH)
    sizes = await fetch(scope, _SIZES, scope.county, import_id, CHUNK)
    counts = replace(counts, sizes={str(row["first"]): row["rows"] for row in sizes})
    told = {"rows": counts.good, "bad": counts.bad}
    await audit(scope, "people.import_started", kind="import", subject=import_id, data=told, now=now)
    return counts


def payload_of(scope: Scope, import_id: UUID, counts: Counts) -> dict[str, Any]:
    """Give what the long work is started with."""
    return {
        "import": str(import_id),
        "sizes": dict(counts.sizes),
        "membership": str(scope.membership),
        "by_name": scope.by_name,
    }


async def run_import(progress: Progress) -> None:
    """Write the good rows, chunk by chunk; called again after a crash it goes on where it was."""
    payload = progress.payload
    import_id, by = UUID(payload["import"]), UUID(payload["membership"])
    await progress.set_result({"link": f"/people/import/{import_id}"})
    for first, size in payload["sizes"].items():

        async def one(scope: Scope, first: int = int(first)) -> int:
            return await import_chunk(
                scope,
                import_id=import_id,
                first=first,
                last=first + CHUNK,
                by=by,
                by_name=str(payload["by_name"]),
                now=clock.now(),
            )

        await progress.chunk(first, one, size=size)


IMPORT: Final = LongWork(KIND, mark("批量导入人员"), run_import)


async def bad_sheet(scope: Scope, *, import_id: UUID) -> bytes:
    """Give the rows that were not taken back as the same sheet, each with its reason."""
    await counts_of(scope, import_id=import_id)
    rows = await bad_rows(scope, import_id=import_id, limit=100_000)
    return await asyncio.to_thread(_returned, rows)


async def bad_rows(scope: Scope, *, import_id: UUID, limit: int) -> list[Row]:
    """Give the first rows that were not taken, with their reasons."""
    rows = await fetch(scope, _BAD, scope.county, import_id, scope.membership, limit)
    return await asyncio.to_thread(
        lambda: [_opened(scope.county, row["data"], row["reason"]) for row in rows]
    )


def _opened(county: str, sealed: bytes, reason: str) -> Row:
    row = msgspec.json.decode(decrypt(sealed, purpose=BLOB, owner=county), type=Row)
    return Row(row.n, row.cells, reason)


def _returned(rows: Sequence[Row]) -> bytes:
    known = columns(())
    headings = tuple(column.title for column in known)
    lines = tuple(SheetRow(row.n, tuple(row.cells.get(column.key, "") for column in known)) for row in rows)
    return returned(Sheet(XLSX, headings, lines), {row.n: row.reason for row in rows})


async def codes_sheet(scope: Scope, *, import_id: UUID, now: datetime) -> bytes:
    """Give the sheet of names and one-time codes to hand out. Taking it is written down."""
    scope.require("core:person:invite")
    await counts_of(scope, import_id=import_id)
    rows = await fetch(scope, _CODES, scope.county, import_id, scope.membership, now)
    await audit(
        scope, "people.codes_taken", kind="import", subject=import_id, data={"codes": len(rows)}, now=now
    )
    return await asyncio.to_thread(_code_lines, scope.county, rows)


def _code_lines(county: str, rows: Sequence[Any]) -> bytes:
    lines = []
    for row in rows:
        told = msgspec.json.decode(decrypt(row["data"], purpose=BLOB, owner=county), type=Row)
        until = clock.local(row["expires_at"])
        lines.append(
            (told.name, told.phone, told.cells.get("township", ""), told.cells.get("village", ""),
             told.cells.get("role", ""), code_of(row["id"]), until)
        )  # fmt: skip
    headings = ("姓名", "手机号", "乡镇（街道）", "村（社区）", "角色", "邀请码", "有效期至")
    return write_sheet(XLSX, headings, lines, title="邀请码")


async def forget_rows(scope: Scope, event: Event) -> None:
    """Delete the rows of sheets that are a month old.

    What they said stands in persons and posts, or was refused.
    """
    await execute(
        scope,
        "DELETE FROM import_row WHERE region >= $1 AND region < $2 AND created_at < $3",
        event.created_at - KEPT,
    )

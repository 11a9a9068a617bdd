"""Handing outside data in: looked at first, then stored in chunks that a crash cannot double.

An identity number is hashed while the sheet is read. Of a refused line what it said is kept encrypted, for a week, so that it
can be sent back with its reasons.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from core.contracts.events import LongWork, Progress
from core.datasets.actions import CELLS, CHANGED, IMPORT, NAME, end_dataset, log
from core.datasets.enums import KIND_TITLES, Act, SetState
from core.datasets.queries import bad_lines, dataset_of, require_county
from core.datasets.rules import DatasetSettings, Line, Villages, check_lines, columns, sentences, told
from core.kernel import clock
from core.kernel.audit import audit
from core.kernel.database import bulk, execute, fetch, fetch_value
from core.kernel.errors import Conflict, Invalid, NotFound, mark
from core.kernel.ids import new_id
from core.kernel.numbers import without_numbers
from core.kernel.outbox import announce
from core.kernel.scope import Scope
from core.kernel.secrets import decrypt, encrypt
from core.kernel.sheets import Sheet, SheetRow, read_sheet, records_of
from core.kernel.sheets_out import XLSX, returned, template
from core.tenancy.queries.regions import townships_of, villages_of
from core.tenancy.settings import settings_of

KIND: Final = "datasets:import"
CHUNK: Final = 2_000

_ADD: Final = """
INSERT INTO datasets.dataset (county, id, region, kind, state, file_name, source, purpose, basis, expires_on, replaces, bad, membership,
                              by_name, by_office, created_at)
SELECT $3, $4, $1, $5, 'checked', $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16 WHERE $1 < $2
"""
_STORE: Final = """
INSERT INTO datasets.dataset_row (county, id, region, dataset_id, kind, n, state, id_hash, id_masked, name, name_masked, village, subject,
                                  detail, code, amount, starts_on, ends_on, cells, reason, created_at)
SELECT $3, v.id, $1, $4, $5, v.n, v.state, v.id_hash, v.id_masked, v.name, v.name_masked, v.village, v.subject, v.detail, v.code, v.amount,
       v.starts_on, v.ends_on, v.cells, v.reason, $6
  FROM unnest($7::uuid[], $8::integer[], $9::text[], $10::bytea[], $11::text[], $12::bytea[], $13::text[], $14::text[], $15::text[],
              $16::text[], $17::text[], $18::numeric[], $19::date[], $20::date[], $21::bytea[], $22::text[])
       AS v (id, n, state, id_hash, id_masked, name, name_masked, village, subject, detail, code, amount, starts_on, ends_on, cells, reason)
 WHERE $1 < $2
"""
_SIZES: Final = """
SELECT r.n / $4 * $4 AS first, count(*) AS rows FROM datasets.dataset_row r
 WHERE r.region >= $1 AND r.region < $2 AND r.dataset_id = $3 AND r.state = 'good' GROUP BY 1 ORDER BY 1
"""
# Two lists of a county are stored one after the other: neither would see what the other is about to say.
_ALONE: Final = "SELECT pg_advisory_xact_lock(hashtextextended($3, 0)) WHERE $1 < $2"
_RUN: Final = """
UPDATE datasets.dataset SET state = 'running' WHERE region >= $1 AND region < $2 AND id = $3 AND state = 'checked'
"""
# What an earlier data set of the kind has said already is no second fact; where this one replaces them, it is the only one.
_TAKE: Final = """
UPDATE datasets.dataset_row r SET state = CASE WHEN NOT $6 AND EXISTS (
    SELECT FROM datasets.dataset_row o WHERE o.region >= $1 AND o.region < $2 AND o.county = r.county AND o.kind = r.kind
       AND o.id_hash = r.id_hash AND o.state = 'stored' AND o.dataset_id <> r.dataset_id AND o.village = r.village
       AND o.subject = r.subject AND o.code = r.code AND o.starts_on = r.starts_on AND o.amount IS NOT DISTINCT FROM r.amount
       AND o.ends_on IS NOT DISTINCT FROM r.ends_on) THEN 'twin' ELSE 'stored' END
 WHERE r.region >= $1 AND r.region < $2 AND r.dataset_id = $3 AND r.state = 'good' AND r.n >= $4 AND r.n < $5
RETURNING r.state
"""
_TWINS: Final = "DELETE FROM datasets.dataset_row WHERE region >= $1 AND region < $2 AND dataset_id = $3 AND state = 'twin'"
_READY: Final = """
UPDATE datasets.dataset d SET state = 'ready', ready_at = $4, twins = $5, stored = (
    SELECT count(*) FROM datasets.dataset_row r WHERE r.region >= $1 AND r.region < $2 AND r.county = d.county AND r.dataset_id = d.id
       AND r.state = 'stored')
 WHERE d.region >= $1 AND d.region < $2 AND d.id = $3 AND d.state = 'running' RETURNING d.kind, d.replaces, d.purpose, d.stored
"""
_EARLIER: Final = """
SELECT d.id FROM datasets.dataset d
WHERE d.region >= $1 AND d.region < $2 AND d.county = $3 AND d.kind = $4 AND d.id <> $5 AND d.state = 'ready'
"""
NOTHING_GOOD: Final = mark("没有可以导入的行，请按原因修改后重新上传。")
REPLACED: Final = mark("已由新导入的完整名单替换")


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of a data set when it is handed in."""

    kind: str
    source: str
    purpose: str
    basis: str
    expires_on: date
    replaces: bool


def known_kind(kind: str) -> str:
    """Give the kind's title. Raises ``NotFound`` for what is none."""
    if kind not in KIND_TITLES:
        raise NotFound
    return KIND_TITLES[kind]


async def sheet_template(scope: Scope, kind: str) -> bytes:
    """Make the empty sheet of a kind."""
    require_county(scope, IMPORT)
    title = known_kind(kind)
    return await asyncio.to_thread(template, columns(kind), title=title)


async def look_through(scope: Scope, told_of: Told, *, content: bytes, name: str, now: datetime) -> UUID:
    """Read a sheet and keep its lines with what is right or wrong with them; nothing is compared with yet.

    Gives the data set's id. Raises ``Invalid`` for what is missing, ``SheetRefused`` for a file that cannot be read as a whole.
    """
    require_county(scope, IMPORT)
    known_kind(told_of.kind)
    words = await _words(scope, told_of, now)
    villages = await _villages(scope)
    today = clock.local(now).date()
    lines = await asyncio.to_thread(_read, content, name, told_of.kind, villages, today)
    made, bad = new_id(), sum(bool(line.reason) for line in lines)
    await execute(
        scope, _ADD, scope.county, made, told_of.kind, without_numbers(name)[-100:], words["source"], words["purpose"], words["basis"], told_of.expires_on,
        told_of.replaces, bad, scope.membership, scope.by_name, scope.by_office, now,
    )  # fmt: skip
    stored = await asyncio.to_thread(lambda: [_stored(scope.county, line) for line in lines])
    await execute(scope, _STORE, scope.county, made, told_of.kind, now, *bulk(stored, 16))
    await log(scope, Act.CHECKED, now=now, reason=words["purpose"], dataset=made, kind=told_of.kind, rows=len(lines))
    return made


async def _words(scope: Scope, told_of: Told, now: datetime) -> dict[str, str]:
    """Check what is said of the data set, all of it at once, so that nothing has to be asked twice."""
    found: dict[str, str] = {}
    faults: dict[str, str] = {}
    for field in ("source", "purpose", "basis"):
        try:
            found[field] = told(getattr(told_of, field), field=field)
        except Invalid as error:
            faults |= dict(error.fields)
    rule = await settings_of(scope, DatasetSettings, at=now)
    today = clock.local(now).date()
    if not today <= told_of.expires_on <= today + timedelta(days=rule.most_days):
        faults["expires_on"] = mark("请填今天以后的日期，不超过本县规定的天数。")
    if faults:
        raise Invalid(fields=faults)
    return found


async def _villages(scope: Scope) -> Villages:
    townships: dict[str, str] = {}
    villages: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for region in await townships_of(scope, scope.region):
        townships |= dict.fromkeys((region.name, region.short_name, region.code), region.code)
    for region in await villages_of(scope, scope.region):
        for name in {region.name, region.short_name, region.code}:
            villages[name] += (region.code,)
    return Villages(townships, villages)


def _read(content: bytes, name: str, kind: str, villages: Villages, today: date) -> list[Line]:
    records = records_of(read_sheet(content, name=name), columns(kind))
    return list(check_lines(records, kind=kind, villages=villages, today=today))


def _stored(county: str, line: Line) -> tuple[Any, ...]:
    bad = bool(line.reason)
    cells = encrypt(msgspec.json.encode(dict(line.cells)).decode(), purpose=CELLS, owner=county) if bad else None
    name = None if bad else encrypt(line.name, purpose=NAME, owner=county)
    return (
        new_id(), line.n, "bad" if bad else "good", line.id_hash, line.id_masked, name, line.name_masked, line.village, line.subject,
        line.detail, line.code, line.amount, line.starts_on, line.ends_on, cells, line.reason,
    )  # fmt: skip


async def check_start(scope: Scope, *, dataset: UUID, now: datetime) -> tuple[int, dict[str, Any]]:
    """Begin to store what was looked through. Gives how many rows and what the long work is started with."""
    require_county(scope, IMPORT)
    row = await dataset_of(scope, dataset)
    if row["state"] == SetState.CHECKED and not row["good"]:
        raise Conflict(NOTHING_GOOD)
    if not await execute(scope, _RUN, dataset):
        raise Conflict
    sizes = {str(each["first"]): each["rows"] for each in await fetch(scope, _SIZES, dataset, CHUNK)}
    await audit(scope, "dataset.import_started", kind="dataset", subject=dataset, now=now, data={"rows": row["good"], "kind": row["kind"]})
    payload = {"dataset": str(dataset), "sizes": sizes, "replaces": row["replaces"], "by": scope.by_name}
    return row["good"], payload


async def run_import(progress: Progress) -> None:
    """Store the good rows, chunk by chunk; called again after a crash it goes on where it was."""
    payload = progress.payload
    dataset = UUID(payload["dataset"])
    await progress.set_result({"link": f"/datasets/{dataset}"})
    for first, size in payload["sizes"].items():

        async def one(scope: Scope, first: int = int(first)) -> int:
            await fetch_value(scope, _ALONE, f"datasets:{scope.county}")
            taken = await fetch(scope, _TAKE, dataset, first, first + CHUNK, payload["replaces"])
            return sum(row["state"] == "twin" for row in taken)

        await progress.chunk(first, one, size=size)
    await progress.chunk("finish", lambda scope: _finish(scope, dataset, payload), size=0)


async def _finish(scope: Scope, dataset: UUID, payload: Mapping[str, Any]) -> int:
    """Open the data set to comparison, let go of what it replaces, and tell the models."""
    now = clock.now()
    twins = await execute(scope, _TWINS, dataset)
    ready = await fetch(scope, _READY, dataset, now, twins)
    if not ready:
        return 0
    row = ready[0]
    if row["replaces"]:
        for each in await fetch(scope, _EARLIER, scope.county, row["kind"], dataset):
            await end_dataset(scope, dataset=each["id"], kind=row["kind"], reason=REPLACED, now=now)
    detail = str(payload["by"])
    await log(scope, Act.IMPORTED, now=now, reason=row["purpose"], dataset=dataset, kind=row["kind"], rows=row["stored"], detail=detail)
    await announce(scope, CHANGED, {"dataset": str(dataset), "kind": row["kind"]}, now=now, region=scope.region, county=scope.county)
    return 0


IMPORT_WORK: Final = LongWork(KIND, mark("导入外部数据"), run_import)


async def refused_lines(scope: Scope, dataset: UUID, *, limit: int) -> list[tuple[int, dict[str, str], str]]:
    """Give the first lines that were refused: number, cells, reasons. Empty a week after."""
    rows = await bad_lines(scope, dataset, limit=limit)
    return await asyncio.to_thread(lambda: [(row["n"], _cells(scope.county, row["cells"]), row["reason"]) for row in rows])


def _cells(county: str, sealed: bytes) -> dict[str, str]:
    return msgspec.json.decode(decrypt(sealed, purpose=CELLS, owner=county), type=dict[str, str])


async def bad_sheet(scope: Scope, *, dataset: UUID, now: datetime) -> bytes:
    """Give the refused lines back as the same sheet, each with its reasons. That it was taken is written down."""
    require_county(scope, IMPORT)
    row = await dataset_of(scope, dataset)
    lines = await refused_lines(scope, dataset, limit=100_000)
    if not lines:
        raise Conflict(mark("没有通过的行已经删除（只保存一周）。请修改原表后重新上传。"))
    await log(scope, Act.RETURNED, now=now, reason=row["purpose"], dataset=dataset, kind=row["kind"], rows=len(lines))
    return await asyncio.to_thread(_returned, row["kind"], lines)


def _returned(kind: str, lines: Sequence[tuple[int, dict[str, str], str]]) -> bytes:
    known = columns(kind)
    rows = tuple(SheetRow(n, tuple(cells.get(column.key, "") for column in known)) for n, cells, _ in lines)
    reasons = {n: sentences(reason, _plainly) for n, _, reason in lines}
    return returned(Sheet(XLSX, tuple(column.title for column in known), rows), reasons)


def _plainly(text: str, **data: str) -> str:
    return text % data if data else text

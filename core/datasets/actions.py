"""What is done with outside data, each with a line in its access log: looked at, unmasked, deleted, compared with.

Only posts of the county itself get here; rows lie at the county, where the range of a township or village ends.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.datasets.enums import Act, SetState
from core.datasets.queries import PAGE_SIZE, READ, Narrowed, dataset_of, require_county, row_of, rows_of
from core.datasets.rules import told
from core.kernel.audit import audit
from core.kernel.clock import local
from core.kernel.database import execute, fetch, fetch_value
from core.kernel.errors import Conflict, mark
from core.kernel.ids import new_id
from core.kernel.outbox import Event, announce
from core.kernel.scope import Scope
from core.kernel.secrets import decrypt

IMPORT: Final = "core:dataset:import"
UNMASK: Final = "core:dataset:unmask"
NAME: Final = "dataset_name"
CELLS: Final = "dataset_cells"
# Announced at the county: ``dataset``, ``kind``. Rows came, or went.
CHANGED: Final = "dataset.changed"
EXPIRE: Final = "dataset.expire"
RETURN_DAYS: Final = 7

_LOG: Final = """
INSERT INTO datasets.dataset_access (county, id, region, dataset_id, kind, at, act, reason, rows, detail, membership, person, by_name,
                                     by_office)
SELECT $3, $4, $1, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15 WHERE $1 < $2
"""
_END: Final = """
UPDATE datasets.dataset SET state = 'ended', ended_at = $4, end_reason = $5
WHERE region >= $1 AND region < $2 AND id = $3 AND ended_at IS NULL AND (state <> 'running' OR $6::boolean)
"""
_FORGET: Final = "DELETE FROM datasets.dataset_row WHERE region >= $1 AND region < $2 AND dataset_id = $3"
_OVER: Final = """
SELECT d.id, d.kind, d.state, d.expires_on FROM datasets.dataset d
WHERE d.region >= $1 AND d.region < $2 AND d.ended_at IS NULL
  AND (d.expires_on < $3 OR (d.state = 'checked' AND d.created_at < $4::timestamptz - make_interval(days => $5)))
ORDER BY d.created_at
"""
_FORGET_RETURNED: Final = """
UPDATE datasets.dataset_row SET cells = NULL
WHERE region >= $1 AND region < $2 AND cells IS NOT NULL AND created_at < $3::timestamptz - make_interval(days => $4)
"""
# Comparing is written down only where there is something to compare with.
_HELD: Final = """
SELECT count(*) FROM datasets.dataset_row r
WHERE r.region >= $1 AND r.region < $2 AND r.county = $3 AND r.kind = ANY ($4) AND r.state = 'stored'
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of rows, as it was written down that they were looked at."""

    rows: Sequence[Any]
    total: int
    page: int


async def log(
    scope: Scope, act: str, *, now: datetime, reason: str, dataset: UUID | None = None, kind: str = "", rows: int = 0, detail: str = ""
) -> None:  # fmt: skip
    """Add a line to the access log. It holds no name and no number."""
    await execute(
        scope, _LOG, scope.county, new_id(), dataset, kind, now, str(act), reason, rows, detail, scope.membership, scope.person,
        scope.by_name, scope.by_office,
    )  # fmt: skip


async def look_at_rows(scope: Scope, *, dataset: UUID, narrowed: Narrowed, reason: str, now: datetime) -> Shown:
    """Give a page of masked rows; who looked and why is written down first, for each page."""
    require_county(scope, READ)
    row = await dataset_of(scope, dataset)
    why = told(reason, field="reason")
    rows, total = await rows_of(scope, dataset, narrowed)
    await log(scope, Act.LOOKED, now=now, reason=why, dataset=dataset, kind=row["kind"], rows=len(rows))
    return Shown(rows, total, min(narrowed.page, max(1, -(-total // PAGE_SIZE))))


async def unmask_row(scope: Scope, *, row: UUID, reason: str, now: datetime) -> tuple[Any, str]:
    """Give the full name of a row. The identity number cannot be given: nobody has it."""
    require_county(scope, UNMASK)
    found = await row_of(scope, row)
    why = told(reason, field="reason")
    place = {"dataset": str(found["dataset_id"]), "n": found["n"], "reason": why}
    await log(scope, Act.UNMASKED, now=now, reason=why, dataset=found["dataset_id"], kind=found["kind"], rows=1, detail=str(found["n"]))
    await audit(scope, "dataset.unmasked", kind="dataset_row", subject=row, now=now, region=scope.region, data=place)
    return found, decrypt(found["name"], purpose=NAME, owner=found["county"])


async def delete_dataset(scope: Scope, *, dataset: UUID, reason: str, now: datetime) -> None:
    """Delete the rows of a data set before its term. What was said of it stays: purpose, basis, and the log."""
    require_county(scope, IMPORT)
    row = await dataset_of(scope, dataset)
    why = told(reason, field="reason")
    if not await end_dataset(scope, dataset=dataset, kind=row["kind"], reason=why, now=now):
        raise Conflict(mark("这份数据正在导入，或者已经删除，请刷新后再看。"))


async def end_dataset(
    scope: Scope, *, dataset: UUID, kind: str, reason: str, now: datetime, also_running: bool = False
) -> bool:
    """End a data set with its rows; False where it has ended, or is being stored and that is not to be ended too."""
    if not await execute(scope, _END, dataset, now, reason, also_running):
        return False
    gone = await execute(scope, _FORGET, dataset)
    await log(scope, Act.DELETED, now=now, reason=reason, dataset=dataset, kind=kind, rows=gone)
    await audit(scope, "dataset.ended", kind="dataset", subject=dataset, now=now, region=scope.region, data={"rows": gone, "reason": reason})
    await announce(scope, CHANGED, {"dataset": str(dataset), "kind": kind}, now=now, region=scope.region, county=scope.county)
    return True


OVER: Final = mark("保存期限已到，系统自动删除")
NEVER_STARTED: Final = mark("核对后一周没有导入，系统自动删除")


async def expire(scope: Scope, event: Event) -> None:
    """Delete what is past its term, what was looked through and never imported, and what refused lines said."""
    now = event.created_at
    today = local(now).date()
    for row in await fetch(scope, _OVER, today, now, RETURN_DAYS):
        reason = OVER if row["expires_on"] < today else NEVER_STARTED
        # An import that broke down for good is no reason to keep what it has stored.
        await end_dataset(scope, dataset=row["id"], kind=row["kind"], reason=reason, now=now, also_running=True)
    await execute(scope, _FORGET_RETURNED, now, RETURN_DAYS)


async def note_comparison(scope: Scope, *, kinds: Sequence[str], model: str, hits: int, now: datetime) -> None:
    """Write down that a model compared these kinds of data; nothing where none of them is there."""
    held = await fetch_value(scope, _HELD, scope.county, list(kinds))
    if held:
        await log(scope, Act.COMPARED, now=now, reason=model, kind=",".join(kinds), rows=held, detail=str(hits))


def may_start(row: Mapping[str, Any]) -> bool:
    """Whether the data set was looked through and waits to be imported."""
    return bool(row["state"] == SetState.CHECKED and row["good"])

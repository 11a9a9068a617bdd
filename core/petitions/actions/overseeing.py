"""What those above a desk do: remind it, and stop abuse. A village never decides that somebody abuses the way to be heard."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.kernel.database import ABOVE, execute, fetch_one, fetch_value
from core.kernel.errors import Conflict, Forbidden, mark
from core.kernel.ids import new_id
from core.kernel.outbox import announce
from core.kernel.scope import Scope
from core.petitions.actions.joining import require_alone
from core.petitions.actions.moves import CAME, CHANGED, level_of, move, reason_of, remember
from core.petitions.enums import OPEN_STATES, Happened, Kind
from core.petitions.queries import due_for, petition_row
from core.petitions.rules import TOWNSHIP, PetitionSettings, handles, stands_over
from core.petitions.workflows import BLOCK, PRESS, SUPERVISE
from core.tenancy.settings import settings_of

_PRESSED: Final = """
UPDATE petition SET pressed_at = $5 WHERE region >= $1 AND region < $2 AND id = $3 AND pressed_at IS NOT DISTINCT FROM $4 RETURNING *
"""
# A phone says who it was; an address stands for everybody behind it, and is stopped only where no phone was left.
_BLOCK: Final = """
INSERT INTO petition_block (county, id, region, petition_id, phone_index, source_hash, at, until, membership, by_name)
SELECT $3, $4, $5, $6, x.phone_index, CASE WHEN x.phone_index IS NULL THEN x.source_hash END, $7, $8, $9, $10 FROM petition_raiser x
WHERE x.region >= $1 AND x.region < $2 AND $5 >= $1 AND $5 < $2 AND x.county = $3 AND x.petition_id = $6
  AND (x.phone_index IS NOT NULL OR x.source_hash IS NOT NULL) RETURNING id
"""
# A stop that was made above cannot be lifted from below.
_STOPPED_ABOVE: Final = f"""
SELECT count(*) FROM petition_block b WHERE ((b.region >= $1 AND b.region < $2) OR b.region = ANY {ABOVE}) AND b.county = $3
  AND b.petition_id = $4 AND b.lifted_at IS NULL AND b.until > $5 AND NOT (b.region >= $1 AND b.region < $2)
"""  # noqa: S608 - constants
_LIFT: Final = """
UPDATE petition_block SET lifted_at = $5, phone_index = NULL, source_hash = NULL
WHERE region >= $1 AND region < $2 AND county = $3 AND petition_id = $4 AND lifted_at IS NULL
"""


async def _overseen(scope: Scope, petition: UUID, permission: str) -> Any:
    scope.require(permission)
    row = await petition_row(scope, petition, lock=True)
    if row["kind"] == Kind.SUPERVISION:
        scope.require(SUPERVISE)
    return row


def _require_over(scope: Scope, row: Any) -> None:
    """Raise ``Forbidden`` for a village, whatever role its county made, and for whoever neither handles it nor stands over it."""
    if scope.level > TOWNSHIP or not (handles(scope, row) or stands_over(scope, row)):
        raise Forbidden(BLOCK)


async def press_petition(scope: Scope, *, petition: UUID, now: datetime) -> None:
    """Remind the desk from above; not again before the county's hours have passed."""
    row = await _overseen(scope, petition, PRESS)
    if not stands_over(scope, row):
        raise Forbidden(PRESS, mark("这件反映就由您这里办理，不用催办。"))
    if row["state"] not in OPEN_STATES:
        raise Conflict(mark("这件反映已经不在办理，不用催办。"))
    rule = await settings_of(scope, PetitionSettings, at=now, region=row["region"])
    if row["pressed_at"] is not None and now < row["pressed_at"] + timedelta(hours=rule.remind_hours):
        raise Conflict(mark("刚催办过，请过 %(hours)s 小时再催。"), hours=rule.remind_hours)
    changed = await fetch_one(scope, _PRESSED, petition, row["pressed_at"], now)
    if changed is None:
        raise Conflict(CHANGED)
    await remember(scope, changed, Happened.PRESSED, now=now)
    told = {"petition": str(petition), "why": "pressed"}
    await announce(scope, CAME, told, now=now, region=row["region"], county=row["county"])


async def mark_abuse(scope: Scope, *, petition: UUID, reason: str, block: bool, now: datetime) -> None:
    """Find that a matter abuses the way to be heard: it is not taken, and its source may be stopped for some days.

    The reason is shown to whoever raised it, who may ask once for another look; that, and ``clear_abuse``, takes all of it back.
    Reports for supervision are never stopped, whatever the stop came from.
    Where the source is not known any more only the matter is refused.
    """
    row = await _overseen(scope, petition, BLOCK)
    words = reason_of(reason)
    _require_over(scope, row)
    await require_alone(scope, row)
    rule = await settings_of(scope, PetitionSettings, at=now, region=row["region"])
    changed = await move(scope, row, "abuse", now=now, sets={"closed_at": now, "abused_at": now})
    stopped = None
    if block:
        until = now + timedelta(days=rule.block_days)
        stopped = await fetch_one(
            scope, _BLOCK, row["county"], new_id(), scope.region, petition, now, until, scope.membership, scope.by_name
        )
    days = rule.block_days if stopped is not None else 0
    await remember(scope, changed, Happened.ABUSED, now=now, text=words, data={"days": days})


async def clear_abuse(scope: Scope, *, petition: UUID, reason: str, now: datetime) -> None:
    """Take back that a matter was abuse: its source is free again, and the matter waits on its desk with a new deadline."""
    row = await _overseen(scope, petition, BLOCK)
    words = reason_of(reason)
    _require_over(scope, row)
    if row["abused_at"] is None:
        raise Conflict(mark("这件反映没有被认定为滥用。"))
    if await fetch_value(scope, _STOPPED_ABOVE, row["county"], petition, now):
        raise Conflict(mark("来源是上级暂停的，请由上级撤销。"))
    rule = await settings_of(scope, PetitionSettings, at=now, region=row["region"])
    due = await due_for(scope, rule, level=level_of(row["desk"]), now=now)
    sets = {"closed_at": None, "abused_at": None, "accepted_at": None, "overdue_at": None, "due_at": due}
    changed = await move(scope, row, "clear", now=now, sets=sets)
    await execute(scope, _LIFT, row["county"], petition, now)
    await remember(scope, changed, Happened.CLEARED, now=now, text=words)
    told = {"petition": str(petition), "why": "came"}
    await announce(scope, CAME, told, now=now, region=row["region"], county=row["county"])

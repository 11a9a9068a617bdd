"""A county's own working and free days, beside the national calendar."""

from datetime import date, datetime
from typing import Final

from core.kernel.audit import audit
from core.kernel.clock import local
from core.kernel.database import execute
from core.kernel.errors import Forbidden, Invalid, NotFound, mark
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.tenancy.enums import Level

EDIT: Final = "core:calendar:edit"
NOTE_MOST: Final = 100
_SET: Final = """
INSERT INTO calendar_day AS x (county, id, region, day, working, note, by_name, created_at)
SELECT $3, $4, $1, $5, $6, $7, $8, $9 WHERE $1 < $2
ON CONFLICT (county, region, day) DO UPDATE
   SET working = excluded.working, note = excluded.note, by_name = excluded.by_name, created_at = excluded.created_at
 WHERE x.region >= $1 AND x.region < $2
"""
_REMOVE: Final = (
    "DELETE FROM calendar_day x WHERE x.region >= $1 AND x.region < $2 AND x.region = $1 AND x.day = $3"
)


async def set_day(scope: Scope, *, day: date, working: bool, note: str, now: datetime) -> None:
    """Decide that a day is working or free here. Deadlines already set are not moved: they were told to people."""
    _require(scope, day, now)
    if not note.strip() or len(note.strip()) > NOTE_MOST:
        raise Invalid(fields={"note": mark("请写明依据（最多 100 个字），例如放假通知的文号。")})
    await execute(scope, _SET, scope.county, new_id(), day, working, note.strip(), scope.by_name, now)
    data = {"day": day.isoformat(), "working": working, "note": note.strip()}
    await audit(scope, "calendar.day_set", kind="calendar_day", subject=None, now=now, data=data)


async def remove_day(scope: Scope, *, day: date, now: datetime) -> None:
    """Take an own decision back: the national calendar holds again. ``NotFound`` where there is none."""
    _require(scope, day, now)
    if not await execute(scope, _REMOVE, day):
        raise NotFound
    data = {"day": day.isoformat()}
    await audit(scope, "calendar.day_removed", kind="calendar_day", subject=None, now=now, data=data)


def _require(scope: Scope, day: date, now: datetime) -> None:
    scope.require(EDIT)
    if scope.level > Level.TOWNSHIP:
        raise Forbidden(EDIT)
    if day < local(now).date():
        raise Invalid(fields={"day": mark("过去的日子不能再改。")})

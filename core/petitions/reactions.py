"""What follows by itself: handlers hear of a matter once who is meant is kept away, deadlines are said, answers lapse.

Each runs in the worker under a system scope, once for each announcement.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from core.kernel.clock import local
from core.kernel.clock import now as clock_now
from core.kernel.database import execute, fetch, fetch_one
from core.kernel.outbox import Event, announce, cancel_timers
from core.kernel.scope import Scope
from core.notices.actions import tell
from core.petitions.actions.moves import DUE, level_of, move, remember
from core.petitions.enums import Happened, Kind, PetitionState
from core.petitions.rules import COUNTY, DIGITS
from core.petitions.sorting import ROW, ready_row, roles_with
from core.petitions.workflows import HANDLE, SUPERVISE

OVERDUE: Final = "petition.overdue"  # payload: petition (id), level (of the desk), due_at (ISO time)
_COUNTY_DIGITS: Final = 6
_TELL: Final = """
INSERT INTO notice (county, id, region, membership_id, kind, data, link, key, created_at)
SELECT m.county, gen_random_uuid(), m.region, m.id, $5, $6, $7, $8, $9 FROM membership m
WHERE m.region >= $1 AND m.region < $2 AND m.county = $11 AND m.region = $3 AND m.role = ANY ($4)
  AND m.valid_from <= $9 AND (m.valid_to IS NULL OR m.valid_to > $9)
  AND (m.office_id = $12 OR ($12::uuid IS NULL AND (m.office_id IS NULL OR length(m.region) = 9)))
  AND m.grid_id IS NOT DISTINCT FROM $13
  AND NOT EXISTS (SELECT 1 FROM petition_concern c WHERE c.region >= $1 AND c.region < $2 AND c.county = m.county AND c.petition_id = $10
                  AND c.person_id = m.person_id)
ON CONFLICT (county, membership_id, key) DO NOTHING
"""
_LATE: Final = """
UPDATE petition SET overdue_at = $4 WHERE region >= $1 AND region < $2 AND id = $3 AND overdue_at IS NULL AND state IN ('raised', 'in_hand')
  AND due_at = $5 RETURNING *
"""
_LEADING: Final = "SELECT p.* FROM petition p WHERE p.region >= $1 AND p.region < $2 AND p.id = $3"
_WAITING: Final = "SELECT p.id FROM petition p WHERE p.region >= $1 AND p.region < $2 AND p.sorted_at IS NULL ORDER BY p.raised_at LIMIT 500"
KINDS: Final[Mapping[str, str]] = {
    "came": "petition_came", "reopened": "petition_reopened", "added": "petition_added", "reminded": "petition_reminded",
    "pressed": "petition_pressed",
}  # fmt: skip
_ADMINISTRATORS: Final = """
SELECT m.id FROM membership m WHERE m.region >= $1 AND m.region < $2 AND m.county = $3 AND m.region = $4 AND m.role = 'county_administrator'
  AND m.valid_from <= $5 AND (m.valid_to IS NULL OR m.valid_to > $5)
"""
_COUNTED_FROM: Final = timedelta(hours=8)  # a day of the counters begins at midnight UTC
# Reopening says that the finding of abuse was wrong: the stop that came from it ends with it. A later one stays.
_LIFT: Final = """
UPDATE petition_block SET lifted_at = $5, phone_index = NULL, source_hash = NULL
WHERE region >= $1 AND region < $2 AND county = $3 AND petition_id = $4 AND lifted_at IS NULL AND at <= $5
"""


def county_of_event(event: Event) -> str:
    """Widen the scope to the county: who is meant, and who handles it, may stand above the village."""
    return event.region[:_COUNTY_DIGITS]


async def on_came(scope: Scope, event: Event) -> None:
    """Keep away whoever is meant, then tell whoever has it on the desk."""
    row, given = await ready_row(scope, UUID(event.payload["petition"]))
    if row is None:
        return
    why = event.payload["why"]
    if why == "reopened":
        await execute(scope, _LIFT, row["county"], row["id"], row["reopened_at"])
    if row["state"] == PetitionState.MERGED:  # it is answered with the leading one, wherever that lies
        await _tell_leading(scope, row, KINDS[why], key=str(event.id))
        return
    await _tell_desk(scope, row, KINDS["came" if given and why != "reopened" else why], key=str(event.id))
    if why == "reopened":
        await _tell_above(scope, row, "petition_reopened_above", key=str(event.id))


async def on_written(scope: Scope, event: Event) -> None:
    """Look through what was written for names; where the matter goes to another desk for that, tell it."""
    row, given = await ready_row(scope, UUID(event.payload["petition"]))
    if row is not None and given:
        await _tell_desk(scope, row, KINDS["came"], key=str(event.id))


async def sort_petition(scope: Scope, petition: UUID) -> None:
    """Sort one that is new, for whoever cannot wait for the worker. The scope is the system's, of its county."""
    await ready_row(scope, petition)


async def _tell_desk(scope: Scope, row: Any, kind: str, *, key: str) -> None:
    right = SUPERVISE if row["kind"] == Kind.SUPERVISION else HANDLE
    await _tell(scope, row, kind, region=row["desk"], roles=roles_with(right), key=key, office=row["office_id"], grid=row["grid_id"])


async def _tell_leading(scope: Scope, row: Any, kind: str, *, key: str) -> None:
    """Tell whoever answers the leading one; where that is a grid or a department, which cannot open this one, its own desk."""
    (main,) = await fetch(scope, _LEADING, row["merged_into"])
    if main["grid_id"] is not None or (main["office_id"] is not None and level_of(main["desk"]) == COUNTY):
        await _tell_desk(scope, row, kind, key=key)
        return
    right = SUPERVISE if main["kind"] == Kind.SUPERVISION else HANDLE
    await _tell(scope, row, kind, region=main["desk"], roles=roles_with(right), key=key, office=main["office_id"])


async def _tell_above(scope: Scope, row: Any, kind: str, *, key: str) -> None:
    """Tell the level above the desk; a county's own inspectors where the desk is the county."""
    level = level_of(row["desk"])
    above = row["region"][: DIGITS[max(level - 1, COUNTY)]]
    roles = roles_with(SUPERVISE) if row["kind"] == Kind.SUPERVISION else ["township_leader", "county_inspector"]
    await _tell(scope, row, kind, region=above, roles=roles, key=key)


async def _tell(
    scope: Scope, row: Any, kind: str, *, region: str, roles: list[str], key: str, office: UUID | None = None, grid: UUID | None = None
) -> None:
    data = {"title": row["title"], "sender": row["place_name"]}
    link = f"/petitions/{row['id']}"
    await execute(
        scope, _TELL, region, roles, kind, data, link, f"{kind}:{key}", clock_now(), row["id"], row["county"], office, grid
    )


async def on_due(scope: Scope, event: Event) -> None:
    """Say that the deadline has passed: in the history, to the desk and above it, and to whoever warns."""
    now = clock_now()
    row, given = await ready_row(scope, UUID(event.payload["petition"]))  # whoever is meant must not hear of it now
    if row is not None and given:
        await _tell_desk(scope, row, KINDS["came"], key=str(event.id))
    if row is None or row["due_at"] is None or row["due_at"].isoformat() != event.payload["due"]:
        return  # another desk's clock runs by now
    row = await fetch_one(scope, _LATE, row["id"], max(now, row["due_at"]), row["due_at"])
    if row is None:
        return
    await cancel_timers(scope, subject=row["id"], topic=DUE, county=row["county"])  # sorting it late may have set another
    lent = {"lent": True} if row["own_due_at"] is not None else None  # its own day has not passed
    await remember(scope, row, Happened.OVERDUE, now=now, data=lent)
    await _tell_desk(scope, row, "petition_overdue", key=str(event.id))
    await _tell_above(scope, row, "petition_overdue_above", key=str(event.id))
    told = {"petition": str(row["id"]), "level": level_of(row["desk"]), "due_at": row["due_at"].isoformat()}
    await announce(scope, OVERDUE, told, now=now, region=row["region"], county=row["county"])


async def on_lapse(scope: Scope, event: Event) -> None:
    """Close what was answered and not judged; what the office said then stands alone."""
    row = await fetch_one(scope, ROW, UUID(event.payload["petition"]))
    if row is None or row["state"] != PetitionState.ANSWERED or row["answered_at"].isoformat() != event.payload["answered"]:
        return
    now = clock_now()
    changed = await move(scope, row, "lapse", now=now, sets={"closed_at": max(now, row["answered_at"])})
    await remember(scope, changed, Happened.LAPSED, now=now)


async def on_codes_used_up(scope: Scope, event: Event) -> None:
    """Tell the county's administrators, once a day, that no more codes are sent to phones."""
    posts = await fetch(scope, _ADMINISTRATORS, event.county, scope.region, event.created_at)
    day = f"{local(event.created_at - _COUNTED_FROM):%Y-%m-%d}"
    await tell(
        scope, memberships=[row["id"] for row in posts], kind="petition_codes_used_up", key=f"petition_codes:{day}", data={"title": day},
        link="/settings/petitions", now=event.created_at,
    )  # fmt: skip


async def waiting(scope: Scope) -> Sequence[Any]:
    """Give what was raised and is not sorted yet: nobody sees it before."""
    return await fetch(scope, _WAITING)

"""What follows by itself: who is meant is kept away, handlers hear of it, deadlines are said, answers lapse.

Each runs in the worker under a system scope, once for each announcement.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from core.kernel.clock import now as clock_now
from core.kernel.database import execute, fetch, fetch_one
from core.kernel.errors import mark
from core.kernel.outbox import Event, announce, cancel_timers
from core.kernel.scope import Scope
from core.people.roles import ready_roles
from core.petitions.actions.moves import DUE, level_of, move, remember, set_due
from core.petitions.enums import Happened, Kind, PetitionState
from core.petitions.queries import due_for
from core.petitions.rules import COUNTY, TOWNSHIP, PetitionSettings, roles_meant
from core.petitions.workflows import HANDLE, SUPERVISE
from core.tenancy.settings import settings_of

OVERDUE: Final = "petition.overdue"  # payload: petition (id), level (of the desk), due_at (ISO time)
_COUNTY_DIGITS: Final = 6
_DIGITS: Final = {3: 6, 4: 9, 5: 12}
_ROW: Final = "SELECT p.* FROM petition p WHERE p.region >= $1 AND p.region < $2 AND p.id = $3 FOR UPDATE"
# Who is meant, among those who hold a post on the path of the place: by a name in "about whom", or by a role that stands there
# instead, and by any name in a complaint.
_MEANT: Final = """
SELECT DISTINCT m.person_id, m.role, m.region FROM membership m
WHERE m.region >= $1 AND m.region < $2 AND m.county = $3 AND m.region = ANY ($4)
  AND (length(m.person_name) >= 2 AND strpos($5, m.person_name) > 0 OR m.role = ANY ($7)) AND m.valid_from <= $6 AND (m.valid_to IS NULL OR m.valid_to > $6)
"""
_CONCERN: Final = """
INSERT INTO petition_concern (county, id, region, petition_id, person_id, at, by_name)
SELECT $3, gen_random_uuid(), $4, $5, $6, $7, $8 WHERE $4 >= $1 AND $4 < $2
ON CONFLICT (county, petition_id, person_id) DO NOTHING
"""
_STAFFED: Final = """
SELECT EXISTS (SELECT FROM membership m WHERE m.region >= $1 AND m.region < $2 AND m.county = $3 AND m.region = $4 AND m.role = ANY ($5)
  AND m.valid_from <= $6 AND (m.valid_to IS NULL OR m.valid_to > $6) AND m.grid_id IS NULL AND (m.office_id IS NULL OR length(m.region) = 9)
  AND NOT EXISTS (SELECT 1 FROM petition_concern c WHERE c.region >= $1 AND c.region < $2 AND c.county = m.county AND c.petition_id = $7
                  AND c.person_id = m.person_id)) AS yes
"""
_SORTED: Final = """
UPDATE petition SET sorted_at = $4, floor = $5, desk = $6, due_at = $8,
       desk_name = (SELECT r.shown_name FROM region r WHERE r.code = $6) || $7
WHERE region >= $1 AND region < $2 AND id = $3 AND sorted_at IS NULL RETURNING *
"""
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
_WAITING: Final = "SELECT p.id FROM petition p WHERE p.region >= $1 AND p.region < $2 AND p.sorted_at IS NULL ORDER BY p.raised_at LIMIT 500"
KINDS: Final[Mapping[str, str]] = {
    "came": "petition_came", "reopened": "petition_reopened", "added": "petition_added", "reminded": "petition_reminded",
    "pressed": "petition_pressed",
}  # fmt: skip
STATION: Final = mark("监察工作联络站")
INSPECTOR: Final = mark("监督员")


def county_of_event(event: Event) -> str:
    """Widen the scope to the county: who is meant, and who handles it, may stand above the village."""
    return event.region[:_COUNTY_DIGITS]


async def on_came(scope: Scope, event: Event) -> None:
    """Sort what is new, then tell whoever has it on the desk."""
    row = await fetch_one(scope, _ROW, UUID(event.payload["petition"]))
    if row is None:
        return
    if row["sorted_at"] is None:
        row = await _sorted(scope, row)
    if row is not None:
        await _tell_desk(scope, row, KINDS[event.payload["why"]], key=str(event.id))
        if event.payload["why"] == "reopened":
            await _tell_above(scope, row, "petition_reopened_above", key=str(event.id))


async def sort_petition(scope: Scope, petition: UUID) -> None:
    """Sort one that is new, for whoever cannot wait for the worker. The scope is the system's, of its county."""
    row = await fetch_one(scope, _ROW, petition)
    if row is not None and row["sorted_at"] is None:
        await _sorted(scope, row)


async def _sorted(scope: Scope, row: Any) -> Any | None:
    """Find who is meant, keep them away, and lift a supervision matter to the first level where somebody else handles it."""
    now = clock_now()
    meant = await _meant(scope, row, now)
    for person in {found["person_id"] for found in meant}:
        await execute(scope, _CONCERN, row["county"], row["region"], row["id"], person, now, scope.by_name)
    floor, suffix, due, desk = row["floor"], "", row["due_at"], row["desk"]
    if row["kind"] == Kind.SUPERVISION:
        floor = await _first_staffed(scope, row, min([floor, *(_above(found) for found in meant)]), SUPERVISE, now)
        suffix, desk = str(STATION if floor > TOWNSHIP else INSPECTOR), row["region"][: _DIGITS[floor]]
    elif meant:  # the desk may have nobody left
        desk = row["region"][: _DIGITS[await _first_staffed(scope, row, level_of(desk), HANDLE, now)]]
    if desk != row["desk"]:
        rule = await settings_of(scope, PetitionSettings, at=now, region=row["region"])
        due = await due_for(scope, rule, level=level_of(desk), now=row["raised_at"])
    changed = await fetch_one(scope, _SORTED, row["id"], now, floor, desk, suffix, due)
    if changed is not None:
        await cancel_timers(scope, subject=changed["id"], topic=DUE, county=changed["county"])
        await set_due(scope, changed)
    return changed


async def _meant(scope: Scope, row: Any, now: Any) -> Sequence[Any]:
    if row["kind"] in {Kind.SUGGESTION, Kind.HELP} and not row["about_name"]:
        return ()
    path = [row["region"][:digits] for digits in _DIGITS.values()]
    meant = await fetch(scope, _MEANT, row["county"], path, row["about_name"], now, [])
    if not meant:
        meant = await fetch(scope, _MEANT, row["county"], path, "", now, roles_meant(row["about_name"]))
    if row["kind"] in {Kind.COMPLAINT, Kind.SUPERVISION}:  # whoever is named in a complaint had better not read it
        meant = [*meant, *await fetch(scope, _MEANT, row["county"], path, f"{row['title']}\n{row['body']}", now, [])]
    return meant


def _above(found: Any) -> int:
    """Give the level that handles what is about a person: above township people, above the station's own."""
    level = level_of(found["region"])
    if level > TOWNSHIP and found["role"] not in roles_with(SUPERVISE):
        return level
    return max(level - 1, COUNTY)


def roles_with(permission: str) -> list[str]:
    """Give the ready roles that carry a permission."""
    return sorted(role.name for role in ready_roles().values() if permission in role.permissions)


async def _first_staffed(scope: Scope, row: Any, level: int, right: str, now: Any) -> int:
    """Give the first level from here upward where somebody holds the right who is not meant; the county at last."""
    while level > COUNTY:
        place = row["region"][: _DIGITS[level]]
        found = await fetch_one(scope, _STAFFED, row["county"], place, roles_with(right), now, row["id"])
        if found and found["yes"]:
            break
        level -= 1
    return level


async def _tell_desk(scope: Scope, row: Any, kind: str, *, key: str) -> None:
    right = SUPERVISE if row["kind"] == Kind.SUPERVISION else HANDLE
    await _tell(scope, row, kind, region=row["desk"], roles=roles_with(right), key=key, office=row["office_id"], grid=row["grid_id"])


async def _tell_above(scope: Scope, row: Any, kind: str, *, key: str) -> None:
    """Tell the level above the desk; a county's own inspectors where the desk is the county."""
    level = level_of(row["desk"])
    above = row["region"][: _DIGITS[max(level - 1, COUNTY)]]
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
    row = await fetch_one(scope, _ROW, UUID(event.payload["petition"]))
    if row is not None and row["sorted_at"] is None:  # the worker was away; whoever is meant must not hear of it now
        row = await _sorted(scope, row)
    if row is None or row["due_at"] is None or row["due_at"].isoformat() != event.payload["due"]:
        return  # another desk's clock runs by now
    row = await fetch_one(scope, _LATE, row["id"], max(now, row["due_at"]), row["due_at"])
    if row is None:
        return
    await cancel_timers(scope, subject=row["id"], topic=DUE, county=row["county"])  # sorting it late may have set another
    await remember(scope, row, Happened.OVERDUE, now=now)
    await _tell_desk(scope, row, "petition_overdue", key=str(event.id))
    await _tell_above(scope, row, "petition_overdue_above", key=str(event.id))
    told = {"petition": str(row["id"]), "level": level_of(row["desk"]), "due_at": row["due_at"].isoformat()}
    await announce(scope, OVERDUE, told, now=now, region=row["region"], county=row["county"])


async def on_lapse(scope: Scope, event: Event) -> None:
    """Close what was answered and not judged; what the office said then stands alone."""
    row = await fetch_one(scope, _ROW, UUID(event.payload["petition"]))
    if row is None or row["state"] != PetitionState.ANSWERED or row["answered_at"].isoformat() != event.payload["answered"]:
        return
    now = clock_now()
    changed = await move(scope, row, "lapse", now=now, sets={"closed_at": max(now, row["answered_at"])})
    await remember(scope, changed, Happened.LAPSED, now=now)


async def waiting(scope: Scope) -> Sequence[Any]:
    """Give what was raised and is not sorted yet: nobody sees it before."""
    return await fetch(scope, _WAITING)

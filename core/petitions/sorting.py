"""Who is meant by a matter is found and kept away, and the matter goes to the first desk where somebody else handles it.

Runs in the worker under a system scope of the county: who is meant, and who handles it, may stand above the village.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.kernel.clock import now as clock_now
from core.kernel.database import execute, fetch, fetch_one, fetch_value
from core.kernel.errors import mark
from core.kernel.outbox import announce, cancel_timers
from core.kernel.scope import Scope
from core.people.roles import ready_roles
from core.petitions.actions.moves import DUE, MOVED, level_of, move, remember, set_due, time_at
from core.petitions.actions.named import WRITTEN, keep_away, keep_away_named
from core.petitions.enums import OPEN_STATES, Happened, Kind, PetitionState
from core.petitions.queries import due_for
from core.petitions.rules import COUNTY, DIGITS, TOWNSHIP, PetitionSettings, level_above, path_of, roles_meant
from core.petitions.workflows import HANDLE, SUPERVISE
from core.tenancy.settings import settings_of

ROW: Final = "SELECT p.* FROM petition p WHERE p.region >= $1 AND p.region < $2 AND p.id = $3 FOR UPDATE"
# Who is meant, among those who hold a post on the path of the place: by a name in "about whom", or by a role that stands there
# instead, and by any name in a complaint.
_MEANT: Final = """
SELECT DISTINCT m.person_id, m.role, m.region FROM membership m
WHERE m.region >= $1 AND m.region < $2 AND m.county = $3 AND m.region = ANY ($4)
  AND (length(m.person_name) >= 2 AND strpos($5, m.person_name) > 0 OR m.role = ANY ($7)) AND m.valid_from <= $6 AND (m.valid_to IS NULL OR m.valid_to > $6)
"""
_SHUT_OUT: Final = """
SELECT DISTINCT m.person_id, m.role, m.region FROM petition_concern c
JOIN membership m ON m.region >= $1 AND m.region < $2 AND m.county = c.county AND m.person_id = c.person_id
WHERE c.region >= $1 AND c.region < $2 AND c.county = $3 AND c.petition_id = $4 AND m.region = ANY ($5)
  AND m.valid_from <= $6 AND (m.valid_to IS NULL OR m.valid_to > $6)
"""
_STAFFED: Final = """
SELECT EXISTS (SELECT FROM membership m WHERE m.region >= $1 AND m.region < $2 AND m.county = $3 AND m.region = $4 AND m.role = ANY ($5)
  AND m.valid_from <= $6 AND (m.valid_to IS NULL OR m.valid_to > $6) AND m.grid_id IS NOT DISTINCT FROM $8
  AND (m.office_id = $9 OR ($9::uuid IS NULL AND (m.office_id IS NULL OR length(m.region) = 9)))
  AND NOT EXISTS (SELECT 1 FROM petition_concern c WHERE c.region >= $1 AND c.region < $2 AND c.county = m.county AND c.petition_id = $7
                  AND c.person_id = m.person_id)) AS yes
"""
_SORTED: Final = """
UPDATE petition SET sorted_at = $4, floor = $5, desk = $6, due_at = $8, looked_level = NULL,
       desk_name = (SELECT r.shown_name FROM region r WHERE r.code = $6) || $7
WHERE region >= $1 AND region < $2 AND id = $3 AND sorted_at IS NULL RETURNING *
"""
_LOOKED: Final = "UPDATE petition SET looked_level = NULL WHERE region >= $1 AND region < $2 AND id = $3 RETURNING *"
_FLOOR: Final = "UPDATE petition SET floor = $4 WHERE region >= $1 AND region < $2 AND id = $3 RETURNING *"
# Where a report is lifted above a station, its other members were told of it as well.
_UNTELL_BELOW: Final = """
DELETE FROM notice n WHERE n.region >= $1 AND n.region < $2 AND n.county = $3 AND n.link = $4 AND length(n.region) > $5
"""
_NAME: Final = "SELECT r.shown_name FROM region r WHERE r.code = $3 AND $1 < $2"
STATION: Final = mark("监察工作联络站")
INSPECTOR: Final = mark("监督员")


async def ready_row(scope: Scope, petition: UUID) -> tuple[Any | None, bool]:
    """Give a matter, locked, once nobody sees it who is meant by it; and whether it went to another desk for that."""
    row = await fetch_one(scope, ROW, petition)
    if row is None:
        return None, False
    now = max(clock_now(), row["changed_at"])  # what follows stands after it in the history
    row = await _sorted(scope, row, now) if row["sorted_at"] is None else await _looked(scope, row, now)
    return await _recused(scope, row, now)


async def _sorted(scope: Scope, row: Any, now: datetime) -> Any:
    """Find who is meant, keep them away, and lift a matter above them to the first level where somebody else handles it."""
    meant = await _meant(scope, row, now)
    await keep_away(scope, row, {found["person_id"] for found in meant}, now=now)
    await keep_away_named(scope, row, now=now)  # its raiser may have added something by now
    away = await _shut_out(scope, row, now)
    floor, suffix, due, desk = _floor(row, away), "", row["due_at"], row["desk"]
    if row["kind"] == Kind.SUPERVISION:
        floor = await _first_staffed(scope, row, floor, SUPERVISE, now)
        suffix, desk = _suffix(floor), row["region"][: DIGITS[floor]]
    elif away:  # the desk may have nobody left
        level = await _first_staffed(scope, row, min(level_of(desk), floor), HANDLE, now)
        desk = row["region"][: DIGITS[level]]
    if desk != row["desk"]:
        rule = await settings_of(scope, PetitionSettings, at=now, region=row["region"])
        due = await due_for(scope, rule, level=level_of(desk), now=row["raised_at"])
    changed = await fetch_one(scope, _SORTED, row["id"], now, floor, desk, suffix, due)
    await cancel_timers(scope, subject=row["id"], topic=DUE, county=row["county"])
    await set_due(scope, changed)
    return changed


async def _meant(scope: Scope, row: Any, now: datetime) -> Sequence[Any]:
    if row["kind"] in {Kind.SUGGESTION, Kind.HELP} and not row["about_name"]:
        return ()
    path = path_of(row["region"])
    meant = await fetch(scope, _MEANT, row["county"], path, row["about_name"], now, [])
    if not meant:
        meant = await fetch(scope, _MEANT, row["county"], path, "", now, roles_meant(row["about_name"]))
    if row["kind"] in {Kind.COMPLAINT, Kind.SUPERVISION}:  # whoever is named in a complaint had better not read it
        meant = [*meant, *await fetch(scope, _MEANT, row["county"], path, f"{row['title']}\n{row['body']}", now, [])]
    return meant


async def _shut_out(scope: Scope, row: Any, now: datetime) -> list[Any]:
    """Give the posts on the way up from the place of all who are shut out."""
    return await fetch(scope, _SHUT_OUT, row["county"], row["id"], path_of(row["region"]), now)


def _floor(row: Any, meant: Sequence[Any]) -> int:
    """Give the lowest level that may see a matter: above whoever is meant, so that nobody under him reads or handles it."""
    supervising, floor = roles_with(SUPERVISE), int(row["floor"])
    return min([floor, *(level_above(row["kind"], level_of(found["region"]), found["role"], supervising) for found in meant)])


def roles_with(permission: str) -> list[str]:
    """Give the ready roles that carry a permission."""
    return sorted(role.name for role in ready_roles().values() if permission in role.permissions)


def _suffix(floor: int) -> str:
    return str(STATION if floor > TOWNSHIP else INSPECTOR)


async def _first_staffed(scope: Scope, row: Any, level: int, right: str, now: datetime) -> int:
    """Give the first level from here upward where somebody holds the right who is not meant; the county at last."""
    while level > COUNTY and not await _staffed(scope, row, row["region"][: DIGITS[level]], right, now):
        level -= 1
    return level


async def _staffed(
    scope: Scope, row: Any, place: str, right: str, now: datetime, *, grid: UUID | None = None, office: UUID | None = None
) -> bool:
    return bool(await fetch_value(scope, _STAFFED, row["county"], place, roles_with(right), now, row["id"], grid, office))


async def _looked(scope: Scope, row: Any, now: datetime) -> Any:
    """Look through what was written since, on all levels; then those above may see the matter again."""
    shut_out = await keep_away_named(scope, row, now=now)
    if row["looked_level"] is not None:
        row = await fetch_one(scope, _LOOKED, row["id"])
    place = {"region": row["region"], "county": row["county"]}
    if shut_out:  # warnings are not put to somebody who is meant either
        await announce(scope, MOVED, {"petition": str(row["id"]), "state": row["state"]}, now=now, **place)
    if shut_out and row["state"] == PetitionState.MERGED:  # whoever answers the one answers the other
        await announce(scope, WRITTEN, {"petition": str(row["merged_into"])}, now=now, **place)
    return row


async def _recused(scope: Scope, row: Any, now: datetime) -> tuple[Any, bool]:
    """Give an open matter to another desk where nobody is left on its own who is not meant (回避)."""
    if row["state"] not in OPEN_STATES:
        return row, False
    meant = await _shut_out(scope, row, now)
    if not meant:
        return row, False
    supervised, floor = row["kind"] == Kind.SUPERVISION, _floor(row, meant)
    right, level = SUPERVISE if supervised else HANDLE, min(level_of(row["desk"]), floor)
    own = level == level_of(row["desk"])
    if own and await _staffed(scope, row, row["desk"], right, now, grid=row["grid_id"], office=row["office_id"]):
        return await _lifted(scope, row, floor), False
    level = await _first_staffed(scope, row, level, right, now)
    desk = row["region"][: DIGITS[level]]
    if (desk, None, None) == (row["desk"], row["office_id"], row["grid_id"]):
        return await _lifted(scope, row, floor), False  # the county at last: there is nobody else
    row = await _lifted(scope, row, min(floor, level) if supervised else floor)
    return await _given(scope, row, desk, now), True


async def _lifted(scope: Scope, row: Any, floor: int) -> Any:
    if floor == row["floor"]:
        return row
    await execute(scope, _UNTELL_BELOW, row["county"], f"/petitions/{row['id']}", DIGITS[floor])
    return await fetch_one(scope, _FLOOR, row["id"], floor)


async def _given(scope: Scope, row: Any, desk: str, now: datetime) -> Any:
    name = await fetch_value(scope, _NAME, desk) + (_suffix(level_of(desk)) if row["kind"] == Kind.SUPERVISION else "")
    sets = {
        "desk": desk, "desk_name": name, "office_id": None, "grid_id": None, "accepted_at": None, "pressed_at": None,
        **await time_at(scope, row, desk, now=now),
    }  # fmt: skip
    changed = await move(scope, row, "recuse", now=now, sets=sets)
    await remember(scope, changed, Happened.RECUSED, now=now, data={"from": row["desk_name"], "to": name})
    return changed

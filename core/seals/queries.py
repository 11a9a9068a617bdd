"""Reading the seal register: a village's own, a township's and a county's villages'."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.kernel.database import fetch, fetch_one, fetch_value
from core.kernel.errors import NotFound
from core.kernel.scope import Scope
from core.seals.workflows import APPROVE

PAGE_SIZE: Final = 30
_LEVELS: Final = {9: True, 12: False}  # digits of a code: whether what goes to the township is decided there
MOST_ROWS: Final = 20_000  # what one sheet of the register holds
IRREGULAR: Final = "(u.used_at IS NOT NULL AND (u.unasked OR u.used_at < u.decided_at OR u.used_copies > u.copies))"
# Empty arguments do not narrow: place, state or view, purpose, words, month.
_NARROW: Final = f"""
u.region >= $1 AND u.region < $2 AND ($3 = '' OR (u.region >= $3 AND u.region < $3 || ':'))
  AND CASE $4 WHEN '' THEN true WHEN 'open' THEN u.state IN ('requested', 'approved', 'used') WHEN 'irregular' THEN {IRREGULAR}
              WHEN 'late' THEN u.state IN ('requested', 'used') AND u.due_at < $8 ELSE u.state = $4 END
  AND ($5 = '' OR u.purpose = $5)
  AND ($6 = '' OR strpos(u.document || ' ' || u.number || ' ' || u.for_whom || ' ' || u.asked_name, $6) > 0)
  AND ($7 = '' OR to_char(coalesce(u.used_at, u.asked_at) AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') = $7)
"""
_LIST: Final = f"""
SELECT u.*, {IRREGULAR} AS irregular FROM seal_use u WHERE {_NARROW}
ORDER BY (u.state NOT IN ('requested', 'approved')), coalesce(u.used_at, u.asked_at) DESC, u.id DESC LIMIT $9 OFFSET $10
"""  # noqa: S608 - constants
_COUNT: Final = f"SELECT count(*) FROM seal_use u WHERE {_NARROW}"  # noqa: S608 - constants
_SUMS: Final = f"""
SELECT count(*) FILTER (WHERE u.state = 'requested') AS requested, count(*) FILTER (WHERE u.state = 'approved') AS approved,
       count(*) FILTER (WHERE u.state = 'used') AS used, count(*) FILTER (WHERE {IRREGULAR}) AS irregular
FROM seal_use u WHERE u.region >= $1 AND u.region < $2
"""  # noqa: S608 - constants
# Who keeps the seal now; whoever keeps it decides nothing about it.
HELD_BY: Final = "(SELECT s.keeper_person FROM seal s WHERE s.region >= $1 AND s.region < $2 AND s.county = u.county AND s.id = u.seal_id)"
_WAITING: Final = f"""
SELECT count(*) FROM seal_use u
WHERE u.region >= $1 AND u.region < $2 AND u.state = 'requested' AND u.by_township = $3 AND u.asked_person IS DISTINCT FROM $4
  AND {HELD_BY} IS DISTINCT FROM $4
"""  # noqa: S608 - constants
_ONE: Final = f"""
SELECT u.*, {IRREGULAR} AS irregular, {HELD_BY} AS held_by FROM seal_use u WHERE u.region >= $1 AND u.region < $2 AND u.id = $3
"""  # noqa: S608 - constants
_EVENTS: Final = """
SELECT e.at, e.kind, e.text, e.by_name, e.by_office, e.data FROM seal_event e
WHERE e.region >= $1 AND e.region < $2 AND e.county = $3 AND e.use_id = $4 ORDER BY e.at DESC, e.id DESC
"""
_SEALS: Final = """
SELECT s.*, (SELECT count(*) FROM seal_use u WHERE u.region >= $1 AND u.region < $2 AND u.county = s.county AND u.seal_id = s.id
             AND u.used_at IS NOT NULL) AS uses
FROM seal s WHERE s.region >= $1 AND s.region < $2 AND ($3 = '' OR (s.region >= $3 AND s.region < $3 || ':'))
ORDER BY (s.stopped_at IS NOT NULL), s.region, array_position(ARRAY['committee', 'party', 'collective', 'finance', 'supervision', 'other'], s.kind), s.since, s.id LIMIT 2000
"""
_SEAL: Final = "SELECT s.* FROM seal s WHERE s.region >= $1 AND s.region < $2 AND s.id = $3"
_POSTS: Final = """
SELECT DISTINCT ON (m.person_id) m.person_id, m.person_name, m.role FROM membership m
WHERE m.region >= $1 AND m.region < $2 AND m.county = $3 AND m.region = ANY ($4) AND m.valid_from <= $5
  AND (m.valid_to IS NULL OR m.valid_to > $5) ORDER BY m.person_id, m.valid_from LIMIT 200
"""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the register is narrowed to. ``show`` is open, late, irregular or one state; empty fields do not narrow."""

    region: str = ""
    show: str = ""
    purpose: str = ""
    search: str = ""
    month: str = ""
    page: int = 1


async def uses_in(
    scope: Scope, narrowed: Narrowed, *, now: datetime, size: int = PAGE_SIZE
) -> tuple[list[Any], int]:
    """List uses, those that wait first and then the latest, and count them all."""
    told = (narrowed.region, narrowed.show, narrowed.purpose, narrowed.search, narrowed.month, now)
    rows = await fetch(scope, _LIST, *told, size, (max(narrowed.page, 1) - 1) * size)
    total: int = await fetch_value(scope, _COUNT, *told) if narrowed.page > 1 or len(rows) == size else len(rows)
    return rows, total


async def sums_of(scope: Scope) -> Any:
    """Count what waits for a decision, for the seal, for filing; and what was used without an approved request."""
    return await fetch_one(scope, _SUMS)


async def waiting(scope: Scope) -> int:
    """Count the requests that wait for this post's decision; none where it decides nothing."""
    if not scope.may(APPROVE) or len(scope.region) not in _LEVELS:
        return 0
    found: int = await fetch_value(scope, _WAITING, _LEVELS[len(scope.region)], scope.person)
    return found


async def use_row(scope: Scope, use: UUID, *, lock: bool = False) -> Any:
    """Give one use, with who keeps its seal now. Raises ``NotFound`` outside the scope. With ``lock`` the next who asks so waits."""
    row = await fetch_one(scope, f"{_ONE} FOR UPDATE OF u" if lock else _ONE, use)
    if row is None:
        raise NotFound
    return row


async def events_of(scope: Scope, row: Any) -> list[Any]:
    """Give the history of a use, the latest first."""
    return await fetch(scope, _EVENTS, row["county"], row["id"])


async def seals_in(scope: Scope, *, region: str = "") -> list[Any]:
    """List seals with how often each was used; those in use first."""
    return await fetch(scope, _SEALS, region)


async def seal_row(scope: Scope, seal: UUID, *, lock: bool = False) -> Any:
    """Give one seal. Raises ``NotFound`` outside the scope."""
    row = await fetch_one(scope, f"{_SEAL} FOR UPDATE" if lock else _SEAL, seal)
    if row is None:
        raise NotFound
    return row


async def keepers_at(scope: Scope, row: Any, *, now: datetime) -> list[Any]:
    """Give who may keep a place's seals: those with a post at the village, and at its township where one may look."""
    places = [row["region"], row["region"][:9]]
    return await fetch(scope, _POSTS, row["county"], places, now)

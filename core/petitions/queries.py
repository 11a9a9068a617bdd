"""Petitions as their handlers see them. Every statement carries the range and the participant rules (``SEEN``).

Nobody sees a matter that is about himself; supervision matters are seen by those alone who handle such; a post of an office
or a grid sees what was given to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.kernel.clock import local
from core.kernel.database import fetch, fetch_one
from core.kernel.errors import NotFound
from core.kernel.scope import Scope
from core.petitions.rules import PetitionSettings, is_about_somebody, sees_supervision
from core.tenancy.calendar import HOURS, deadline
from core.tenancy.queries.calendar import own_days
from core.tenancy.settings import settings_of

PAGE_SIZE: Final = 20
# $3 the post's level (0 for the system), $4 whether it handles supervision matters, $5 its person, $6 its office, $7 its grid.
SEEN: Final = """p.region >= $1 AND p.region < $2 AND p.sorted_at IS NOT NULL AND $3::int <= p.floor
  AND (p.looked_level IS NULL OR $3 >= p.looked_level OR $3 = 0)
  AND (p.kind <> 'supervision' OR $4::boolean)
  AND NOT EXISTS (SELECT 1 FROM petition_concern c WHERE c.region >= $1 AND c.region < $2 AND c.county = p.county
                  AND c.petition_id = p.id AND c.person_id = $5::uuid)
  AND ($6::uuid IS NULL OR p.office_id = $6 OR (p.office_id IS NULL AND length($1) = 9))
  AND ($7::uuid IS NULL OR p.grid_id = $7)"""
_FIELDS: Final = "p.*, r.shown_name AS place"
_ONE: Final = f"""
SELECT {_FIELDS} FROM petition p LEFT JOIN region r ON r.code = p.region WHERE {SEEN} AND p.id = $8
"""  # noqa: S608 - constants
_LOCKED: Final = f"SELECT p.* FROM petition p WHERE {SEEN} AND p.id = $8 FOR UPDATE"  # noqa: S608 - constants
_ON_DESK: Final = """p.desk = $1 AND ($6::uuid IS NULL OR p.office_id IS NULL OR p.office_id = $6)"""
_NARROW: Final = f"""
  AND CASE $8 WHEN 'desk' THEN p.state IN ('raised', 'in_hand') AND {_ON_DESK} WHEN 'open' THEN p.state IN ('raised', 'in_hand')
      WHEN 'abused' THEN p.abused_at IS NOT NULL WHEN '' THEN true ELSE p.state = $8 END
  AND ($9 = '' OR p.kind = $9) AND ($10 = '' OR (p.region >= $10 AND p.region < $10 || ':'))
  AND ($11 = '' OR strpos(p.title, $11) > 0 OR p.number = upper($11)) AND (NOT $12 OR p.due_at < $13 AND p.state IN ('raised', 'in_hand'))
"""
_LIST: Final = f"""
SELECT {_FIELDS}, count(*) OVER () AS total FROM petition p LEFT JOIN region r ON r.code = p.region WHERE {SEEN} {_NARROW}
ORDER BY (p.state IN ('raised', 'in_hand')) DESC, CASE WHEN p.state IN ('raised', 'in_hand') THEN p.due_at END, p.raised_at DESC, p.id DESC
LIMIT $14 OFFSET $15
"""  # noqa: S608 - constants
_COUNTS: Final = f"""
SELECT count(*) FILTER (WHERE p.state IN ('raised', 'in_hand') AND {_ON_DESK}) AS desk,
       count(*) FILTER (WHERE p.state IN ('raised', 'in_hand') AND {_ON_DESK} AND p.due_at < $8) AS late,
       count(*) FILTER (WHERE p.state IN ('raised', 'in_hand')) AS open, count(*) FILTER (WHERE p.state = 'answered') AS answered
FROM petition p WHERE {SEEN}
"""  # noqa: S608 - constants
_EVENTS: Final = """
SELECT e.at, e.kind, e.text, e.by_name, e.by_office, e.desk_name, e.data FROM petition_event e
WHERE e.region >= $1 AND e.region < $2 AND e.county = $3 AND e.petition_id = $4 ORDER BY e.at DESC, e.id DESC LIMIT 300
"""
_RAISER: Final = """
SELECT x.name, x.phone FROM petition_raiser x WHERE x.region >= $1 AND x.region < $2 AND x.county = $3 AND x.petition_id = $4
"""
_JOINED: Final = f"""
SELECT p.id, p.number, p.title, p.state, p.lent_due_at FROM petition p WHERE {SEEN} AND p.merged_into = $8 ORDER BY p.raised_at LIMIT 100
"""  # noqa: S608 - constants
# What a matter can be joined to: one of the same sort that is open on the same desk.
_LIKE: Final = f"""
SELECT p.id, p.number, p.title FROM petition p WHERE {SEEN} AND p.id <> $8 AND p.desk = $9 AND p.county = $11 AND p.state IN ('raised', 'in_hand')
  AND (p.kind = 'supervision') = $10 ORDER BY p.raised_at DESC LIMIT 50
"""  # noqa: S608 - constants
# Who is shut out of a matter, or of the leading one that it is answered with.
_MEANT: Final = """
SELECT count(*) FILTER (WHERE c.petition_id = $4) AS here, count(*) FILTER (WHERE c.petition_id = $5) AS leading FROM petition_concern c
WHERE c.region >= $1 AND c.region < $2 AND c.county = $3 AND c.petition_id IN ($4, $5)
"""
# Answered is what was answered or refused with a reason and not opened again since; a late one stays late when it is passed on.
# One that was late by another's deadline alone is late while they are together; of what was joined it is written when it is answered.
DONE: Final = "p.state IN ('answered', 'closed', 'refused')"
ANSWERED_AT: Final = "CASE WHEN p.state = 'refused' THEN p.closed_at ELSE p.answered_at END"
_WAS_LATE: Final = """SELECT FROM petition_event e WHERE e.region >= $1 AND e.region < $2 AND e.county = p.county AND e.petition_id = p.id
  AND e.kind = 'overdue' AND (p.overdue_at IS NOT NULL OR e.data->>'lent' IS NULL)"""
_FIGURES: Final = f"""
SELECT CASE WHEN length($1) = 6 THEN left(p.region, 9) ELSE p.region END AS code, count(*) AS raised, count(*) FILTER (WHERE {DONE}) AS answered,
       count(p.closed_at) AS closed, count(*) FILTER (WHERE {DONE} AND p.office_solved) AS office_solved,
       count(p.office_solved) FILTER (WHERE {DONE}) AS said, count(*) FILTER (WHERE {DONE} AND p.villager_solved) AS villager_solved,
       count(p.villager_solved) FILTER (WHERE {DONE}) AS judged, count(*) FILTER (WHERE EXISTS ({_WAS_LATE})) AS overdue,
       coalesce(sum(extract(epoch FROM {ANSWERED_AT} - p.raised_at)) FILTER (WHERE {DONE}) / 86400.0, 0)::numeric AS days,
       count(*) FILTER (WHERE p.source = 'web') AS web, count(*) FILTER (WHERE p.source = 'wechat') AS wechat,
       count(*) FILTER (WHERE p.source = 'hotline') AS hotline, count(*) FILTER (WHERE p.source = 'visit') AS visit
FROM petition p WHERE {SEEN} AND p.raised_at >= $8 AND p.raised_at < $9 GROUP BY 1 ORDER BY 1
"""  # noqa: S608 - constants
_REACH: Final = timedelta(days=200)


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A list's filters. ``state`` is a state, ``desk`` (open ones on one's own desk), ``open`` or empty."""

    state: str = ""
    kind: str = ""
    region: str = ""
    search: str = ""
    late: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class Seen:
    """One petition with its history. ``joined`` are those merged into it, ``main`` the one it was merged into."""

    row: Any
    events: Sequence[Any]
    joined: Sequence[Any]
    main: Any | None


def who(scope: Scope) -> tuple[Any, ...]:
    """Give the arguments $3 to $7 of ``SEEN``."""
    if scope.system:
        return (0, True, None, None, None)
    return (scope.level, sees_supervision(scope), scope.person, scope.office, scope.grid)


async def petition_row(scope: Scope, petition: UUID, *, lock: bool = False) -> Any:
    """Give one petition to whoever may see it. Raises ``NotFound`` for everybody else, also for the person it is about."""
    row = await fetch_one(scope, _LOCKED if lock else _ONE, *who(scope), petition)
    if row is None:
        raise NotFound
    return row


async def one_petition(scope: Scope, petition: UUID) -> Seen:
    """Give it with its history and what it is joined with."""
    row = await petition_row(scope, petition)
    events = await fetch(scope, _EVENTS, row["county"], petition)
    joined = await fetch(scope, _JOINED, *who(scope), petition)
    main = await fetch_one(scope, _ONE, *who(scope), row["merged_into"]) if row["merged_into"] else None
    return Seen(row, events, joined, main)


async def petitions_in(
    scope: Scope, narrowed: Narrowed, *, now: datetime, most: int = PAGE_SIZE
) -> tuple[list[Any], int]:
    """List them, open ones first by their deadline, and count all that match."""
    rows = await fetch(
        scope, _LIST, *who(scope), narrowed.state, narrowed.kind, narrowed.region, narrowed.search, narrowed.late, now,
        most, (narrowed.page - 1) * most,
    )  # fmt: skip
    return rows, rows[0]["total"] if rows else 0


async def counts_of(scope: Scope, *, now: datetime) -> Any:
    """Count what lies on this post's desk, what is late there, what is open and what waits for its raiser."""
    return await fetch_one(scope, _COUNTS, *who(scope), now)


async def raiser_row(scope: Scope, row: Any) -> Any | None:
    """Give the encrypted name and phone of a petition that ``petition_row`` has given."""
    return await fetch_one(scope, _RAISER, row["county"], row["id"])


async def is_about(scope: Scope, row: Any) -> bool:
    """Tell whether somebody is complained about in a matter, or in the one it is joined to: then an office's words shut out too."""
    (found,) = await fetch(scope, _MEANT, row["county"], row["id"], row["merged_into"])
    return is_about_somebody(row["kind"], row["about_name"], meant=bool(found["here"])) or bool(found["leading"])


async def joinable(scope: Scope, row: Any) -> list[Any]:
    """Give the matters that this one can be joined to."""
    return await fetch(
        scope, _LIKE, *who(scope), row["id"], row["desk"], row["kind"] == "supervision", row["county"]
    )


async def figures_in(scope: Scope, *, starts: datetime, ends: datetime) -> list[Any]:
    """Give the figures of what was raised in a time, a row for each place below (villages; in a county townships)."""
    return await fetch(scope, _FIGURES, *who(scope), starts, ends)


async def due_for(scope: Scope, rule: PetitionSettings, *, level: int, now: datetime) -> datetime:
    """Give when a level is due to have answered, on the county's calendar."""
    today: date = local(now).date()
    days = await own_days(scope, since=today, until=today + _REACH)
    return deadline(now, working_days=rule.days_at(level), own_days=days, hours=HOURS)


async def place_rule(scope: Scope, *, now: datetime) -> PetitionSettings:
    """Give the settings in force at the scope's own place."""
    return await settings_of(scope, PetitionSettings, at=now)

"""What was learned, as the comparison takes it and as people look at it.

The comparison asks for ``learned_version`` with each matter and for ``learned_examples`` only when it has changed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.api import ABOVE, NotFound, Scope, ancestors_of, fetch, fetch_as, fetch_one, where_on
from plugins.township_filter.learning.rules import LearnedExample
from plugins.township_filter.paging import PAGE_SIZE, Narrowed

READ: Final = "township_filter:learned:read"
CORRECT: Final = "township_filter:learned:correct"
UNDO: Final = "township_filter:learned:undo"
MOST_EXAMPLES: Final = 5_000
_SEEN: Final = f"((l.region >= $1 AND l.region < $2) OR l.region = ANY {ABOVE})"
_ON: Final = where_on("township_filter", "l")
# A matter is compared with what holds at its place: there and above, never beside it.
_HELD: Final = f"{_SEEN} AND l.region = ANY ($3) AND l.level = $4"
_EXAMPLES: Final = f"""
SELECT l.id, l.level, l.title, l.body, l.code, l.source, l.learned_at AS at FROM township_filter.learned l
WHERE {_HELD} AND l.learned_at <= $5 AND (l.undone_at IS NULL OR l.undone_at > $5)
ORDER BY l.learned_at DESC, l.id DESC LIMIT {MOST_EXAMPLES}
"""  # noqa: S608 - constants
_VERSION: Final = f"SELECT count(*) AS n, count(l.undone_at) AS undone, max(l.changed_at) AS at FROM township_filter.learned l WHERE {_HELD}"  # noqa: S608 - constants
_FIELDS: Final = """l.id, l.region, l.county, l.level, l.title, l.body, l.code, l.item_title, l.source, l.incoming_id, l.sender_name, l.reason,
 l.learned_at, l.by_name, l.by_office, l.undone_at, l.undone_by_name, l.undo_reason"""
# Empty arguments do not narrow: words, source, level, in force or undone.
_NARROW: Final = f"""FROM township_filter.learned l WHERE {_SEEN} AND {_ON}
 AND ($3 = '' OR strpos(l.title, $3) > 0 OR strpos(l.item_title, $3) > 0 OR l.code = $3 OR strpos(l.by_name, $3) > 0)
 AND ($4 = '' OR l.source = $4) AND ($5 = '' OR l.level = $5)
 AND CASE $6 WHEN 'undone' THEN l.undone_at IS NOT NULL WHEN 'all' THEN true ELSE l.undone_at IS NULL END"""
_LIST: Final = f"SELECT {_FIELDS} {_NARROW} ORDER BY l.learned_at DESC, l.id DESC LIMIT $7 OFFSET $8"
_COUNT: Final = f"SELECT count(*) AS found, count(*) FILTER (WHERE l.code <> '') AS listed {_NARROW}"
_ONE: Final = f"SELECT {_FIELDS} FROM township_filter.learned l WHERE {_SEEN} AND {_ON} AND l.id = $3"  # noqa: S608 - constants
_OF_MATTER: Final = f"""SELECT {_FIELDS} FROM township_filter.learned l
 WHERE {_SEEN} AND l.incoming_id = $3 AND l.undone_at IS NULL"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class LearnedFilter(Narrowed):
    """What a reader narrows the list to; empty texts narrow nothing but leave out what was undone."""

    text: str = ""
    source: str = ""
    level: str = ""
    show: str = ""


async def learned_examples(scope: Scope, *, level: str, at: datetime, region: str = "") -> list[LearnedExample]:
    """Give what was learned and holds in a region (the scope's own by default) at a time, the latest first."""
    return await fetch_as(scope, LearnedExample, _EXAMPLES, _chain(scope, region), level, at)


async def learned_version(scope: Scope, *, level: str, region: str = "") -> str:
    """Give a text that changes whenever ``learned_examples`` of this level and region would: one read of an index."""
    row = await fetch_one(scope, _VERSION, _chain(scope, region), level)
    return f"{row['n']}:{row['undone']}:{row['at'].isoformat()}" if row and row["n"] else ""


def _chain(scope: Scope, region: str) -> list[str]:
    place = region or scope.region
    return [*ancestors_of(place), place]


async def learned_list(scope: Scope, wanted: LearnedFilter) -> tuple[list[Any], int, int]:
    """Give one page of what was learned, the latest first; how many there are, and how many of them name an item."""
    filters = (wanted.text, wanted.source, wanted.level, wanted.show)
    rows = await fetch(scope, _LIST, *filters, PAGE_SIZE, wanted.offset)
    counts = await fetch_one(scope, _COUNT, *filters)
    return rows, counts["found"] if counts else 0, counts["listed"] if counts else 0


async def one_learned(scope: Scope, learned: UUID) -> Any:
    """Give one. Raises ``NotFound`` out of sight."""
    row = await fetch_one(scope, _ONE, learned)
    if row is None:
        raise NotFound
    return row


async def learned_of(scope: Scope, incoming: UUID) -> Any | None:
    """Give what was learned from a matter and holds, or None."""
    return await fetch_one(scope, _OF_MATTER, incoming)

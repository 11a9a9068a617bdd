"""Regions: by code, by name, below, above, and as they were on a day.

The table has no row policies (it is reference data of the whole country), so the first wall stands here: a scope sees its
own range and the path above it. ``nationwide`` is the one way around, for the platform's own people.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from core.kernel.database import fetch, fetch_as, fetch_one, platform_fetch
from core.kernel.errors import NotFound
from core.kernel.scope import LENGTHS, Scope, ancestors_of, is_code
from core.tenancy.enums import Level
from core.tenancy.rules import short_name

_FIELDS: Final = "r.code, r.parent, r.level, r.name, r.short_name, r.pseudo, r.opened, r.closed, r.successor"
_SEEN: Final = "((r.code >= $1 AND r.code < $2) OR r.code = ANY ($3))"
_BY_CODES: Final = f"SELECT {_FIELDS} FROM region r WHERE {_SEEN} AND r.code = ANY ($4) ORDER BY r.code"  # noqa: S608 - constants
_CHILDREN: Final = f"""
SELECT {_FIELDS} FROM region r WHERE r.code >= $1 AND r.code < $2 AND r.parent = $3 AND (r.closed IS NULL OR $4)
ORDER BY r.code
"""  # noqa: S608 - constants
_BELOW: Final = f"""
SELECT {_FIELDS} FROM region r
WHERE r.code >= $1 AND r.code < $2 AND r.code >= $3 AND r.code < $4 AND r.level = $5 AND r.closed IS NULL AND NOT r.pseudo
ORDER BY r.code
"""  # noqa: S608 - constants
# Two characters are too few for trigrams, so wide ranges are searched by the beginning of the name (two btree indexes)
# and narrow ones, a city at most, by any part of it.
_PREFIX: Final = "((r.name >= $3 AND r.name < $4) OR (r.short_name >= $5 AND r.short_name < $6))"
_PART: Final = "(strpos(r.name, $3) > 0 OR strpos(r.short_name, $5) > 0) AND $4 > '' AND $6 > ''"
_CODE: Final = "r.code >= $3 AND r.code < $4 AND $5 > '' AND $6 > ''"
# A plan made for any values would think the whole country as narrow as a name, and scan it: no range where there is none.
_IN_RANGE: Final = "r.code >= $1 AND r.code < $2"
_ANYWHERE: Final = "$1::text < $2::text"
# One character, or a province's code, fits tens of thousands of villages: nationwide it asks for townships and above,
# which have small indexes of their own.
_BIG: Final = "r.level <= 4 AND r.name >= $3 AND r.name < $4 AND $5 > '' AND $6 > ''"
_BIG_CODE: Final = f"r.level <= 4 AND {_CODE}"
_SHORT_CODE: Final = 6
_ORDER: Final = "(r.name = $3 OR r.short_name = $5) DESC, starts_with(r.name, $3) DESC, r.level, r.code"
# The path is looked up for the hits that are shown, not for all.
_FOUND: Final = f"""
WITH hit AS MATERIALIZED (
  SELECT {_FIELDS} FROM region r
  WHERE {{where}} AND {{hits}}
    AND (r.closed IS NULL OR $7) AND ($8::smallint[] IS NULL OR r.level = ANY ($8))
  ORDER BY {_ORDER} LIMIT $9)
SELECT {_FIELDS},
       (SELECT string_agg(a.short_name, ' / ' ORDER BY a.level) FROM region a
         WHERE a.code = ANY (ARRAY[left(r.code, 2), left(r.code, 4), left(r.code, 6), left(r.code, 9)])
           AND a.code <> r.code AND NOT a.pseudo) AS place
FROM hit r ORDER BY {_ORDER}
"""  # noqa: S608 - constants
_AS_OF: Final = """
SELECT v.name, v.short_name, v.parent, v.valid_from, v.valid_to FROM region_version v
WHERE v.code = $3 AND v.valid_from <= $4 AND (v.valid_to IS NULL OR v.valid_to > $4) AND $1 < $2
UNION ALL
SELECT r.name, r.short_name, r.parent, r.opened, r.closed FROM region r
WHERE r.code = $3 AND r.opened <= $4 AND NOT EXISTS (SELECT FROM region_version v WHERE v.code = r.code)
"""
_VERSIONS: Final = """
SELECT v.name, v.short_name, v.parent, v.valid_from, v.valid_to FROM region_version v WHERE v.code = $3 AND $1 < $2
UNION ALL
SELECT r.name, r.short_name, r.parent, r.opened, r.closed FROM region r
WHERE r.code = $3 AND NOT EXISTS (SELECT FROM region_version v WHERE v.code = r.code)
ORDER BY valid_from
"""
_CHANGES: Final = """
SELECT c.id, c.codes, c.kind, c.on_date, c.document_number, c.from_codes, c.to_codes, c.note, c.by_name, c.made_at, c.moved_at
FROM region_change c
WHERE EXISTS (SELECT FROM unnest(c.codes) x WHERE x >= $3 AND x < $4 AND x >= $1 AND x < $2)
ORDER BY c.on_date DESC, c.id DESC LIMIT 200
"""
# The way of a code that is no more, through mergers and recodes, as far as it leads into the scope.
_NOW: Final = """
WITH RECURSIVE way (was, code, n) AS (
  SELECT r.code, r.successor, 1 FROM region r WHERE r.code = ANY ($3) AND r.closed IS NOT NULL AND r.successor IS NOT NULL
  UNION ALL
  SELECT w.was, r.successor, w.n + 1 FROM way w JOIN region r ON r.code = w.code
   WHERE w.n < 9 AND r.closed IS NOT NULL AND r.successor IS NOT NULL)
SELECT DISTINCT ON (w.was) w.was, w.code FROM way w WHERE w.code >= $1 AND w.code < $2 ORDER BY w.was, w.n DESC
"""
_LAST: Final = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Region:
    """One region as it is today. ``opened`` is the day since which we know it."""

    code: str
    parent: str | None
    level: int
    name: str
    short_name: str
    pseudo: bool
    opened: date
    closed: date | None
    successor: str | None


@dataclass(frozen=True, slots=True)
class Found(Region):
    """A hit of a search; ``place`` are the names above it."""

    place: str | None


@dataclass(frozen=True, slots=True)
class RegionState:
    """What a region was from ``valid_from`` until the day before ``valid_to``."""

    name: str
    short_name: str
    parent: str | None
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Change:
    """A document that changed regions; ``moved_at`` is None while the rows are on their way."""

    id: UUID
    codes: Sequence[str]
    kind: str
    on_date: date
    document_number: str
    from_codes: Sequence[str]
    to_codes: Sequence[str]
    note: str
    by_name: str
    made_at: datetime
    moved_at: datetime | None


async def region_of(scope: Scope, code: str) -> Region:
    """Give one region of the scope's range or above it. Raises ``NotFound`` for any other, known or not."""
    found = await regions_by_code(scope, [code])
    if not found:
        raise NotFound
    return found[0]


async def region_now(scope: Scope, code: str) -> Region:
    """Give a region of the scope's own range, also by a code from before it was recoded: old links and drafts have such.

    A code of the own range gives itself, even if it is no more. Raises ``NotFound`` for any other, known or not.
    """
    if scope.covers(code):
        return await region_of(scope, code)
    now = (await codes_now(scope, [code])).get(code)
    if now is None:
        raise NotFound
    return await region_of(scope, now)


async def codes_now(scope: Scope, codes: Iterable[str]) -> dict[str, str]:
    """Give the codes of today for those that are no more and went on inside the scope; others are left out."""
    return {row["was"]: row["code"] for row in await fetch(scope, _NOW, list(codes))}


async def regions_by_code(scope: Scope, codes: Iterable[str]) -> list[Region]:
    """Give those of the codes that the scope sees, in the order of their codes."""
    return await fetch_as(scope, Region, _BY_CODES, list(scope.above), list(codes))


async def names_of(scope: Scope, codes: Iterable[str]) -> dict[str, str]:
    """Give short names by code."""
    return {region.code: region.short_name for region in await regions_by_code(scope, codes)}


async def path_of(scope: Scope, code: str) -> list[Region]:
    """Give the regions from the province down to this one, without those that only fill a place in the tree."""
    found = await regions_by_code(scope, [*ancestors_of(code), code])
    return [region for region in found if not region.pseudo or region.code == code]


async def children_of(scope: Scope, code: str, *, closed: bool = False) -> list[Region]:
    """Give the regions one level below; with ``closed`` also those that are no more."""
    return await fetch_as(scope, Region, _CHILDREN, code, closed)


async def below(scope: Scope, code: str, level: Level) -> list[Region]:
    """Give the open regions of a level below a region: all villages of a county, say."""
    return await fetch_as(scope, Region, _BELOW, code, f"{code}:", int(level))


async def townships_of(scope: Scope, county: str) -> list[Region]:
    return await below(scope, county, Level.TOWNSHIP)


async def villages_of(scope: Scope, code: str) -> list[Region]:
    """Give the villages of a township or of a whole county."""
    return await below(scope, code, Level.VILLAGE)


async def search_regions(
    scope: Scope, text: str, *, levels: Sequence[Level] | None = None, closed: bool = False, limit: int = 20
) -> list[Found]:
    """Find regions in the scope by full or short name or by the beginning of a code; the exact name comes first."""
    sql, arguments = _search(text, where=_IN_RANGE, narrow=scope.level >= Level.CITY)
    if not arguments:
        return []
    wanted = [int(level) for level in levels] if levels else None
    return await fetch_as(scope, Found, sql, *arguments, closed, wanted, limit)


async def search_nationwide(
    text: str, *, levels: Sequence[Level] | None = None, limit: int = 20
) -> list[Found]:
    """Find regions of the whole country, for the platform's own people who open counties."""
    sql, arguments = _search(text, where=_ANYWHERE, narrow=False)
    if not arguments:
        return []
    wanted = [int(level) for level in levels] if levels else None
    rows = await platform_fetch(sql, "", ":", *arguments, False, wanted, limit)
    return [Found(**row) for row in rows]


def _search(text: str, *, where: str, narrow: bool) -> tuple[str, list[Any]]:
    """Give the statement and its arguments $3 to $6; no arguments for a text that says nothing."""
    words = "".join(text.split())
    if not words:
        return "", []
    wide = where == _ANYWHERE
    if words.isascii() and words.isdigit():
        hits = _BIG_CODE if wide and len(words) < _SHORT_CODE else _CODE
        return _FOUND.format(where=where, hits=hits), [words, f"{words}:", words, _LAST]
    short = short_name(words, Level.VILLAGE)
    hits = _BIG if wide and len(words) == 1 else _PART if narrow else _PREFIX
    return _FOUND.format(where=where, hits=hits), [words, words + _LAST, short, short + _LAST]


async def region_as_of(scope: Scope, code: str, on: date) -> RegionState | None:
    """Give a region as it was on a day; None before we knew it and from the day it was closed."""
    if not _sees(scope, code):
        raise NotFound
    row = await fetch_one(scope, _AS_OF, code, on)
    if row is None or (row["valid_to"] is not None and row["valid_to"] <= on):
        return None
    return RegionState(**row)


async def states_of(scope: Scope, code: str) -> list[RegionState]:
    """Give all that a region ever was, the oldest first."""
    if not _sees(scope, code):
        raise NotFound
    return await fetch_as(scope, RegionState, _VERSIONS, code)


async def changes_of(scope: Scope, code: str) -> list[Change]:
    """Give the documents that touched a region or anything below it, the newest first."""
    return [Change(**row) for row in await fetch(scope, _CHANGES, code, f"{code}:")]


def _sees(scope: Scope, code: str) -> bool:
    return is_code(code) and len(code) in LENGTHS and (scope.covers(code) or code in scope.above)

"""Reading notes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.api import Look, Scope, SealedRow, Window, fetch, fetch_as, fetch_one, fetch_value, place_of

READ: Final = "sample:note:read"
WRITE: Final = "sample:note:write"
_LIST: Final = """
SELECT n.id, n.text, n.at, n.by_name FROM sample.note n
WHERE n.region >= $1 AND n.region < $2 ORDER BY n.at DESC, n.id DESC LIMIT 50
"""
_BETWEEN: Final = """
SELECT n.id, n.text, n.at, n.by_name FROM sample.note n
WHERE n.region >= $1 AND n.region < $2 AND n.region = $3 AND n.at >= $4 AND n.at < $5 ORDER BY n.at, n.id LIMIT 500
"""
_SHORT: Final = """
SELECT n.id, n.region, n.text, n.at FROM sample.note n
WHERE n.region >= $1 AND n.region < $2 AND n.region >= $3 AND n.region < $4 AND n.at >= $5 AND n.at < $6 AND length(n.text) < $7
"""
_UNSEALED: Final = """
SELECT n.id, n.at, n.region FROM sample.note n
WHERE n.region >= $1 AND n.region < $2 AND n.county = $3 AND ($4::timestamptz IS NULL OR n.at >= $4) AND n.at < $5
  AND NOT EXISTS (SELECT FROM audit_seal s WHERE s.county = n.county AND s.id = n.id AND s.region >= $1 AND s.region < $2)
ORDER BY n.at, n.id LIMIT $6
"""
_STORED: Final = """
SELECT n.id, n.at, n.region FROM sample.note n
WHERE n.region >= $1 AND n.region < $2 AND n.county = $3 AND n.id = ANY ($4)
"""
_ONE: Final = "SELECT n.region, n.text FROM sample.note n WHERE n.region >= $1 AND n.region < $2 AND n.id = $3"
_COUNT: Final = "SELECT count(*) FROM sample.note n WHERE n.region >= $1 AND n.region < $2"
_OF_PERSON: Final = """
SELECT n.text, n.at FROM sample.note n WHERE n.region >= $1 AND n.region < $2 AND n.person = $3 ORDER BY n.at
"""


@dataclass(frozen=True, slots=True)
class NoteRow:
    """One note."""

    id: UUID
    text: str
    at: datetime
    by_name: str


async def notes_in(scope: Scope) -> list[NoteRow]:
    """Give the latest notes of the range."""
    return await fetch_as(scope, NoteRow, _LIST)


async def notes_between(scope: Scope, *, region: str, starts: datetime, ends: datetime) -> list[NoteRow]:
    """Give the notes of one place between two times."""
    return await fetch_as(scope, NoteRow, _BETWEEN, region, starts, ends)


async def short_notes(scope: Scope, look: Look, *, shorter_than: int) -> Sequence[Mapping[str, Any]]:
    """Give the notes of the whole range that is looked at."""
    return await fetch(scope, _SHORT, look.region, look.region_end, look.starts, look.ends, shorter_than)


async def count_notes(scope: Scope) -> int:
    """Count the notes of the range."""
    counted: int = await fetch_value(scope, _COUNT)
    return counted


async def village_of(scope: Scope, note: UUID) -> Any | None:
    """Give whose village a note is of, and its words."""
    return await fetch_one(scope, _ONE, note)


async def notes_of(scope: Scope, person: UUID) -> Sequence[Mapping[str, Any]]:
    """Give what a person noted, for the person."""
    return [dict(row) for row in await fetch(scope, _OF_PERSON, person)]


async def unsealed_notes(scope: Scope, window: Window, limit: int) -> list[SealedRow]:
    """Give notes that stand in no block yet."""
    rows = await fetch(scope, _UNSEALED, scope.county, window.since, window.until, limit)
    return [sealed_note(row) for row in rows]


async def stored_notes(scope: Scope, ids: Sequence[UUID]) -> list[SealedRow]:
    """Give those of the notes that still exist."""
    return [sealed_note(row) for row in await fetch(scope, _STORED, scope.county, list(ids))]


def sealed_note(row: Mapping[str, Any]) -> SealedRow:
    """Seal where and when somebody was. The text may be erased one day, so it is not part of it."""
    level, place = place_of(row["region"])
    content = f"{row['id']} {row['at'].isoformat()} {level} {place}"
    return SealedRow(row["id"], row["at"], row["region"], content.encode())

"""Reading notes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.api import Scope, fetch, fetch_as, fetch_value

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


async def count_notes(scope: Scope) -> int:
    """Count the notes of the range."""
    counted: int = await fetch_value(scope, _COUNT)
    return counted


async def notes_of(scope: Scope, person: UUID) -> Sequence[Mapping[str, Any]]:
    """Give what a person noted, for the person."""
    return [dict(row) for row in await fetch(scope, _OF_PERSON, person)]

"""Audit lines as the chain seals them: their canonical bytes, and which of them are not sealed yet.

The bytes are JSON with these keys in this order, without spaces, strings escaped as RFC 8785 says, times in UTC with
microseconds; ``level`` and ``place`` are ``place_of`` the region, ``data`` is PostgreSQL's own text of the jsonb value, which
keeps every digit. PostgreSQL writes them itself: a row crosses as five values instead of twelve.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from core.contracts.sealing import Sealed, SealedRow, Window
from core.kernel.database import fetch
from core.kernel.errors import mark
from core.kernel.ids import first_id_of
from core.kernel.scope import Scope


def _text(column: str) -> str:
    return f"to_json(l.{column})::text"


def _id(column: str) -> str:
    return f"""coalesce('"' || l.{column} || '"', 'null')"""


_PARTS: Final = {
    "county": _text("county"),
    "id": _id("id"),
    "at": """'"' || to_char(l.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '"'""",
    "level": "CASE length(l.region) WHEN 2 THEN 1 WHEN 4 THEN 2 WHEN 6 THEN 3 WHEN 9 THEN 4 WHEN 12 THEN 5 END",
    "place": """'"' || substr(l.region, 7) || '"'""",
    "action": _text("action"),
    "subject_kind": _text("subject_kind"),
    "subject_id": _id("subject_id"),
    "person": _id("person"),
    "membership": _id("membership"),
    "by_name": _text("by_name"),
    "by_office": _text("by_office"),
    "data": "l.data::text",
}
_CONTENT: Final = " || ',' || ".join(f"""'"{name}":' || ({sql})""" for name, sql in _PARTS.items())
_FIELDS: Final = (
    f"l.id, l.at, l.region, convert_to('{{' || {_CONTENT} || '}}', 'UTF8') AS content, l.action || ' ' || l.by_name AS words"
)
# By the primary key, whose ids are made in the order of time; two indexes are merged, no table is scanned.
_UNSEALED: Final = f"""
SELECT {_FIELDS} FROM audit_line l
WHERE l.region >= $1 AND l.region < $2 AND l.county = $3 AND l.id >= $4 AND l.id < $5 AND l.at < $6
  AND NOT EXISTS (SELECT FROM audit_seal s WHERE s.county = l.county AND s.id = l.id AND s.region >= $1 AND s.region < $2)
ORDER BY l.id LIMIT $7
"""  # noqa: S608 - constants
_STORED: Final = f"""
SELECT {_FIELDS} FROM audit_line l WHERE l.region >= $1 AND l.region < $2 AND l.county = $3 AND l.id = ANY ($4)
"""  # noqa: S608 - constants
_FIRST: Final = UUID(int=0)
_LAST: Final = UUID(int=2**128 - 1)
NAME: Final = "line"


async def unsealed(scope: Scope, window: Window, limit: int) -> list[SealedRow]:
    """Give lines that stand in no block yet."""
    # Without a beginning it looks at all ids, also at such as no clock of ours made.
    ids = (first_id_of(window.since), first_id_of(window.until)) if window.since else (_FIRST, _LAST)
    return [SealedRow(*row) for row in await fetch(scope, _UNSEALED, scope.county, *ids, window.until, limit)]


async def stored(scope: Scope, ids: Sequence[UUID]) -> list[SealedRow]:
    """Give those of the lines that still exist."""
    return [SealedRow(*row) for row in await fetch(scope, _STORED, scope.county, list(ids))]


LINES: Final = Sealed(NAME, mark("留痕记录"), unsealed, stored)

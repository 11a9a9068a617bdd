"""Audit lines as the chain seals them: their canonical bytes, and which of them are not sealed yet."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from core.contracts.sealing import Sealed, SealedRow, Window, place_of
from core.kernel.chain import moment_text
from core.kernel.database import Row, fetch
from core.kernel.errors import mark
from core.kernel.ids import first_id_of
from core.kernel.scope import Scope

_FIELDS: Final = (
    "l.id, l.county, l.region, l.at, l.action, l.subject_kind, l.subject_id, l.person, l.membership, l.by_name, l.by_office, "
    "l.data::text AS data"
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
_ENCODE: Final = msgspec.json.Encoder().encode
_FIRST: Final = UUID(int=0)
_LAST: Final = UUID(int=2**128 - 1)
NAME: Final = "line"


def content_of(row: Row) -> bytes:
    """Give the canonical bytes: JSON with these keys in this order, no spaces, strings as RFC 8785 writes them.

    ``data`` is PostgreSQL's own text of the jsonb value, which keeps every digit.
    """
    level, place = place_of(row["region"])
    fields: dict[str, Any] = {
        "county": row["county"], "id": row["id"], "at": moment_text(row["at"]), "level": level, "place": place,
        "action": row["action"], "subject_kind": row["subject_kind"], "subject_id": row["subject_id"], "person": row["person"],
        "membership": row["membership"], "by_name": row["by_name"], "by_office": row["by_office"],
        "data": msgspec.Raw(row["data"].encode()),
    }  # fmt: skip
    return _ENCODE(fields)


def _row(row: Row) -> SealedRow:
    return SealedRow(row["id"], row["at"], row["region"], content_of(row), f"{row['action']} {row['by_name']}")


async def unsealed(scope: Scope, window: Window, limit: int) -> list[SealedRow]:
    """Give lines that stand in no block yet."""
    # Without a beginning it looks at all ids, also at such as no clock of ours made.
    ids = (first_id_of(window.since), first_id_of(window.until)) if window.since else (_FIRST, _LAST)
    rows = await fetch(scope, _UNSEALED, scope.county, *ids, window.until, limit)
    return [_row(row) for row in rows]


async def stored(scope: Scope, ids: Sequence[UUID]) -> list[SealedRow]:
    """Give those of the lines that still exist."""
    return [_row(row) for row in await fetch(scope, _STORED, scope.county, list(ids))]


LINES: Final = Sealed(NAME, mark("留痕记录"), unsealed, stored)

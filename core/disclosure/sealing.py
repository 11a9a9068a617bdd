"""Publications as the audit chain seals them: the very bytes that were hashed at the release, and that readers may fetch.

Nothing in them is ever updated; ``place`` is the code of the day of the release and stays when the rows follow a merger.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from core.contracts.sealing import Sealed, SealedRow, Window
from core.disclosure.rules import canonical, document_of
from core.kernel.database import fetch
from core.kernel.errors import mark
from core.kernel.ids import first_id_of
from core.kernel.scope import Scope

NAME: Final = "publication"
_FIELDS: Final = """p.id, p.county, p.region, p.place, p.place_name, p.section, p.period, p.subject_id, p.title, p.content,
  p.notice_until, p.released_name, p.released_office, p.released_at, p.corrects"""
_UNSEALED: Final = f"""
SELECT {_FIELDS} FROM publication p
WHERE p.region >= $1 AND p.region < $2 AND p.county = $3 AND p.id >= $4 AND p.id < $5 AND p.released_at < $6
  AND NOT EXISTS (SELECT FROM audit_seal s WHERE s.county = p.county AND s.id = p.id AND s.region >= $1 AND s.region < $2)
ORDER BY p.id LIMIT $7
"""  # noqa: S608 - constants
_STORED: Final = f"""
SELECT {_FIELDS} FROM publication p WHERE p.region >= $1 AND p.region < $2 AND p.county = $3 AND p.id = ANY ($4)
"""  # noqa: S608 - constants
_FIRST: Final = UUID(int=0)
_LAST: Final = UUID(int=2**128 - 1)


def _row(row: Any) -> SealedRow:
    words = f"{row['title']} {row['place_name']}"
    return SealedRow(row["id"], row["released_at"], row["region"], canonical(document_of(row)), words)


async def unsealed(scope: Scope, window: Window, limit: int) -> list[SealedRow]:
    """Give publications that stand in no block yet."""
    ids = (first_id_of(window.since), first_id_of(window.until)) if window.since else (_FIRST, _LAST)
    rows = await fetch(scope, _UNSEALED, scope.county, *ids, window.until, limit)
    return [_row(row) for row in rows]


async def stored(scope: Scope, ids: Sequence[UUID]) -> list[SealedRow]:
    """Give those of the publications that still exist."""
    return [_row(row) for row in await fetch(scope, _STORED, scope.county, list(ids))]


PUBLICATIONS: Final = Sealed(NAME, mark("公开内容"), unsealed, stored)

"""Reading a notice, and writing one. A notice has a key, so that what is worked off twice is told once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.kernel.database import execute, fetch_one
from core.kernel.errors import NotFound
from core.kernel.scope import Scope

_READ: Final = """
UPDATE notice SET read_at = coalesce(read_at, $5)
WHERE region >= $1 AND region < $2 AND membership_id = $3 AND id = $4 RETURNING link
"""
_READ_ALL: Final = """
UPDATE notice SET read_at = $4 WHERE region >= $1 AND region < $2 AND membership_id = $3 AND read_at IS NULL
"""
_TELL: Final = """
INSERT INTO notice (county, id, region, membership_id, kind, data, link, key, created_at)
SELECT m.county, gen_random_uuid(), m.region, m.id, $4, $5, $6, $7, $8 FROM membership m
WHERE m.region >= $1 AND m.region < $2 AND m.id = ANY($3::uuid[]) AND m.valid_from <= $8 AND (m.valid_to IS NULL OR m.valid_to > $8)
ON CONFLICT (county, membership_id, key) DO NOTHING
"""


async def tell(
    scope: Scope,
    *,
    memberships: Sequence[UUID],
    kind: str,
    key: str,
    data: Mapping[str, Any],
    link: str,
    now: datetime,
) -> int:
    """Tell posts inside the scope something, once a key. Posts that ended are left out. Gives how many were told."""
    return await execute(scope, _TELL, list(memberships), kind, dict(data), link, key, now)


async def read_notice(scope: Scope, *, notice: UUID, now: datetime) -> str:
    """Mark one's own notice as read and give where it leads. ``NotFound`` for another post's."""
    row = await fetch_one(scope, _READ, scope.membership, notice, now)
    if row is None:
        raise NotFound
    link: str = row["link"]
    return link


async def read_all_notices(scope: Scope, *, now: datetime) -> int:
    return await execute(scope, _READ_ALL, scope.membership, now)

"""Saving a list's filters under a name, for one's own post."""

from datetime import datetime
from typing import Final
from uuid import UUID

from core.kernel.database import execute
from core.kernel.errors import Invalid, NotFound, mark
from core.kernel.ids import new_id
from core.kernel.scope import Scope

_SAVE: Final = """
INSERT INTO saved_view (county, id, region, membership_id, page, name, query, created_at)
SELECT $3, $4, $1, $5, $6, $7, $8, $9 WHERE $1 < $2
ON CONFLICT (county, membership_id, page, name) DO UPDATE SET query = excluded.query
"""
_DROP: Final = "DELETE FROM saved_view WHERE region >= $1 AND region < $2 AND membership_id = $3 AND id = $4"
_LONGEST: Final = 500


async def save_view(scope: Scope, *, page: str, name: str, query: str, now: datetime) -> None:
    """Save or replace a view of this post."""
    scope.require("core:view:save")
    if not name.strip() or len(name) > 30:  # noqa: PLR2004 - fits on a chip
        raise Invalid(fields={"name": mark("请写一个名称，最多 30 个字。")})
    if len(query) > _LONGEST:
        raise Invalid
    await execute(scope, _SAVE, scope.county, new_id(), scope.membership, page, name.strip(), query, now)


async def drop_view(scope: Scope, *, view: UUID) -> None:
    """Delete one's own view."""
    scope.require("core:view:save")
    if not await execute(scope, _DROP, scope.membership, view):
        raise NotFound

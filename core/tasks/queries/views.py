"""Saved views: a list's filters under a name, of one post."""

from typing import Any, Final

from core.kernel.database import fetch
from core.kernel.scope import Scope

_LIST: Final = """
SELECT v.id, v.name, v.query FROM saved_view v
WHERE v.region >= $1 AND v.region < $2 AND v.membership_id = $3 AND v.page = $4 ORDER BY v.name
"""


async def views_of(scope: Scope, *, page: str) -> list[Any]:
    """Give this post's saved views of one page."""
    return await fetch(scope, _LIST, scope.membership, page)

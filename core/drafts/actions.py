"""Keeping what somebody writes, on the server: webviews lose what a page holds."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from core.kernel.database import execute
from core.kernel.ids import new_id
from core.kernel.scope import Scope

_SAVE: Final = """
INSERT INTO draft (county, id, region, membership_id, form, subject, data, saved_at)
SELECT $3, $4, $1, $5, $6, $7, $8, $9 WHERE $1 < $2
ON CONFLICT (county, membership_id, form, subject) DO UPDATE SET data = excluded.data, saved_at = excluded.saved_at
"""
_DROP: Final = """
DELETE FROM draft
WHERE region >= $1 AND region < $2 AND county = $3 AND membership_id = $4 AND form = $5 AND subject = $6
"""


async def save_draft(
    scope: Scope, *, form: str, data: Mapping[str, Any], now: datetime, subject: str = ""
) -> None:
    """Keep what stands in a form now; the last one wins."""
    await execute(scope, _SAVE, scope.county, new_id(), scope.membership, form, subject, dict(data), now)


async def drop_draft(scope: Scope, *, form: str, subject: str = "") -> None:
    """Forget a draft, because what it was for has been sent."""
    await execute(scope, _DROP, scope.county, scope.membership, form, subject)

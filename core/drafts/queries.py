"""Drafts as their own post sees them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from core.kernel.database import fetch_one
from core.kernel.scope import Scope

_ONE: Final = """
SELECT d.data, d.saved_at FROM draft d
WHERE d.region >= $1 AND d.region < $2 AND d.county = $3 AND d.membership_id = $4 AND d.form = $5 AND d.subject = $6
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody had written when they last stopped."""

    data: Mapping[str, Any]
    saved_at: datetime


async def draft_for(scope: Scope, *, form: str, subject: str = "") -> Draft | None:
    """Give this post's draft of a form, or None."""
    row = await fetch_one(scope, _ONE, scope.county, scope.membership, form, subject)
    return Draft(row["data"], row["saved_at"]) if row else None

"""Drafts as their writers find them again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.kernel.database import fetch_one
from core.kernel.scope import Scope

_DRAFT: Final = """
SELECT d.data AS values, d.saved_at FROM draft d
 WHERE d.region >= $1 AND d.region < $2 AND d.county = $3 AND d.membership_id = $4 AND d.form = $5 AND d.subject = $6
"""


@dataclass(frozen=True, slots=True)
class DraftSeen:
    """A form as it was left. ``values`` has every value of a field, ``data`` its first."""

    values: Mapping[str, Sequence[str]]
    saved_at: datetime

    @property
    def data(self) -> Mapping[str, str]:
        return {name: values[0] for name, values in self.values.items() if values}


async def draft_for(scope: Scope, *, form: str, subject: str = "") -> DraftSeen | None:
    """Give this post's draft of a form, or None."""
    if scope.membership is None:
        return None
    row = await fetch_one(scope, _DRAFT, scope.county, scope.membership, form, subject)
    return DraftSeen(**row) if row is not None else None

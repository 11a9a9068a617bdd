"""The audit trail (存证留痕): who did what and when, written with the deed itself and never changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from core.kernel.database import execute
from core.kernel.ids import new_id
from core.kernel.scope import Scope

_INSERT = """
INSERT INTO audit_line (county, id, region, at, action, subject_kind, subject_id, person, membership, by_name, by_office, data)
SELECT $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14 WHERE $5 >= $1 AND $5 < $2
"""


async def audit(
    scope: Scope,
    action: str,
    *,
    kind: str,
    subject: UUID | None,
    now: datetime,
    region: str | None = None,
    county: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Write one line in the open transaction. ``data`` must hold no personal number and no secret.

    ``region`` is where the deed took effect (default: the person's own); it must lie in the scope, else the line would be
    lost silently: then this raises.
    """
    written = await execute(
        scope,
        _INSERT,
        county or scope.county,
        new_id(),
        region or scope.region,
        now,
        action,
        kind,
        subject,
        scope.person,
        scope.membership,
        scope.by_name,
        scope.by_office,
        dict(data or {}),
    )
    if written != 1:
        raise RuntimeError("an audit line must lie inside the scope of the one who acts")

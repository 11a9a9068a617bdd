"""What each deed on a use of a seal leaves behind: a line of its history, an audit line, an announcement."""

from datetime import datetime
from typing import Any, Final

from core.kernel.audit import audit
from core.kernel.database import execute
from core.kernel.ids import new_id
from core.kernel.outbox import announce
from core.kernel.scope import Scope

# Announced at the village. Payload: ``use`` (id), ``state``.
MOVED: Final = "seal.moved"
_EVENT: Final = """
INSERT INTO seal_event (county, id, region, use_id, at, kind, text, membership, by_name, by_office, data)
SELECT $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 WHERE $5 >= $1 AND $5 < $2
"""


async def remember(scope: Scope, row: Any, kind: str, now: datetime, *, text: str = "") -> None:
    """Add a line to the history of a use."""
    await execute(
        scope, _EVENT, row["county"], new_id(), row["region"], row["id"], now, str(kind), text, scope.membership, scope.by_name,
        scope.by_office, {},
    )  # fmt: skip


async def tell(scope: Scope, row: Any, action: str, now: datetime) -> None:
    """Write the audit line of a deed and announce where the use stands."""
    place = {"region": row["region"], "county": row["county"]}
    data = {"number": row["number"], "seal": row["seal_title"], "purpose": row["purpose"]}
    await audit(scope, action, kind="seal_use", subject=row["id"], now=now, data=data, **place)
    await announce(scope, MOVED, {"use": str(row["id"]), "state": row["state"]}, now=now, **place)

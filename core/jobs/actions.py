"""What a person may do about background work that was given up."""

from datetime import datetime
from typing import Final
from uuid import UUID

from core.kernel.audit import audit
from core.kernel.database import fetch_one
from core.kernel.errors import NotFound
from core.kernel.scope import Scope

_RETRY: Final = "SELECT * FROM retry_parked_event($3, $4) WHERE $1 < $2"


async def retry_event(scope: Scope, *, event_id: UUID, now: datetime) -> None:
    """Have a parked announcement tried again, with all its tries. Raises NotFound outside of the scope."""
    scope.require("core:job:retry")
    row = await fetch_one(scope, _RETRY, event_id, now)
    if row is None:
        raise NotFound
    data = {"topic": row["topic"]}
    await audit(
        scope, "event.retried", kind="event", subject=event_id, now=now, region=row["region"], county=row["county"],
        data=data,
    )  # fmt: skip

"""What each deed on a use of a seal leaves behind: a line of its history, an audit line, an announcement."""

from datetime import datetime
from typing import Any, Final

from core.kernel.audit import audit
from core.kernel.history import history_line, write_history
from core.kernel.outbox import announce
from core.kernel.scope import Scope

# Announced at the village. Payload: ``use`` (id), ``state``.
MOVED: Final = "seal.moved"
_EVENT: Final = history_line("seal_event", "use_id")


async def remember(scope: Scope, row: Any, kind: str, now: datetime, *, text: str = "") -> None:
    """Add a line to the history of a use."""
    await write_history(scope, _EVENT, row, kind, now=now, text=text)


async def tell(scope: Scope, row: Any, action: str, now: datetime) -> None:
    """Write the audit line of a deed and announce where the use stands."""
    place = {"region": row["region"], "county": row["county"]}
    data = {"number": row["number"], "seal": row["seal_title"], "purpose": row["purpose"]}
    await audit(scope, action, kind="seal_use", subject=row["id"], now=now, data=data, **place)
    await announce(scope, MOVED, {"use": str(row["id"]), "state": row["state"]}, now=now, **place)

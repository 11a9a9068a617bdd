"""Taking the register out as a sheet: it leaves the system with names in it, so that it was taken is written down."""

from datetime import datetime
from typing import Any

from core.kernel.audit import audit
from core.kernel.scope import Scope
from core.seals.queries import MOST_ROWS, Narrowed, uses_in
from core.seals.workflows import READ


async def export_uses(scope: Scope, narrowed: Narrowed, *, now: datetime) -> list[Any]:
    """Give the uses that the filters leave, and write down who took how many of which."""
    scope.require(READ)
    rows, _ = await uses_in(scope, narrowed, now=now, size=MOST_ROWS)
    told = {"rows": len(rows), "show": narrowed.show, "purpose": narrowed.purpose, "month": narrowed.month}
    await audit(scope, "seal.exported", kind="seal_use", subject=None, now=now, region=narrowed.region or None, data=told)
    return rows

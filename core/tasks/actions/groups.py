"""Matters merged under a leading one: how their rows are held while they change together, and how they part again.

Whoever changes several of them locks the matters that lead first, in one order; those that were merged change only under
the lock of their leading one. So two who merge crosswise, or merge and dispatch at once, wait for each other and never both.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.kernel.audit import audit
from core.kernel.database import fetch
from core.kernel.outbox import announce
from core.kernel.scope import Scope
from core.tasks.workflows import INCOMING

OPEN: Final = tuple(INCOMING.sources_of("merge"))
_LOCK: Final = """
SELECT i.id, i.title, i.state, i.level FROM incoming_task i
WHERE i.region >= $1 AND i.region < $2 AND i.id = ANY ($3::uuid[]) AND i.state = ANY ($4::text[]) ORDER BY i.id FOR UPDATE
"""
_PART: Final = """
UPDATE incoming_task SET state = merged_from_state, merged_into = NULL, merged_from_state = '', merged_reason = '',
       merged_by_name = '', merged_at = NULL
WHERE region >= $1 AND region < $2 AND county = $3 AND merged_into = $4 AND state = 'merged'
  AND ($5::uuid[] IS NULL OR id = ANY ($5::uuid[])) RETURNING *
"""


async def lock_open(scope: Scope, matters: Iterable[UUID]) -> dict[UUID, Any]:
    """Hold matters that are passed or held until the transaction ends. Gives those that are still open."""
    return {row["id"]: row for row in await fetch(scope, _LOCK, sorted(set(matters)), list(OPEN))}


async def part_from(
    scope: Scope, leading: Any, *, now: datetime, why: str, reason: str = "", only: list[UUID] | None = None
) -> list[Any]:
    """Put merged matters back to the state they had. ``why`` tells their senders what became of the leading one.

    Several at once are parted under the lock of their leading one.
    """
    rows = await fetch(scope, _PART, leading["county"], leading["id"], only)
    for row in rows:
        data = {"from": str(leading["id"]), "state": row["state"], "why": why, "reason": reason}
        place = {"region": row["region"], "county": row["county"]}
        await audit(scope, "incoming.unmerged", kind="incoming_task", subject=row["id"], now=now, data=data, **place)
        told = {"incoming": str(row["id"]), "why": why, "by": str(scope.membership)}
        await announce(scope, "incoming.unmerged", told, now=now, **place)
    return rows

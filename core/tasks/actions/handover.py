"""Handing over open work when a post ends: nothing stays with somebody who is no longer there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.kernel.database import fetch, fetch_one
from core.kernel.errors import Invalid, mark
from core.kernel.outbox import announce
from core.kernel.scope import Scope
from core.tasks.actions.moves import remember
from core.tasks.enums import Happened

_SUCCESSORS: Final = """
SELECT n.id, n.person_name AS name, n.role, coalesce(g.name, o.name, '') AS office, n.grid_id FROM membership m
  JOIN membership n ON n.county = m.county AND n.region = m.region AND n.id <> m.id
  LEFT JOIN grid g ON g.county = n.county AND g.id = n.grid_id
  LEFT JOIN office o ON o.county = n.county AND o.id = n.office_id
 WHERE m.region >= $1 AND m.region < $2 AND m.id = $3 AND n.region >= $1 AND n.region < $2
   AND n.valid_from <= $4 AND (n.valid_to IS NULL OR n.valid_to > $4)
 ORDER BY n.role, n.person_name, n.id
"""
_HAND_OVER: Final = """
UPDATE assignment SET allocated_membership = $4, allocated_grid = $5, allocated_name = $6, changed_at = $7
 WHERE region >= $1 AND region < $2 AND allocated_membership = $3 AND closed_at IS NULL RETURNING *
"""
_SUCCESSOR: Final = "SELECT * FROM ({}) s WHERE s.id = $5"


async def successors_of(scope: Scope, *, membership: UUID, now: datetime) -> Sequence[Any]:
    """Give the posts of the same place that open work can be handed to: id, name, role, office."""
    return await fetch(scope, _SUCCESSORS, membership, now)


async def hand_over(scope: Scope, *, membership: UUID, to: UUID, now: datetime) -> int:
    """Give all open shares of one post to another of the same place. Gives how many there were.

    It may be done before the post ends or afterwards, by whoever may end it.
    """
    scope.require("core:membership:edit")
    chosen = await fetch_one(scope, _SUCCESSOR.format(_SUCCESSORS), membership, now, to)
    if chosen is None:
        raise Invalid(fields={"to": mark("请从列表里选择接手的人。")})
    rows = await fetch(scope, _HAND_OVER, membership, to, chosen["grid_id"], chosen["name"], now)
    for row in rows:
        await remember(scope, row, Happened.ALLOCATED, now=now, data={"to": chosen["name"]})
        told = {"assignment": str(row["id"])}
        await announce(
            scope, "assignment.allocated", told, now=now, county=row["county"], region=row["region"]
        )
    return len(rows)

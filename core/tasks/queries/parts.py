"""A task and the shares from above that it is a part of, read in both directions."""

from typing import Any, Final
from uuid import UUID

from core.kernel.database import fetch
from core.kernel.scope import Scope
from core.tasks.rules import concerns, is_own_offices

_ABOVE: Final = """
SELECT a.id, a.title, a.sender_name, a.region, a.office_id, a.sender_region, a.sender_office_id, a.allocated_grid, a.allocated_membership
FROM task_parent l JOIN assignment a ON a.county = l.county AND a.id = l.assignment_id AND a.region >= $1 AND a.region < $2
WHERE l.region >= $1 AND l.region < $2 AND l.county = $3 AND l.task_id = $4 ORDER BY a.id
"""
_BELOW: Final = """
SELECT t.id, t.title, t.region, t.office_id
FROM task_parent l JOIN task t ON t.county = l.county AND t.id = l.task_id AND t.region >= $1 AND t.region < $2
WHERE l.region >= $1 AND l.region < $2 AND l.county = $3 AND l.assignment_id = $4 ORDER BY t.id
"""


async def shares_above(scope: Scope, *, county: str, task: UUID) -> list[Any]:
    """Give the shares that a task is a part of, as far as this post may open them."""
    return [row for row in await fetch(scope, _ABOVE, county, task) if concerns(scope, row)]


async def tasks_below(scope: Scope, *, county: str, assignment: UUID) -> list[Any]:
    """Give the tasks that a share was split into, as far as this post may open them."""
    return [row for row in await fetch(scope, _BELOW, county, assignment) if is_own_offices(scope, row)]

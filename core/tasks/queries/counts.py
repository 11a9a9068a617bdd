"""How many things wait at each place of the menu."""

from typing import Final

from core.kernel.database import fetch_one
from core.kernel.scope import Scope

_COUNTS: Final = """
SELECT (SELECT count(*) FROM incoming_task i WHERE i.region >= $1 AND i.region < $2 AND i.region = $1
           AND i.state IN ('held', 'passed') AND ($3::uuid IS NULL OR i.office_id IS NULL OR i.office_id = $3)) AS incoming,
       (SELECT count(*) FROM task t WHERE t.region >= $1 AND t.region < $2 AND t.region = $1
           AND t.state = 'active' AND ($3::uuid IS NULL OR t.office_id IS NULL OR t.office_id = $3)) AS progress,
       (SELECT count(*) FROM assignment a WHERE a.region >= $1 AND a.region < $2 AND a.sender_region = $1 AND a.closed_at IS NULL
           AND a.state = 'submitted' AND ($3::uuid IS NULL OR a.sender_office_id IS NULL OR a.sender_office_id = $3)) AS scoring
"""


async def waiting(scope: Scope) -> dict[str, int]:
    """Count incoming tasks to decide or to send, tasks under way, results to score: what this post's own place has."""
    row = await fetch_one(scope, _COUNTS, scope.office)
    return dict(row) if row else {}

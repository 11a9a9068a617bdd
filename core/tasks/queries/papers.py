"""Who may open the files of matters, tasks and shares: whoever may open the thing itself."""

from typing import Final
from uuid import UUID

from core.kernel.database import ABOVE, fetch
from core.kernel.errors import NotFound
from core.kernel.scope import Scope

_OFFICE: Final = "({alias}_id IS NULL OR {alias}_id = $4)"
# ``rules.is_own_offices`` for matters and tasks, ``rules.concerns`` for shares; the brief of a task that is open to take is read from below.
_SEEN: Final = f"""
SELECT i.id FROM incoming_task i WHERE i.region >= $1 AND i.region < $2 AND i.id = $3 AND i.region = $1 AND {_OFFICE.format(alias="i.office")}
UNION ALL
SELECT t.id FROM task t WHERE t.region >= $1 AND t.region < $2 AND t.brief_id = $3 AND t.region = $1 AND {_OFFICE.format(alias="t.office")}
UNION ALL
SELECT a.id FROM assignment a WHERE a.region >= $1 AND a.region < $2 AND (a.brief_id = $3 OR a.id = $3)
   AND ((a.sender_region = $1 AND {_OFFICE.format(alias="a.sender_office")}) OR (a.region = $1 AND {_OFFICE.format(alias="a.office")}))
UNION ALL
SELECT p.id FROM place p WHERE p.brief_id = $3 AND p.region = ANY {ABOVE}
LIMIT 1
"""  # noqa: S608 - no value is put into the text


async def paper_seen(scope: Scope, subject: UUID) -> None:
    """Raise ``NotFound`` for a post of an office where the matter, brief or share that a file hangs on is not its own.

    Whoever has no office sees the files of its whole range, as it sees what they hang on.
    """
    if scope.office is not None and not await fetch(scope, _SEEN, subject, scope.office):
        raise NotFound

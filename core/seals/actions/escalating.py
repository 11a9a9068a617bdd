"""Requests that nobody in the village can decide go to the township.

Who decides is neither who asked nor who keeps the seal. A village without a secretary, or one where the secretary keeps the
seal himself, has nobody left: the township decides, and once there a request stays there.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.kernel.database import fetch
from core.kernel.scope import Scope
from core.people.queries import roles_with
from core.seals.actions.telling import remember, tell
from core.seals.enums import Happened
from core.seals.workflows import APPROVE

_SEND_UP: Final = """
UPDATE seal_use u SET by_township = true, changed_at = $5 FROM seal s
WHERE u.region >= $1 AND u.region < $2 AND s.region >= $1 AND s.region < $2 AND s.county = u.county AND s.id = u.seal_id
  AND u.county = $3 AND u.state = 'requested' AND NOT u.by_township AND ($6::uuid IS NULL OR u.id = $6)
  AND NOT EXISTS (
    SELECT FROM membership m WHERE m.region >= $1 AND m.region < $2 AND m.county = u.county AND m.region = u.region AND m.role = ANY ($4)
       AND m.valid_from <= $5 AND (m.valid_to IS NULL OR m.valid_to > $5)
       AND m.person_id IS DISTINCT FROM u.asked_person AND m.person_id IS DISTINCT FROM s.keeper_person)
RETURNING u.*
"""


async def send_up(scope: Scope, *, county: str, now: datetime, use: UUID | None = None) -> list[Any]:
    """Send the range's requests (or one) that nobody in their village can decide to the township; repeated it finds none."""
    rows = await fetch(scope, _SEND_UP, county, await roles_with(scope, APPROVE), now, use)
    for row in rows:
        await remember(scope, row, Happened.SENT_UP, now)
    return rows


async def send_up_all(scope: Scope, *, county: str, now: datetime) -> int:
    """Do so after posts or keepers have changed, and tell whoever decides now."""
    rows = await send_up(scope, county=county, now=now)
    for row in rows:
        await tell(scope, row, "seal.sent_up", now)
    return len(rows)

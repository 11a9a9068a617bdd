"""Who is told of a campaign: the villages that report, and whoever looks after it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.campaigns.workflows import OPEN, REPORT
from core.kernel.database import execute, fetch_value
from core.kernel.scope import Scope
from core.notices.actions import tell
from core.people.queries import roles_with

# Those of the villages who may report; the link is each village's own share. Without states it tells of every share.
_TELL: Final = """
INSERT INTO notice (county, id, region, membership_id, kind, data, link, key, created_at)
SELECT m.county, gen_random_uuid(), m.region, m.id, $4, $5, '/campaigns/shares/' || s.id, $6, $7
FROM campaign_share s JOIN membership m ON m.county = s.county AND m.region = s.region
WHERE s.region >= $1 AND s.region < $2 AND m.region >= $1 AND m.region < $2 AND s.county = $3 AND s.campaign_id = $8
  AND ($9::uuid IS NULL OR s.id = $9) AND m.role = ANY ($10) AND m.valid_from <= $7 AND (m.valid_to IS NULL OR m.valid_to > $7)
  AND (cardinality($11::text[]) = 0 OR s.state = ANY ($11))
ON CONFLICT (county, membership_id, key) DO NOTHING
"""
# Whoever may look after it where the post that opened it is no more; with an office, those of that office alone.
_INSTEAD: Final = """
INSERT INTO notice (county, id, region, membership_id, kind, data, link, key, created_at)
SELECT m.county, gen_random_uuid(), m.region, m.id, $4, $5, $6, $7, $8 FROM membership m
WHERE m.region >= $1 AND m.region < $2 AND m.county = $3 AND m.region = $9 AND m.role = ANY ($10)
  AND m.valid_from <= $8 AND (m.valid_to IS NULL OR m.valid_to > $8) AND ($11::uuid IS NULL OR m.office_id = $11)
ON CONFLICT (county, membership_id, key) DO NOTHING
"""
_OFFICE: Final = "SELECT m.office_id FROM membership m WHERE m.region >= $1 AND m.region < $2 AND m.county = $3 AND m.id = $4"


async def tell_villages(
    scope: Scope, campaign: Any, kind: str, data: Mapping[str, Any], now: datetime, *, share: UUID | None = None,
    states: Sequence[str] = (),
) -> None:  # fmt: skip
    """Tell the posts that report for the villages of a campaign (or of one share, or of those in some states)."""
    roles, key = await roles_with(scope, REPORT), f"{kind}:{campaign['id']}:{now.isoformat()}"
    await execute(scope, _TELL, campaign["county"], kind, dict(data), key, now, campaign["id"], share, roles, list(states))


async def tell_opener(
    scope: Scope, campaign: Any, kind: str, *, key: str, data: Mapping[str, Any], link: str, now: datetime
) -> None:
    """Tell the post that opened a campaign; where it has ended its office, and where nobody is there all who may look after it."""
    opener = campaign["membership"]
    if opener is not None and await tell(scope, memberships=[opener], kind=kind, key=key, data=data, link=link, now=now):
        return
    told = (campaign["county"], kind, dict(data), link, key, now, campaign["region"], await roles_with(scope, OPEN))
    office = await fetch_value(scope, _OFFICE, campaign["county"], opener) if opener is not None else None
    if office is None or not await execute(scope, _INSTEAD, *told, office):
        await execute(scope, _INSTEAD, *told, None)

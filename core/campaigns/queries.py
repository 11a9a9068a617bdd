"""Reading campaigns: those of the range with how far they are, a village's own shares, the figures of each month.

A village, or a township of a county's campaign, does not see the campaign's row; what it needs was copied into its shares.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.files.queries import StoredFile, files_of
from core.kernel.database import fetch, fetch_one
from core.kernel.errors import NotFound
from core.kernel.scope import Scope

MOST: Final = 100
_SUMS: Final = """count(*) AS villages, count(*) FILTER (WHERE s.state = 'sent') AS sent,
  count(*) FILTER (WHERE s.state = 'reported') AS reported, count(*) FILTER (WHERE s.state = 'returned') AS returned,
  count(*) FILTER (WHERE s.state = 'accepted') AS accepted, count(*) FILTER (WHERE s.state = 'missed') AS missed,
  coalesce(sum(s.found), 0) AS found, coalesce(sum(s.fixed), 0) AS fixed, coalesce(sum(s.recovered), 0) AS recovered"""
_OWN: Final = f"""
SELECT c.id, c.region, c.place_name, c.title, c.text, c.domain, c.model, c.due_at, c.state, c.outcome, c.rule_change, c.opened_at, c.by_name,
       c.by_office, c.closed_at, c.closed_name, c.county, c.membership, x.* FROM campaign c
CROSS JOIN LATERAL (SELECT {_SUMS} FROM campaign_share s WHERE s.region >= $1 AND s.region < $2 AND s.county = c.county AND s.campaign_id = c.id) x
WHERE c.region >= $1 AND c.region < $2
"""  # noqa: S608 - constants
_LIST: Final = f"{_OWN} ORDER BY (c.closed_at IS NOT NULL), c.due_at, c.id LIMIT 100"
_ONE: Final = f"{_OWN} AND c.id = $3"
# What came from above: known by its shares alone.
_GIVEN: Final = f"""
SELECT s.campaign_id AS id, s.sender AS place_name, s.title, s.text, s.due_at, s.county, {_SUMS} FROM campaign_share s
WHERE s.region >= $1 AND s.region < $2 AND ($3::uuid IS NULL OR s.campaign_id = $3)
  AND NOT EXISTS (SELECT FROM campaign c WHERE c.region >= $1 AND c.region < $2 AND c.county = s.county AND c.id = s.campaign_id)
GROUP BY s.campaign_id, s.sender, s.title, s.text, s.due_at, s.county
ORDER BY (count(*) FILTER (WHERE s.state IN ('sent', 'returned', 'reported')) = 0), s.due_at, s.campaign_id LIMIT 100
"""  # noqa: S608 - constants
_SHARES: Final = """
SELECT s.* FROM campaign_share s WHERE s.region >= $1 AND s.region < $2 AND s.county = $3 AND s.campaign_id = $4
ORDER BY array_position(ARRAY['reported', 'returned', 'sent', 'missed', 'accepted'], s.state), s.region, s.id LIMIT 2000
"""
_MINE: Final = """
SELECT s.* FROM campaign_share s WHERE s.region >= $1 AND s.region < $2
ORDER BY (s.state NOT IN ('sent', 'returned')), s.due_at DESC, s.id LIMIT 100
"""
_SHARE: Final = "SELECT s.* FROM campaign_share s WHERE s.region >= $1 AND s.region < $2 AND s.id = $3"
_EVENTS: Final = """
SELECT e.at, e.kind, e.text, e.by_name, e.by_office, e.data FROM campaign_event e
WHERE e.region >= $1 AND e.region < $2 AND e.county = $3 AND e.subject_id = $4 ORDER BY e.at DESC, e.id DESC
"""
_CHANGES: Final = """
SELECT c.id, c.domain, c.title, c.place_name, c.rule_change, c.closed_at FROM campaign c
WHERE c.region >= $1 AND c.region < $2 AND c.rule_change <> '' ORDER BY c.closed_at DESC, c.id LIMIT 50
"""
# A village's money counts in the month in which its report was accepted; a campaign in the month in which it was closed.
_MONTHS: Final = """
SELECT m.month, sum(m.closed) AS closed, sum(m.found) AS found, sum(m.fixed) AS fixed, sum(m.recovered) AS recovered FROM (
  SELECT to_char(c.closed_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') AS month, 1 AS closed, 0 AS found, 0 AS fixed, 0::numeric AS recovered
  FROM campaign c WHERE c.region >= $1 AND c.region < $2 AND c.closed_at >= $3
  UNION ALL
  SELECT to_char(s.checked_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM'), 0, s.found, s.fixed, coalesce(s.recovered, 0)
  FROM campaign_share s WHERE s.region >= $1 AND s.region < $2 AND s.state = 'accepted' AND s.checked_at >= $3
) m GROUP BY 1 ORDER BY 1 DESC
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """One campaign with the shares in the reader's range. ``whole`` is false for one that came from above."""

    row: Any
    shares: Sequence[Any]
    events: Sequence[Any]
    whole: bool


@dataclass(frozen=True, slots=True)
class Share:
    """One share with its evidence and history."""

    row: Any
    files: Sequence[StoredFile]
    events: Sequence[Any]


async def campaigns_in(scope: Scope) -> tuple[list[Any], list[Any]]:
    """List the range's own campaigns, and those that came from above, open ones first."""
    return await fetch(scope, _LIST), await fetch(scope, _GIVEN, None)


async def campaign_row(scope: Scope, campaign: UUID, *, lock: bool = False) -> Any:
    """Give a campaign that was opened in the range. Raises ``NotFound`` for any other."""
    row = await fetch_one(scope, f"{_ONE} FOR UPDATE OF c" if lock else _ONE, campaign)
    if row is None:
        raise NotFound
    return row


async def one_campaign(scope: Scope, campaign: UUID) -> Seen:
    """Give a campaign with the shares of the range; one from above as far as it was copied down."""
    row = await fetch_one(scope, _ONE, campaign)
    whole = row is not None
    if row is None:
        row = await fetch_one(scope, _GIVEN, campaign)
    if row is None:
        raise NotFound
    shares = await fetch(scope, _SHARES, row["county"], campaign)
    events = await fetch(scope, _EVENTS, row["county"], campaign) if whole else []
    return Seen(row, shares, events, whole)


async def shares_here(scope: Scope) -> list[Any]:
    """List the shares of the range, those to report first: what a village has to do."""
    return await fetch(scope, _MINE)


async def share_row(scope: Scope, share: UUID, *, lock: bool = False) -> Any:
    """Give one share. Raises ``NotFound`` outside the scope."""
    row = await fetch_one(scope, f"{_SHARE} FOR UPDATE" if lock else _SHARE, share)
    if row is None:
        raise NotFound
    return row


async def one_share(scope: Scope, share: UUID) -> Share:
    """Give a share with everything that belongs to it."""
    row = await share_row(scope, share)
    files = await files_of(scope, subject=share)
    return Share(row, files, await fetch(scope, _EVENTS, row["county"], share))


async def changes_of(scope: Scope) -> list[Any]:
    """Give the rules that were changed because of campaigns, the latest first."""
    return await fetch(scope, _CHANGES)


async def months_of(scope: Scope, *, since: datetime) -> list[Any]:
    """Give for each month: campaigns closed, what villages found and put right, money recovered."""
    return await fetch(scope, _MONTHS, since)

"""Villages that have not reported are reminded before the day comes, and some times after it, on working days in the morning."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from core.campaigns.enums import Happened, ShareState
from core.campaigns.rules import CampaignSettings, reminder_after, reminder_before
from core.campaigns.telling import tell_opener, tell_villages
from core.kernel.clock import local
from core.kernel.database import fetch, fetch_one
from core.kernel.outbox import Event, set_timer
from core.kernel.scope import Scope
from core.tenancy.queries.calendar import own_days
from core.tenancy.settings import settings_of

REMIND: Final = "campaign.remind"
_WAITING: Final = (ShareState.SENT, ShareState.RETURNED)
_REACH: Final = timedelta(days=60)  # of the county's own working days that are looked at
_OPEN: Final = """
SELECT c.id, c.county, c.region, c.title, c.due_at, c.membership FROM campaign c
WHERE c.region >= $1 AND c.region < $2 AND c.id = $3 AND c.state = 'open'
"""
_NOTE: Final = """
INSERT INTO campaign_event (county, id, region, subject_id, at, kind, text, membership, by_name, by_office, data)
SELECT $3, time_ordered_id(), s.region, s.id, $5, $6, '', $7, $8, $9, '{}'::jsonb FROM campaign_share s
WHERE s.region >= $1 AND s.region < $2 AND s.county = $3 AND s.campaign_id = $4 AND s.state = ANY ($10) RETURNING id
"""


async def set_reminders(scope: Scope, *, campaign: UUID, due_at: datetime, now: datetime) -> None:
    """Set the timers of a new campaign: one before its day, where that still lies ahead, and the first one after it."""
    rule = await settings_of(scope, CampaignSettings, at=now)
    day = local(due_at).date()
    own = await own_days(scope, since=day - _REACH, until=day + _REACH)
    before, after = reminder_before(rule, due_at, own), reminder_after(rule, due_at, own)
    if before is not None and before > now:
        await _set(scope, campaign, before, 0)
    if after is not None:
        await _set(scope, campaign, after, 1)


async def _set(scope: Scope, campaign: UUID, at: datetime, time: int) -> None:
    await set_timer(scope, REMIND, subject=campaign, due_at=at, payload={"campaign": str(campaign), "late": time})


async def on_remind(scope: Scope, event: Event) -> None:
    """Remind the villages that have not reported; of late ones also who looks after the campaign, and again some days later."""
    now, late = event.created_at, int(event.payload["late"])
    row = await fetch_one(scope, _OPEN, UUID(event.payload["campaign"]))
    if row is None or (late == 0 and row["due_at"] <= now):
        return  # it was closed; or the timer fired late, and what comes after the day says so itself
    kind = Happened.LATE if late else Happened.REMINDED
    noted = await fetch(
        scope, _NOTE, row["county"], row["id"], now, str(kind), scope.membership, scope.by_name, scope.by_office, list(_WAITING)
    )
    if not noted:
        return
    told = "campaign_late" if late else "campaign_soon"
    await tell_villages(scope, row, told, {"title": row["title"]}, now, states=_WAITING)
    if late:
        data = {"title": row["title"], "count": len(noted)}
        await tell_opener(scope, row, "campaign_missing", key=f"campaign_missing:{event.id}", data=data, link=f"/campaigns/{row['id']}", now=now)
        await _again(scope, row["id"], late, now)


async def _again(scope: Scope, campaign: UUID, late: int, now: datetime) -> None:
    rule = await settings_of(scope, CampaignSettings, at=now)
    day = local(now).date()
    after = reminder_after(rule, now, await own_days(scope, since=day, until=day + _REACH))
    if late < rule.late_times and after is not None:
        await _set(scope, campaign, after, late + 1)

"""What follows by itself: whoever looks after a campaign is told of each report."""

from typing import Final
from uuid import UUID

from core.campaigns.telling import tell_opener
from core.kernel.clock import now as clock_now
from core.kernel.database import fetch_one
from core.kernel.outbox import Event
from core.kernel.scope import Scope

_COUNTY_DIGITS: Final = 6
_ROW: Final = """
SELECT s.place_name, s.title, s.state, c.id AS campaign, c.membership, c.region, c.county FROM campaign_share s JOIN campaign c ON c.county = s.county AND c.id = s.campaign_id
WHERE s.region >= $1 AND s.region < $2 AND c.region >= $1 AND c.region < $2 AND s.id = $3
"""


def county_of_event(event: Event) -> str:
    """Widen the scope to the county: a campaign is opened above the village."""
    return event.region[:_COUNTY_DIGITS]


async def on_reported(scope: Scope, event: Event) -> None:
    """Tell the post that opened the campaign, or whoever looks after it now."""
    row = await fetch_one(scope, _ROW, UUID(event.payload["share"]))
    if row is None or row["state"] != "reported":
        return
    await tell_opener(
        scope, row, "campaign_reported", key=f"campaign:{event.id}",
        data={"title": row["title"], "sender": row["place_name"]}, link=f"/campaigns/shares/{event.payload['share']}", now=clock_now(),
    )  # fmt: skip

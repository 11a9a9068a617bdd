"""What follows: whom a full quota, an overdue review or a proposed correction concerns is told; what was released goes on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from core.api import Event, Handler, NotFound, Scope, fetch, tell
from plugins.township_filter.actions import OVERDUE
from plugins.township_filter.enums import Review
from plugins.township_filter.queries import ledger_line
from plugins.township_filter.senders.actions import corrections, quotas
from plugins.township_filter.senders.actions.noting import HELD
from plugins.township_filter.senders.enums import HoldState
from plugins.township_filter.senders.queries.corrections import one_correction
from plugins.township_filter.senders.queries.emergencies import reviewers_at
from plugins.township_filter.senders.queries.quotas import one_hold

_COUNTY_DIGITS: Final = 6
_TOWNSHIP_DIGITS: Final = 9
_POSTS: Final = """
SELECT m.id FROM membership m WHERE m.region >= $1 AND m.region < $2 AND m.region = $3 AND m.role = $4 AND m.valid_from <= $5
  AND (m.valid_to IS NULL OR m.valid_to > $5)
"""


def county_of(event: Event) -> str:
    """Widen the scope to the county, whose people are told."""
    return event.region[:_COUNTY_DIGITS]


async def _posts(scope: Scope, region: str, role: str, now: datetime) -> Sequence[UUID]:
    return [row["id"] for row in await fetch(scope, _POSTS, region, role, now)]


async def on_held(scope: Scope, event: Event) -> None:
    """Tell the county's administrators that a matter waits for their release."""
    hold = await one_hold(scope, UUID(event.payload["hold"]))
    posts = await _posts(scope, event.region[:_COUNTY_DIGITS], "county_administrator", event.created_at)
    await tell(
        scope, memberships=posts, kind="township_filter:held", key=f"township_filter:held:{hold.id}", link=f"/township_filter/quotas/{hold.id}",
        data={"sender": hold.sender_name, "title": hold.title}, now=event.created_at,
    )  # fmt: skip


async def on_decided(scope: Scope, event: Event) -> None:
    """Let a released matter go on where nothing else held it, and tell whoever handed it in."""
    hold = await one_hold(scope, UUID(event.payload["hold"]))
    released = event.payload["state"] == HoldState.RELEASED
    if released:
        await quotas.let_go(scope, hold=hold, now=event.created_at)
    if hold.membership is not None:
        kind = "township_filter:released" if released else "township_filter:declined"
        await tell(
            scope, memberships=[hold.membership], kind=kind, key=f"{kind}:{hold.id}", link=f"/incoming/{hold.incoming_id}",
            data={"title": hold.title, "reason": hold.decided_reason}, now=event.created_at,
        )  # fmt: skip


async def on_matter_decided(scope: Scope, event: Event) -> None:
    """End the wait of what was turned down or taken back before the county decided."""
    if event.payload["state"] in {"refused", "withdrawn"}:
        await quotas.end_hold(scope, incoming=UUID(event.payload["incoming"]), now=event.created_at)


async def on_overdue(scope: Scope, event: Event) -> None:
    """Tell those who should have reviewed an emergency, and whoever handed it in."""
    try:
        line = await ledger_line(scope, UUID(event.payload["line"]))
    except NotFound:  # the place was merged away since: its people hear by their new ledger
        return
    if line.review != Review.DUE:
        return
    link, data = f"/township_filter/{line.id}", {"title": line.title}
    reviewers = [post for post in await reviewers_at(scope, line.region, now=event.created_at) if post != line.membership]
    await tell(scope, memberships=reviewers, kind="township_filter:overdue", key=f"township_filter:overdue:{line.id}", link=link, data=data, now=event.created_at)
    if line.membership is not None:
        key = f"township_filter:overdue_sent:{line.id}"
        await tell(scope, memberships=[line.membership], kind="township_filter:overdue_sent", key=key, link=link, data=data, now=event.created_at)


async def on_proposed(scope: Scope, event: Event) -> None:
    """Tell those above the receiver who decide on a correction."""
    found = await one_correction(scope, UUID(event.payload["correction"]))
    above = found.region[:_TOWNSHIP_DIGITS] if len(found.region) > _TOWNSHIP_DIGITS else found.region[:_COUNTY_DIGITS]
    role = "township_leader" if len(above) == _TOWNSHIP_DIGITS else "county_administrator"
    await tell(
        scope, memberships=await _posts(scope, above, role, event.created_at), kind="township_filter:correction",
        key=f"township_filter:correction:{found.id}", link=f"/township_filter/corrections/{found.id}",
        data={"sender": found.receiver_name, "title": found.title}, now=event.created_at,
    )  # fmt: skip


async def on_corrected(scope: Scope, event: Event) -> None:
    """Tell whoever proposed a correction what became of it."""
    found = await one_correction(scope, UUID(event.payload["correction"]))
    if found.membership is not None:
        kind = f"township_filter:correction_{found.state}"
        await tell(
            scope, memberships=[found.membership], kind=kind, key=f"{kind}:{found.id}", link=f"/township_filter/corrections/{found.id}",
            data={"title": found.title, "reason": found.decided_note}, now=event.created_at,
        )  # fmt: skip


HANDLERS: Final = (
    Handler(HELD, "township_filter:tell_held", on_held, reach=county_of),
    Handler(quotas.DECIDED, "township_filter:quota_decided", on_decided),
    Handler("incoming.decided", "township_filter:quota_ended", on_matter_decided),
    Handler(OVERDUE, "township_filter:tell_overdue", on_overdue),
    Handler(corrections.PROPOSED, "township_filter:tell_correction", on_proposed, reach=county_of),
    Handler(corrections.DECIDED, "township_filter:tell_corrected", on_corrected),
)

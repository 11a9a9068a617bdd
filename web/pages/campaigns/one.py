"""One campaign: what is asked, how far the villages are, and its end with outcome and changed rules."""

from functools import partial
from uuid import UUID

from core.campaigns import actions as a
from core.campaigns.queries import one_campaign
from core.campaigns.workflows import CAMPAIGN, OPEN, OPENER, READ
from core.kernel.database import transaction
from core.kernel.errors import ProductError, mark
from core.kernel.scope import Scope
from web.answers import Answer, Request, page, request_now, say
from web.deeds import deed, drawn, unsent_of
from web.forms import Form, first
from web.pages.campaigns.words import clock_of, given_of, history_of, line_of, share_line, topic_of
from web.routing import get_page, post_form


@get_page("/campaigns/{campaign_id:uuid}", permission=READ)
async def campaign_page(request: Request, scope: Scope, campaign_id: UUID) -> Answer:
    return await show(request, scope, campaign_id)


async def show(
    request: Request, scope: Scope, campaign: UUID, *, errors: ProductError | None = None, form: Form | None = None, sent: str = ""
) -> Answer:  # fmt: skip
    """Draw the page; one that came from above shows what is known here, and nothing to press."""
    now = request_now(request)
    async with transaction(scope):
        seen = await one_campaign(scope, campaign)
    row = seen.row
    line = line_of(request, row, now) if seen.whole else given_of(request, row, now)
    ours = seen.whole and row["region"] == scope.region
    ways = {way.name for way in CAMPAIGN.open_transitions(row["state"], scope.permissions, side=OPENER)} if ours else set()
    clock, clock_tone = clock_of(request, row["due_at"], now, runs=not seen.whole or a.is_open(row))
    return page(
        request, "campaigns/one.html", title=mark("面上整改"), back="/campaigns", **drawn(errors), form=form, sent_form=sent,
        unsent=unsent_of(errors, form, "outcome", "rule_change"), row=row, line=line, whole=seen.whole, ways=ways, topic=topic_of(request, row) if seen.whole else "", clock=clock,
        clock_tone=clock_tone, shares=[share_line(request, each, now) for each in seen.shares], history=history_of(request, seen.events),
        waiting=row["sent"] + row["returned"], title_of=say(request, mark("面上整改")),
    )  # fmt: skip


@post_form("/campaigns/{campaign_id:uuid}/close", permission=OPEN)
async def close(request: Request, scope: Scope, campaign_id: UUID) -> Answer:
    """Close it with what came of it."""
    now = request_now(request)

    async def run(form: Form) -> None:
        await a.close_campaign(scope, campaign=campaign_id, outcome=first(form, "outcome"), rule_change=first(form, "rule_change"), now=now)

    again, onward = partial(show, request, scope, campaign_id), f"/campaigns/{campaign_id}"
    return await deed(request, scope, run, again=again, name="close", onward=onward, told=mark("已办结，各村会收到通知。"))

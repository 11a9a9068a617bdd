"""The list of campaigns: for whoever opens them how far they are, for a village what it has to report."""

from core.campaigns.queries import campaigns_in, shares_here
from core.campaigns.workflows import READ
from core.kernel.database import transaction
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.tenancy.enums import Level
from web.answers import Answer, Request, page, request_now
from web.pages.campaigns.words import given_of, line_of, share_line
from web.routing import get_page


@get_page("/campaigns", permission=READ)
async def campaigns_page(request: Request, scope: Scope) -> Answer:
    """List campaigns, open ones first."""
    now, village = request_now(request), scope.level == Level.VILLAGE
    async with transaction(scope):
        own, given = ([], []) if village else await campaigns_in(scope)
        shares = await shares_here(scope) if village else []
    return page(
        request, "campaigns/list.html", title=mark("面上整改"), village=village,
        rows=[line_of(request, row, now) for row in own] + [given_of(request, row, now) for row in given],
        shares=[share_line(request, row, now) for row in shares],
    )  # fmt: skip

"""The list of everything one received."""

from core.kernel.database import each_alone
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.tasks.queries.assignments import received_shares
from web.answers import Answer, Request, page, request_now
from web.lists import as_list, filters_of, paging
from web.pages.work.words import cards_of
from web.routing import get_page


@get_page("/my", permission="core:assignment:read")
async def my_page(request: Request, scope: Scope) -> Answer:
    """List everything this post received, with filters kept in the address."""
    now = request_now(request)
    filters = filters_of(request)
    async with each_alone(scope):
        cards, total = await received_shares(scope, filters, now=now)
    answer = page(
        request,
        "work/my.html",
        title=mark("我的任务"),
        cards=cards_of(request, cards, now),
        total=total,
        filters=filters,
        paging=paging(request, filters, total),
    )
    return as_list(request, answer)

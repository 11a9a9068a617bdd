"""The list of requests, with its filters in the address."""

from typing import Final

from core.api import Scope, mark, transaction
from plugins.township_filter.pages_requests.words import BASE, line_of
from plugins.township_filter.paging import page_in, pager_of
from plugins.township_filter.requests.enums import KINDS
from plugins.township_filter.requests.queries import RequestFilter, requests_of
from plugins.township_filter.requests.workflows import ADMISSION, ASK, OPINE, READ
from web.api import Answer, Request, choices, get_page, page, request_now, say

COUNTY: Final = 3
TOWNSHIP: Final = 4


@get_page(BASE, permission=READ)
async def requests_page(
    request: Request, scope: Scope, kind: str = "", show: str = "", q: str = "", page_number: int = 1
) -> Answer:
    """List requests, open ones first."""
    wanted = RequestFilter(kind, show, q.strip()[:100], page=page_in(page_number))
    now = request_now(request)
    async with transaction(scope):
        rows, counts = await requests_of(scope, wanted, now=now)
    return page(
        request, "township_filter/request_list.html", title=mark("准入和调整申请"), rows=[line_of(request, row, now) for row in rows],
        counts=counts, wanted=wanted, kinds=choices(request, KINDS), shows=_shows(request, scope), base=BASE,
        may_admit=scope.may(ASK) and scope.level == COUNTY, may_adjust=scope.may(ASK) and scope.level == TOWNSHIP,
        pager=pager_of(wanted, BASE, shown=len(rows), total=counts["found"]),
    )  # fmt: skip


def _shows(request: Request, scope: Scope) -> list[tuple[str, str]]:
    """Give the views and states to narrow to; whoever gives opinions can ask for those that are awaited."""
    views = [("open", mark("在办")), ("late", mark("超过答复期限"))]
    if scope.office is not None and scope.may(OPINE):
        views.insert(0, ("mine", mark("等我单位的意见")))
    states = [(str(state.name), state.title) for state in ADMISSION.states]
    return [(name, say(request, title)) for name, title in (*views, *states)]

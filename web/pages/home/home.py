"""The first page of a post: today's work, the leader's desk, the county's overview."""

from typing import Final

from core.kernel.clock import period_of
from core.kernel.database import transaction
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.scores.queries import own_points
from core.tasks.queries.assignments import today_of
from core.tasks.queries.places import open_tasks
from web.answers import Answer, Request, page, request_now, see_other
from web.guards import session_of
from web.lists import as_list
from web.pages.home.holders import holders_of
from web.pages.home.overview import OVERSEES, overview_page
from web.pages.home.village import cards_of_village, village_matters
from web.pages.petitions.waiting import petitions_waiting
from web.pages.supervision.overview import overview
from web.pages.supervision.waiting import put_to
from web.pages.tasks.desk import desk_page
from web.pages.work.opened import wanted_by
from web.pages.work.words import cards_of, formats
from web.routing import get_page

_SHOWN_OPEN: Final = 3


@get_page("/", permission="any")
async def home_page(request: Request) -> Answer:
    """Answer with the first page of the post: today's work, the leader's desk, the county's overview."""
    session = session_of(request)
    scope: Scope | None = session.scope if session is not None else None
    if scope is None:
        return see_other(request, "/platform")
    if scope.may("core:task:dispatch"):
        return as_list(request, await desk_page(request, scope))
    if scope.may("core:assignment:work"):
        return as_list(request, await _today(request, scope))
    if scope.may("core:warning:read"):
        return await overview(request, scope)
    if scope.may(OVERSEES):
        return await overview_page(request, scope)
    return see_other(request, "/tasks" if scope.may("core:task:read") else "/my")


async def _today(request: Request, scope: Scope) -> Answer:
    now = request_now(request)
    async with transaction(scope):
        today = await today_of(scope, now=now)
        points = await own_points(scope, period=period_of(now))
        offered = (
            [t for t in await open_tasks(scope, now=now) if t.free and not t.mine]
            if scope.may("core:place:take")
            else []
        )
        village = await village_matters(scope, now=now)
        raised = await petitions_waiting(request, scope, now=now)
        put = await put_to(request, scope, now=now)
    groups = [
        ("overdue", mark("已超期"), today.overdue),
        ("today", mark("今天到期"), today.today),
        ("week", mark("本周到期"), today.week),
        ("later", mark("以后到期"), today.later),
    ]
    return page(
        request,
        "work/today.html",
        title=mark("今天"),
        groups=[
            (name, title, cards_of(request, cards, now))
            for name, title, cards in groups
            if cards
        ],
        count=today.count,
        overdue=len(today.overdue),
        waiting=today.waiting,
        points=formats(request).number(points),
        holders=holders_of(request, today, now) if scope.may("core:assignment:allocate") else [],
        offered=offered[:_SHOWN_OPEN],
        wanted=wanted_by(request, offered[:_SHOWN_OPEN]),
        offered_count=len(offered),
        village=cards_of_village(request, village, now),
        raised=raised,
        put=put,
    )

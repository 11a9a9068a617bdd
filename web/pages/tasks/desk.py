"""The leader's desk: what became of the tasks that were sent."""

from core.kernel.database import transaction
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.tasks.queries.assignments import today_of
from core.tasks.queries.filters import Filters
from core.tasks.queries.tasks import desk_of, loads_of, tasks_of
from web.answers import Answer, Request, page, request_now, say, say_n
from web.pages.work.words import cards_of

_SHOWN: int = 8
_HEAVY = 8


async def desk_page(request: Request, scope: Scope) -> Answer:
    """Answer with figures that lead to their records, the villages as tiles, and what is late."""
    now = request_now(request)
    async with transaction(scope):
        desk = await desk_of(scope, now=now)
        loads = await loads_of(scope, now=now)
        late, late_count = await tasks_of(scope, Filters(late=True), now=now)
        received = await today_of(scope, now=now) if scope.may("core:assignment:work") else None
    tiles = [
        {
            "name": load.name,
            "count": say_n(request, mark("%(n)s 件"), load.open),
            "share": min(load.open / _HEAVY, 1),
            "tone": "danger" if load.late else "soon" if load.open >= _HEAVY else "action",
            "href": f"/shares?region={load.region}&state_is=open",
            "note": say(request, mark("超期 %(n)s"), n=load.late) if load.late else None,
        }
        for load in loads
    ]
    mine = [*received.overdue, *received.today, *received.week, *received.later] if received else []
    return page(
        request,
        "tasks/desk.html",
        title=mark("今天"),
        desk=desk,
        tiles=tiles,
        late=late[:_SHOWN],
        late_count=late_count,
        received=cards_of(request, mine[:_SHOWN], now),
        received_count=len(mine),
        level=scope.level,
    )

"""The leader's desk: what became of the tasks that were sent."""

from typing import Any, Final

from core.kernel.database import transaction
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.tasks.queries.assignments import today_of
from core.tasks.queries.filters import Filters
from core.tasks.queries.tasks import Load, desk_of, loads_of, tasks_of
from web.answers import Answer, Request, page, request_now, say_n
from web.pages.petitions.waiting import petitions_waiting
from web.pages.supervision.waiting import put_to
from web.pages.work.words import cards_of

_SHOWN: Final = 8
_HEAVY: Final = 8


async def desk_page(request: Request, scope: Scope) -> Answer:
    """Answer with figures that lead to their records, the villages as tiles, and what is late."""
    now = request_now(request)
    async with transaction(scope):
        desk = await desk_of(scope, now=now)
        loads = await loads_of(scope, now=now, own=True)
        late, late_count = await tasks_of(scope, Filters(late=True), now=now)
        raised = await petitions_waiting(request, scope, now=now)
        put = await put_to(request, scope, now=now)
        received = await today_of(scope, now=now) if scope.may("core:assignment:work") else None
    mine = [*received.overdue, *received.today, *received.week, *received.later] if received else []
    return page(
        request,
        "tasks/desk.html",
        title=mark("今天"),
        desk=desk,
        tiles=[_tile(request, load) for load in loads],
        late=late[:_SHOWN],
        late_count=late_count,
        received=cards_of(request, mine[:_SHOWN], now),
        received_count=len(mine),
        raised=raised,
        put=put,
        level=scope.level,
    )


def _tile(request: Request, load: Load) -> dict[str, Any]:
    """Draw one unit: what it has in hand of what was sent from here, and of that what is late. Each figure leads to its rows."""
    here = f"/shares?region={load.region}"
    return {
        "name": load.name,
        "count": say_n(request, mark("在办 %(n)s 件"), load.open),
        "share": min(load.open / _HEAVY, 1),
        "tone": "danger" if load.late else "soon" if load.open >= _HEAVY else "action",
        "href": f"{here}&state_is=working",
        "note": say_n(request, mark("超期 %(n)s 件"), load.late) if load.late else None,
        "note_href": f"{here}&late=1",
    }

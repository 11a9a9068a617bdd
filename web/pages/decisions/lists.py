"""The list of decisions: a village's own, a township's and a county's villages', with their clocks."""

from typing import Any
from urllib.parse import urlencode

from core.decisions.enums import PHASE_TITLES
from core.decisions.queries import PAGE_SIZE, Narrowed, counts_of, decisions_in
from core.kernel.database import transaction
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.tenancy.enums import Level
from core.tenancy.queries.regions import children_of, region_now
from web.answers import Answer, Request, page, request_now, say
from web.pages.decisions.words import clock_of, formats, state_of
from web.routing import get_page

_MOST_PAGES = 10_000


@get_page("/decisions", permission="core:decision:read")
async def decisions_page(request: Request, scope: Scope) -> Answer:
    """List the decisions of the range, those that wait longest first."""
    now, narrowed = request_now(request), _narrowed(request)
    async with transaction(scope):
        if narrowed.region:
            await region_now(scope, narrowed.region)
        rows, total = await decisions_in(scope, narrowed, now=now)
        counts = await counts_of(scope, now=now)
        places = await children_of(scope, scope.region) if scope.level in {Level.COUNTY, Level.TOWNSHIP} else []
    return page(
        request,
        "decisions/list.html",
        title=mark("民主决策"),
        rows=[_row(request, row, now) for row in rows],
        total=total,
        counts=counts,
        narrowed=narrowed,
        active=sum(bool(each) for each in (narrowed.search, narrowed.state, narrowed.region, narrowed.late)),
        states=[("running", say(request, mark("没办完的")))]
        + [(str(phase), say(request, title)) for phase, title in PHASE_TITLES.items()],
        places=[(place.code, place.short_name) for place in places],
        show_village=scope.level < Level.VILLAGE,
        paging=_paging(request, narrowed.page, total),
    )


def _narrowed(request: Request) -> Narrowed:
    query = request.query_params
    number = str(query.get("p", "1"))
    return Narrowed(
        search=str(query.get("q", "")).strip()[:60],
        state=str(query.get("state_is", ""))[:20],
        region=str(query.get("region", ""))[:12],
        late=query.get("late") == "1",
        page=int(number) if number.isdecimal() and 0 < int(number) <= _MOST_PAGES else 1,
    )


def _row(request: Request, row: Any, now: Any) -> dict[str, Any]:
    state, tone = state_of(request, row)
    clock, clock_tone = clock_of(request, row, now)
    late = row["due_at"] is not None and row["due_at"] < now and row["ended_at"] is None
    return {
        "id": row["id"], "title": row["title"], "href": f"/decisions/{row['id']}", "village": row["village"],
        "procedure": say(request, row["procedure_title"]), "step": say(request, row["step_title"]) if row["ended_at"] is None else "",
        "state": state, "state_tone": tone, "clock": clock, "clock_tone": clock_tone,
        "money": formats(request).money(row["money"]) if row["money"] is not None else "", "tone": "danger" if late else "",
    }  # fmt: skip


def _paging(request: Request, number: int, total: int) -> dict[str, Any]:
    first = (number - 1) * PAGE_SIZE
    last = min(first + PAGE_SIZE, total)

    def address(to: int) -> str:
        kept = [(name, value) for name, value in request.query_params.items() if name != "p"]
        return f"/decisions?{urlencode([*kept, ('p', to)])}"

    return {
        "first": first + 1 if total else 0, "last": last, "total": total,
        "previous": address(number - 1) if number > 1 else None, "next": address(number + 1) if last < total else None,
    }  # fmt: skip

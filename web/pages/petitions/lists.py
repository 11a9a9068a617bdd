"""The list of what villagers raised: one's own desk first, by deadline."""

from datetime import datetime
from typing import Any, Final

from core.kernel.database import transaction
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.petitions.enums import KIND_TITLES, Kind, PetitionState
from core.petitions.queries import PAGE_SIZE, Narrowed, counts_of, petitions_in
from core.petitions.rules import sees_supervision
from core.petitions.workflows import PETITION, READ
from core.tenancy.enums import Level
from core.tenancy.queries.regions import children_of, region_now
from web.answers import Answer, Request, page, request_now, say
from web.lists import filters_of, paging
from web.pages.petitions.words import clock_of, kind_of, state_of
from web.routing import get_page

_STATES: Final = frozenset({"desk", "open", "all", "abused", *PetitionState})


@get_page("/petitions", permission=READ)
async def petitions_page(request: Request, scope: Scope) -> Answer:
    """List petitions; without a filter those that wait on this post's desk."""
    now, filters = request_now(request), filters_of(request)
    kind = str(request.query_params.get("kind_is", ""))
    asked = filters.state if filters.state in _STATES else "desk"
    narrowed = Narrowed(
        state="" if asked == "all" else asked, kind=kind if kind in set(Kind) else "", region=filters.region, search=filters.search,
        late=filters.late, page=filters.page,
    )  # fmt: skip
    async with transaction(scope):
        if filters.region:
            await region_now(scope, filters.region)
        rows, total = await petitions_in(scope, narrowed, now=now)
        counts = await counts_of(scope, now=now)
        places = await children_of(scope, scope.region) if scope.level in {Level.COUNTY, Level.TOWNSHIP} else []
    pages = paging(request, filters, total)
    return page(
        request, "petitions/list.html", title=mark("群众反映"), rows=[_row(request, row, now) for row in rows], total=total,
        counts=counts, asked=asked, kind=narrowed.kind, filters=filters, paging={**pages, "last": min(pages["first"] + PAGE_SIZE - 1, total)},
        states=[("desk", say(request, mark("我这里待办的"))), ("open", say(request, mark("没有答复的"))), ("all", say(request, mark("全部")))]
        + [(state.name, say(request, state.title)) for state in PETITION.states]
        + [("abused", say(request, mark("认定为滥用的")))],
        kinds=[("", say(request, mark("全部类型")))]
        + [(n, say(request, t)) for n, t in KIND_TITLES.items() if n != Kind.SUPERVISION or sees_supervision(scope)],
        places=[(place.code, place.short_name) for place in places], narrowed=bool(filters.search or kind or filters.region or filters.late),
        show_place=scope.level < Level.VILLAGE,
    )  # fmt: skip


def _row(request: Request, row: Any, now: datetime) -> dict[str, Any]:
    (state, tone), (clock, clock_tone), (kind, kind_tone) = (
        state_of(request, row), clock_of(request, row, now), kind_of(request, row)
    )  # fmt: skip
    return {
        "title": row["title"], "href": f"/petitions/{row['id']}", "place": row["place"] or row["place_name"], "number": row["number"],
        "kind": kind, "kind_tone": kind_tone, "state": state, "state_tone": tone, "clock": clock, "clock_tone": clock_tone,
        "desk": row["desk_name"], "raised": row["raised_at"], "tone": "danger" if clock_tone == "danger" else "",
    }  # fmt: skip

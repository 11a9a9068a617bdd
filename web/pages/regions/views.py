"""Reading: the tree of the own range, search, one region as it is and as it was, and the documents."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from core.kernel.database import transaction
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.tenancy.actions.regions import EDIT
from core.tenancy.enums import ChangeKind, Level
from core.tenancy.queries.regions import (
    Change,
    Region,
    changes_of,
    children_of,
    path_of,
    region_as_of,
    region_now,
    region_of,
    regions_by_code,
    search_regions,
    states_of,
)
from web.api import Answer, Request, get_page, page, say, see_other
from web.pages.regions.words import KINDS, LEVELS, WAYS

READ: Final = "core:region:read"
_HITS: Final = 50


@get_page("/regions", permission=READ)
async def regions_page(request: Request, scope: Scope, q: str = "", closed: str = "") -> Answer:
    """Show what lies below one's own place, or what a search finds in it."""
    async with transaction(scope):
        here = await region_of(scope, scope.region)
        found = await search_regions(scope, q, closed=bool(closed), limit=_HITS) if q.strip() else []
        below = [] if q.strip() else await children_of(scope, scope.region, closed=bool(closed))
    return page(
        request, "regions/list.html", title=mark("行政区划"), here=here, q=q, closed=closed,
        rows=[_row(request, region) for region in (found or below)], most=_HITS,
        ways=_ways(scope, here, below=True),
    )  # fmt: skip


@get_page("/regions/documents", permission=READ)
async def documents_page(request: Request, scope: Scope) -> Answer:
    """Show every document that changed something in one's own range."""
    async with transaction(scope):
        changes = await changes_of(scope, scope.region)
        names = await _names(scope, changes)
    rows = [_document(request, change, names) for change in changes]
    return page(request, "regions/documents.html", title=mark("区划变更文件"), back="/regions", rows=rows)


@get_page("/regions/{code:str}", permission=READ)
async def region_page(request: Request, scope: Scope, code: str, closed: str = "", on: str = "") -> Answer:
    """Show one region; with ``on`` also what it was on that day."""
    day = _day(on)
    async with transaction(scope):
        region = await region_of(scope, code) if code in scope.above else await region_now(scope, code)
        if region.code != code:
            return see_other(request, f"/regions/{region.code}")
        path = await path_of(scope, code)
        below = (
            await children_of(scope, code, closed=bool(closed or region.closed)) if scope.covers(code) else []
        )
        states = await states_of(scope, code)
        then = await region_as_of(scope, code, day) if day else None
        changes = await changes_of(scope, code)
        names = await _names(scope, changes)
        successor = await regions_by_code(scope, [region.successor]) if region.successor else []
    return page(
        request, "regions/one.html", title=region.name, back="/regions", region=region,
        level=say(request, LEVELS[region.level]), path=path, rows=[_row(request, r) for r in below],
        states=states, day=day, then=then, closed=closed, successor=successor[0] if successor else None,
        documents=[_document(request, change, names) for change in changes],
        ways=_ways(scope, region, below=any(r.closed is None for r in below)),
    )  # fmt: skip


def _row(request: Request, region: Region) -> dict[str, Any]:
    return {
        "code": region.code,
        "name": region.name,
        "short": region.short_name,
        "level": say(request, LEVELS[region.level]),
        "place": getattr(region, "place", "") or "",
        "closed": region.closed,
        "pseudo": region.pseudo,
    }


def _ways(scope: Scope, region: Region, *, below: bool) -> Sequence[tuple[str, str]]:
    """Give what this post may do with a region: things below its own place, never its own place itself.

    With open regions ``below`` it cannot be closed, only merged.
    """
    if not scope.may(EDIT) or region.closed is not None or not scope.covers(region.code):
        return []
    kinds: list[ChangeKind] = []
    if Level.COUNTY <= region.level < Level.VILLAGE:
        kinds += [ChangeKind.OPEN, ChangeKind.MERGE]
    if len(region.code) > len(scope.region) and region.level >= Level.TOWNSHIP:
        kinds += [ChangeKind.RENAME, ChangeKind.SPLIT, *([] if below else [ChangeKind.CLOSE])]
    return [(kind.value, WAYS[kind]) for kind in kinds]


async def _names(scope: Scope, changes: Sequence[Change]) -> Mapping[str, str]:
    codes = {code for change in changes for code in change.codes}
    return {region.code: region.name for region in await regions_by_code(scope, codes)}


def _document(request: Request, change: Change, names: Mapping[str, str]) -> dict[str, Any]:
    """Say what a document did; of a merge that took villages along, the big ones are named."""
    shortest = min((len(code) for code in change.codes), default=0)
    main = [code for code in change.codes if len(code) == shortest]
    return {
        "kind": say(request, KINDS[change.kind]),
        "on": change.on_date,
        "number": change.document_number,
        "names": [names.get(code, code) for code in main],
        "more": len(change.codes) - len(main),
        "note": change.note,
        "by": change.by_name,
        "made_at": change.made_at,
        "moved": change.moved_at is not None,
    }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None

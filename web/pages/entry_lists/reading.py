"""Reading entry lists: what is in force here, one version, one item, versions and what differs between two."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final
from uuid import UUID

from core.entry_lists.enums import LEVEL_TITLES, ListState
from core.entry_lists.queries import (
    ListVersion,
    drafts_of,
    item_of,
    items_in_force,
    items_of,
    list_by_id,
    lists_below,
    lists_in_force,
    lists_to_come,
    may_edit,
    versions_of,
)
from core.entry_lists.rules import FIELD_TITLES, difference
from core.kernel.database import transaction
from core.kernel.errors import NotFound, mark
from core.kernel.scope import Scope
from web.api import Answer, Request, get_page, page, request_now
from web.pages.entry_lists.views import (
    TOWNSHIP_LEVEL,
    WORDS,
    Wanted,
    category_options,
    find,
    kind_options,
    level_for,
    pages_of,
    version_facts,
)

READ: Final = "core:entry_list:read"
COUNTY_LEVEL: Final = 3


@get_page("/entry-lists", permission=READ)
async def in_force_page(
    request: Request,
    scope: Scope,
    level: str = "",
    q: str = "",
    kind: str = "",
    category: str = "",
    start: int = 1,
) -> Answer:
    """Show what may be asked here and now: the items of all lists that hold in the reader's region."""
    now, chosen = request_now(request), level_for(scope, level)
    wanted = Wanted(q.strip(), kind, category, start)
    async with transaction(scope):
        lists = await lists_in_force(scope, level=chosen, at=now)
        items = await items_in_force(scope, level=chosen, at=now)
        coming = await lists_to_come(scope, level=chosen, at=now)
        drafts = await drafts_of(scope)
        below = await lists_below(scope, at=now) if scope.level <= COUNTY_LEVEL else []
    found = find(items, wanted)
    return page(
        request,
        "entry_lists/in_force.html",
        title=mark("准入清单"),
        level=chosen,
        tabs=[(name, title, name == chosen) for name, title in LEVEL_TITLES.items()],
        lists=lists,
        coming=coming,
        drafts=drafts,
        below=[each for each in below if each.level == chosen],
        found=found,
        wanted=wanted,
        total=len(items),
        kinds=kind_options(items, chosen),
        categories=category_options(items),
        pages=pages_of(found, wanted, "/entry-lists", level=chosen),
        can_begin=_can_begin(scope, drafts, chosen),
        special=scope.level == TOWNSHIP_LEVEL,
        **WORDS,
    )


def _can_begin(scope: Scope, drafts: Sequence[ListVersion], level: str) -> bool:
    """Tell whether the reader may begin a draft of the own list: there is one draft of a list at a time."""
    begun = any(draft.region == scope.region and draft.level == level for draft in drafts)
    return may_edit(scope, scope.region) and scope.level <= TOWNSHIP_LEVEL and not begun


@get_page("/entry-lists/{list_id:uuid}", permission=READ)
async def version_page(
    request: Request,
    scope: Scope,
    list_id: UUID,
    q: str = "",
    kind: str = "",
    category: str = "",
    start: int = 1,
) -> Answer:
    """Show one version's items by category; a draft with what its editor can do."""
    wanted = Wanted(q.strip(), kind, category, start)
    async with transaction(scope):
        version = await list_by_id(scope, list_id)
        items = await items_of(scope, list_id)
    found, facts = find(items, wanted), version_facts(version)
    return page(
        request,
        "entry_lists/version.html",
        title=mark("准入清单"),
        back="/entry-lists?level=" + version.level,
        found=found,
        wanted=wanted,
        total=len(items),
        kinds=kind_options(items, version.level),
        categories=category_options(items),
        pages=pages_of(found, wanted, facts["path"]),
        editable=version.draft and may_edit(scope, version.region),
        renewable=version.state == ListState.PUBLISHED and may_edit(scope, version.region),
        **facts,
    )


@get_page("/entry-lists/{list_id:uuid}/items/{item_id:uuid}", permission=READ)
async def item_page(request: Request, scope: Scope, list_id: UUID, item_id: UUID) -> Answer:
    """Show one item with everything that its list says of it."""
    async with transaction(scope):
        version = await list_by_id(scope, list_id)
        item = await item_of(scope, list_id, item_id)
    facts = version_facts(version)
    return page(
        request,
        "entry_lists/item.html",
        title=mark("清单事项"),
        back=facts["path"],
        item=item,
        editable=version.draft and may_edit(scope, version.region),
        **facts,
    )


@get_page("/entry-lists/{list_id:uuid}/versions", permission=READ)
async def versions_page(request: Request, scope: Scope, list_id: UUID) -> Answer:
    """Show all versions of a list, who published each on which document, and the way to what changed."""
    async with transaction(scope):
        version = await list_by_id(scope, list_id)
        versions = await versions_of(scope, version)
    facts = version_facts(version)
    older = {one.id: other for one, other in pairwise(versions)}
    return page(
        request,
        "entry_lists/versions.html",
        title=mark("清单版本"),
        back=facts["path"],
        versions=versions,
        older=older,
        **facts,
    )


@get_page("/entry-lists/{list_id:uuid}/difference/{other_id:uuid}", permission=READ)
async def difference_page(request: Request, scope: Scope, list_id: UUID, other_id: UUID) -> Answer:
    """Show what this version has that another one of the same list has not, field by field."""
    async with transaction(scope):
        version = await list_by_id(scope, list_id)
        other = await list_by_id(scope, other_id)
        if (other.region, other.level, other.special) != (version.region, version.level, version.special):
            raise NotFound
        told = difference(await items_of(scope, other_id), await items_of(scope, list_id))
    facts = version_facts(version)
    return page(
        request,
        "entry_lists/difference.html",
        title=mark("两版差异"),
        back=f"{facts['path']}/versions",
        other=other,
        told=told,
        fields=FIELD_TITLES,
        **facts,
    )

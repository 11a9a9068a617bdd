"""The list of grids, and the form of one."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from core.kernel.database import transaction
from core.kernel.errors import Conflict, Invalid, ProductError, mark
from core.kernel.scope import Scope
from core.tenancy.actions.offices import (
    GRID_EDIT,
    NAME_MOST,
    GridFacts,
    close_grid,
    create_grid,
    edit_grid,
)
from core.tenancy.enums import Level
from core.tenancy.queries.offices import Grid, grid_of, grids_in
from core.tenancy.queries.regions import region_of, search_regions, villages_of
from web.api import (
    Answer,
    Form,
    FormModel,
    Request,
    form_of,
    get_page,
    page,
    parse,
    post_form,
    request_now,
    see_other,
)
from web.pages.offices.offices import READ

_MOST = 200


class GridForm(FormModel):
    """What the form sends; the region only for a new one."""

    name: Annotated[str, Field(min_length=1, max_length=NAME_MOST)]
    code: Annotated[str, Field(max_length=20)] = ""
    households: Annotated[int, Field(ge=0, le=100_000)] = 0
    region: str = ""


@get_page("/grids", permission=READ)
async def grids_page(request: Request, scope: Scope, q: str = "", closed: str = "") -> Answer:
    """List the grids of one's own place and of those below; ``q`` narrows to places of that name."""
    async with transaction(scope):
        rows = await grids_in(scope, closed=bool(closed), limit=5 * _MOST)
        if q.strip():
            found = tuple(region.code for region in await search_regions(scope, q, limit=_MOST))
            rows = [row for row in rows if row.region.startswith(found)]
    return page(
        request, "offices/grids.html", title=mark("网格"), rows=rows[:_MOST], count=len(rows), q=q, closed=closed,
        may_edit=scope.may(GRID_EDIT),
    )  # fmt: skip


@get_page("/grids/new", permission=GRID_EDIT)
async def grid_new(request: Request, scope: Scope) -> Answer:
    """Ask for a new grid."""
    return await _ask(request, scope, None)


@get_page("/grids/{grid_id:uuid}", permission=GRID_EDIT)
async def grid_form(request: Request, scope: Scope, grid_id: UUID) -> Answer:
    """Show one grid to change."""
    async with transaction(scope):
        grid = await grid_of(scope, grid_id)
    return await _ask(request, scope, grid)


@post_form("/grids", permission=GRID_EDIT)
async def grid_create(request: Request, scope: Scope) -> Answer:
    """Make a grid."""
    form = await form_of(request)
    try:
        data = parse(GridForm, form)
        async with transaction(scope):
            await create_grid(
                scope, region=data.region or scope.region, facts=_facts(data), now=request_now(request)
            )
    except Invalid as error:
        return await _ask(request, scope, None, form=form, error=error)
    return see_other(request, "/grids", flash=mark("已保存。"))


@post_form("/grids/{grid_id:uuid}", permission=GRID_EDIT)
async def grid_save(request: Request, scope: Scope, grid_id: UUID) -> Answer:
    """Change a grid."""
    form = await form_of(request)
    try:
        data = parse(GridForm, form)
        async with transaction(scope):
            await edit_grid(scope, grid=grid_id, facts=_facts(data), now=request_now(request))
    except Invalid as error:
        async with transaction(scope):
            grid = await grid_of(scope, grid_id)
        return await _ask(request, scope, grid, form=form, error=error)
    return see_other(request, "/grids", flash=mark("已保存。"))


@post_form("/grids/{grid_id:uuid}/close", permission=GRID_EDIT)
async def close_grid_now(request: Request, scope: Scope, grid_id: UUID) -> Answer:
    """Close a grid that nobody serves in any more."""
    try:
        async with transaction(scope):
            await close_grid(scope, grid=grid_id, now=request_now(request))
    except Conflict as error:
        async with transaction(scope):
            grid = await grid_of(scope, grid_id)
        return await _ask(request, scope, grid, error=error)
    return see_other(request, "/grids", flash=mark("已撤销，历史记录都保留。"))


def _facts(data: GridForm) -> GridFacts:
    return GridFacts(data.name, data.code, data.households)


async def _ask(
    request: Request,
    scope: Scope,
    grid: Grid | None,
    *,
    form: Form | None = None,
    error: ProductError | None = None,
) -> Answer:
    async with transaction(scope):
        here = await region_of(scope, scope.region)
        places = [here] if scope.level == Level.VILLAGE else await villages_of(scope, scope.region)
    return page(
        request, "offices/grid.html", title=mark("网格"), back="/grids", status=error.status if error else 200, errors=error,
        form=form, grid=grid, places=[(r.code, r.name) for r in places], name_most=NAME_MOST,
    )  # fmt: skip

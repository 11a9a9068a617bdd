"""The list of grids, and the form of one."""

from functools import partial
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from core.kernel.database import transaction
from core.kernel.errors import ProductError, mark
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
from core.tenancy.queries.offices import grid_of, grids_in
from core.tenancy.queries.regions import region_of, search_regions, villages_of
from web.api import (
    Answer,
    Form,
    FormModel,
    Request,
    Run,
    deed,
    drawn,
    get_page,
    page,
    parse,
    post_form,
    request_now,
)
from web.pages.offices.offices import READ

_MOST: Final = 200
_SAVED: Final = mark("已保存。")


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
    return await _ask(request, scope, grid_id)


@post_form("/grids", permission=GRID_EDIT)
async def grid_create(request: Request, scope: Scope) -> Answer:
    """Make a grid."""

    async def run(form: Form) -> None:
        data = parse(GridForm, form)
        await create_grid(scope, region=data.region or scope.region, facts=_facts(data), now=request_now(request))

    return await _deed(request, scope, None, run, _SAVED)


@post_form("/grids/{grid_id:uuid}", permission=GRID_EDIT)
async def grid_save(request: Request, scope: Scope, grid_id: UUID) -> Answer:
    """Change a grid."""

    async def run(form: Form) -> None:
        await edit_grid(scope, grid=grid_id, facts=_facts(parse(GridForm, form)), now=request_now(request))

    return await _deed(request, scope, grid_id, run, _SAVED)


@post_form("/grids/{grid_id:uuid}/close", permission=GRID_EDIT)
async def close_grid_now(request: Request, scope: Scope, grid_id: UUID) -> Answer:
    """Close a grid that nobody serves in any more."""

    async def run(_: Form) -> None:
        await close_grid(scope, grid=grid_id, now=request_now(request))

    return await _deed(request, scope, grid_id, run, mark("已撤销，历史记录都保留。"))


async def _deed(request: Request, scope: Scope, grid_id: UUID | None, run: Run, told: str) -> Answer:
    return await deed(request, scope, run, again=partial(_ask, request, scope, grid_id), name="grid", onward="/grids", told=told)


def _facts(data: GridForm) -> GridFacts:
    return GridFacts(data.name, data.code, data.households)


async def _ask(
    request: Request, scope: Scope, grid_id: UUID | None, *, form: Form | None = None, errors: ProductError | None = None, sent: str = ""
) -> Answer:
    async with transaction(scope):
        grid = None if grid_id is None else await grid_of(scope, grid_id)
        here = await region_of(scope, scope.region)
        places = [here] if scope.level == Level.VILLAGE else await villages_of(scope, scope.region)
    return page(
        request, "offices/grid.html", title=mark("网格"), back="/grids", **drawn(errors), sent_form=sent,
        form=form, grid=grid, places=[(r.code, r.name) for r in places], name_most=NAME_MOST,
    )  # fmt: skip

"""The list of offices, and the form of one."""

from functools import partial
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from core.kernel.database import transaction
from core.kernel.errors import ProductError, mark
from core.kernel.scope import Scope
from core.tenancy.actions.offices import (
    NAME_MOST,
    OFFICE_EDIT,
    OfficeFacts,
    close_office,
    create_office,
    edit_office,
)
from core.tenancy.enums import Level
from core.tenancy.queries.offices import office_of, offices_in
from core.tenancy.queries.regions import below, region_of
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

READ: Final = "core:region:read"
_SAVED: Final = mark("已保存。")


class OfficeForm(FormModel):
    """What the form sends; the region only for a new one."""

    name: Annotated[str, Field(min_length=1, max_length=NAME_MOST)]
    short_name: Annotated[str, Field(max_length=20)] = ""
    position: Annotated[int, Field(ge=0, le=999)] = 0
    region: str = ""


@get_page("/offices", permission=READ)
async def offices_page(request: Request, scope: Scope, closed: str = "") -> Answer:
    """List the offices of one's own place and of those below."""
    async with transaction(scope):
        rows = await offices_in(scope, closed=bool(closed))
    may_edit = scope.may(OFFICE_EDIT) and scope.level <= Level.TOWNSHIP
    return page(
        request, "offices/list.html", title=mark("科室和网格"), rows=rows, closed=closed, may_edit=may_edit
    )


@get_page("/offices/new", permission=OFFICE_EDIT)
async def office_new(request: Request, scope: Scope) -> Answer:
    """Ask for a new office."""
    return await _ask(request, scope, None)


@get_page("/offices/{office_id:uuid}", permission=OFFICE_EDIT)
async def office_form(request: Request, scope: Scope, office_id: UUID) -> Answer:
    """Show one office to change."""
    return await _ask(request, scope, office_id)


@post_form("/offices", permission=OFFICE_EDIT)
async def office_create(request: Request, scope: Scope) -> Answer:
    """Make an office."""

    async def run(form: Form) -> None:
        data = parse(OfficeForm, form)
        await create_office(scope, region=data.region or scope.region, facts=_facts(data), now=request_now(request))

    return await _deed(request, scope, None, run, _SAVED)


@post_form("/offices/{office_id:uuid}", permission=OFFICE_EDIT)
async def office_save(request: Request, scope: Scope, office_id: UUID) -> Answer:
    """Change an office."""

    async def run(form: Form) -> None:
        await edit_office(scope, office=office_id, facts=_facts(parse(OfficeForm, form)), now=request_now(request))

    return await _deed(request, scope, office_id, run, _SAVED)


@post_form("/offices/{office_id:uuid}/close", permission=OFFICE_EDIT)
async def close_office_now(request: Request, scope: Scope, office_id: UUID) -> Answer:
    """Close an office that nobody serves in any more."""

    async def run(_: Form) -> None:
        await close_office(scope, office=office_id, now=request_now(request))

    return await _deed(request, scope, office_id, run, mark("已撤销，历史记录都保留。"))


async def _deed(request: Request, scope: Scope, office_id: UUID | None, run: Run, told: str) -> Answer:
    return await deed(request, scope, run, again=partial(_ask, request, scope, office_id), name="office", onward="/offices", told=told)


def _facts(data: OfficeForm) -> OfficeFacts:
    return OfficeFacts(data.name, data.short_name, position=data.position)


async def _ask(
    request: Request, scope: Scope, office_id: UUID | None, *, form: Form | None = None, errors: ProductError | None = None, sent: str = ""
) -> Answer:
    async with transaction(scope):
        office = None if office_id is None else await office_of(scope, office_id)
        here = await region_of(scope, scope.region)
        towns = await below(scope, scope.region, Level.TOWNSHIP) if scope.level == Level.COUNTY else []
    return page(
        request, "offices/office.html", title=mark("科室站所"), back="/offices", **drawn(errors), sent_form=sent,
        form=form, office=office, places=[(r.code, r.name) for r in (here, *towns)], name_most=NAME_MOST,
    )  # fmt: skip

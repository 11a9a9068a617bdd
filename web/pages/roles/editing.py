"""Making, changing and closing a county's own role."""

from typing import TypeVar
from uuid import UUID

from pydantic import Field

from core.kernel.database import transaction
from core.kernel.errors import Conflict, Invalid, ProductError, mark
from core.kernel.scope import Scope
from core.people.own_roles import (
    EDIT,
    NO_PERMISSION,
    change_role,
    close_role,
    make_role,
    role_for,
    vocabulary,
)
from core.people.queries import OwnRole
from core.people.rules import COUNTY_LEVEL, LEVEL_TITLES, may_hand_out
from web.api import (
    Answer,
    Form,
    FormModel,
    Request,
    first,
    form_of,
    get_page,
    page,
    parse,
    post_form,
    request_now,
    say,
    see_other,
)
from web.pages.roles.lists import grouped

R = TypeVar("R", bound="RoleForm")


class RoleForm(FormModel):
    """A role's name and rights."""

    title: str = Field(min_length=1, max_length=20)
    permissions: list[str] = Field(min_length=1, max_length=200)
    factor: bool = False


class NewRoleForm(RoleForm):
    """A new role has a level too; it does not change later."""

    level: int = Field(ge=COUNTY_LEVEL, le=5)


@get_page("/roles/new", permission=EDIT)
async def new_page(request: Request, scope: Scope) -> Answer:
    """Ask for a new role."""
    return _ask(request, scope)


@post_form("/roles/new", permission=EDIT)
async def make(request: Request, scope: Scope) -> Answer:
    """Make the role."""
    form = await form_of(request)
    try:
        sent = _read(NewRoleForm, form)
        async with transaction(scope):
            await make_role(
                scope,
                title=sent.title,
                level=sent.level,
                permissions=sent.permissions,
                factor=sent.factor,
                now=request_now(request),
            )
    except Invalid as error:
        return _ask(request, scope, error=error, form=form)
    return see_other(request, "/roles", flash=mark("角色已建立，可以授予人员了。"))


@get_page("/roles/{role:uuid}", permission=EDIT)
async def edit_page(request: Request, scope: Scope, role: UUID) -> Answer:
    """Show a role of the county to change."""
    async with transaction(scope):
        found = await role_for(scope, role=role)
    return _ask(request, scope, found=found)


@post_form("/roles/{role:uuid}", permission=EDIT)
async def change(request: Request, scope: Scope, role: UUID) -> Answer:
    """Change the role; whoever uses it signs in again."""
    form = await form_of(request)
    async with transaction(scope):
        found = await role_for(scope, role=role)
    try:
        sent = _read(RoleForm, form)
        async with transaction(scope):
            await change_role(
                scope,
                role=role,
                title=sent.title,
                permissions=sent.permissions,
                factor=sent.factor,
                now=request_now(request),
            )
    except Invalid as error:
        return _ask(request, scope, found=found, error=error, form=form)
    return see_other(request, "/roles", flash=mark("角色已修改，使用它的人需要重新登录。"))


@post_form("/roles/{role:uuid}/close", permission=EDIT)
async def close(request: Request, scope: Scope, role: UUID) -> Answer:
    """Close a role that nobody holds."""
    try:
        async with transaction(scope):
            await close_role(scope, role=role, now=request_now(request))
    except Conflict as error:
        async with transaction(scope):
            found = await role_for(scope, role=role)
        return _ask(request, scope, found=found, error=error)
    return see_other(request, "/roles", flash=mark("角色已停用。"))


def _read(model: type[R], form: Form) -> R:
    try:
        return parse(model, form)
    except Invalid as error:
        unticked = {"permissions": NO_PERMISSION} if "permissions" in error.fields and not form.get("permissions") else {}
        raise Invalid(fields={**error.fields, **unticked}) from error


def _ask(
    request: Request,
    scope: Scope,
    *,
    found: OwnRole | None = None,
    error: ProductError | None = None,
    form: Form | None = None,
) -> Answer:
    offered = [each for each in vocabulary(scope) if may_hand_out(scope, [each.name])]
    kept: Form = form if form is not None else _stored(found)
    return page(
        request,
        "roles/edit.html",
        title=mark("修改角色") if found else mark("新建角色"),
        back="/roles",
        status=error.status if error else 200,
        errors=error,
        role=found,
        name=first(kept, "title"),
        level=first(kept, "level") or (found.level if found else ""),
        levels=[(n, say(request, title)) for n, title in LEVEL_TITLES.items() if n >= COUNTY_LEVEL],
        groups=grouped(request, offered),
        chosen=list(kept.get("permissions", ())),
        factor=bool(first(kept, "factor")),
    )


def _stored(found: OwnRole | None) -> Form:
    """Give a role as its form would send it."""
    if found is None:
        return {}
    factor = ["1"] if found.needs_factor else []
    return {"title": [found.title], "permissions": list(found.permissions), "factor": factor}

"""Counties as the platform operator sees them."""

from typing import Any

from pydantic import Field

from core.contracts.manifest import Manifest
from core.kernel.errors import Conflict, Invalid, NotFound, ProductError, mark
from core.people import platform
from core.people.roles import registry
from core.people.sessions import Session
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
    see_other,
)
from web.api import say as said
from web.pages.signin.steps import signed_in

OPEN = "platform:county:open"


class CodeForm(FormModel):
    """Which county to open."""

    code: str = Field(min_length=6, max_length=6, pattern=r"^\d{6}$")


class AdministratorForm(FormModel):
    """The first administrator."""

    name: str = Field(min_length=1, max_length=50)
    phone: str = Field(min_length=1, max_length=20)


class AllowForm(FormModel):
    """Whether a plugin is allowed."""

    allowed: bool = False


def operator_of(request: Request) -> Session:
    """Give the operator's session, the second factor shown. The route's guard has asked already."""
    session = signed_in(request)
    if not session.operator:
        raise NotFound
    return session


@get_page("/platform", permission=OPEN)
async def counties_page(request: Request) -> Answer:
    """List the counties."""
    rows = await platform.counties()
    return page(
        request,
        "platform/list.html",
        title=mark("县（市、区）"),
        rows=[
            {
                "county": row["county"],
                "name": row["name"],
                "opened": row["opened_at"],
                "closed": row["closed_at"],
                "plugins": len(row["plugins"]),
            }
            for row in rows
        ],
    )


@get_page("/platform/open", permission=OPEN)
async def new_county_page(request: Request, q: str = "") -> Answer:
    """Look for a county to open."""
    return await _ask_county(request, q.strip()[:30])


async def _ask_county(request: Request, q: str, error: ProductError | None = None) -> Answer:
    return page(
        request,
        "platform/open.html",
        title=mark("开通县（市、区）"),
        back="/platform",
        status=error.status if error else 200,
        errors=error,
        q=q,
        found=await platform.counties_to_open(q),
    )


@post_form("/platform/open", permission=OPEN)
async def open_new_county(request: Request) -> Answer:
    """Open a county; its administrator is named next."""
    form = await form_of(request)
    try:
        code = parse(CodeForm, form).code
        await platform.open_county(operator_of(request), code=code, now=request_now(request))
    except (Invalid, Conflict) as error:
        return await _ask_county(request, "", error)
    return see_other(request, f"/platform/{code}", flash=mark("已开通。请邀请第一位县级管理员。"))


@get_page("/platform/{county:str}", permission=OPEN)
async def county_page(request: Request, county: str) -> Answer:
    """Show one county."""
    return await _draw(request, county)


async def _draw(
    request: Request, county: str, *, code: str = "", error: ProductError | None = None, form: Form | None = None
) -> Answer:
    found = await platform.county_named(county)
    allowed = set(found["plugins"])
    return page(
        request,
        "platform/one.html",
        title=found["name"],
        back="/platform",
        status=error.status if error else 200,
        errors=error,
        county=found,
        administrators=await platform.pending_first(found),
        fresh=code,
        sent={name: first(form or {}, name) for name in ("name", "phone")},
        plugins=[_plugin(request, manifest, allowed) for manifest in registry().manifests.values()],
    )


def _plugin(request: Request, manifest: Manifest, allowed: set[str]) -> dict[str, Any]:
    return {
        "name": manifest.name,
        "title": said(request, manifest.title),
        "summary": said(request, manifest.summary),
        "allowed": manifest.name in allowed,
    }


@post_form("/platform/{county:str}/administrator", permission="platform:account:create")
async def invite_administrator(request: Request, county: str) -> Answer:
    """Invite an administrator and show the code to pass on."""
    form = await form_of(request)
    found = await platform.county_named(county)
    try:
        sent = parse(AdministratorForm, form)
        made = await platform.invite_first(
            operator_of(request),
            region=found["code"],
            name=sent.name,
            phone=sent.phone,
            now=request_now(request),
        )
    except (Invalid, Conflict) as error:
        return await _draw(request, county, error=error, form=form)
    return await _draw(request, county, code=made.code or "—")


@post_form("/platform/{county:str}/plugins/{plugin:str}", permission="platform:plugin:allow")
async def allow(request: Request, county: str, plugin: str) -> Answer:
    """Allow a plugin, or take that back."""
    form = await form_of(request)
    if plugin not in registry().manifests:
        raise NotFound
    sent = parse(AllowForm, form)
    await platform.allow_plugin(
        operator_of(request), county=county, plugin=plugin, allowed=sent.allowed, now=request_now(request)
    )
    told = mark("已允许使用这个功能模块。") if sent.allowed else mark("已收回，这个县不能再使用该功能模块。")
    return see_other(request, f"/platform/{county}", flash=told)

"""Asking for a seal; and entering a use that nobody asked for."""

from typing import Any, Final
from uuid import UUID

from core.drafts.actions import once
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Invalid, ProductError, mark
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.seals.actions.using import Used, ask_seal, enter_use
from core.seals.enums import PURPOSE_TITLES
from core.seals.queries import keepers_at, seals_in
from core.seals.rules import Asked
from core.seals.workflows import ASK, KEEP
from core.tenancy.enums import Level
from web.answers import Answer, Request, choices, page, request_now, say, see_other
from web.deeds import drawn
from web.forms import Form, first, form_of, id_in, whole_in
from web.pages.seals.words import moment_of
from web.routing import get_page, post_form

_FIELDS: Final = ("seal", "purpose", "document", "copies", "for_whom", "used_at", "keeper", "reason")


@get_page("/seals/new", permission=ASK)
async def ask_page(request: Request, scope: Scope) -> Answer:
    """Show the form of a request."""
    return await _show(request, scope, {"copies": ["1"]}, entering=False)


@post_form("/seals/new", permission=ASK)
async def ask(request: Request, scope: Scope) -> Answer:
    """Ask and lead to the request. Pressed twice it is one request."""
    form, now = await form_of(request), request_now(request)

    async def run() -> dict[str, str]:
        return {"use": str(await ask_seal(scope, seal=_seal(form), asked=_asked(form), now=now))}

    return await _once(request, scope, form, run, entering=False, told=mark("已申请，批准后就可以用章。"))


@get_page("/seals/enter", permission=KEEP)
async def enter_page(request: Request, scope: Scope) -> Answer:
    """Show the form for a use that nobody asked for."""
    return await _show(request, scope, {"copies": ["1"]}, entering=True)


@post_form("/seals/enter", permission=KEEP)
async def enter(request: Request, scope: Scope) -> Answer:
    """Enter it as what it was."""
    form, now = await form_of(request), request_now(request)

    async def run() -> dict[str, str]:
        copies = whole_in(form, "copies")
        used = Used(moment_of(first(form, "used_at"), field="used_at"), copies, id_in(form, "keeper"))
        made = await enter_use(scope, seal=_seal(form), asked=_asked(form), used=used, reason=first(form, "reason"), now=now)
        return {"use": str(made)}

    return await _once(request, scope, form, run, entering=True, told=mark("已如实登记，请上传盖章页的照片并归档。"))


async def _once(request: Request, scope: Scope, form: Form, run: Any, *, entering: bool, told: str) -> Answer:
    name = "seal_enter" if entering else "seal_ask"
    try:
        async with transaction(scope):
            done = await once(scope, key=first(form, "_key"), form=name, request=form, run=run, now=request_now(request))
    except (Invalid, Conflict) as error:
        return await _show(request, scope, form, entering=entering, errors=error)
    return see_other(request, f"/seals/uses/{done.result['use']}", flash=told)


def _seal(form: Form) -> UUID:
    found = id_in(form, "seal")
    if found is None:
        raise Invalid(fields={"seal": mark("请选择印章。")})
    return found


def _asked(form: Form) -> Asked:
    copies = whole_in(form, "copies")
    return Asked(first(form, "purpose"), first(form, "document"), copies, first(form, "for_whom"))


async def _show(request: Request, scope: Scope, form: Form, *, entering: bool, errors: ProductError | None = None) -> Answer:
    now = request_now(request)
    async with transaction(scope):
        seals = [row for row in await seals_in(scope) if row["stopped_at"] is None]
        keepers = await keepers_at(scope, {"region": scope.region, "county": scope.county}, now=now) if entering else []
    return page(
        request, "seals/new.html", title=mark("登记没有申请的用章") if entering else mark("申请用章"), back="/seals",
        **drawn(errors), form=form, entering=entering, key=first(form, "_key") or str(new_id()),
        values={name: first(form, name) for name in _FIELDS}, now=now, none=not seals,
        seals=[(str(row["id"]), row["title"] if scope.level == Level.VILLAGE else f"{row['place_name']} · {row['title']}") for row in seals],
        purposes=choices(request, PURPOSE_TITLES),
        keepers=[("", say(request, mark("印章的保管人")))] + [(str(each["person_id"]), each["person_name"]) for each in keepers],
    )  # fmt: skip

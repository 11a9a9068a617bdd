"""Redeeming a one-time code: an invitation, or a password's reset. Its owner chooses the password."""

from typing import Final

from core.kernel.errors import Conflict, Invalid, ProductError, TooMany, mark
from core.people.codes import Found, accept, find_code, login_of, redeem
from core.people.enums import Purpose
from core.people.profiles import profile_named
from web.api import (
    Answer,
    Form,
    Request,
    first,
    form_of,
    get_page,
    page,
    post_form,
    say,
    see_other,
    session_of,
)
from web.pages.signin.browser import address_of, client_of, session_cookie, token_of
from web.pages.signin.steps import confirmed

REASON: Final = "whoever redeems a code cannot sign in yet"


@get_page("/sign-in/code", public=REASON)
async def code_page(request: Request) -> Answer:
    """Ask for phone and code; whoever is signed in gives the code alone."""
    return _ask(request)


@post_form("/sign-in/code", public=REASON)
async def show_code(request: Request) -> Answer:
    """Look at the code and ask for the password it is good for."""
    form = await form_of(request)
    session = session_of(request)
    try:
        if session is not None:
            await accept(session, first(form, "code"))
            return see_other(request, "/sign-in/post", flash=mark("已接受邀请，请选择岗位。"))
        found = await find_code(first(form, "phone"), first(form, "code"), address=address_of(request))
    except (Invalid, TooMany) as error:
        return _ask(request, error, form)
    return _ask_password(request, found, form)


@post_form("/sign-in/code/password", public=REASON)
async def redeem_code(request: Request) -> Answer:
    """Take the password and sign in."""
    form = await form_of(request)
    phone, code = first(form, "phone"), first(form, "code")
    try:
        found = await find_code(phone, code, address=address_of(request))
    except (Invalid, TooMany) as error:
        return _ask(request, error, form)
    try:
        token = await redeem(
            phone,
            code,
            password=confirmed(request, form, known=[login_of(phone)]),
            address=address_of(request),
            client=client_of(request),
            old_token=token_of(request),
        )
    except (Invalid, TooMany, Conflict) as error:
        return _ask_password(request, found, form, error)
    return see_other(request, "/", cookies=[session_cookie(request, token)])


def _ask(request: Request, error: ProductError | None = None, form: Form | None = None) -> Answer:
    return page(
        request,
        "signin/code.html",
        title=mark("使用邀请码或重置码"),
        status=error.status if error else 200,
        errors=error,
        phone=first(form or {}, "phone"),
        code=first(form or {}, "code"),
        signed_in=session_of(request) is not None,
    )


def _ask_password(request: Request, found: Found, form: Form, error: ProductError | None = None) -> Answer:
    profile = profile_named(request.app.state.settings.password_profile)
    return page(
        request,
        "signin/choose.html",
        title=mark("设置密码"),
        status=error.status if error else 200,
        errors=error,
        phone=first(form, "phone"),
        code=first(form, "code"),
        name=found.person_name,
        invited=found.purpose is Purpose.INVITE,
        has_account=found.has_account and found.purpose is Purpose.INVITE,
        factor=found.purpose is Purpose.FACTOR,
        hint=say(request, profile.hint),
    )

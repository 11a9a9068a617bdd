"""Steps between the password and the first page.

Second factor, enrolment, an expired password, the choice of a post.

A session that has a step before it has no scope, so these are the only pages it can open.
"""

import io
from collections.abc import Sequence
from typing import Final

import segno
from markupsafe import Markup

from core.kernel.errors import Invalid, NotFound, ProductError, TooMany, mark
from core.people.accounts import begin_enrolment, change_password, show_factor
from core.people.codes import reset_factor
from core.people.profiles import profile_named, weakness
from core.people.sessions import ENROL, FACTOR, PASSWORD, POST, Session
from web.api import (
    Answer,
    Form,
    Request,
    first,
    form_of,
    get_page,
    page,
    post_form,
    request_now,
    say,
    see_other,
    session_of,
)
from web.guards import SIGNED_IN, SignInNeeded
from web.pages.signin.browser import onward, session_cookie

TO_DO: Final = (Invalid, TooMany)


def signed_in(request: Request) -> Session:
    """Give the session. Raises ``SignInNeeded`` where there is none."""
    session: Session | None = session_of(request)
    if session is None:
        raise SignInNeeded
    return session


def _status(error: ProductError | None) -> int:
    return error.status if error else 200


@get_page("/sign-in/factor", permission=SIGNED_IN)
async def factor_page(request: Request, next: str = "") -> Answer:  # noqa: A002 (the address's own word)
    """Ask for the authenticator's code."""
    if signed_in(request).pending != FACTOR:
        return see_other(request, "/sign-in")
    return _ask_code(request, next)


@post_form("/sign-in/factor", permission=SIGNED_IN)
async def show(request: Request) -> Answer:
    """Check the code; the session gets a new id."""
    form = await form_of(request)
    try:
        token = await show_factor(signed_in(request), first(form, "code"), now=request_now(request))
    except TO_DO as error:
        return _ask_code(request, first(form, "next"), error)
    return see_other(request, onward(first(form, "next")), cookies=[session_cookie(request, token)])


def _ask_code(request: Request, path: str, error: ProductError | None = None) -> Answer:
    return page(
        request,
        "signin/factor.html",
        title=mark("第二步验证"),
        status=_status(error),
        errors=error,
        onward=onward(path),
        enrolled=True,
    )


@post_form("/sign-in/factor/lost", permission=SIGNED_IN)
async def lost_authenticator(request: Request) -> Answer:
    """Give up a lost authenticator with an administrator's code."""
    form = await form_of(request)
    try:
        await reset_factor(signed_in(request), first(form, "code"))
    except TO_DO as error:
        return _ask_code(request, "", error)
    return see_other(request, "/sign-in/enrol")


@get_page("/sign-in/enrol", permission=SIGNED_IN)
async def enrol_page(request: Request) -> Answer:
    """Show the secret to enrol with, as a picture and in letters."""
    if signed_in(request).pending != ENROL:
        return see_other(request, "/sign-in")
    return await _show_secret(request)


@post_form("/sign-in/enrol", permission=SIGNED_IN)
async def enrol(request: Request) -> Answer:
    """Confirm the authenticator with its first code."""
    form = await form_of(request)
    session = signed_in(request)
    if session.pending != ENROL:
        return see_other(request, "/sign-in")
    try:
        token = await show_factor(session, first(form, "code"), now=request_now(request))
    except TO_DO as error:
        return await _show_secret(request, error)
    done = mark("验证器已绑定。以后登录时，请输入它显示的 6 位验证码。")
    return see_other(request, "/", flash=done, cookies=[session_cookie(request, token)])


async def _show_secret(request: Request, error: ProductError | None = None) -> Answer:
    session = signed_in(request)
    enrolment = await begin_enrolment(session, label=session.person_name or say(request, mark("我的账号")))
    groups = [enrolment.secret[at : at + 4] for at in range(0, len(enrolment.secret), 4)]
    return page(
        request,
        "signin/enrol.html",
        title=mark("绑定验证器"),
        status=_status(error),
        errors=error,
        picture=_qr(enrolment.address),
        secret=" ".join(groups),
        address=enrolment.address,
    )


def _qr(address: str) -> Markup:
    """Draw a QR code as SVG without any style of its own."""
    drawn = io.BytesIO()
    segno.make(address, error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=True, scale=5, border=2, svgclass="qr", lineclass=None
    )
    return Markup(drawn.getvalue().decode())  # noqa: S704 (drawn by us from our own address)


@get_page("/sign-in/password", permission=SIGNED_IN)
async def password_page(request: Request) -> Answer:
    """Ask for a new password in place of an expired one."""
    if signed_in(request).pending != PASSWORD:
        return see_other(request, "/sign-in")
    return _ask_password(request)


@post_form("/sign-in/password", permission=SIGNED_IN)
async def renew_password(request: Request) -> Answer:
    """Take the new password in place of an expired one; before the second factor nothing of the account changes."""
    form = await form_of(request)
    session = signed_in(request)
    if session.pending != PASSWORD:
        return see_other(request, "/sign-in")
    try:
        token = await change_password(
            session,
            old=first(form, "old"),
            new=confirmed(request, form),
        )
    except TO_DO as error:
        return _ask_password(request, error)
    return see_other(request, "/", flash=mark("密码已更换。"), cookies=[session_cookie(request, token)])


def _ask_password(request: Request, error: ProductError | None = None) -> Answer:
    profile = profile_named(request.app.state.settings.password_profile)
    return page(
        request,
        "signin/password.html",
        title=mark("更换密码"),
        status=_status(error),
        errors=error,
        hint=say(request, profile.hint),
        days=profile.days,
    )


def confirmed(request: Request, form: Form, *, known: Sequence[str] = ()) -> str:
    """Give a new password that the profile in force takes and that was typed twice alike.

    Raises ``Invalid`` with all that is wrong at once, before anything else is looked at.
    """
    password, again = first(form, "password"), first(form, "again")
    problems = {}
    if weak := weakness(profile_named(request.app.state.settings.password_profile), password, known=known):
        problems["password"] = weak
    if password != again:
        problems["again"] = mark("两次输入的密码不一样。")
    if problems:
        raise Invalid(fields=problems)
    return password


@get_page("/sign-in/post", permission=SIGNED_IN)
async def choose_page(request: Request) -> Answer:
    """Ask at which post to work, or tell that there is none."""
    session = signed_in(request)
    if session.pending not in {POST, ""}:
        return see_other(request, "/sign-in")
    if session.operator:
        raise NotFound
    return page(
        request,
        "signin/post.html",
        title=mark("选择岗位"),
        posts=[(post.id, say(request, post.role_title), post.place_name) for post in session.memberships],
    )

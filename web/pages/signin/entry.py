"""The way in and the way out."""

from typing import Final

from pydantic import Field

from core.kernel.errors import Invalid, ProductError, TooMany, mark
from core.people.accounts import sign_in
from core.people.sessions import end_session
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
    see_other,
    session_of,
)
from web.guards import SIGNED_IN
from web.lists import no_list
from web.pages.signin.browser import (
    address_of,
    client_of,
    no_session,
    onward,
    session_cookie,
    token_of,
)

REASON: Final = "the way in"


class SignInForm(FormModel):
    """What somebody signs in with. The password is taken as it was typed, blanks and all."""

    login: str = Field(min_length=1, max_length=100)
    next: str = ""


@get_page("/sign-in", public=REASON)
async def sign_in_page(request: Request, next: str = "") -> Answer:  # noqa: A002 (the address's own word)
    """Ask for login and password, or lead on whoever is signed in."""
    session = session_of(request)
    if session is not None:
        return see_other(request, f"/sign-in/{session.pending}" if session.pending else onward(next))
    return _ask(request, onward=onward(next))


@post_form("/sign-in", public=REASON)
async def sign_in_form(request: Request) -> Answer:
    """Sign in. What is wrong is never told apart."""
    form = await form_of(request)
    try:
        sent = parse(SignInForm, form)
        token = await sign_in(
            sent.login,
            first(form, "password"),
            address=address_of(request),
            client=client_of(request),
            old_token=token_of(request),
        )
    except (Invalid, TooMany) as error:
        return _ask(request, error=error, form=form, onward=onward(first(form, "next")))
    return see_other(request, onward(sent.next), cookies=[session_cookie(request, token), no_list(request)])


def _ask(
    request: Request, *, onward: str, error: ProductError | None = None, form: Form | None = None
) -> Answer:
    return page(
        request,
        "signin/sign_in.html",
        title=mark("登录"),
        status=error.status if error else 200,
        errors=error,
        form=form,
        login=first(form or {}, "login"),
        onward=onward,
        demo=request.app.state.settings.demo,
    )


@post_form("/logout", permission=SIGNED_IN)
async def sign_out(request: Request) -> Answer:
    """End the session; its cookie goes with it."""
    session = session_of(request)
    if session is not None:
        await end_session(session)
    return see_other(request, "/sign-in", flash=mark("您已退出登录。"), cookies=[no_session(request), no_list(request)])

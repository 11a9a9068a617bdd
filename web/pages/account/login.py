"""One's own user name: what else than the phone number one signs in with."""

from core.kernel.errors import Invalid, ProductError, TooMany, mark
from core.people.own_login import HINT, change_login, own_login
from web.api import Answer, Form, Request, first, form_of, get_page, page, post_form, say, see_other
from web.guards import ANY
from web.pages.signin.browser import session_cookie
from web.pages.signin.steps import signed_in


@get_page("/me/login", permission=ANY)
async def own_login_page(request: Request) -> Answer:
    """Ask for the user name and the password."""
    return await _ask(request)


@post_form("/me/login", permission=ANY)
async def change_own_login(request: Request) -> Answer:
    """Change the user name; all other devices are signed out."""
    form = await form_of(request)
    login = first(form, "login")
    try:
        token = await change_login(signed_in(request), login=login, password=first(form, "password"))
    except (Invalid, TooMany) as error:
        return await _ask(request, error, form)
    changed = mark("用户名已更换，其他设备都已退出登录。")
    removed = mark("用户名已取消，以后用手机号登录。其他设备都已退出登录。")
    flash = changed if login.strip() else removed
    return see_other(request, "/me", flash=flash, cookies=[session_cookie(request, token)])


async def _ask(request: Request, error: ProductError | None = None, form: Form | None = None) -> Answer:
    mine = await own_login(signed_in(request))
    return page(
        request,
        "account/login.html",
        title=mark("更换用户名"),
        back="/me",
        status=error.status if error else 200,
        errors=error,
        login=first(form, "login") if form is not None else mine.name,
        has_phone=mine.has_phone,
        hint=say(request, HINT),
    )

"""One's own page, and the small switches of the shell."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from litestar.datastructures import Cookie

from core.kernel.errors import Invalid, NotFound, ProductError, TooMany, mark
from core.people.accounts import change_password
from core.people.profiles import profile_named
from core.people.sessions import (
    end_other_sessions,
    sessions_of_mine,
    set_elder,
    set_language,
    switch_membership,
)
from web.answers import LANGUAGE
from web.api import (
    Answer,
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
from web.guards import ANY, SIGNED_IN
from web.lists import no_list
from web.pages.signin.browser import onward, session_cookie
from web.pages.signin.steps import confirmed, signed_in

_YEAR: Final = 365 * 24 * 3600
_NOW: Final = timedelta(minutes=2)
# Words of a browser's own description, the telling ones first.
_PROGRAMS: Final = {
    "MicroMessenger": mark("微信"),
    "DingTalk": mark("钉钉"),
    "Edg": "Edge",
    "Firefox": "Firefox",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
_MACHINES: Final = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "HarmonyOS": "HarmonyOS",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "Linux": "Linux",
}


@get_page("/me", permission=ANY)
async def me_page(request: Request) -> Answer:
    """Show one's account."""
    session = signed_in(request)
    rows = await sessions_of_mine(session)
    now = request_now(request)
    return page(
        request,
        "account/me.html",
        title=mark("我的账号"),
        back="/",
        name=session.person_name,
        posts=[
            (post.id, say(request, post.role_title), post.place_name, post.current)
            for post in session.memberships
        ],
        sessions=[
            {
                "id": row["id"],
                "client": _client(request, row["client"]),
                "begun": row["created_at"],
                "seen": None if now - row["seen_at"] < _NOW else row["seen_at"],
                "current": row["current"],
            }
            for row in rows
        ],
        language=session.language,
        elder=session.elder,
        operator=session.operator,
    )


def _client(request: Request, told: str) -> str:
    """Say in words which browser a session belongs to."""
    program = next((name for word, name in _PROGRAMS.items() if word in told), "")
    machine = next((name for word, name in _MACHINES.items() if word in told), "")
    named = " · ".join(say(request, name) for name in (machine, program) if name)
    return named or say(request, mark("其他浏览器"))


@post_form("/me/sessions/end", permission=ANY)
async def end_others(request: Request) -> Answer:
    """End all sessions but this one."""
    gone = await end_other_sessions(signed_in(request))
    told = mark("其他设备都已退出登录。") if gone else mark("没有其他设备在登录。")
    return see_other(request, "/me", flash=told)


@post_form("/me/sessions/{session_id:uuid}/end", permission=ANY)
async def end_one(request: Request, session_id: UUID) -> Answer:
    """End one other session."""
    if not await end_other_sessions(signed_in(request), only=session_id):
        raise NotFound
    return see_other(request, "/me", flash=mark("这台设备已退出登录。"))


@get_page("/me/password", permission=ANY)
async def own_password_page(request: Request) -> Answer:
    """Ask for the old and the new password."""
    return _ask(request)


@post_form("/me/password", permission=ANY)
async def change_own_password(request: Request) -> Answer:
    """Change the password; all other devices are signed out."""
    form = await form_of(request)
    try:
        new = confirmed(request, form)
        token = await change_password(signed_in(request), old=first(form, "old"), new=new)
    except (Invalid, TooMany) as error:
        return _ask(request, error)
    done = mark("密码已更换，其他设备都已退出登录。")
    return see_other(request, "/me", flash=done, cookies=[session_cookie(request, token)])


def _ask(request: Request, error: ProductError | None = None) -> Answer:
    profile = profile_named(request.app.state.settings.password_profile)
    return page(
        request,
        "account/password.html",
        title=mark("更换密码"),
        back="/me",
        status=error.status if error else 200,
        errors=error,
        hint=say(request, profile.hint),
    )


@post_form("/me/membership", permission=SIGNED_IN)
async def switch_post(request: Request) -> Answer:
    """Take up another of one's posts; the session gets a new id."""
    form = await form_of(request)
    token = await switch_membership(signed_in(request), _uuid(first(form, "membership")))
    if token is None:
        raise NotFound
    return see_other(request, "/", cookies=[session_cookie(request, token), no_list(request)])


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


@post_form("/me/language", public="the sign-in page has the switch too")
async def switch_language(request: Request) -> Answer:
    """Choose the language, for the account or for this browser."""
    form = await form_of(request)
    language, session = first(form, "language"), session_of(request)
    if session is not None:
        await set_language(session, language)
    cookies: list[Cookie] = [_language(request, language)] if language in {"zh", "en"} else []
    return see_other(request, _back(form), cookies=cookies)


def _language(request: Request, language: str) -> Cookie:
    secure = request.app.state.settings.https
    return Cookie(
        key=LANGUAGE, value=language, path="/", max_age=_YEAR, httponly=True, samesite="lax", secure=secure
    )


@post_form("/me/elder", public="the sign-in page has the switch too")
async def switch_elder(request: Request) -> Answer:
    """Choose large print for the account."""
    form = await form_of(request)
    session = session_of(request)
    if session is not None:
        await set_elder(session, elder=first(form, "elder") == "1")
    return see_other(request, _back(form))


def _back(form: Any) -> str:
    path = first(form, "next")
    fine = path.startswith("/sign-in") and "\\" not in path and path.isprintable()
    return path if fine else onward(path)

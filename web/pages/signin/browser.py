"""What signing in needs to know of the browser: its cookie, its address, and where it wanted to go."""

from litestar.datastructures import Cookie

from web.answers import Request
from web.middleware import cookie_name

_LONGEST_CLIENT = 120


def session_cookie(request: Request, token: str) -> Cookie:
    """Make the cookie of a session; it ends with the browser or with the session, whichever is first."""
    settings = request.app.state.settings
    return Cookie(
        key=cookie_name(settings),
        value=token,
        path="/",
        httponly=True,
        secure=settings.https,
        samesite="lax",
    )


def no_session(request: Request) -> Cookie:
    """Take the session's cookie away."""
    settings = request.app.state.settings
    return Cookie(
        key=cookie_name(settings),
        value="",
        path="/",
        max_age=0,
        httponly=True,
        secure=settings.https,
        samesite="lax",
    )


def token_of(request: Request) -> str:
    """Give the token that the browser sent, whatever it is worth."""
    return request.cookies.get(cookie_name(request.app.state.settings), "")


def address_of(request: Request) -> str:
    """Give the address that attempts are counted by."""
    return request.client.host if request.client is not None else ""


def client_of(request: Request) -> str:
    """Give the browser's own words about itself, for the list of sessions."""
    return request.headers.get("user-agent", "")[:_LONGEST_CLIENT]


def onward(path: str) -> str:
    """Give a path of ours to go on to; anything that could lead elsewhere becomes the first page."""
    fine = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if fine and not path.startswith("/sign-in") else "/"

"""Who is asking, before anything else: the session, the origin of writing requests, and the headers of every answer."""

from typing import Any, Final

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from core.kernel.settings import Settings
from core.people.sessions import open_session

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS: Final = (
    (b"content-security-policy", _CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), geolocation=(), microphone=()"),
)
# A year. Not for subdomains, which are not ours to speak for; only where browsers reach us through https.
_ONLY_HTTPS: Final = (b"strict-transport-security", b"max-age=31536000")


def cookie_name(settings: Settings) -> str:
    """``__Host-`` cookies need https; phones on plain http would drop them."""
    return "__Host-xz" if settings.https else "xz"


class SessionMiddleware(ASGIMiddleware):
    """Open the session of the cookie, in one round trip, and put it where guards and handlers find it."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, settings: Settings) -> None:
        self.cookie = f"{cookie_name(settings)}=".encode()

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        state: dict[str, Any] = scope["state"]
        path: str = scope["path"]
        state["session"] = None
        if not path.startswith(("/static/", "/livez", "/readyz")):
            token = self._token(scope)
            state["session"] = await open_session(token) if token else None
        await next_app(scope, receive, send)

    def _token(self, scope: Scope) -> str:
        for name, value in scope["headers"]:
            if name == b"cookie":
                for part in value.split(b";"):
                    stripped = part.strip()
                    if stripped.startswith(self.cookie):
                        token: str = stripped[len(self.cookie) :].decode("latin-1")
                        return token
        return ""


async def add_headers(message: Message, scope: Scope) -> None:
    """Add the security headers to every answer, also to those no route was found for.

    An answer's own header of the same name stays. Pages of a session are never stored.
    """
    if message["type"] != "http.response.start":
        return
    private = scope["state"].get("session") is not None
    headers = list(message["headers"])
    present = {name.lower() for name, _ in headers}
    headers += [(name, value) for name, value in _HEADERS if name not in present]
    if scope["litestar_app"].state.settings.https and b"strict-transport-security" not in present:
        headers.append(_ONLY_HTTPS)
    if private and b"cache-control" not in present:
        headers.append((b"cache-control", b"no-store"))
    message["headers"] = headers

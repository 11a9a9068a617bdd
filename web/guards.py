"""Guards: each route says what it needs, and these ask before the handler runs.

The order of the answers is part of the walls: not signed in → sign in; a plugin that is off in the county → 404, as if it
did not exist; in one's own place without the permission → 403.
"""

import hashlib
import hmac
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection, Request
from litestar.handlers.base import BaseRouteHandler

from core.contracts.manifest import PluginState
from core.extension.queries import plugin_card
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, NotFound, ProductError, mark
from core.kernel.settings import Settings
from core.tenancy.enums import Level
from web.middleware import SAFE

Connection = ASGIConnection[Any, Any, Any, Any]
ON: Final = "on"
PAUSED: Final = "paused"
_REMEMBERED: Final = 4_096  # tokens of sessions: each page asks for its own twice

# Two words beside the permissions: whoever has finished signing in, and whoever is about to (second factor and the like).
ANY: Final = "any"
SIGNED_IN: Final = "signed_in"


class SignInNeeded(ProductError):
    """Nobody is signed in. Pages lead to the sign-in, htmx gets a redirect header, never a login page inside a row."""

    status = 401
    code = "sign_in"
    default = mark("请先登录。")


class ForeignOrigin(ProductError):
    """A writing request that another site made, or one without the session's token."""

    status = 403
    code = "origin"
    default = mark("这次提交不是从本系统的页面发出的，没有受理。请刷新页面后再试。")


class StepNeeded(ProductError):
    """The session must do something first: show a second factor, enrol one, change a password, choose a post."""

    status = 401
    code = "step"
    default = mark("请先完成登录的下一步。")

    def __init__(self, step: str) -> None:
        super().__init__(step=step)
        self.step = step


def session_of(connection: Connection) -> Any | None:
    """Give the session that the middleware opened, or None."""
    return connection.scope["state"].get("session")


def csrf_token(settings: Settings, session: Any | None) -> str:
    """Make the token of a session's forms. It dies with the session's id, which changes at sign-in and with rights."""
    return "" if session is None else _token_of(settings.key("csrf"), str(session.id))


@lru_cache(_REMEMBERED)
def _token_of(key: bytes, session: str) -> str:
    return hmac.new(key, session.encode(), hashlib.sha256).hexdigest()


async def guard_route(connection: Connection, handler: BaseRouteHandler) -> None:
    """Ask all of them, in this order.

    One guard and an asynchronous one: Litestar runs plain functions in a thread, and copies the handler for each guard. For
    a page that costs as much as its SQL.
    """
    guard_origin(connection, handler)
    guard_permission(connection, handler)
    await find_pause(connection, handler)
    await guard_token(connection, handler)


def guard_origin(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Refuse writing requests of other sites, from the headers alone: before any body is read."""
    if connection.scope.get("method", "GET") in SAFE:
        return
    headers = connection.headers
    site = headers.get("sec-fetch-site")
    if site is not None and site not in {"same-origin", "none"}:
        raise ForeignOrigin
    source = headers.get("origin") or headers.get("referer")
    if source is None or source == "null" or not _same_host(source, connection):
        raise ForeignOrigin


def _same_host(source: str, connection: Connection) -> bool:
    """Compare with the configured address, or with the Host header where phones reach us by another name."""
    settings: Settings = connection.app.state.settings
    asked = urlsplit(source).netloc.lower()
    return asked in {connection.headers.get("host", "").lower(), urlsplit(settings.base_url).netloc.lower()}


async def guard_token(connection: Connection, handler: BaseRouteHandler) -> None:
    """Refuse writing requests without the session's token: a header, or the form's field where the body is small."""
    if connection.scope.get("method", "GET") in SAFE or handler.opt.get("token") == "by_handler":
        return
    session = session_of(connection)
    if session is None:
        return
    given = connection.headers.get("x-csrf-token", "")
    if not given:
        form = await Request[Any, Any, Any](connection.scope, receive=connection.receive).form()
        given = str(form.get("csrf_token", ""))
    if not hmac.compare_digest(given.encode(), csrf_token(connection.app.state.settings, session).encode()):
        raise ForeignOrigin


def guard_permission(connection: Connection, handler: BaseRouteHandler) -> None:
    """Ask for the permission that the route declared."""
    permission = handler.opt.get("permission")
    if permission is None:
        return
    session = session_of(connection)
    if session is None:
        raise SignInNeeded
    if permission == SIGNED_IN:
        return
    if session.pending:
        raise StepNeeded(session.pending)
    if permission.startswith("platform:"):
        if not session.operator:
            raise NotFound
        return
    if session.scope is None:
        if permission == ANY:
            return
        raise NotFound
    state = _plugin_state(handler, session.scope.plugins)
    if permission != ANY and permission not in session.scope.permissions:
        raise Forbidden(permission)
    _guard_paused(connection, state)


def _plugin_state(handler: BaseRouteHandler, plugins: Any) -> str:
    """Give how the route's plugin stands here; empty for core's own. Raises ``NotFound`` where it is off."""
    plugin = handler.opt.get("plugin")
    if not plugin:
        return ""
    state: str | None = plugins.get(plugin)
    if state not in {ON, PAUSED}:
        raise NotFound
    return str(state)


def _guard_paused(connection: Connection, state: str) -> None:
    """Refuse what would begin something while the plugin is paused. Asked last: who may not do it anyway is told so."""
    if state == PAUSED and connection.scope.get("method", "GET") not in SAFE:
        raise Conflict(mark("这项功能已暂停：可以查看，不能新增或修改。如需恢复，请联系县（区）管理员。"))


async def find_pause(connection: Connection, handler: BaseRouteHandler) -> None:
    """Read how it came that this route's plugin is paused, for the page to say so before anything is pressed.

    Viewers above the county may never write there: to them nothing is paused.
    """
    plugin = handler.opt.get("plugin")
    session = session_of(connection)
    scope = None if session is None else session.scope
    if not plugin or scope is None or scope.level < Level.COUNTY or scope.plugins.get(plugin) != PluginState.PAUSED:
        return
    async with transaction(scope):
        connection.scope["state"]["pause"] = await plugin_card(scope, plugin)

"""Routes: each handler says its permission where it is declared; a route without one stops the boot."""

import functools
import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final

from litestar import Request, delete, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery

from core.kernel.errors import NotFound
from core.kernel.scope import Scope
from web.answers import address_of, see_other
from web.guards import guard_permission, guard_route, session_of

Function = Callable[..., Awaitable[Any]]
GUARDS: Final = [guard_route]
_OK: Final = 200
_REQUEST: Final = inspect.Parameter(
    "request", inspect.Parameter.KEYWORD_ONLY, annotation=Request[Any, Any, Any]
)


class RouteError(Exception):
    """A route is declared in a way that would open it by mistake."""


def get_page(
    path: str, *, permission: str = "", public: str = "", plugin: str = ""
) -> Callable[[Function], HTTPRouteHandler]:
    """Declare a page: GET only, nothing is changed by it.

    ``permission`` is ``area:resource:action``, ``any`` for whoever is signed in, or ``signed_in`` for the steps of
    signing in itself (their session has no rights yet: /sign-in/factor, enrol, password, post). A page without sign-in gives its reason
    in ``public``. Litestar keeps the parameter names data, body, query, state, headers and cookies for itself.
    """
    return _declare(get, path, permission, public, plugin, {})


def post_form(
    path: str,
    *,
    permission: str = "",
    public: str = "",
    plugin: str = "",
    token: str = "",
    most_bytes: int = 0,
) -> Callable[[Function], HTTPRouteHandler]:
    """Declare what changes something. Origin, permission and the session's token are checked before the handler.

    A form that was refused answers at this address; where there is no page of the same address, ``landings`` makes one.

    ``token="by_handler"`` is for uploads alone: their bodies are not read before the handler decides to;
    ``most_bytes`` lets those bodies be longer than others.
    """
    more = {"token": token, "status_code": 200, "request_max_body_size": most_bytes}
    return _declare(post, path, permission, public, plugin, more)


def put_part(path: str, *, permission: str) -> Callable[[Function], HTTPRouteHandler]:
    """Declare what takes a part of a file: for scripts alone, which send the token in a header."""
    return _declare(put, path, permission, "", "", {"status_code": 200})


def delete_upload(path: str, *, permission: str) -> Callable[[Function], HTTPRouteHandler]:
    """Declare what takes an upload back: for scripts alone."""
    return _declare(delete, path, permission, "", "", {"status_code": 200})


def _declare(
    method: Any, path: str, permission: str, public: str, plugin: str, more: dict[str, Any]
) -> Callable[[Function], HTTPRouteHandler]:
    if bool(permission) == bool(public):
        raise RouteError(f"{path}: a route names a permission, or the reason why it needs none")
    status = {name: more[name] for name in ("status_code", "request_max_body_size") if more.get(name)}
    opt = {
        "permission": permission or None,
        "public": public,
        "plugin": plugin,
        "token": more.get("token", ""),
    }

    def decorate(function: Function) -> HTTPRouteHandler:
        declared: HTTPRouteHandler = method(path, guards=list(GUARDS), opt=opt, **status)(
            _prepared(function, path)
        )
        return declared

    return decorate


def _prepared(function: Function, path: str) -> Function:
    """Say for each parameter where it comes from, as Litestar wants it: path or query. The ``scope`` we give ourselves."""
    signature = inspect.signature(function)
    takes = signature.parameters.keys()

    @functools.wraps(function)
    async def handler(request: Request[Any, Any, Any], **arguments: Any) -> Any:
        if "request" in takes:
            arguments["request"] = request
        if "scope" in takes:
            arguments["scope"] = _scope_of(request)
        return await function(**arguments)

    parameters = [_REQUEST]
    parameters += [_sourced(p, path) for p in signature.parameters.values() if p.name not in {"scope", "request"}]
    handler.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    notes = {p.name: p.annotation for p in parameters}
    handler.__annotations__ = {**notes, "return": function.__annotations__.get("return", Any)}
    del handler.__wrapped__  # Litestar would look through it to the old signature
    return handler


def _scope_of(request: Any) -> Scope:
    session = session_of(request)
    if session is not None and session.scope is None:
        raise NotFound  # the platform's operator has no post: the pages of posts do not exist for them
    if session is None:
        raise RouteError("a handler that takes a scope needs a permission")
    found: Scope = session.scope
    return found


def _sourced(parameter: inspect.Parameter, path: str) -> inspect.Parameter:
    named = parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
    source = FromPath if f"{{{parameter.name}:" in path else FromQuery
    return named.replace(annotation=source[parameter.annotation])


def landings(handlers: Iterable[HTTPRouteHandler]) -> list[HTTPRouteHandler]:
    """Give every address that only takes forms something to answer a GET with: it leads to the page above, where the form stands.

    A refused form is shown at the address it was sent to, and whoever reloads that page, keeps it or comes back from the
    sign-in asks for it with GET.
    """
    known = list(handlers)
    pages = {path: each for each in known if "GET" in each.http_methods for path in each.paths}
    made = []
    for form in known:
        for path in sorted(form.paths if "POST" in form.http_methods else ()):
            above = _above(path, pages) if path not in pages else None
            if above is not None:
                made.append(_landing(path, form, above, pages[above]))
    return made


def _above(path: str, pages: Mapping[str, Any]) -> str | None:
    while path:
        path = path.rpartition("/")[0]
        if (path or "/") in pages:
            return path or "/"
    return None


def _landing(path: str, form: HTTPRouteHandler, above: str, page: HTTPRouteHandler) -> HTTPRouteHandler:
    """Make one: it asks for what the form asks for, and looks at the page before it leads there.

    So an id that nobody has, or another county, answers here as it does on the page.
    """
    parts = above.rstrip("/").count("/") + 1

    async def land(request: Request[Any, Any, Any]) -> Any:
        guard_permission(request, page)
        ids = {name: value for name, value in request.path_params.items() if f"{{{name}:" in above}
        shown = await page.fn(request=request, **ids)
        if shown.status_code != _OK:
            return shown
        here, _, query = address_of(request).partition("?")
        there = "/".join(here.split("/")[:parts]) or "/"
        return see_other(request, f"{there}?{query}" if query else there)

    opt = {**form.opt, "token": "", "lands_on": above}
    declared: HTTPRouteHandler = get(path, guards=list(GUARDS), opt=opt, name=f"land {path}")(land)
    return declared

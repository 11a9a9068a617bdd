"""Errors become answers here and nowhere else.

What a stranger is told depends on nothing but the error's kind: the answer for a foreign id and for an unknown one are the
same, byte for byte.
"""

from typing import Any
from urllib.parse import quote

import structlog
from asyncpg.exceptions import CharacterNotInRepertoireError, UntranslatableCharacterError
from litestar import Response
from litestar.enums import MediaType
from litestar.exceptions import HTTPException
from litestar.status_codes import HTTP_500_INTERNAL_SERVER_ERROR

from core.kernel.errors import Invalid, NotFound, ProductError, TooMany, Unavailable, mark
from web.answers import Request, error_texts, is_fragment, renderer_of, say, see_other, shell_of
from web.guards import ForeignOrigin, SignInNeeded, StepNeeded
from web.middleware import SAFE

log = structlog.get_logger(__name__)

_KEPT = mark("您写的内容没有丢失，可以返回上一页再看。")
_TODO: dict[type[ProductError], str] = {
    NotFound: mark("请检查地址，或者回到首页重新进入。"),
    Unavailable: mark("请过一会儿再试。"),
    TooMany: mark("请稍等片刻再试。"),
    ForeignOrigin: mark("请刷新页面后再试一次。"),
}
_UNREADABLE = mark("发送的内容读不懂，没有受理。请刷新页面后再试。")
_DEFAULT_TODO = mark("如果一直这样，请联系管理员。")


def answer_product_error(request: Request, error: ProductError) -> Response[Any]:
    """Answer in the form the reader asked for: a page, a part of one, or JSON for uploads."""
    if isinstance(error, SignInNeeded | StepNeeded):
        return _to_sign_in(request, error)
    if _wants_json(request):
        told = error_texts(request, error)
        return Response(
            {"error": error.code, "message": told["summary"], "fields": told["fields"]},
            status_code=error.status,
        )
    values = {
        "status": error.status,
        "happened": say(request, error.message, **error.data),
        "kept": None if request.method in SAFE else say(request, _KEPT),
        "todo": _todo(request, error),
    }
    shell = shell_of(request, mark("没有办成"))
    renderer = renderer_of(request)
    part = is_fragment(request)
    body = (
        renderer.fragment(shell, "_error.html", values)
        if part
        else renderer.page(shell, "error.html", values)
    )
    return Response(body, status_code=error.status, media_type=MediaType.HTML)


def _todo(request: Request, error: ProductError) -> str:
    if isinstance(error, Invalid) and error.fields:
        return " ".join(say(request, text) for text in error.fields.values())
    return say(request, _TODO.get(type(error), _DEFAULT_TODO))


def _to_sign_in(request: Request, error: ProductError) -> Response[Any]:
    if _wants_json(request):
        return Response(
            {"error": error.code, "message": say(request, error.message)}, status_code=error.status
        )
    target = f"/sign-in/{error.step}" if isinstance(error, StepNeeded) else "/sign-in"
    here = request.url.path if request.method in SAFE else ""
    onward = f"{target}?next={quote(here)}" if here not in {"", "/"} else target
    return see_other(request, onward)


def answer_http_exception(request: Request, error: HTTPException) -> Response[Any]:
    """Say what the framework found wrong in our words. An address it cannot parse is an address that does not exist."""
    if error.status_code >= HTTP_500_INTERNAL_SERVER_ERROR:
        return answer_unexpected(request, error)
    told: ProductError = NotFound()
    if error.status_code == 413:  # noqa: PLR2004
        told = Invalid(mark("发送的内容太大了，没有受理。请分几次发送。"))
    elif error.status_code == 429:  # noqa: PLR2004
        told = TooMany()
    elif error.status_code == 400 and request.method not in SAFE:  # noqa: PLR2004
        told = Invalid(_UNREADABLE)
    return answer_product_error(request, told)


def answer_unexpected(request: Request, error: Exception) -> Response[Any]:
    """Log what we did not expect, without the request's content, and say that nothing was changed.

    A character that no text of the database can hold (NUL) is the sender's fault, as an address that cannot be parsed is.
    """
    if isinstance(error, CharacterNotInRepertoireError | UntranslatableCharacterError):
        return answer_product_error(request, Invalid(_UNREADABLE))
    log.error("unexpected", kind=type(error).__name__, route=_route(request), exc_info=error)
    return answer_product_error(request, ProductError())


def _route(request: Request) -> str:
    handler = request.scope.get("route_handler")
    return str(getattr(handler, "handler_name", "unknown"))


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "") and not is_fragment(request)

"""Answers of public pages: the same for everybody, so that browsers and caches in between may keep them.

Nothing here reads the session. Language and print size stand in the address (``?lang=en&size=big``), not in a cookie.
"""

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response

from core.disclosure.public import Place
from web.answers import Answer, Request, renderer_of, request_now
from web.render import Shell

REASON: Final = "villagers read what was published without an account"
FRESH_SECONDS: Final = 300
LANGUAGES: Final = ("zh", "en")
_GZIP: Final = 31
_WORTH_PRESSING: Final = 600
_NOT_MODIFIED: Final = 304


@dataclass(frozen=True, slots=True)
class Look:
    """How the reader wants pages: the language, and large print."""

    language: str
    big: bool

    @classmethod
    def of(cls, request: Request) -> "Look":
        """Read it from the address; anything else is Chinese in the usual size."""
        asked = request.query_params
        language = asked.get("lang", "zh")
        return cls(language if language in LANGUAGES else "zh", asked.get("size") == "big")

    def go(self, path: str, **more: object) -> str:
        """Give an address that keeps the look; values that are None or empty are left out."""
        kept: dict[str, object] = {name: value for name, value in more.items() if value not in {None, ""}}
        if self.language != "zh":
            kept.setdefault("lang", self.language)
        if self.big:
            kept.setdefault("size", "big")
        return f"{path}?{urlencode(kept)}" if kept else path


def public_page(
    request: Request, template: str, *, title: str, place: Place | None = None, status: int = 200, fresh: bool = True,
    **values: Any,
) -> Answer:  # fmt: skip
    """Answer with a page. ``title`` is a text in the reader's language already; ``fresh`` False keeps caches out."""
    look = Look.of(request)
    shell = Shell(title=title, now=request_now(request), csrf_token="", language=look.language)
    told = {
        "look": look, "go": look.go, "path": request.url.path, "place": place,
        "lines_above": place.path[:-1] if place else (), **values,
    }  # fmt: skip
    body = renderer_of(request).page(shell, template, told).encode()
    return public_bytes(request, body, "text/html; charset=utf-8", status=status, fresh=fresh)


def public_bytes(
    request: Request, body: bytes, media_type: str, *, status: int = 200, fresh: bool = True,
    headers: Mapping[str, str] | None = None,
) -> Answer:  # fmt: skip
    """Answer with bytes that anybody may keep for five minutes, and need not fetch again while they are the same."""
    if not fresh:
        return _sent(request, body, media_type, status, {"cache-control": "no-store", **(headers or {})})
    mark = f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'
    kept = {
        "cache-control": f"public, max-age={FRESH_SECONDS}", "etag": mark, "vary": "Accept-Encoding", **(headers or {})
    }  # fmt: skip
    asked = request.headers.get("if-none-match", "")
    if mark in {part.strip() for part in asked.split(",")} or asked == "*":
        return Response(b"", status_code=_NOT_MODIFIED, media_type=media_type, headers=kept)
    return _sent(request, body, media_type, status, kept)


def _sent(request: Request, body: bytes, media_type: str, status: int, headers: Mapping[str, str]) -> Answer:
    told = dict(headers)
    if len(body) >= _WORTH_PRESSING and "gzip" in request.headers.get("accept-encoding", ""):
        body = zlib.compress(body, level=6, wbits=_GZIP)
        told["content-encoding"] = "gzip"
    return Response(body, status_code=status, media_type=media_type, headers=told)


def public_say(request: Request, text: str, /, **data: Any) -> str:
    """Put a marked text into the language of the address."""
    found = renderer_of(request).texts.get(Look.of(request).language, text)
    return found % data if data else found


def address_of(request: Request, path: str) -> str:
    """Give the whole address by which phones reach us, as QR codes and feeds need it."""
    base: str = request.app.state.settings.base_url
    return base.rstrip("/") + path

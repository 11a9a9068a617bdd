"""Answers: a page in the shell, a fragment for htmx, a redirect. Nothing else leaves a handler."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, unquote

from isal import isal_zlib
from litestar import Request as LitestarRequest
from litestar import Response
from litestar.datastructures import Cookie, State
from litestar.enums import MediaType

from core.contracts.screening import MARKED, Reason
from core.kernel import clock
from core.kernel.errors import Filled, ProductError
from web.forms.kept import Kept
from web.guards import PAUSED, csrf_token, session_of
from web.render import MembershipChoice, Pause, RegionStep, Renderer, Shell, ShellUrls

Request = LitestarRequest[Any, Any, State]
Answer = Response[Any]  # the text, or its bytes where they were pressed

FLASH: Final = "xz_flash"
# Begins what is told on the next page of something that was not taken.
REFUSED: Final = "!"
# And of something that waits for somebody else.
WAITING: Final = "~"
_MARK_OF: Final = {"danger": REFUSED, "notice": WAITING}
_TONE_OF: Final = {mark: tone for tone, mark in _MARK_OF.items()}
LANGUAGE: Final = "xz_language"
_SEE_OTHER: Final = 303
_VARY: Final = "HX-Request, Cookie, Accept-Encoding"
_WORTH_PRESSING: Final = 1_200  # what fits one packet is not worth it
_GZIP: Final = 31  # zlib's number for gzip with the largest window
_IN_ADDRESS: Final = "%/?#[]@!$&'()*+,;=:"  # and what an address writes as %XX is not written so twice


def request_now(request: Request) -> datetime:
    """Give the one time of this request."""
    state = request.scope["state"]
    found: datetime | None = state.get("now")
    if found is None:
        found = state["now"] = clock.now()
    return found


def language_of(request: Request) -> str:
    """Give the reader's language: the session's, else the cookie that the sign-in page set, else Chinese."""
    session = session_of(request)
    chosen = session.language if session is not None else request.cookies.get(LANGUAGE, "")
    return chosen if chosen in {"zh", "en"} else "zh"


def say(request: Request, text: str, /, **data: Any) -> str:
    """Put a marked text into the reader's language and its county's words, and what fills it where that is a text of ours as well.

    Names, official titles and what people wrote stay as they are, though they hold a word that the county calls otherwise.
    """
    if isinstance(text, Filled):
        return say(request, text.source, **text.data)
    found = renderer_of(request).texts.get(language_of(request), text)
    return found % _filling(request, data) if data else found


def _filling(request: Request, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Put what fills a text into the reader's language where it is a text of ours."""
    texts, language = renderer_of(request).texts, language_of(request)
    return {
        k: say(request, v) if isinstance(v, Filled) else texts.get(language, v) if isinstance(v, str) and texts.has(v) else v
        for k, v in data.items()
    }


def say_reason(request: Request, reason: Reason) -> str:
    """Say why a matter was judged so. What fills a reason are titles and words of matters and lists, never texts of ours, but for ``MARKED``."""
    return say(request, reason.text) % {k: say(request, v) if k in MARKED else v for k, v in reason.data.items()}


def say_past(request: Request, text: str, /, **data: Any) -> str:
    """Like ``say``, as a history says what was done."""
    found = renderer_of(request).texts.past(language_of(request), text)
    return found % _filling(request, data) if data else found


def choices(request: Request, titles: Mapping[Any, str]) -> list[tuple[str, str]]:
    """Give what a form or a filter offers: stored words with what people read, in the reader's language."""
    return [(str(name), say(request, title)) for name, title in titles.items()]


def say_n(request: Request, text: str, n: int, /, **data: Any) -> str:
    """Like ``say``, in the singular or plural that the number needs; it fills ``%(n)s``."""
    return renderer_of(request).texts.count(language_of(request), text, n) % {"n": n, **data}


def is_fragment(request: Request) -> bool:
    """Tell whether htmx asks for a part. A restored history page asks for the whole."""
    headers = request.headers
    return headers.get("hx-request") == "true" and headers.get("hx-history-restore-request") != "true"


@dataclass(frozen=True, slots=True)
class Way:
    """Where a page leads back to: by which name, if that is no place of the menu, and under which place the page stands."""

    back: str
    name: str = ""
    under: str = ""


def shell_of(request: Request, title: str, *, back: str | Way = "", whole: bool = True) -> Shell:
    """Make the frame around a page from the session: place, post, menu, counts.

    A page without a place of its own in the menu stands under that which it leads back to. Without ``whole`` it is that of a part, which shows no menu.
    """
    session = session_of(request)
    way = back if isinstance(back, Way) else Way(back)
    common: dict[str, Any] = {
        "title": say(request, title),
        "now": request_now(request),
        "language": language_of(request),
        "csrf_token": csrf_token(request.app.state.settings, session),
        "path": address_of(request),
        "back": way.back,
        "paused": _paused(session),
    }
    if session is None:
        return Shell(**common, urls=ShellUrls(home="/sign-in"))
    if not whole:
        return Shell(**common, elder=session.elder, person_name=session.person_name, place_name=session.place_name)
    (menu, bottom), behind = request.app.state.menu.for_session(request, session, way.back, way.under or way.back)
    return Shell(
        **common,
        elder=session.elder,
        person_name=session.person_name,
        role_name=say(request, session.role_title),
        membership_label=say(request, session.role_title)
        + (f" · {session.place_name}" if session.place_name else ""),
        place_name=session.place_name,
        region_path=tuple(RegionStep(name, code) for name, code in session.region_path),
        menu=menu,
        bottom=bottom,
        notice_count=session.notices,
        back_to=say(request, way.name) or behind,
        pause=_pause(request, session),
        memberships=tuple(
            MembershipChoice(
                str(choice.id), f"{say(request, choice.role_title)} · {choice.place_name}", choice.current
            )
            for choice in session.memberships
        ),
        urls=ShellUrls(search="/search") if session.scope is not None else ShellUrls(notices=""),
    )


def _paused(session: Any) -> frozenset[str]:
    scope = None if session is None else session.scope
    return frozenset() if scope is None else frozenset(n for n, state in scope.plugins.items() if state == PAUSED)


def _pause(request: Request, session: Any) -> Pause | None:
    """Tell of this page's plugin that it is paused. Who did it and why is for those who may look at the plugins."""
    card = request.scope["state"].get("pause")
    if card is None:
        return None
    told = Pause(card.name, say(request, card.manifest.title) if card.manifest else card.name)
    if not session.scope.may("core:plugin:read"):
        return told
    standing, may_resume = card.standing, session.scope.may("core:plugin:switch")
    return replace(
        told, by_name=standing.by_name, reason=standing.reason, at=standing.changed_at, may_resume=may_resume
    )


def address_of(request: Request) -> str:
    """Give path and query as they were asked for; Litestar's own ``url`` takes the whole address apart for it."""
    path: str = request.scope["path"]
    query: bytes = request.scope["query_string"]
    return f"{path}?{query.decode('latin-1')}" if query else path


def page(
    request: Request,
    template: str,
    *,
    title: str,
    back: str | Way = "",
    status: int = 200,
    errors: ProductError | None = None,
    form: Mapping[str, Sequence[str]] | None = None,
    sent_form: str = "",
    **values: Any,
) -> Answer:
    """Answer with a whole page. ``errors`` and ``form`` redraw a form as it was sent, with its messages.

    ``sent_form`` names the form where a page has several; its template asks ``kept`` for what stood in it.
    """
    shell = shell_of(request, title, back=back)
    told = _values(request, errors, form, values)
    told["kept"] = Kept(sent_form, form if form and errors else {}, told["errors"]["summary"], told["errors"]["fields"])
    body = renderer_of(request).page(shell, template, told)
    answer = _html(request, body, status)
    answer.headers["vary"] = _VARY
    if FLASH in request.cookies:
        answer.delete_cookie(FLASH)
    return answer


def fragment(
    request: Request,
    template: str,
    *,
    status: int = 200,
    errors: ProductError | None = None,
    form: Mapping[str, Sequence[str]] | None = None,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> Answer:
    """Answer htmx with a part of a page."""
    body = renderer_of(request).fragment(
        shell_of(request, "", whole=False), template, _values(request, errors, form, values)
    )
    answer = _html(request, body, status)
    answer.headers.update({"vary": _VARY, **(headers or {})})
    return answer


def see_other(
    request: Request, url: str, *, flash: str = "", tone: str = "good", cookies: Sequence[Cookie] = ()
) -> Answer:
    """Lead on to another page: a redirect, or for htmx the header that makes the browser go there.

    A header carries plain letters alone: whatever else stands in the address is written as browsers write it.
    With the tone "danger" the next page tells of something that was not taken, with "notice" of something that waits.
    """
    plain = quote(url, safe=_IN_ADDRESS)
    if is_fragment(request):
        answer = _html(request, "", 200)
        answer.headers["hx-redirect"] = plain
    else:
        answer = _html(request, "", _SEE_OTHER)
        answer.headers["location"] = plain
    for cookie in cookies:
        answer.set_cookie(cookie)
    if flash:
        answer.set_cookie(
            Cookie(
                key=FLASH,
                value=_quoted(_MARK_OF.get(tone, "") + say(request, flash)),
                path="/",
                max_age=30,
                httponly=True,
                samesite="lax",
                secure=request.app.state.settings.https,
            )
        )
    return answer


def renderer_of(request: Request) -> Renderer:
    """Give the renderer that speaks the words of the reader's county."""
    state, session = request.app.state, session_of(request)
    renderer: Renderer = state.renderer
    scope = None if session is None else session.scope
    return renderer if scope is None else renderer.in_words(state.terms.get(scope.county, ()))


def error_texts(request: Request, error: ProductError) -> dict[str, Any]:
    """Give an error's words in the reader's language: the summary and a message a field."""
    fields = getattr(error, "fields", {})
    return {
        "summary": say(request, error.message, **error.data),
        "fields": {name: say(request, text) for name, text in fields.items()},
    }


def _values(
    request: Request,
    errors: ProductError | None,
    form: Mapping[str, Sequence[str]] | None,
    values: Mapping[str, Any],
) -> dict[str, Any]:
    told = error_texts(request, errors) if errors is not None else {"summary": "", "fields": {}}
    flash = _unquoted(request.cookies.get(FLASH, ""))
    tone = _TONE_OF.get(flash[:1], "good")
    news = {"flash": flash if tone == "good" else flash[1:], "flash_tone": tone}
    return {"errors": told, "form": dict(form or {}), **news, "may": _may(request), **values}


def _may(request: Request) -> Any:
    """Let templates leave out what a post may not do. It shows; guards and actions decide."""
    session = session_of(request)
    held = session.scope.permissions if session is not None and session.scope is not None else frozenset()
    return held.__contains__


def _html(request: Request, body: str, status: int) -> Answer:
    """Make the answer, pressed lightly where it is worth it: a page of 17 kB goes as 4 kB and costs 0.02 ms.

    It is done here and not by a middleware, which wraps every message of every answer and took as long again.
    """
    if len(body) < _WORTH_PRESSING or "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(body, status_code=status, media_type=MediaType.HTML)
    pressed = isal_zlib.compress(body.encode(), level=1, wbits=_GZIP)
    return Response(
        pressed, status_code=status, media_type=MediaType.HTML, headers={"content-encoding": "gzip"}
    )


def _quoted(text: str) -> str:
    return quote(text, safe="")


def _unquoted(text: str) -> str:
    return unquote(text)

"""Lists keep their filters in the address, and their pages keep the filters; what is opened from a list leads back to it."""

import base64
import binascii
from typing import Any, Final
from urllib.parse import urlencode

from litestar.datastructures import Cookie

from core.tasks.queries.filters import PAGE_SIZE, Filters
from web.answers import Answer, Request, address_of
from web.forms import number_or

_LAST: Final = "xz_list"
_LONGEST: Final = 600
# What the rows of a list are called, so that the way back ends at the row it began from.
_ROWS: Final = {"/": "at", "/my": "at", "/tasks": "at", "/shares": "at", "/scoring": "score", "/incoming": "at"}


def filters_of(request: Request) -> Filters:
    """Read a list's filters from the address."""
    query = request.query_params
    return Filters(
        search=str(query.get("q", "")).strip()[:100],
        state=str(query.get("state_is", ""))[:20],
        region=str(query.get("region", ""))[:12],
        late=query.get("late") == "1",
        category=str(query.get("category", ""))[:50],
        holder=str(query.get("who", ""))[:60],
        page=number_or(query.get("p", "1"), 1),
    )


def paging(request: Request, filters: Filters, total: int) -> dict[str, Any]:
    """Give the pager's figures and addresses; the filters stay in them."""
    first = filters.offset + 1 if total else 0
    last = min(filters.offset + PAGE_SIZE, total)
    return {
        "first": first,
        "last": last,
        "total": total,
        "previous": _address(request, filters.page - 1) if filters.page > 1 else None,
        "next": _address(request, filters.page + 1) if last < total else None,
    }


def as_list(request: Request, answer: Answer) -> Answer:
    """Remember this list with its filters and page: what is opened from it next leads back here, also after a deed there."""
    written = base64.urlsafe_b64encode(address_of(request).encode()).decode().rstrip("=")
    if len(written) <= _LONGEST and request.cookies.get(_LAST) != written:
        # Written by hand, its value being plain letters: Litestar takes a cookie apart and together for a tenth of a millisecond.
        secure = "; Secure" if request.app.state.settings.https else ""
        answer.headers["set-cookie"] = f"{_LAST}={written}; HttpOnly; Path=/; SameSite=lax{secure}"
    return answer


def no_list(request: Request) -> Cookie:
    """Forget the list last seen: what one searched for is nothing for whoever comes next, or has another post."""
    secure = request.app.state.settings.https
    return Cookie(key=_LAST, value="", path="/", httponly=True, samesite="lax", secure=secure, max_age=0)


def list_behind(request: Request, *lists: str, otherwise: str, row: object = "") -> str:
    """Give the address that a page leads back to: the list last seen, where it is one of these, with the row."""
    seen = _last_seen(request)
    path = seen.partition("?")[0]  # the whole of it, so that no other host can stand before it
    if path not in lists:
        return otherwise
    return f"{seen}#{_ROWS[path]}-{row}" if row and path in _ROWS else seen


def _last_seen(request: Request) -> str:
    written = request.cookies.get(_LAST, "")
    try:
        return base64.urlsafe_b64decode(written + "=" * (-len(written) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""


def _address(request: Request, number: int) -> str:
    # Not multi_items(): Litestar gives those in an order that changes from process to process.
    kept = [(name, value) for name, value in request.query_params.items() if name != "p"]
    return f"{request.url.path}?{urlencode([*kept, ('p', number)])}"

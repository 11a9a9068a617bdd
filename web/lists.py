"""Lists keep their filters in the address, and their pages keep the filters."""

from typing import Any
from urllib.parse import urlencode

from core.tasks.queries.filters import PAGE_SIZE, Filters
from web.answers import Request


def filters_of(request: Request) -> Filters:
    """Read a list's filters from the address."""
    query = request.query_params
    number = query.get("p", "1")
    return Filters(
        search=str(query.get("q", "")).strip()[:100],
        state=str(query.get("state_is", ""))[:20],
        region=str(query.get("region", ""))[:12],
        late=query.get("late") == "1",
        category=str(query.get("category", ""))[:50],
        page=int(number) if str(number).isdecimal() and 0 < int(number) <= 10_000 else 1,  # noqa: PLR2004
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


def _address(request: Request, number: int) -> str:
    # Not multi_items(): Litestar gives those in an order that changes from process to process.
    kept = [(name, value) for name, value in request.query_params.items() if name != "p"]
    return f"{request.url.path}?{urlencode([*kept, ('p', number)])}"

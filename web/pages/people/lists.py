"""The table of people."""

from typing import Any, Final
from urllib.parse import urlencode

from core.kernel.database import transaction
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.people.queries import PAGE, Listed, people_in, places_at, roles_here
from core.people.sessions import role_title_of
from web.api import Answer, Request, get_page, page, request_now, say

_LAST: Final = 4000
_TOWNSHIP: Final = 4
STATES: Final = {"": mark("在岗"), "waiting": mark("待激活"), "ended": mark("已离岗")}


@get_page("/people", permission="core:person:read")
async def people_page(
    request: Request, scope: Scope, q: str = "", role: str = "", region: str = "", kind: str = "", p: int = 1
) -> Answer:
    """List people by what the address asks for."""
    number = min(max(p, 1), _LAST)
    asked = {"q": q.strip()[:50], "role": role, "region": region, "kind": kind if kind in STATES else ""}
    async with transaction(scope):
        rows, total = await people_in(
            scope,
            now=request_now(request),
            search=asked["q"],
            role=role,
            region=region,
            state=asked["kind"],
            first=(number - 1) * PAGE,
        )
        roles = (await roles_here(scope)).values()
        places = await places_at(scope, level=_TOWNSHIP) if scope.level < _TOWNSHIP else []
    first = (number - 1) * PAGE
    return page(
        request,
        "people/list.html",
        title=mark("人员"),
        rows=[_row(request, row) for row in rows],
        total=total,
        asked=asked,
        active=sum(map(bool, asked.values())),
        roles=[(each.name, say(request, role_title_of(each.name, each.title))) for each in roles],
        places=[(row["code"], row["short_name"]) for row in places],
        states=[(name, say(request, title)) for name, title in STATES.items()],
        first=first + 1 if rows else 0,
        last=first + len(rows),
        previous=_address(asked, number - 1) if number > 1 else None,
        following=_address(asked, number + 1) if first + len(rows) < total else None,
    )


def _address(asked: dict[str, str], number: int) -> str:
    return f"/people?{urlencode({k: v for k, v in {**asked, 'p': number}.items() if v})}"


def _row(request: Request, row: Listed) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "phone": row.masked,
        "posts": [
            (
                say(request, role_title_of(post["role"], post["title"] or "")),
                " ".join(part for part in (post["place"], post["office"]) if part),
            )
            for post in row.posts
        ],
        "waiting": row.has_account is False,
    }

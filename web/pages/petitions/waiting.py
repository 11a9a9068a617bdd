"""What villagers raised and this post has to handle, as first pages show it: how many, and the nearest deadlines."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from core.kernel.scope import Scope
from core.petitions.queries import Narrowed, petitions_in
from core.petitions.workflows import HANDLE, READ, ROUTE
from web.answers import Request
from web.pages.petitions.words import clock_of, kind_of, state_of

_MOST: Final = 5


@dataclass(frozen=True, slots=True)
class Waiting:
    """The cards of the nearest deadlines, and how many there are in all."""

    cards: list[dict[str, Any]]
    total: int


async def petitions_waiting(request: Request, scope: Scope, *, now: datetime) -> Waiting:
    """Ask for what lies on this post's desk, in the page's own transaction; one question, for those who decide who handles it."""
    if not all(scope.may(right) for right in (READ, HANDLE, ROUTE)):
        return Waiting([], 0)
    rows, total = await petitions_in(scope, Narrowed(state="desk"), now=now, most=_MOST)
    return Waiting([_card(request, row, now) for row in rows], total)


def _card(request: Request, row: Any, now: datetime) -> dict[str, Any]:
    clock = clock_of(request, row, now)
    tags = [kind_of(request, row), state_of(request, row), *([clock] if clock[0] else [])]
    return {"title": row["title"], "href": f"/petitions/{row['id']}", "tags": tags, "tone": "danger" if clock[1] == "danger" else ""}

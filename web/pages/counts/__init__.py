"""The menu's figures, asked for after the page is shown: no page waits for them."""

from typing import Final

from core.kernel.database import transaction
from core.kernel.scope import Scope
from core.tasks.queries.counts import waiting
from web.answers import Answer, Request, fragment
from web.routing import get_page

# Which right each figure needs: the one of its place in the menu.
NEEDS: Final = {
    "incoming": "core:incoming:read",
    "progress": "core:task:read",
    "scoring": "core:task:score",
}
_MOST: Final = 99


@get_page("/menu-counts", permission="any")
async def counts_part(request: Request, scope: Scope) -> Answer:
    """Answer with the figures alone; each is put wherever the page shows its name."""
    shown = [name for name, permission in NEEDS.items() if scope.may(permission)]
    counts = {}
    if shown:
        async with transaction(scope):
            counts = await waiting(scope)
    return fragment(request, "counts/_counts.html", counts=[(name, count_words(counts[name])) for name in shown])


def count_words(count: int) -> str:
    """Give a figure as the menu has room for it; nothing for none."""
    return f"{_MOST}+" if count > _MOST else str(count or "")


ROUTES: Final = [counts_part]

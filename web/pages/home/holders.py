"""Who has how much in hand: for whoever gives work to others, on the first page."""

from collections import defaultdict
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from core.kernel.errors import mark
from core.tasks.queries.assignments import Card, Today
from core.tasks.queries.filters import NOBODY
from web.answers import Request, say, say_n

_LIST: Final = "/my"


def holders_of(request: Request, today: Today, now: datetime) -> list[dict[str, Any]]:
    """Give a tile a person, whoever is late first; what was given to nobody yet stands among them. Each figure leads to its rows."""
    held: dict[str, list[Card]] = defaultdict(list)
    for card in (*today.overdue, *today.today, *today.week, *today.later):
        held[card.allocated_name].append(card)
    late = {name: sum(card.is_late(now) for card in cards) for name, cards in held.items()}
    order = sorted(held, key=lambda name: (-late[name], -len(held[name]), name))
    return [_tile(request, name, len(held[name]), late[name]) for name in order]


def _tile(request: Request, name: str, count: int, late: int) -> dict[str, Any]:
    asked = {"who": name or NOBODY, "state_is": "working"}
    return {
        "name": name or say(request, mark("还没有分派")),
        "count": say_n(request, mark("在办 %(n)s 件"), count) if name else say_n(request, mark("%(n)s 件"), count),
        "tone": "danger" if late else "action",
        "href": f"{_LIST}?{urlencode(asked)}",
        "note": say_n(request, mark("超期 %(n)s 件"), late) if late else None,
        "note_href": f"{_LIST}?{urlencode({**asked, 'late': '1'})}",
    }

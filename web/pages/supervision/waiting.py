"""What was put to the reader and is his turn now, as first pages show it: to explain, or to correct, and until when."""

from datetime import datetime
from typing import Any

from core.kernel.scope import Scope
from core.supervision.queries import due_from_me
from core.supervision.workflows import ANSWER
from web.answers import Request
from web.pages.supervision.words import line_of


async def put_to(request: Request, scope: Scope, *, now: datetime) -> list[dict[str, Any]]:
    """Ask in the page's own transaction, one question; nothing of a warning that was not put to the reader."""
    if not scope.may(ANSWER):
        return []
    return [_card(line_of(request, row, now)) for row in await due_from_me(scope)]


def _card(line: dict[str, Any]) -> dict[str, Any]:
    tags = [(line["model"], "plain"), (line["state"], line["state_tone"]), *([(line["clock"], line["clock_tone"])] if line["clock"] else [])]
    return {"title": line["title"], "href": line["href"], "tags": tags, "tone": "danger" if line["clock_tone"] == "danger" else ""}

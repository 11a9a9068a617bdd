"""What stands beside the tasks on a village's first page: decisions whose turn it is, and what is to be published."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from core.decisions.queries import turns_of
from core.disclosure.drafting import sections_in_use
from core.disclosure.periods import DisclosureSettings, today
from core.disclosure.queries import Due, dues_in
from core.kernel.scope import Scope
from core.tenancy.settings import settings_of
from web.answers import Request, say
from web.pages.decisions.words import clock_of, state_of
from web.pages.disclosure.calendar import row_of, words_for
from web.pages.public.words import Words

_MOST: Final = 5


@dataclass(frozen=True, slots=True)
class Village:
    """What was found, before it is put into words."""

    decisions: Sequence[Any]
    dues: Sequence[Due]
    soon_days: int


async def village_matters(scope: Scope, *, now: datetime) -> Village:
    """Ask for both, inside the page's transaction; what the post may not do anything about is left out."""
    decisions = await turns_of(scope, now=now, most=_MOST + 1) if scope.may("core:decision:record") else []
    if not scope.may("core:disclosure:release"):
        return Village(decisions, (), 0)
    rule = await settings_of(scope, DisclosureSettings, at=now)
    names = [section.name for section in sections_in_use(scope, rule)]
    dues = await dues_in(scope, sections=names, now=now, done_since=now, region=scope.region, only="open", limit=_MOST + 1)
    return Village(decisions, dues, rule.soon_days)


def cards_of_village(request: Request, found: Village, now: datetime) -> dict[str, Any]:
    """Give cards: the title, where it is done, what the clock says; and whether there are more than are shown."""
    words = words_for(request)
    return {
        "decisions": [_decision(request, row, now) for row in found.decisions[:_MOST]],
        "dues": [_due(row_of(words, due, request, found.soon_days, fills=True), due, words, now) for due in found.dues[:_MOST]],
        "more_decisions": len(found.decisions) > _MOST,
        "more_dues": len(found.dues) > _MOST,
    }


def _decision(request: Request, row: Any, now: datetime) -> dict[str, Any]:
    clock, tone = clock_of(request, row, now)
    state = state_of(request, row) if row["state"] != "open" else (say(request, row["step_title"]), "plain")
    tags = [state, (clock, tone)] if clock else [state]
    return {"title": row["title"], "href": f"/decisions/{row['id']}", "tags": tags, "tone": tone}


def _due(row: dict[str, Any], due: Due, words: Words, now: datetime) -> dict[str, Any]:
    tags = [(words.say(row["standing"]), row["tone"])] + ([(row["period"], "plain")] if row["period"] else [])
    tone = "danger" if due.due_on < today(now) else ""
    return {"title": row["title"], "href": row["href"] or "/disclosure", "due_on": due.due_on, "tags": tags, "tone": tone}

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

_MOST: Final = 5


@dataclass(frozen=True, slots=True)
class Village:
    """What was found, before it is put into words."""

    decisions: Sequence[Any]
    dues: Sequence[Due]
    soon_days: int


async def village_matters(scope: Scope, *, now: datetime) -> Village:
    """Ask for both, inside the page's transaction; what the post may not do anything about is left out."""
    decisions = await turns_of(scope, now=now, most=_MOST) if scope.may("core:decision:record") else []
    if not scope.may("core:disclosure:release"):
        return Village(decisions, (), 0)
    rule = await settings_of(scope, DisclosureSettings, at=now)
    names = [section.name for section in sections_in_use(scope, rule)]
    dues = await dues_in(scope, sections=names, now=now, done_since=now, region=scope.region, only="open", limit=_MOST)
    return Village(decisions, dues, rule.soon_days)


def cards_of_village(request: Request, found: Village, now: datetime) -> dict[str, list[dict[str, Any]]]:
    """Give cards: the title, where it is done, what the clock says."""
    words, shown = words_for(request), {"decisions": [], "dues": []}
    for row in found.decisions:
        clock, tone = clock_of(request, row, now)
        state, state_tone = state_of(request, row)
        tags = [(say(request, row["step_title"]) if row["state"] == "open" else state, "plain" if row["state"] == "open" else state_tone)]
        tags += [(clock, tone)] if clock else []
        shown["decisions"].append({"title": row["title"], "href": f"/decisions/{row['id']}", "tags": tags, "tone": tone})
    for due in found.dues:
        row = row_of(words, due, request, found.soon_days, fills=True)
        tags = [(words.say(row["standing"]), row["tone"])]
        tags += [(row["period"], "plain")] if row["period"] else []
        late = due.due_on < today(now)
        shown["dues"].append({"title": row["title"], "href": row["href"] or "/disclosure", "due_on": due.due_on, "tags": tags, "tone": "danger" if late else ""})
    return shown

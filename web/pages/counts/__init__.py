"""The menu's figures, asked for after the page is shown: no page waits for them."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final

from core.decisions import queries as decisions
from core.disclosure import queries as disclosure
from core.disclosure.drafting import sections_in_use
from core.disclosure.periods import DisclosureSettings
from core.kernel.database import transaction
from core.kernel.scope import Scope
from core.petitions import queries as petitions
from core.petitions.workflows import READ
from core.seals import queries as seals
from core.supervision import queries as supervision
from core.tasks.queries.counts import waiting as tasks_waiting
from core.tenancy.settings import settings_of
from web.answers import Answer, Request, fragment, request_now
from web.routing import get_page

Counting = Callable[[Scope, datetime], Awaitable[Mapping[str, int]]]


async def _tasks(scope: Scope, now: datetime) -> Mapping[str, int]:  # noqa: ARG001 - counted alike at any time
    return await tasks_waiting(scope)


async def _decisions(scope: Scope, now: datetime) -> Mapping[str, int]:
    return {"decisions": await decisions.waiting(scope, now=now)}


async def _publications(scope: Scope, now: datetime) -> Mapping[str, int]:
    rule = await settings_of(scope, DisclosureSettings, at=now)
    sections = [section.name for section in sections_in_use(scope, rule)]
    return {"publications": await disclosure.waiting(scope, sections=sections, now=now)}


async def _petitions(scope: Scope, now: datetime) -> Mapping[str, int]:
    return {"petitions": (await petitions.counts_of(scope, now=now))["desk"]}


async def _seals(scope: Scope, now: datetime) -> Mapping[str, int]:  # noqa: ARG001 - counted alike at any time
    return {"seals": await seals.waiting(scope)}


async def _warnings(scope: Scope, now: datetime) -> Mapping[str, int]:
    return {"warnings": await supervision.waiting(scope, now=now)}


async def _asked(scope: Scope, now: datetime) -> Mapping[str, int]:  # noqa: ARG001 - counted alike at any time
    return {"asked": await supervision.asked_of_me(scope)}


# Which right each figure needs: the one of its place in the menu. What counts together is asked together.
FIGURES: Final[tuple[tuple[Mapping[str, str], Counting], ...]] = (
    ({"incoming": "core:incoming:read", "progress": "core:task:read", "scoring": "core:task:score"}, _tasks),
    ({"decisions": "core:decision:read"}, _decisions),
    ({"publications": "core:disclosure:read"}, _publications),
    ({"petitions": READ}, _petitions),
    ({"seals": "core:seal:read"}, _seals),
    ({"warnings": "core:warning:read"}, _warnings),
    ({"asked": "core:warning:answer"}, _asked),
)
_MOST: Final = 99


@get_page("/menu-counts", permission="any")
async def counts_part(request: Request, scope: Scope) -> Answer:
    """Answer with the figures alone; each is put wherever the page shows its name."""
    shown, now = [], request_now(request)
    async with transaction(scope):
        for needs, counting in FIGURES:
            names = [name for name, permission in needs.items() if scope.may(permission)]
            if names:
                counts = await counting(scope, now)
                shown += [(name, count_words(counts[name])) for name in names]
    return fragment(request, "counts/_counts.html", counts=shown)


def count_words(count: int) -> str:
    """Give a figure as the menu has room for it; nothing for none."""
    return f"{_MOST}+" if count > _MOST else str(count or "")


ROUTES: Final = [counts_part]

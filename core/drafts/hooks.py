"""What drafts contribute: their daily sweep."""

from collections.abc import Iterable

from core.contracts.events import Handler, Schedule
from core.contracts.hooks import hook
from core.drafts.jobs import HANDLERS, SCHEDULES


@hook
def handlers() -> Iterable[Handler]:
    return HANDLERS


@hook
def schedules() -> Iterable[Schedule]:
    return SCHEDULES

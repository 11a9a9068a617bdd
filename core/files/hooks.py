"""What files contribute: inspection that a crash broke off, and the daily sweep."""

from collections.abc import Iterable

from core.contracts.events import Handler, Schedule
from core.contracts.hooks import hook
from core.files.jobs import HANDLERS, SCHEDULES


@hook
def handlers() -> Iterable[Handler]:
    return HANDLERS


@hook
def schedules() -> Iterable[Schedule]:
    return SCHEDULES

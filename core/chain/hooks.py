"""What the audit chain contributes: audit lines as what is sealed, the sealer's hours, the choice of the hash."""

from collections.abc import Iterable

from core.chain.jobs import HANDLERS, SCHEDULES, WORKS
from core.chain.lines import LINES
from core.chain.rules import AREA
from core.contracts.events import Handler, LongWork, Schedule
from core.contracts.hooks import hook
from core.contracts.sealing import Sealed
from core.contracts.settings import SettingsArea


@hook
def sealed() -> Iterable[Sealed]:
    return (LINES,)


@hook
def handlers() -> Iterable[Handler]:
    return HANDLERS


@hook
def schedules() -> Iterable[Schedule]:
    return SCHEDULES


@hook
def settings() -> Iterable[SettingsArea]:
    return (AREA,)


@hook
def long_works() -> Iterable[LongWork]:
    return WORKS

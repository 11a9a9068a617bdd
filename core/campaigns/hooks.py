"""What campaigns contribute: who is told of a report, who is reminded of one, and a county's rules."""

from collections.abc import Iterable

from core.campaigns import reactions as r
from core.campaigns.actions import REPORTED
from core.campaigns.reminding import REMIND, on_remind
from core.campaigns.rules import AREA
from core.contracts.events import Handler
from core.contracts.hooks import hook
from core.contracts.settings import SettingsArea


@hook
def handlers() -> Iterable[Handler]:
    return (
        Handler(REPORTED, "campaigns.reported", r.on_reported, reach=r.county_of_event),
        Handler(REMIND, "campaigns.remind", on_remind),
    )


@hook
def settings() -> Iterable[SettingsArea]:
    return (AREA,)

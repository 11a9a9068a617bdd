"""What supervision contributes: when models look, who is told, a county's clock of the closed loop."""

from collections.abc import Iterable
from datetime import time

from core.contracts.events import Handler, Schedule
from core.contracts.hooks import hook
from core.contracts.personal_data import PersonalData
from core.contracts.settings import SettingsArea
from core.contracts.warnings import LOOK, MOVED, RAISED
from core.datasets.actions import CHANGED
from core.supervision import reactions as r
from core.supervision.forgetting import on_changed
from core.supervision.personal import PERSONAL
from core.supervision.rules import AREA


@hook
def settings() -> Iterable[SettingsArea]:
    return (AREA,)


@hook
def schedules() -> Iterable[Schedule]:
    return (Schedule("supervision:nightly", r.NIGHTLY, at=time(1, 30)),)


@hook
def handlers() -> Iterable[Handler]:
    return (
        Handler(LOOK, "supervision.look", r.on_look, reach=r.county_of_event),
        Handler(r.NIGHTLY, "supervision.nightly", r.on_nightly, long=True),
        Handler(RAISED, "supervision.raised", r.on_raised, reach=r.county_of_event),
        Handler(MOVED, "supervision.moved", r.on_moved, reach=r.county_of_event),
        Handler(CHANGED, "supervision.forget", on_changed),
    )


@hook
def personal_data() -> Iterable[PersonalData]:
    return (PERSONAL,)

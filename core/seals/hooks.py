"""What seals contribute: who is told of a request and its decision, what goes up to the township, settings, a warning model, a person's own data."""

from collections.abc import Iterable
from datetime import time

from core.contracts.disclosure import Section
from core.contracts.events import Handler, Schedule
from core.contracts.hooks import hook
from core.contracts.personal_data import PersonalData
from core.contracts.settings import SettingsArea
from core.contracts.warnings import WarningModel
from core.seals import reactions as r
from core.seals.actions.telling import MOVED
from core.seals.disclosure import USES
from core.seals.personal import PERSONAL
from core.seals.rules import AREA
from core.seals.supervision import MODELS


@hook
def handlers() -> Iterable[Handler]:
    return (
        Handler(MOVED, "seals.moved", r.on_moved, reach=r.township_of_event),
        Handler("membership.ended", "seals.post_ended", r.on_posts),
        Handler(r.NIGHTLY, "seals.nightly", r.on_posts),
    )


@hook
def schedules() -> Iterable[Schedule]:
    return (Schedule("seals:nightly", r.NIGHTLY, at=time(0, 50)),)


@hook
def settings() -> Iterable[SettingsArea]:
    return (AREA,)


@hook
def personal_data() -> Iterable[PersonalData]:
    return (PERSONAL,)


@hook
def disclosure_sections() -> Iterable[Section]:
    return (USES,)


@hook
def warning_models() -> Iterable[WarningModel]:
    return MODELS

"""What seals contribute: who is told of a request and its decision, settings, a warning model, a person's own data."""

from collections.abc import Iterable

from core.contracts.disclosure import Section
from core.contracts.events import Handler
from core.contracts.hooks import hook
from core.contracts.personal_data import PersonalData
from core.contracts.settings import SettingsArea
from core.contracts.warnings import WarningModel
from core.seals import reactions as r
from core.seals.actions.using import MOVED
from core.seals.disclosure import USES
from core.seals.personal import PERSONAL
from core.seals.rules import AREA
from core.seals.supervision import MODELS


@hook
def handlers() -> Iterable[Handler]:
    return (Handler(MOVED, "seals.moved", r.on_moved, reach=r.township_of_event),)


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

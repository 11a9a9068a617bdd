"""What petitions contribute: what follows from their announcements, settings, the published results, erasing."""

from collections.abc import Iterable
from datetime import time

from core.contracts.disclosure import Section
from core.contracts.events import Handler, Schedule
from core.contracts.hooks import hook
from core.contracts.personal_data import PersonalData
from core.contracts.settings import SettingsArea
from core.contracts.warnings import WarningModel
from core.petitions import reactions as r
from core.petitions.actions.moves import CAME, DUE, LAPSE
from core.petitions.actions.named import WRITTEN
from core.petitions.actions.phones import USED_UP
from core.petitions.disclosure import RESULTS
from core.petitions.forgetting import FORGET, on_forget
from core.petitions.personal import PERSONAL
from core.petitions.rules import AREA
from core.petitions.supervision import AREA as OVERDUE_AREA
from core.petitions.supervision import MODELS


@hook
def handlers() -> Iterable[Handler]:
    return (
        Handler(CAME, "petitions.came", r.on_came, reach=r.county_of_event),
        Handler(WRITTEN, "petitions.written", r.on_written, reach=r.county_of_event),
        Handler(USED_UP, "petitions.codes_used_up", r.on_codes_used_up, reach=r.county_of_event),
        Handler(DUE, "petitions.due", r.on_due, reach=r.county_of_event),
        Handler(LAPSE, "petitions.lapse", r.on_lapse),
        Handler(FORGET, "petitions.forget", on_forget),
    )


@hook
def schedules() -> Iterable[Schedule]:
    return (Schedule("petitions:forget", FORGET, at=time(3, 50)),)


@hook
def settings() -> Iterable[SettingsArea]:
    return (AREA, OVERDUE_AREA)


@hook
def personal_data() -> Iterable[PersonalData]:
    return (PERSONAL,)


@hook
def disclosure_sections() -> Iterable[Section]:
    return (RESULTS,)


@hook
def warning_models() -> Iterable[WarningModel]:
    return MODELS

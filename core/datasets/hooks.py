"""What outside data contributes: its import, its term, the models that compare it."""

from collections.abc import Iterable
from datetime import time

from core.contracts.events import Handler, LongWork, Schedule
from core.contracts.hooks import hook
from core.contracts.personal_data import PersonalData
from core.contracts.settings import SettingsArea
from core.contracts.warnings import WarningModel
from core.datasets import actions as a
from core.datasets.importing import IMPORT_WORK
from core.datasets.personal import PERSONAL
from core.datasets.rules import AREA
from core.datasets.supervision import BUSINESS_AREA, DECEASED_AREA, MODELS, SALARY_AREA


@hook
def settings() -> Iterable[SettingsArea]:
    return (AREA, BUSINESS_AREA, SALARY_AREA, DECEASED_AREA)


@hook
def long_works() -> Iterable[LongWork]:
    return (IMPORT_WORK,)


@hook
def schedules() -> Iterable[Schedule]:
    return (Schedule("datasets:expire", a.EXPIRE, at=time(0, 40)),)


@hook
def handlers() -> Iterable[Handler]:
    return (Handler(a.EXPIRE, "datasets.expire", a.expire),)


@hook
def warning_models() -> Iterable[WarningModel]:
    return MODELS


@hook
def personal_data() -> Iterable[PersonalData]:
    return (PERSONAL,)

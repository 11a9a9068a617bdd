"""What the package of people contributes: the import of sheets, and its tidying up."""

from collections.abc import Iterable
from datetime import time

from core.contracts.events import Handler, LongWork, Schedule
from core.contracts.hooks import hook
from core.contracts.personal_data import PersonalData
from core.people.importing import FORGET, IMPORT, forget_rows
from core.people.personal import PERSONAL


@hook
def long_works() -> Iterable[LongWork]:
    return (IMPORT,)


@hook
def schedules() -> Iterable[Schedule]:
    return (Schedule("people:forget_import_rows", FORGET, at=time(3, 40)),)


@hook
def personal_data() -> Iterable[PersonalData]:
    return (PERSONAL,)


@hook
def handlers() -> Iterable[Handler]:
    return (Handler(FORGET, "people:forget_import_rows", forget_rows),)

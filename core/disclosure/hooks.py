"""What disclosure contributes: the law's clock, rooms of the board filled by hand, and a county's settings of both."""

from collections.abc import Iterable
from datetime import time

from core.contracts.disclosure import CLOSED, OBJECTED, WANTED, Section
from core.contracts.events import Handler, LongWork, Schedule
from core.contracts.hooks import hook
from core.contracts.sealing import Sealed
from core.contracts.settings import SettingsArea
from core.contracts.warnings import WarningModel
from core.disclosure import reactions as r
from core.disclosure.actions import NOTICE_DUE
from core.disclosure.attachments import UNUSED
from core.disclosure.by_hand import sections
from core.disclosure.closing import on_closed, on_unused
from core.disclosure.names import FORGET, on_forget
from core.disclosure.periods import AREA
from core.disclosure.printing import PDF
from core.disclosure.sealing import PUBLICATIONS
from core.disclosure.supervision import AREA as MISSING_AREA
from core.disclosure.supervision import MODELS


@hook
def settings() -> Iterable[SettingsArea]:
    return (AREA, MISSING_AREA)


@hook
def disclosure_sections() -> Iterable[Section]:
    return sections()


@hook
def long_works() -> Iterable[LongWork]:
    return (PDF,)


@hook
def sealed() -> Iterable[Sealed]:
    return (PUBLICATIONS,)


@hook
def schedules() -> Iterable[Schedule]:
    return (
        Schedule("disclosure:calendar", r.CALENDAR, at=time(0, 20)),
        Schedule("disclosure:forget", FORGET, at=time(3, 55)),
    )


@hook
def handlers() -> Iterable[Handler]:
    return (
        Handler(r.CALENDAR, "disclosure.calendar", r.on_calendar),
        Handler(WANTED, "disclosure.wanted", r.on_wanted),
        Handler(CLOSED, "disclosure.closed", on_closed, long=True),
        Handler(UNUSED, "disclosure.copies_unused", on_unused, long=True),
        Handler(FORGET, "disclosure.forget", on_forget),
        Handler(OBJECTED, "disclosure.objected", r.on_objected),
        Handler(NOTICE_DUE, "disclosure.notice_ended", r.on_notice_due),
    )


@hook
def warning_models() -> Iterable[WarningModel]:
    return MODELS

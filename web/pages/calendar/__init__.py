"""The working calendar: the nation's with its moved days, and the county's own days."""

from typing import Final

from core.kernel.errors import mark
from web.extension import MenuEntry
from web.pages.calendar.months import calendar_page, day_removed, day_set

ROUTES: Final = [calendar_page, day_set, day_removed]
MENU: Final = [
    MenuEntry(
        "county",
        mark("工作日历"),
        "/calendar",
        "core:region:read",
        icon="calendar",
        order=50,
        levels=frozenset({3, 4}),
    ),
]

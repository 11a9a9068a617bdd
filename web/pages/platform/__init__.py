"""The platform operator: counties, their first administrators, the plugins allowed to them."""

from typing import Final

from core.kernel.errors import mark
from web.api import MenuEntry
from web.pages.platform.counties import (
    allow,
    counties_page,
    county_page,
    invite_administrator,
    new_county_page,
    open_new_county,
)

ROUTES: Final = [
    allow,
    counties_page,
    county_page,
    invite_administrator,
    new_county_page,
    open_new_county,
]
MENU: Final = [
    MenuEntry(
        "platform",
        mark("县（市、区）"),
        "/platform",
        "platform:county:open",
        icon="building",
        order=10,
        phone=True,
    )
]

"""The platform operator: counties, their first administrators, viewers above them, the plugins allowed to them, resets."""

from typing import Final

from core.kernel.errors import mark
from web.api import MenuEntry
from web.pages.platform.accounts import accounts_page, look_up, start, withdraw
from web.pages.platform.counties import (
    allow,
    counties_page,
    county_page,
    invite_administrator,
    new_county_page,
    open_new_county,
)
from web.pages.platform.regions import (
    big_change_form,
    big_change_now,
    big_region_page,
    big_regions_page,
)
from web.pages.platform.viewers import invite_viewer, viewers_page

ROUTES: Final = [
    accounts_page,
    look_up,
    start,
    withdraw,
    allow,
    counties_page,
    county_page,
    invite_administrator,
    new_county_page,
    open_new_county,
    viewers_page,
    invite_viewer,
    big_regions_page,
    big_region_page,
    big_change_form,
    big_change_now,
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
    ),
    MenuEntry(
        "platform",
        mark("重置登录"),
        "/platform/accounts",
        "platform:account:reset",
        icon="shield",
        order=20,
        phone=True,
    ),
    MenuEntry(
        "platform",
        mark("全国区划变更"),
        "/platform/regions",
        "platform:county:open",
        icon="map",
        order=30,
        phone=True,
    ),
]

"""Regions: the tree, one region with its past, and changing them by a document."""

from typing import Final

from core.kernel.errors import mark
from web.extension import MenuEntry
from web.pages.regions.changing import change_form, change_now
from web.pages.regions.views import documents_page, region_page, regions_page

ROUTES: Final = [regions_page, documents_page, region_page, change_form, change_now]
MENU: Final = [
    MenuEntry(
        "people",
        mark("行政区划"),
        "/regions",
        "core:region:read",
        icon="map",
        order=40,
        levels=frozenset({1, 2, 3, 4}),
    ),
]

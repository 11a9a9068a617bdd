"""Settings of core's packages and of plugins: drawn from their models, looked at before they hold, with their history."""

from typing import Final

from core.kernel.errors import mark
from web.extension import MenuEntry
from web.pages.settings.areas import areas_page, townships_page
from web.pages.settings.editing import area_page, look_first, save

ROUTES: Final = [areas_page, area_page, look_first, save, townships_page]
MENU: Final = [
    MenuEntry(
        "county",
        mark("设置"),
        "/settings",
        "core:setting:edit",
        icon="settings",
        order=40,
        levels=frozenset({3, 4}),
    ),
]

"""Plugins of a county: what each does, what switching it would change, the switch itself, and what was switched."""

from typing import Final

from web.extension import MenuEntry
from web.pages.plugins.cards import plugin_page, plugins_page
from web.pages.plugins.switching import switch_from_card, switch_now, switch_page

ROUTES: Final = [plugins_page, plugin_page, switch_from_card, switch_page, switch_now]
MENU: Final = [
    MenuEntry(
        "county",
        "功能模块",
        "/plugins",
        "core:plugin:read",
        icon="blocks",
        order=30,
        levels=frozenset({3, 4}),
    ),
]

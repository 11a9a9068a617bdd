"""Roles: the ready ones, and those that the county makes itself."""

from typing import Final

from core.kernel.errors import mark
from web.api import MenuEntry
from web.pages.roles.editing import change, close, edit_page, make, new_page
from web.pages.roles.lists import ready_page, roles_page

ROUTES: Final = [change, close, edit_page, make, new_page, ready_page, roles_page]
MENU: Final = [
    MenuEntry(
        "people", mark("角色"), "/roles", "core:role:edit", icon="shield", order=40, levels=frozenset({3})
    )
]

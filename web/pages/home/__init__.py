"""The first page of each role: the question it opens the product with."""

from typing import Final

from core.kernel.errors import mark
from web.extension import MenuEntry
from web.pages.home.home import home_page
from web.pages.home.overview import OVERSEES

ROUTES: Final = [home_page]
MENU: Final = [
    MenuEntry("tasks", mark("全县概况"), "/", OVERSEES, icon="gauge", order=5, phone=True),
    MenuEntry(
        "tasks", mark("今天"), "/", "core:assignment:read", icon="tasks", order=10, phone=True, unless=OVERSEES
    ),
]

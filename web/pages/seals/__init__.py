"""The seal register: what seals are asked for, who granted it, when they were used, where the copy lies."""

from typing import Final

from core.kernel.errors import mark
from web.extension import MenuEntry
from web.pages.seals import held, one
from web.pages.seals.asking import ask, ask_page, enter, enter_page
from web.pages.seals.lists import export_page, print_page, register_page

ROUTES: Final = [
    register_page,
    export_page,
    print_page,
    ask_page,
    ask,
    enter_page,
    enter,
    one.use_page,
    one.approve,
    one.refuse,
    one.withdraw,
    one.use,
    one.file,
    one.remove,
    held.held_page,
    held.add,
    held.hand_over,
    held.stop,
]
MENU: Final = [
    MenuEntry("village", mark("印章管理"), "/seals", "core:seal:read", icon="edit", order=40, count="seals"),
]

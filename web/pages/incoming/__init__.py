"""Incoming tasks: hand one in, see the verdict with its reasons, decide what was held."""

from typing import Final

from core.kernel.errors import mark
from web.extension import MenuEntry
from web.pages.incoming.deciding import decide, withdraw
from web.pages.incoming.handing_in import hand_in_form, hand_in_now
from web.pages.incoming.lists import incoming_page, incoming_pages
from web.pages.incoming.merging import gather, merge_form, merge_now, unmerge

ROUTES: Final = [incoming_pages, hand_in_form, hand_in_now, incoming_page, decide, withdraw, merge_form, merge_now, unmerge, gather]
MENU: Final = [
    MenuEntry(
        "tasks",
        mark("来件"),
        "/incoming",
        "core:incoming:read",
        icon="inbox",
        count="incoming",
        order=25,
        levels=frozenset({3, 4}),
    ),
]

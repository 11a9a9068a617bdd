"""What packages and plugins contribute to the pages: places in the menu and slots on pages of others."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from core.kernel.scope import Scope

# Sections of the menu in their order, with their titles as source texts.
SECTIONS: Final[Mapping[str, str]] = {
    "tasks": "任务",
    "petitions": "民情",
    "village": "村级事务",
    "county": "全县",
    "people": "组织",
    "security": "安全",
    "platform": "平台",
}


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One place of the menu. ``count`` names a figure of ``web.menu_counts``; ``phone`` puts it in the bottom bar.

    ``levels`` limits it to persons at these levels (3 county, 4 township, 5 village); empty means all.
    """

    section: str
    title: str
    url: str
    permission: str
    icon: str = "list"
    order: int = 50
    count: str = ""
    phone: bool = False
    levels: frozenset[int] = frozenset()
    plugin: str = ""

    def __post_init__(self) -> None:
        if self.section not in SECTIONS:
            raise ValueError(f"no such section of the menu: {self.section}")
        if not self.url.startswith("/") or not self.permission:
            raise ValueError("a place in the menu needs an address and a permission")


@dataclass(frozen=True, slots=True)
class Slot:
    """A part that a plugin adds to a page of core. It decorates: when it fails it is left out and logged.

    ``values`` fetches what the template shows, inside the page's open transaction.
    """

    place: str
    template: str
    values: Callable[[Scope, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
    plugin: str = ""
    permission: str = ""

"""What packages and plugins contribute to the pages: routes, menu, templates, slots; and their hooks.

What the boot asks of them stands in ``web.extension_checks``.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from litestar.handlers import HTTPRouteHandler

from core.contracts.hooks import spec
from core.kernel.scope import Scope

# Sections of the menu in their order, with their titles as source texts.
SECTIONS: Final[Mapping[str, str]] = {
    "tasks": "任务",
    "petitions": "民情",
    "village": "村级事务",
    "supervision": "监督",
    "county": "全县",
    "people": "组织",
    "security": "安全",
    "platform": "平台",
}


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One place of the menu. ``count`` names a figure of ``web.pages.counts``; ``phone`` puts it in the bottom bar.

    ``levels`` limits it to persons at these levels (3 county, 4 township, 5 village); empty means all. Whoever holds the
    right ``unless`` has another place for it.
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
    unless: str = ""
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


# Where plugins may add to pages of core, and what ``values`` gets to know there.
PLACES: Final[Mapping[str, str]] = {
    "incoming": "below the screening's findings of one incoming task; knows ``incoming`` (its id) and ``now``",
    "refused": "with the reasons why an incoming task was refused, in place of the sentence on whom to turn to; knows the same",
    "task": "below the facts of one task, for its sender; knows ``task`` (its id)",
}


@dataclass(frozen=True, slots=True)
class Routes:
    """Pages and forms, made by ``get_page`` and ``post_form``. A plugin's lie under ``/<plugin>``.

    Where the plugin is off in the reader's county they answer 404; where it is paused they can be read.
    """

    handlers: tuple[HTTPRouteHandler, ...]
    plugin: str = ""

    @property
    def pages(self) -> int:
        """How many of them are read."""
        return sum("GET" in handler.http_methods for handler in self.handlers)


@dataclass(frozen=True, slots=True)
class Templates:
    """A folder of the plugin's name; its file ``list.html`` is asked for as ``<plugin>/list.html``."""

    folder: Path
    plugin: str = ""


@spec
def routes() -> Iterable[Routes]:
    """Give pages and forms."""
    return ()


@spec
def menu_entries() -> Iterable[MenuEntry]:
    """Give places in the menu."""
    return ()


@spec
def templates() -> Iterable[Templates]:
    """Give the folder of templates."""
    return ()


@spec
def slots() -> Iterable[Slot]:
    """Give parts for pages of core."""
    return ()

"""The menu a person sees: the places of core and plugins, less what the post may not open or the county switched off."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from web.answers import Request, say
from web.extension import SECTIONS, MenuEntry
from web.guards import ANY, ON, PAUSED
from web.render import MenuItem, MenuSection

_BOTTOM_PLACES = 4


class Menu:
    """All entries, sorted once; chosen per session."""

    def __init__(self, entries: Iterable[MenuEntry]) -> None:
        order = list(SECTIONS)
        self.entries = sorted(entries, key=lambda e: (order.index(e.section), e.order, e.title))

    def for_session(self, request: Request, session: Any) -> tuple[Sequence[MenuSection], Sequence[MenuItem]]:
        """Give the left menu and the phone's bottom bar."""
        chosen = [entry for entry in self.entries if _is_open(entry, session)]
        current = _current(chosen, request.url.path)
        items = [(entry, _item(request, entry, current=entry is current)) for entry in chosen]
        sections = [
            MenuSection(say(request, title), [item for entry, item in items if entry.section == name])
            for name, title in SECTIONS.items()
        ]
        bottom = [item for entry, item in items if entry.phone][:_BOTTOM_PLACES]
        return [section for section in sections if section.items], bottom


def _is_open(entry: MenuEntry, session: Any) -> bool:
    if session.pending:
        return False
    if entry.permission.startswith("platform:"):
        return bool(session.operator)
    scope = session.scope
    if scope is None or (entry.permission != ANY and entry.permission not in scope.permissions):
        return False
    if entry.levels and scope.level not in entry.levels:
        return False
    plugins: Mapping[str, str] = scope.plugins
    return not entry.plugin or plugins.get(entry.plugin) in {ON, PAUSED}


def _current(entries: Sequence[MenuEntry], path: str) -> MenuEntry | None:
    fitting = [e for e in entries if path == e.url or path.startswith(e.url.rstrip("/") + "/")]
    return max(fitting, key=lambda e: len(e.url), default=None)


def _item(request: Request, entry: MenuEntry, *, current: bool) -> MenuItem:
    return MenuItem(label=say(request, entry.title), url=entry.url, icon=entry.icon, current=current)

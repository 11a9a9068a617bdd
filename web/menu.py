"""The menu a person sees: the places of core and plugins, less what the post may not open or the county switched off."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from web.answers import Request, language_of, renderer_of
from web.extension import SECTIONS, MenuEntry
from web.guards import ANY, ON, PAUSED
from web.render import MenuItem, MenuSection
from web.texts import Texts

_BOTTOM_PLACES = 4
_REMEMBERED: Final = 2_048

Drawn = tuple[tuple[MenuSection, ...], tuple[MenuItem, ...]]


@dataclass(frozen=True, slots=True)
class _Rights:
    """All that decides which entries are there. Nothing in it belongs to a person or a place."""

    operator: bool
    level: int
    permissions: frozenset[str] | None
    plugins: frozenset[str]


class Menu:
    """All entries, sorted once; chosen once for each set of rights."""

    def __init__(self, entries: Iterable[MenuEntry]) -> None:
        order = list(SECTIONS)
        self.entries = sorted(entries, key=lambda e: (order.index(e.section), e.order, e.title))
        self._chosen = lru_cache(_REMEMBERED)(self._choose)
        self._drawn = lru_cache(_REMEMBERED)(self._draw)

    def for_session(self, request: Request, session: Any) -> Drawn:
        """Give the left menu and the phone's bottom bar."""
        rights = _rights_of(session)
        if rights is None:
            return (), ()
        current = _current(self._chosen(rights), request.scope["path"])
        return self._drawn(rights, current, language_of(request), renderer_of(request).texts)

    def _choose(self, rights: _Rights) -> tuple[MenuEntry, ...]:
        return tuple(entry for entry in self.entries if _is_open(entry, rights))

    def _draw(self, rights: _Rights, current: MenuEntry | None, language: str, texts: Texts) -> Drawn:
        def item(entry: MenuEntry) -> MenuItem:
            label = texts.get(language, entry.title)
            return MenuItem(label=label, url=entry.url, icon=entry.icon, current=entry is current, count_of=entry.count)

        items = [(entry, item(entry)) for entry in self._chosen(rights)]
        sections = (
            MenuSection(texts.get(language, title), tuple(item for entry, item in items if entry.section == name))
            for name, title in SECTIONS.items()
        )
        bottom = [item for entry, item in items if entry.phone][:_BOTTOM_PLACES]
        return tuple(section for section in sections if section.items), tuple(bottom)


def _rights_of(session: Any) -> _Rights | None:
    if session.pending:
        return None
    scope = session.scope
    if scope is None:
        return _Rights(bool(session.operator), 0, None, frozenset())
    plugins: Mapping[str, str] = scope.plugins
    seen = frozenset(name for name, state in plugins.items() if state in {ON, PAUSED})
    return _Rights(bool(session.operator), scope.level, scope.permissions, seen)


def _is_open(entry: MenuEntry, rights: _Rights) -> bool:
    if entry.permission.startswith("platform:"):
        return rights.operator
    if rights.permissions is None or (entry.permission != ANY and entry.permission not in rights.permissions):
        return False
    if entry.levels and rights.level not in entry.levels:
        return False
    return not entry.plugin or entry.plugin in rights.plugins


def _current(entries: Iterable[MenuEntry], path: str) -> MenuEntry | None:
    fitting = [e for e in entries if path == e.url or path.startswith(e.url.rstrip("/") + "/")]
    return max(fitting, key=lambda e: len(e.url), default=None)

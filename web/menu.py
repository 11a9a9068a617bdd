"""The menu a person sees: the places of core and plugins, less what the post may not open or the county switched off."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from core.kernel.errors import mark
from core.tenancy.enums import Level
from web.answers import Request, language_of, renderer_of
from web.extension import SECTIONS, MenuEntry
from web.guards import ANY, ON, PAUSED
from web.render import MenuItem, MenuSection
from web.texts import Texts

_BOTTOM_PLACES = 4
_REMEMBERED: Final = 2_048

Drawn = tuple[tuple[MenuSection, ...], tuple[MenuItem, ...]]
_NOTHING: Final[Drawn] = (), ()
# Lists that stand under another place, by the names that pages lead back to them by.
_BESIDE: Final[Mapping[str, str]] = {"/shares": mark("各单位在办"), "/notices": mark("消息"), "/search": mark("查找结果")}


@dataclass(frozen=True, slots=True)
class _Rights:
    """All that decides which entries are there. Nothing in it belongs to a person or a place."""

    operator: bool
    level: int
    permissions: frozenset[str] | None
    plugins: frozenset[str]
    paused: frozenset[str] = frozenset()


class Menu:
    """All entries, sorted once; chosen once for each set of rights."""

    def __init__(self, entries: Iterable[MenuEntry]) -> None:
        order = list(SECTIONS)
        self.entries = sorted(entries, key=lambda e: (order.index(e.section), e.order, e.title))
        self._chosen = lru_cache(_REMEMBERED)(self._choose)
        self._drawn = lru_cache(_REMEMBERED)(self._draw)

    def for_session(
        self, request: Request, session: Any, back: str = "", under: str = ""
    ) -> tuple[Drawn, str]:
        """Give the left menu and the phone's bottom bar, and the name of the place that ``back`` leads to.

        A page that has no place of its own, as one share, stands ``under`` another.
        """
        rights = _rights_of(session)
        if rights is None:
            return _NOTHING, ""
        language, texts = language_of(request), renderer_of(request).texts
        entries = self._chosen(rights)
        current = _current(entries, request.scope["path"]) or _current(entries, urlsplit(under).path)
        behind = urlsplit(back).path
        titles = (entry.title for entry in entries if back and entry.url == behind)
        title = next(titles, _BESIDE.get(behind, ""))
        return self._drawn(rights, current, language, texts), texts.get(language, title) if title else ""

    def _choose(self, rights: _Rights) -> tuple[MenuEntry, ...]:
        return tuple(entry for entry in self.entries if _is_open(entry, rights))

    def _draw(self, rights: _Rights, current: MenuEntry | None, language: str, texts: Texts) -> Drawn:
        def item(entry: MenuEntry) -> MenuItem:
            label = texts.get(language, entry.title)
            paused = entry.plugin in rights.paused
            return MenuItem(
                label=label, url=entry.url, icon=entry.icon, current=entry is current, count_of=entry.count, paused=paused
            )

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
    paused = frozenset(name for name in seen if plugins[name] == PAUSED and scope.level >= Level.COUNTY)
    return _Rights(bool(session.operator), scope.level, scope.permissions, seen, paused)


def _is_open(entry: MenuEntry, rights: _Rights) -> bool:
    if entry.permission.startswith("platform:"):
        return rights.operator
    if rights.permissions is None or (entry.permission != ANY and entry.permission not in rights.permissions):
        return False
    if (entry.levels and rights.level not in entry.levels) or entry.unless in rights.permissions:
        return False
    return not entry.plugin or entry.plugin in rights.plugins


def _current(entries: Iterable[MenuEntry], path: str) -> MenuEntry | None:
    """Give the place that an address lies under. The first page has nothing under it: all addresses would be."""
    fitting = [e for e in entries if path == e.url or (e.url != "/" and path.startswith(e.url + "/"))]
    return max(fitting, key=lambda e: len(e.url), default=None)

"""What the templates of entry lists show: items as rows, filters with their counts, addresses of pages."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from core.entry_lists.enums import (
    BEARING_TITLES,
    KIND_TITLES,
    KINDS_OF_LEVEL,
    LEVEL_TITLES,
    STATE_TITLES,
    Bearing,
    ListLevel,
    ListState,
)
from core.entry_lists.matching import Index, plain
from core.entry_lists.queries import Item, ListVersion
from core.entry_lists.rules import ItemData
from core.kernel.scope import Scope

PER_PAGE: Final = 50
TOWNSHIP_LEVEL: Final = 4
VILLAGE_LEVEL: Final = 5
TONES: Final = {Bearing.ALLOWED: "good", Bearing.FORBIDDEN: "danger", Bearing.REFERENCE: "plain"}
STATE_TONES: Final = {ListState.DRAFT: "notice", ListState.PUBLISHED: "good", ListState.SUPERSEDED: "plain"}
NEAREST: Final = 8

# Every template of the area knows these words; they are source texts.
WORDS: Final[dict[str, Any]] = {
    "kind_titles": KIND_TITLES,
    "level_titles": LEVEL_TITLES,
    "state_titles": STATE_TITLES,
    "bearing_titles": BEARING_TITLES,
    "tones": TONES,
    "state_tones": STATE_TONES,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader filters by, as it stands in the address."""

    q: str = ""
    kind: str = ""
    category: str = ""
    start: int = 1

    @property
    def active(self) -> int:
        """How many filters are set."""
        return sum(map(bool, (self.q, self.kind, self.category)))

    def address(self, path: str, **changes: object) -> str:
        """Give the address of the same view with some values changed."""
        values = {"q": self.q, "kind": self.kind, "category": self.category, "start": "", **changes}
        return f"{path}?{urlencode({k: v for k, v in values.items() if v})}"


@dataclass(frozen=True, slots=True)
class Found:
    """One page of the items that were found, by category. ``near`` says that nothing fits exactly."""

    groups: Sequence[tuple[str, Sequence[Item]]]
    first: int
    last: int
    total: int
    near: bool


def level_for(scope: Scope, level: str) -> str:
    """Give the level to show: the one asked for, else that of the reader."""
    if level in set(ListLevel):
        return level
    return ListLevel.VILLAGE if scope.level == VILLAGE_LEVEL else ListLevel.TOWNSHIP


def find(items: Sequence[Item], wanted: Wanted) -> Found:
    """Filter items and cut out the page; where words fit nothing, give the nearest items instead."""
    fit = [
        item for item in items if wanted.kind in {"", item.kind} and wanted.category in {"", item.category}
    ]
    words = plain(wanted.q)
    hits = [item for item in fit if words in _words(item)] if words else fit
    near = bool(words) and not hits
    if near:
        hits = [each.item for each in Index(fit).nearest(wanted.q, best=NEAREST)]
    order = {category: at for at, category in enumerate(dict.fromkeys(item.category for item in items))}
    ordered = hits if near else sorted(hits, key=lambda item: order[item.category])
    start = wanted.start if 0 < wanted.start <= len(ordered) else 1
    page = ordered[start - 1 : start - 1 + PER_PAGE]
    return Found(_grouped(page, near=near), start if page else 0, start - 1 + len(page), len(ordered), near)


def _words(item: ItemData) -> str:
    return plain(" ".join((item.code, item.title, item.department, item.category, *item.aliases)))


def _grouped(items: Sequence[Item], *, near: bool) -> list[tuple[str, list[Item]]]:
    if near:
        return [("", list(items))] if items else []
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.category, []).append(item)
    return list(groups.items())


def kind_options(items: Iterable[ItemData], level: str) -> list[tuple[str, str, int]]:
    """Give the kinds that occur, in the level's order, with how many items each has."""
    counts = Counter(item.kind for item in items)
    return [(kind, KIND_TITLES[kind], counts[kind]) for kind in KINDS_OF_LEVEL[level] if counts[kind]]


def category_options(items: Iterable[ItemData]) -> list[tuple[str, int]]:
    """Give the categories in the list's order, with how many items each has."""
    return list(Counter(item.category for item in items if item.category).items())


def pages_of(found: Found, wanted: Wanted, path: str, **kept: str) -> dict[str, str | None]:
    """Give the addresses before and after this page."""
    back, on = found.first - PER_PAGE, found.last + 1
    return {
        "previous": wanted.address(path, start=max(back, 1), **kept) if found.first > 1 else None,
        "next": wanted.address(path, start=on, **kept) if found.last < found.total else None,
    }


def version_facts(version: ListVersion) -> dict[str, Any]:
    """Give what the header of a version's pages needs."""
    return {"version": version, "path": f"/entry-lists/{version.id}", **WORDS}

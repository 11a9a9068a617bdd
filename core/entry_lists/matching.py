"""How near a matter comes to the items of a list: shared pairs of characters, the rare ones counting more.

Simple on purpose, and explainable: every candidate says which words it shares with the matter. Pure.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Generic, TypeVar

from core.entry_lists.rules import ItemData

BEST: Final = 5
LEAST_NEARNESS: Final = 0.12
LEAST_OFFERED: Final = 0.04  # somebody who has to choose wants a choice
_SHORTEST_PART: Final = 2
_TITLE_WEIGHT: Final = 0.7
_OPENING: Final = re.compile(
    r"^(转发|印发)?关于(报送|印发|转发|进一步|认真|切实|继续|全面|深入)?(做好|开展|加强|推进|落实|组织|实施|配合)?"
)
_CLOSING: Final = re.compile(
    r"(工作)?(实施)?(方案)?(的)?(紧急)?(通知|函|通告|意见|方案|指令|公告|请示|提示)$"
)
_KEPT: Final = re.compile(r"[^0-9a-z\u3400-\u9fff]")
_Item = TypeVar("_Item", bound=ItemData)


def plain(text: str) -> str:
    """Fold widths and cases and leave out everything but letters, digits and Chinese characters."""
    return _KEPT.sub("", unicodedata.normalize("NFKC", text).lower())


def subject_of(title: str) -> str:
    """Give what an official title is about: 关于做好…工作的通知 loses its frame."""
    folded = plain(title)
    return _CLOSING.sub("", _OPENING.sub("", folded)) or folded


def pairs(text: str) -> frozenset[str]:
    """Give the pairs of neighbouring characters of a folded text."""
    return frozenset(text[at : at + 2] for at in range(len(text) - 1)) or frozenset({text} if text else ())


def shared_parts(item: str, matter: str) -> tuple[str, ...]:
    """Give the pieces of two or more characters that the item shares with the matter, longest first."""
    parts: list[str] = []
    at = 0
    while at < len(item) - 1:
        size = 0
        while at + size < len(item) and item[at : at + size + 1] in matter:
            size += 1
        if size >= _SHORTEST_PART:
            parts.append(item[at : at + size])
        at += max(size, 1)
    return tuple(sorted(dict.fromkeys(parts), key=len, reverse=True))


@dataclass(frozen=True, slots=True)
class Near(Generic[_Item]):
    """One candidate: the item, its nearness from 0 to 1, the words it shares with the matter."""

    item: _Item
    nearness: float
    parts: tuple[str, ...]


class Index(Generic[_Item]):
    """The items of one search, prepared: their folded names (title and aliases), and how rare pairs are."""

    def __init__(self, items: Iterable[_Item]) -> None:
        self.items: Sequence[_Item] = tuple(items)
        self._names = [tuple(filter(None, map(plain, (item.title, *item.aliases)))) for item in self.items]

    @cached_property
    def _weights(self) -> dict[str, float]:
        seen = Counter(pair for names in self._names for pair in frozenset().union(*map(pairs, names)))
        return {pair: math.log(1 + len(self.items) / times) for pair, times in seen.items()}

    def named(self, title: str) -> list[_Item]:
        """Give the items whose title or alias is the matter's title, with or without its official frame."""
        wanted = {plain(title), subject_of(title)}
        return [item for item, names in zip(self.items, self._names, strict=True) if wanted & set(names)]

    def contained(self, title: str, *, shortest: int) -> list[_Item]:
        """Give the items whose whole name stands in the title; only those with the longest name found."""
        folded = plain(title)
        sizes = [
            max((len(name) for name in names if len(name) >= shortest and name in folded), default=0)
            for names in self._names
        ]
        longest = max(sizes, default=0)
        return [item for item, size in zip(self.items, sizes, strict=True) if size == longest > 0]

    def nearest(
        self, title: str, body: str = "", *, best: int = BEST, least: float = LEAST_NEARNESS
    ) -> list[Near[_Item]]:
        """Give the items that come nearest, the nearest first; none that shares next to nothing."""
        head, whole = subject_of(title), subject_of(title) + plain(body)
        in_head, in_whole = pairs(head), pairs(whole)
        found: list[Near[_Item]] = []
        for item, names in zip(self.items, self._names, strict=True):
            scored = [(self._nearness(name, in_head, in_whole), name) for name in names]
            nearness, name = max(scored, default=(0.0, ""))
            if nearness >= least:
                found.append(Near(item, nearness, shared_parts(name, whole)))
        return sorted(found, key=lambda near: (-near.nearness, near.item.code))[:best]

    def loosely(self, text: str, *, best: int = BEST) -> list[_Item]:
        """Give items that share at least two single characters with a text, those with the rarest first: 村道 finds 道路.

        Too loose to judge by; for somebody who chooses it is better than nothing.
        """
        wanted = frozenset(subject_of(text))
        seen = Counter(letter for names in self._names for letter in frozenset().union(*names))
        found: list[tuple[float, _Item]] = []
        for item, names in zip(self.items, self._names, strict=True):
            shared = max((wanted & frozenset(name) for name in names), key=len, default=frozenset[str]())
            if len(shared) >= _SHORTEST_PART:
                found.append((sum(math.log(1 + len(self.items) / seen[letter]) for letter in shared), item))
        return [item for _, item in sorted(found, key=lambda each: (-each[0], each[1].code))[:best]]

    def _nearness(self, name: str, head: frozenset[str], whole: frozenset[str]) -> float:
        own = pairs(name)
        total = sum(self._weights[pair] for pair in own)
        in_head = sum(self._weights[pair] for pair in own & head)
        in_whole = sum(self._weights[pair] for pair in own & whole)
        return (_TITLE_WEIGHT * in_head + (1 - _TITLE_WEIGHT) * in_whole) / total if total else 0.0

"""Marks of what a text demands: that a power shifts, a fine, a certificate, a quota, help; and those of an emergency."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from plugins.township_filter.comparison.text import folded

MARKS: Final = Path(__file__).parent / "data" / "marks.tsv"
_FIRST: Final = 2


class Marks:
    """The marks of all groups, found by their first two characters."""

    def __init__(self, groups: Mapping[str, tuple[str, ...]]) -> None:
        self._groups = dict(groups)
        self._by_start: dict[str, list[tuple[str, str]]] = {}
        self._single = [(group, word) for group, words in groups.items() for word in words if len(word) < _FIRST]
        for group, words in groups.items():
            for word in words:
                if len(word) >= _FIRST:
                    self._by_start.setdefault(word[:_FIRST], []).append((group, word))

    def words(self) -> Mapping[str, tuple[str, ...]]:
        """Give the marks of each group."""
        return self._groups

    def found(self, text: str) -> dict[str, set[str]]:
        """Give the marks of each group that stand in a folded text; of two overlapping ones of a group the longer."""
        found: dict[str, set[str]] = {}
        for group, word in self._single:
            if word in text:
                found.setdefault(group, set()).add(word)
        for at in range(len(text) - 1):
            for group, word in self._by_start.get(text[at : at + _FIRST], ()):
                if text.startswith(word, at):
                    found.setdefault(group, set()).add(word)
        return {group: _longest(words) for group, words in found.items()}


def _longest(words: set[str]) -> set[str]:
    if len(words) == 1:
        return words
    return {word for word in words if not any(word != other and word in other for other in words)}


@cache
def own_marks() -> Marks:
    """Give the product's marks, read once."""
    groups = {}
    for line in MARKS.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            group, words = line.split("\t")
            groups[group] = tuple(folded(word) for word in words.split())
    return Marks(groups)

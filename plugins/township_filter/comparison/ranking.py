"""How near the items of a list come to a text: by their names, by what practice calls them, by what was learned."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Protocol

import numpy as np

from plugins.township_filter.comparison.concepts import Concepts, own_concepts
from plugins.township_filter.comparison.postings import Floats, Postings
from plugins.township_filter.comparison.text import folded, grams, subject

ALLOWED, FORBIDDEN, REFERENCE = "allowed", "forbidden", "reference"
# Tried on the development texts by scripts/fit_screening.py; docs/screening.md tells what else was tried.
NAME_DAMPING: Final = 0.35
WORDS_DAMPING: Final = 0.25
WORDS_SHARE: Final = 0.8
TITLE: Final = 1.0
BODY: Final = 0.4
BOTH: Final = 0.6  # what a piece counts more when the body says it again
DEPARTMENT: Final = 1.05  # an item of the department that writes or is named
_OFFICE: Final = re.compile(r"(监督管理|综合|和.*|分?局|委员会|委|办|大队|部|馆)$")


class Listed(Protocol):
    """What the comparison reads of an item; the core's items are such."""

    @property
    def code(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def aliases(self) -> tuple[str, ...]: ...
    @property
    def bearing(self) -> str: ...
    @property
    def department(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Example:
    """A verdict that a person confirmed: this text stands on the list as ``code``; an empty code: it stands on none."""

    code: str
    title: str
    body: str = ""


@cache
def words_index() -> Postings:
    """Index the words of practice, once for all lists."""
    return Postings([each.folded_words for each in own_concepts().all], damping=WORDS_DAMPING)


def pieces(title: str, body: str) -> dict[str, float]:
    """Give the pieces of a folded text and how much each counts: the title more than the body."""
    found = dict.fromkeys(grams(subject(title)), TITLE)
    if body:
        again = dict.fromkeys(grams(subject(body)), BODY)
        shared = found.keys() & again.keys()
        found |= again
        found.update(dict.fromkeys(shared, TITLE + BOTH))
    return found


class Names:
    """The names of one level's items and the subjects they are about, as arrays over the items."""

    def __init__(self, items: Sequence[Listed], concepts: Concepts) -> None:
        self.folded = [tuple(folded(name) for name in (item.title, *item.aliases)) for item in items]
        self.postings = Postings(self.folded, damping=NAME_DAMPING)
        self._called: dict[str, set[int]] = defaultdict(set)
        for at, names in enumerate(self.folded):
            for name in names:
                self._called[name].add(at)
        self._lengths = sorted(set(map(len, self._called)))
        self.concepts = [concepts.of(*names) for names in self.folded]
        counts = np.array([len(each) for each in self.concepts], np.int64)
        offices: dict[str, list[int]] = defaultdict(list)
        for at, item in enumerate(items):
            if office := office_word(item.department):
                offices[office].append(at)
        self._offices = {office: np.array(places) for office, places in offices.items()}
        self._flat = np.array([at for each in self.concepts for at in each], np.int64)
        self._having = np.flatnonzero(counts)
        self._starts = (np.cumsum(counts) - counts)[self._having]

    def called(self, *names: str) -> list[int]:
        """Give the places of the items that have one of these folded names, in their order."""
        return sorted(frozenset[int]().union(*(self._called.get(name, ()) for name in names)))

    def within(self, text: str, *, shortest: int) -> list[int]:
        """Give the places of the items of which a name that is not too short stands whole in a folded text.

        The text's pieces are looked up, not the list's names gone through: it takes as long with 20,000 items as with ten.
        """
        lengths = [length for length in self._lengths if shortest <= length <= len(text)]
        return self.called(*(text[at : at + length] for length in lengths for at in range(len(text) - length + 1)))

    def scores(self, text: Mapping[str, float], said: str) -> Floats:
        """Give how near each item comes to the pieces of a text. Departments that are named in ``said`` bring theirs nearer."""
        found = self.postings.scores(text)
        if len(self._having):
            by_words = words_index().scores(text)
            found[self._having] += WORDS_SHARE * np.maximum.reduceat(by_words[self._flat], self._starts)
        for office, places in self._offices.items():
            if office in said:
                found[places] *= DEPARTMENT
        return found


def office_word(department: str) -> str:
    """Give the word by which a department is named: 民政 for 民政局. Words of one character name nothing."""
    word = _OFFICE.sub("", folded(department))
    return word if len(word) > 1 else ""

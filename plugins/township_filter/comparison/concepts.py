"""What the subject of an item is called in practice: 动物强制免疫 is 春防, 秋防, 强免, 耳标 to those who write.

The words stand in ``data/words/*.tsv``, keyed by what is said inside names of items, so that they serve any county's list.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from plugins.township_filter.comparison.text import folded

WORDS: Final = Path(__file__).parent / "data" / "words"
_SPECIFIC: Final = 0.5  # a key half as long as the longest one that fits names something else


@dataclass(frozen=True, slots=True)
class Key:
    """One way in which a name shows its subject: all of ``wanted`` stand in it, none of ``unwanted``."""

    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]

    @classmethod
    def of(cls, written: str) -> "Key":
        """Read ``甲+乙-丙``."""
        wanted, *unwanted = written.split("-")
        return cls(tuple(wanted.split("+")), tuple(unwanted))

    def fits(self, name: str) -> bool:
        """Tell whether a folded name is about this subject."""
        return all(each in name for each in self.wanted) and not any(each in name for each in self.unwanted)

    @property
    def size(self) -> int:
        """How much of a name it speaks of."""
        return sum(map(len, self.wanted))


@dataclass(frozen=True, slots=True)
class Concept:
    """One subject: how names of items say it, and the words of practice."""

    name: str
    keys: tuple[Key, ...]
    words: tuple[str, ...]
    folded_words: tuple[str, ...]

    def size_in(self, name: str) -> int:
        """Give how much of a folded name the best fitting key speaks of; 0 where none fits."""
        return max((key.size for key in self.keys if key.fits(name)), default=0)


class Concepts:
    """All subjects, found quickly by the first two characters of their keys."""

    def __init__(self, concepts: Iterable[Concept]) -> None:
        self.all = tuple(concepts)
        self._by_start: dict[str, list[int]] = defaultdict(list)
        for at, concept in enumerate(self.all):
            for key in concept.keys:
                self._by_start[key.wanted[0][:2]].append(at)

    def of(self, *names: str) -> list[int]:
        """Give the places of the subjects that an item with these folded names (title, aliases) is about."""
        sizes: dict[int, int] = {}
        for name in names:
            near = {at for start in range(len(name)) for at in self._by_start.get(name[start : start + 2], ())}
            for at in near:
                if size := self.all[at].size_in(name):
                    sizes[at] = max(size, sizes.get(at, 0))
        least = max(sizes.values(), default=0) * _SPECIFIC
        return sorted(at for at, size in sizes.items() if size >= least)


def read_words(text: str) -> list[Concept]:
    """Read a word list: keys, a tab, words."""
    found = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        keys, words = line.split("\t")
        written, said = keys.split("/"), tuple(words.split())
        own = tuple(Key.of(folded_key(key)) for key in written)
        found.append(Concept(written[0], own, said, tuple(map(folded, said))))
    return found


def folded_key(written: str) -> str:
    """Fold a key as names are folded, leaving its signs."""
    return "-".join("+".join(folded(part) for part in each.split("+")) for each in written.split("-"))


@cache
def own_concepts() -> Concepts:
    """Give the product's word list, read once."""
    files = sorted(WORDS.glob("*.tsv"))
    return Concepts(concept for file in files for concept in read_words(file.read_text(encoding="utf-8")))

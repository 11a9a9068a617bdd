"""One list of one county, prepared: every text is weighed against its items and against what was learned there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import numpy as np

from plugins.township_filter.comparison.concepts import own_concepts
from plugins.township_filter.comparison.marks import own_marks
from plugins.township_filter.comparison.postings import Floats, Postings
from plugins.township_filter.comparison.ranking import (
    ALLOWED,
    FORBIDDEN,
    Example,
    Listed,
    Names,
    pieces,
)
from plugins.township_filter.comparison.signs import signs
from plugins.township_filter.comparison.text import folded, subject

BEST: Final = 5
_MANY: Final = 20  # so many are not sorted whole
# From this share of a confirmed text on, what was confirmed of it speaks for a new one, in the list's own scores.
LIKE: Final = 0.25
LIKE_WORTH: Final = 1.5
Item = TypeVar("Item", bound=Listed)


@dataclass(frozen=True, slots=True)
class Ranked(Generic[Item]):
    """An item, how near a text comes to it, and where it stands among the items."""

    item: Item
    score: float
    at: int


@dataclass(frozen=True, slots=True)
class Weighed(Generic[Item]):
    """What a text, folded, weighs: nearest items that may be sent and that may not, the marks found, the nearest confirmed text."""

    title: str
    body: str
    pieces: Mapping[str, float]
    allowed: tuple[Ranked[Item], ...]
    forbidden: tuple[Ranked[Item], ...]
    title_marks: Mapping[str, set[str]]
    body_marks: Mapping[str, set[str]]
    title_signs: Mapping[str, int]
    body_signs: Mapping[str, int]
    next_subject: float = 0.0  # the nearest allowed item about another subject than the first
    example: Example | None = None
    likeness: float = 0.0
    known: str = ""  # names and words of the nearest allowed item
    explained: float = 0.0  # the share of the title's pairs that the nearest allowed item's names and words have


class Comparison(Generic[Item]):
    """The items of one level in force in one place, with the examples confirmed there."""

    def __init__(self, items: Sequence[Item], learned: Sequence[Example] = ()) -> None:
        self.items = tuple(items)
        self.names = Names(self.items, own_concepts())
        bearings = np.array([str(item.bearing) for item in self.items])
        self._allowed = np.flatnonzero(bearings == ALLOWED)
        self._forbidden = np.flatnonzero(bearings == FORBIDDEN)
        self._coded = {item.code.casefold(): item for item in reversed(self.items)}
        self.learned = tuple(learned)
        self._examples = Postings(
            [[subject(folded(each.title)), subject(folded(each.body))] for each in self.learned], damping=0
        )
        places: dict[str, int] = {item.code: at for at, item in reversed(list(enumerate(self.items)))}
        self._of_example = [places.get(each.code) for each in self.learned]

    def coded(self, code: str) -> Item | None:
        """Give the first item of a code, whatever the case it is written in."""
        return self._coded.get(code.strip().casefold())

    def words_of(self, at: int) -> Iterator[str]:
        """Give the words of practice of an item, folded."""
        for concept in self.names.concepts[at]:
            yield from own_concepts().all[concept].folded_words

    def weigh(self, title: str, body: str = "", sender: str = "") -> Weighed[Item]:
        """Weigh a text, and who sent it."""
        title, body = folded(title), folded(body)
        found = pieces(title, body)
        scores = self.names.scores(found, f"{title} {body} {folded(sender)}")
        example, likeness = self._learn(found, scores)
        allowed = self._best(scores, self._allowed)
        marks = own_marks()
        return Weighed(
            title=title,
            body=body,
            pieces=found,
            allowed=tuple(Ranked(self.items[at], float(scores[at]), at) for at in allowed),
            forbidden=tuple(
                Ranked(self.items[at], float(scores[at]), at) for at in self._best(scores, self._forbidden)
            ),
            title_marks=marks.found(title),
            body_marks=marks.found(body),
            title_signs=signs(title),
            body_signs=signs(body),
            next_subject=self._next_subject(scores, allowed),
            example=example,
            likeness=likeness,
            known=(known := self._known(allowed)),
            explained=_explained(title, known),
        )

    def ranked(self, weighed: Weighed[Item], item: Item) -> Ranked[Item]:
        """Give the score of one item that is not among a text's nearest."""
        at = next(place for place, each in enumerate(self.items) if each is item)
        scores = self.names.scores(weighed.pieces, f"{weighed.title} {weighed.body}")
        return Ranked(item, float(scores[at]), at)

    def _learn(self, found: Mapping[str, float], scores: Floats) -> tuple[Example | None, float]:
        if not self.learned:
            return None, 0.0
        own = sum(self._examples.weights[at] for gram in found if (at := self._examples.ids.get(gram)) is not None)
        shared = self._examples.scores(dict.fromkeys(found, 1.0))
        like = shared / np.sqrt(np.maximum(self._examples.mass, 1e-6) * max(float(own), 1e-6))
        top = float(scores.max(initial=0.0))
        for at, share in enumerate(like):
            place = self._of_example[at]
            if place is not None and share > LIKE:
                scores[place] += LIKE_WORTH * top * (share - LIKE)
        best = int(np.argmax(like))
        return self.learned[best], float(like[best])

    def _best(self, scores: Floats, among: np.ndarray) -> list[int]:
        near = among[np.argpartition(-scores[among], BEST)[: BEST + 1]] if len(among) > _MANY else among
        order = sorted((int(at) for at in near), key=lambda at: (-scores[at], at))[:BEST]
        return [at for at in order if scores[at] > 0]

    def _known(self, allowed: list[int]) -> str:
        return " ".join((*self.names.folded[allowed[0]], *self.words_of(allowed[0]))) if allowed else ""

    def _next_subject(self, scores: Floats, allowed: list[int]) -> float:
        if not allowed:
            return 0.0
        own = set(self.names.concepts[allowed[0]])
        others = (at for at in allowed[1:] if not own & set(self.names.concepts[at]))
        return next((float(scores[at]) for at in others), 0.0)


def _explained(title: str, known: str) -> float:
    pairs = [run[at : at + 2] for run in subject(title).split() for at in range(len(run) - 1)]
    return sum(pair in known for pair in pairs) / len(pairs) if pairs else 0.0

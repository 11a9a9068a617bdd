"""The verdict over one text by itself. Pure: a prepared list and the weights in, a verdict out."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Generic, TypeVar

from plugins.township_filter.comparison.comparison import BEST, Comparison, Ranked, Weighed
from plugins.township_filter.comparison.decision import Weights, own_weights
from plugins.township_filter.comparison.outcome import Ground, Judged, Near, Outcome
from plugins.township_filter.comparison.ranking import Example, Listed
from plugins.township_filter.comparison.signals import ALARMS, DEMANDS, alarm, happens, is_pressing, off_list
from plugins.township_filter.comparison.text import LONGEST

MOST_PARTS: Final = 6
MOST_MARKS: Final = 5
SAME_TEXT: Final = 0.8  # this like a confirmed text, it is judged as that one was
LIKE: Final = 0.3  # from here on it leans that way
LEAN: Final = 8.0
FAR: Final = 8.0  # a banned item below this score is not named as the reason
HALFWAY: Final = 10.0  # the score of what comes half near
LEAST_SHARE: Final = 0.05  # of the best one's score, to be named beside it in a refusal
_SHORTEST: Final = 2
_PARTICLES: Final = " 和及与的等或对在为并按由将其"
_EVERYWHERE: Final = ("工作", "情况", "事项", "活动")  # in names and texts of all kinds
_BURDENS: Final = tuple(group for group in DEMANDS if group != "assist")
_TOLD: Final = tuple(group for group in ALARMS if group != "routine")
Item = TypeVar("Item", bound=Listed)


class Engine(Generic[Item]):
    """Judges texts against one prepared list."""

    def __init__(self, comparison: Comparison[Item], weights: Weights | None = None) -> None:
        self.comparison = comparison
        self.weights = weights or own_weights()

    def judge(self, *, level: str, title: str, body: str = "") -> Judged[Item]:
        """Judge one text by itself."""
        return self.judged(self.comparison.weigh(title, body), level)

    def judged(
        self, weighed: Weighed[Item], level: str, *, alarms: bool = True, sure: float | None = None
    ) -> Judged[Item]:
        """Judge a weighed text. Without ``alarms`` an emergency is judged like any other text.

        ``sure`` is how surely a text must stand on the list to pass, from 0 to 1; else the fitted limit holds.
        """
        limits = self.weights.limits
        chance = self.weights.off_list.chance(off_list(weighed, level), more=_learned(weighed))
        if alarms and self._is_alarm(weighed):
            near = self._near(weighed, weighed.allowed)
            return Judged(Outcome.EMERGENCY, Ground.EMERGENCY, 1 - chance, near, marks=_marks(weighed, _TOLD))
        if not self.comparison.items:
            return Judged(Outcome.HELD, Ground.EMPTY, 0.0, ())
        if chance >= limits["refused"]:
            return self._refused(weighed, chance)
        candidates = self._near(weighed, weighed.allowed)
        if not candidates:
            return Judged(Outcome.REFUSED, Ground.NOTHING_NEAR, 0.0, self._near(weighed, weighed.forbidden))
        if chance <= (limits["passed"] if sure is None else 1 - sure):
            example = _confirming(weighed, weighed.allowed[0].item.code)
            ground = Ground.LEARNED if example else Ground.LISTED
            return Judged(Outcome.PASSED, ground, 1 - chance, candidates, example=example)
        forbidden = next(iter(self._near(weighed, weighed.forbidden[:1])), None)
        marks = _marks(weighed, _BURDENS)
        return Judged(Outcome.HELD, Ground.UNSURE, 1 - chance, candidates, forbidden, marks)

    def near_to(self, weighed: Weighed[Item], item: Item) -> Near[Item]:
        """Give how near a weighed text comes to one item of the list, however far, and what both have."""
        ranked = next((each for each in weighed.allowed if each.item is item), None) or self.comparison.ranked(weighed, item)
        return self._near(weighed, [ranked])[0]

    def _is_alarm(self, weighed: Weighed[Item]) -> bool:
        known = weighed.likeness >= SAME_TEXT
        return (happens(weighed) or is_pressing(weighed)) and not known and self.weights.alarm.chance(alarm(weighed)) > self.weights.limits["emergency"]

    def _refused(self, weighed: Weighed[Item], chance: float) -> Judged[Item]:
        ranked = sorted((*weighed.allowed, *weighed.forbidden), key=lambda each: -each.score)[:BEST]
        ranked = [each for each in ranked if each.score >= ranked[0].score * LEAST_SHARE]
        near, marks, example = self._near(weighed, ranked), _marks(weighed, _BURDENS), _confirming(weighed, "")
        named = bool(weighed.forbidden) and ranked[0].at == weighed.forbidden[0].at and ranked[0].score > FAR
        if example:
            ground = Ground.LEARNED
        elif named:
            ground = Ground.FORBIDDEN
        else:
            ground = Ground.BURDEN if marks else Ground.NOT_LISTED
        forbidden = near[0] if ground is Ground.FORBIDDEN else None
        return Judged(Outcome.REFUSED, ground, 1 - chance, near, forbidden, marks, example=example)

    def _near(self, weighed: Weighed[Item], ranked: Sequence[Ranked[Item]]) -> tuple[Near[Item], ...]:
        whole = f"{weighed.title} {weighed.body}"
        return tuple(
            Near(each.item, round(each.score / (each.score + HALFWAY), 4), self._parts(each.at, whole) if rank == 0 else ())
            for rank, each in enumerate(ranked)
        )

    def _parts(self, at: int, text: str) -> tuple[str, ...]:
        words = frozenset(self.comparison.words_of(at))
        found = [part for name in self.comparison.names.folded[at] for part in common(name, text, words)]
        found.extend(word for word in self.comparison.words_of(at) if word in text)
        return _longest(found)


def common(name: str, text: str, words: frozenset[str] = frozenset()) -> Iterator[str]:
    """Give what a name shares with a text, in whole words of two or more characters: 受理 of 受理和调查, nothing of 绿化工作 in 美化工作.

    ``words`` are the words of practice of the name's item: none of them is cut.
    """
    at = 0
    while at < len(name) - 1:
        size = 0
        while at + size < len(name) and name[at : at + size + 1] in text:
            size += 1
        if size >= _SHORTEST and (piece := _whole(name, at, at + size, words)):
            yield piece
        at += max(size, 1)


def _whole(name: str, start: int, end: int, words: frozenset[str]) -> str:
    """Cut a piece of a name at the words that it begins or ends within, and at particles; empty where only a word of every paper is left."""
    before, behind = list(_across(name, start, words)), list(_across(name, end, words))
    if before and not any(name[start:ends] in words for _, ends in before):
        start = before[0][1]
    if behind and not any(name[begins:end] in words for begins, _ in behind):
        end = behind[0][0]
    piece = name[start:end].lstrip(f"请{_PARTICLES}").rstrip(_PARTICLES) if start < end else ""
    telling = piece
    for word in _EVERYWHERE:
        telling = telling.removesuffix(word)
    return piece if len(telling) >= _SHORTEST else ""


def _across(name: str, place: int, words: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Give begin and end of the words in a name that go across a place, the longest first."""
    for size in range(LONGEST, 1, -1):
        for start in range(max(0, place - size + 1), min(place, len(name) - size + 1)):
            if name[start : start + size] in words:
                yield start, start + size


def _longest(found: Iterable[str]) -> tuple[str, ...]:
    kept: list[str] = []
    for word in sorted(dict.fromkeys(found), key=len, reverse=True):
        if not any(word in longer for longer in kept):
            kept.append(word)
    return tuple(kept[:MOST_PARTS])


def _learned(weighed: Weighed[Item]) -> float:
    if weighed.example is None or weighed.likeness <= LIKE:
        return 0.0
    lean = LEAN * (weighed.likeness - LIKE) / (1 - LIKE)
    return -lean if weighed.example.code else lean


def _confirming(weighed: Weighed[Item], code: str) -> Example | None:
    """Give the confirmed text that said the same of a text like this one."""
    example = weighed.example
    return example if example and weighed.likeness > LIKE and example.code == code else None


def _marks(weighed: Weighed[Item], groups: tuple[str, ...]) -> tuple[str, ...]:
    marks = (weighed.title_marks, weighed.body_marks)
    found = [mark for own in marks for group in groups for mark in sorted(own.get(group, ()))]
    return tuple(dict.fromkeys(found))[:MOST_MARKS]

"""Texts that came one after the other: what was said before is found again."""

from dataclasses import replace
from typing import Final, Generic, TypeVar

from plugins.township_filter.comparison.comparison import Weighed
from plugins.township_filter.comparison.decision import Weights, own_weights
from plugins.township_filter.comparison.outcome import Ground, Judged, Outcome
from plugins.township_filter.comparison.ranking import Listed
from plugins.township_filter.comparison.twins import Said, said, twin

LIKELY: Final = 0.2  # what rather stands on no list is no source of a duplicate and none itself
Item = TypeVar("Item", bound=Listed)


class Arrivals(Generic[Item]):
    """One sequence. The texts of each level are compared with earlier ones that may be about the same item."""

    def __init__(self, weights: Weights | None = None) -> None:
        self._weights = weights or own_weights()
        self._texts: dict[tuple[str, str], list[Said]] = {}

    def taken(self, name: str, level: str, weighed: Weighed[Item], judged: Judged[Item]) -> Judged[Item]:
        """Give the verdict, or that the text repeats the earlier one it is most like, and keep it for later ones."""
        if judged.outcome not in {Outcome.PASSED, Outcome.HELD} or judged.score < LIKELY:
            return judged
        text = said(name, weighed)
        earlier = self._likest(level, text)
        for code in text.codes:
            self._texts.setdefault((level, code), []).append(text)
        if earlier is None:
            return judged
        return replace(judged, outcome=Outcome.DUPLICATE, ground=Ground.DUPLICATE, duplicate_of=earlier.name)

    def _likest(self, level: str, text: Said) -> Said | None:
        near = {each.name: each for code in text.codes for each in self._texts.get((level, code), ())}
        kind, judge = ("twin_by_title", self._weights.twin_by_title) if text.title_only else ("twin", self._weights.twin)
        least = self._weights.limits[kind]
        found = [(judge.chance(twin(each, text)), each) for each in near.values()]
        return max(((chance, each) for chance, each in found if chance > least), key=lambda one: one[0], default=(0, None))[1]

"""What the comparison says of a text: a verdict, on which ground, with what was matched."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from plugins.township_filter.comparison.ranking import Example, Listed

Item = TypeVar("Item", bound=Listed)


class Outcome(StrEnum):
    """The verdict over one text of a sequence."""

    PASSED = "passed"
    REFUSED = "refused"
    HELD = "held"
    EMERGENCY = "emergency"
    DUPLICATE = "duplicate"


class Ground(StrEnum):
    """Why: which of the sentences of ``rules`` is said."""

    LISTED = "listed"
    LEARNED = "learned"
    FORBIDDEN = "forbidden"
    BURDEN = "burden"
    NOT_LISTED = "not_listed"
    UNSURE = "unsure"
    NOTHING_NEAR = "nothing_near"
    EMPTY = "empty"
    EMERGENCY = "emergency"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Near(Generic[Item]):
    """An item that comes near: how near from 0 to 1, and the words that both have."""

    item: Item
    nearness: float
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judged(Generic[Item]):
    """The verdict with its ground. ``score`` is how surely the text stands on the list, ``marks`` what it demands."""

    outcome: Outcome
    ground: Ground
    score: float
    candidates: tuple[Near[Item], ...]
    forbidden: Near[Item] | None = None
    marks: tuple[str, ...] = ()
    duplicate_of: str = ""
    example: Example | None = None

    @property
    def nearest(self) -> tuple[Near[Item], ...]:
        """The candidates, and behind them the forbidden item that comes as near: whoever decides reads of both."""
        banned = self.forbidden
        if banned is None or any(near.item is banned.item for near in self.candidates):
            return self.candidates
        return (*self.candidates, banned) if not self.candidates or banned.nearness >= self.candidates[0].nearness else self.candidates

    @property
    def code(self) -> str:
        """The code of the item it falls under; empty where it falls under none."""
        stands = self.outcome in {Outcome.PASSED, Outcome.DUPLICATE} and self.candidates
        return self.candidates[0].item.code if stands else ""

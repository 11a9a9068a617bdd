"""The weights of the signals and the limits of the verdicts: data, fitted by ``scripts/fit_screening.py`` and kept beside."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from operator import mul
from pathlib import Path
from typing import Any, Final, Self

WEIGHTS: Final = Path(__file__).parent / "data" / "weights.json"


@dataclass(frozen=True, slots=True)
class Judge:
    """A weighed sum of named figures, as a chance."""

    names: tuple[str, ...]
    weights: tuple[float, ...]

    @classmethod
    def of(cls, stored: dict[str, float]) -> Self:
        """Read back what was fitted."""
        return cls(tuple(stored), tuple(stored.values()))

    def chance(self, figures: Sequence[float], *, more: float = 0.0) -> float:
        """Give the chance that the figures speak for; ``more`` is added to the sum."""
        if len(figures) != len(self.weights):  # fitted for other figures than are read: run scripts/fit_screening.py
            raise ValueError(self.names)
        total = more + sum(map(mul, self.weights, figures))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


@dataclass(frozen=True, slots=True)
class Weights:
    """All judges, and the chances from which on something follows."""

    off_list: Judge
    alarm: Judge
    twin: Judge
    twin_by_title: Judge
    limits: dict[str, float]


@cache
def own_weights() -> Weights:
    """Give the product's weights, read once."""
    stored: dict[str, Any] = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    judges = {name: Judge.of(stored[name]) for name in ("off_list", "alarm", "twin", "twin_by_title")}
    return Weights(**judges, limits=stored["limits"])

"""One figure is one JSON line: name, value, unit, floor, ratio, target, holds."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value beside its floor. ``spread`` holds the smallest and the largest ratio of the single runs."""

    name: str
    value: float
    unit: str
    floor: float | None
    ratio: float | None
    target: str
    holds: bool
    spread: tuple[float, float] | None = None
    runs: int = 1
    note: str = ""

    def line(self) -> str:
        """Give the JSON line."""
        return json.dumps({k: v for k, v in asdict(self).items() if v not in ("", None)}, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured. The smoke test makes everything small; figures count with the defaults alone."""

    runs: int = 5
    seconds: int = 1  # of one turn
    turns: int = 4  # of one run
    connections: int = 16
    rows: tuple[int, int, int] = (10_000, 200_000, 1_000_000)
    visitors: int = 200
    takes: int = 4_000
    few: int = 500
    many: int = 25_000
    people: int = 20_000
    lines: int = 200_000
    part: str = ""


def compared(
    name: str,
    values: Sequence[float],
    floors: Sequence[float],
    *,
    unit: str,
    least: float | None = None,
    most: float | None = None,
    note: str = "",
) -> Figure:
    """Compare runs with the floor's runs made in turn with them: the ratio is the median of the pairs' ratios.

    A pair is measured within seconds, so that what else the machine does at that moment meets both. Without ``least`` and
    ``most`` the figure is told and held to nothing.
    """
    ratios = [value / floor for value, floor in zip(values, floors, strict=True)]
    ratio = median(ratios)
    sign, bound = (">=", least) if least is not None else ("<=", most)
    holds = ratio >= least if least is not None else most is None or ratio <= most
    return Figure(
        name=name,
        value=_short(median(values)),
        unit=unit,
        floor=_short(median(floors)),
        ratio=_short(ratio),
        target=f"ratio {sign} {bound:g}" if bound is not None else "reported",
        holds=holds,
        spread=(_short(min(ratios)), _short(max(ratios))),
        runs=len(values),
        note=note,
    )


def bounded(name: str, values: Sequence[float], *, unit: str, most: float, note: str = "") -> Figure:
    """Hold runs against a fixed bound."""
    value = median(values)
    return Figure(name, _short(value), unit, None, None, f"<= {most:g} {unit}", value <= most, None, len(values), note)


def at_least(
    name: str, values: Sequence[float], floors: Sequence[float], *, unit: str, least: float, note: str = ""
) -> Figure:
    """Hold runs to a fixed least; what the floor did in the same minute is told beside it."""
    value, ratios = median(values), [value / floor for value, floor in zip(values, floors, strict=True)]
    return Figure(
        name, _short(value), unit, _short(median(floors)), _short(median(ratios)), f">= {least:g} {unit}", value >= least,
        (_short(min(ratios)), _short(max(ratios))), len(values), note,
    )  # fmt: skip


def _short(value: float) -> float:
    return float(f"{value:.4g}")

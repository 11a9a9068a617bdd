"""Fit the weights of the comparison of matters with lists, and say what they reach: ``python -m scripts.fit_screening TEXTS.csv …``.

The texts are labelled as RULES section 8 says; ``--items`` names the list they are judged by. With ``--try`` nothing is written.
Each figure is that of texts whose item was not among those fitted on (five parts by item, several times shuffled).
"""

import argparse
import csv
import json
import random
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from plugins.township_filter.comparison import decision, signals, twins
from plugins.township_filter.comparison.comparison import Comparison, Weighed
from scripts.screening_texts import Labelled, ListItem, items_of, read_texts

PARTS = 5
SMALL = 1e-9
ROUNDS = 4
PENALTY = 1.0
TWIN_PENALTY = 0.3  # that texts are alike is told by few pairs, each of which counts
LEFT_OUT = 0.09  # what a listed text counts as an unlisted one, judged by the list without its item
LIMITS = {"refused": 0.88, "passed": 0.14, "emergency": 0.4, "twin": 0.4, "twin_by_title": 0.75}


def fitted(
    figures: Sequence[Sequence[float]],
    right: Sequence[bool],
    *,
    weights: Sequence[float] | None = None,
    held: float = PENALTY,
) -> np.ndarray:
    """Fit a logistic regression by Newton's steps; all but the constant are held small."""
    x, y = np.array(figures, float), np.array(right, float)
    much = np.ones(len(y)) if weights is None else np.array(weights, float)
    penalty = np.eye(x.shape[1]) * held
    penalty[0, 0] = 1e-3
    found = np.zeros(x.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-x @ found))
        step = np.linalg.solve((x.T * (much * chance * (1 - chance))) @ x + penalty, x.T @ (much * (chance - y)) + penalty @ found)
        found -= step
        if np.abs(step).max() < SMALL:
            break
    return found


def left_out(comparison: Comparison[ListItem], code: str) -> Comparison[ListItem]:
    """Give the list without an item and without those about the same subject."""
    subjects = {at for item, own in zip(comparison.items, comparison.names.concepts, strict=True) if item.code == code for at in own}
    return Comparison(
        [
            item
            for item, own in zip(comparison.items, comparison.names.concepts, strict=True)
            if item.code != code and subjects.isdisjoint(own)
        ]
    )


@dataclass(frozen=True, slots=True)
class Pair:
    """A later text held against an earlier one: the figures, and whether it repeats it."""

    later: Labelled
    again: bool
    figures: list[float]


class Fit:
    """All texts weighed once, with and without their body."""

    def __init__(self, texts: Iterable[Labelled], comparisons: dict[str, Comparison[ListItem]]) -> None:
        self.without: list[Weighed[ListItem] | None] = []
        lesser: dict[tuple[str, str], Comparison[ListItem]] = {}
        self.rows: list[tuple[Labelled, bool, Weighed[ListItem]]] = []
        for text in texts:
            for title_only in (False, True):
                weighed = comparisons[text.level].weigh(text.title, "" if title_only else text.body)
                self.rows.append((text, title_only, weighed))
                self.without.append(None)
                if text.listed:
                    key = (text.level, text.code)
                    if key not in lesser:
                        lesser[key] = left_out(comparisons[text.level], text.code)
                    self.without[-1] = lesser[key].weigh(text.title, "" if title_only else text.body)

    def off_list(self, among: Iterable[int]) -> np.ndarray:
        """Fit what tells the unlisted from the listed."""
        figures, right, much = [], [], []
        for at in among:
            text, _, weighed = self.rows[at]
            without = self.without[at]
            if text.emergency:
                continue
            figures.append(signals.off_list(weighed, text.level))
            right.append(text.off_list)
            much.append(1.0)
            if without is not None:
                figures.append(signals.off_list(without, text.level))
                right.append(True)
                much.append(LEFT_OUT)
        return fitted(figures, right, weights=much)

    def alarm(self, among: Iterable[int]) -> np.ndarray:
        """Fit what tells emergencies."""
        rows = [self.rows[at] for at in among]
        return fitted([signals.alarm(weighed) for _, _, weighed in rows], [text.emergency for text, _, _ in rows])

    def pairs(self, *, title_only: bool) -> list[Pair]:
        """Give each later text of a file with each earlier one that may be about the same item."""
        rows = [(text, weighed) for text, by_title, weighed in self.rows if by_title == title_only and text.listed]
        ready = [twins.said(text.id, weighed) for text, weighed in rows]
        found = []
        for later, (other, _) in enumerate(rows):
            for earlier in range(later):
                one = rows[earlier][0]
                if one.file == other.file and one.level == other.level and twins.may_be_twins(ready[earlier], ready[later]):
                    again = other.duplicate_of == one.id or (bool(one.duplicate_of) and other.duplicate_of == one.duplicate_of)
                    found.append(Pair(other, again, twins.twin(ready[earlier], ready[later])))
        return found


def twin(pairs: Sequence[Pair]) -> np.ndarray:
    """Fit what tells that a later text repeats an earlier one."""
    return fitted([pair.figures for pair in pairs], [pair.again for pair in pairs], held=TWIN_PENALTY)


def twins_tried(pairs: Sequence[Pair], texts: Sequence[Labelled], limit: float) -> dict[str, list[float]]:
    """Cross-validate the judge of duplicates over items."""
    found: dict[str, list[float]] = {"duplicates found": [], "false duplicates": []}
    again = {(text.file, text.id): bool(text.duplicate_of) for text in texts if text.listed}
    for seed in range(ROUNDS):
        codes = sorted({pair.later.code for pair in pairs})
        random.Random(seed).shuffle(codes)  # noqa: S311 - parts of a measurement, no secret
        best: dict[tuple[str, str], tuple[float, bool]] = {}
        for part in range(PARTS):
            own = set(codes[part::PARTS])
            weights = twin([pair for pair in pairs if pair.later.code not in own])
            for pair in pairs:
                if pair.later.code in own:
                    chance = float(1 / (1 + np.exp(-weights @ np.array(pair.figures))))
                    key = (pair.later.file, pair.later.id)
                    best[key] = max(best.get(key, (0.0, False)), (chance, pair.again))
        hits = {key: best[key][1] for key in best if best[key][0] > limit}
        found["duplicates found"].append(sum(hits.get(key, False) for key, own in again.items() if own) / max(1, sum(again.values())))
        found["false duplicates"].append(sum(key in hits for key, own in again.items() if not own) / max(1, len(again) - sum(again.values())))
    return found


def parts(rows: Sequence[tuple[Labelled, bool, Weighed[ListItem]]], seed: int) -> list[list[int]]:
    """Part the rows by item, so that no item is both fitted on and measured; unlisted texts each by itself."""
    of_key: dict[str, list[int]] = {}
    for at, (text, _, _) in enumerate(rows):
        of_key.setdefault(text.code or f"{text.file}:{text.id}", []).append(at)
    keys = sorted(of_key)
    random.Random(seed).shuffle(keys)  # noqa: S311 - parts of a measurement, no secret
    return [[at for key in keys[part::PARTS] for at in of_key[key]] for part in range(PARTS)]


def tried(fit: Fit) -> dict[str, list[float]]:
    """Cross-validate the two judges over items and give each figure of every round."""
    found: dict[str, list[float]] = {}
    for seed in range(ROUNDS):
        off, alarm, gone = (np.zeros(len(fit.rows)) for _ in range(3))
        for part in parts(fit.rows, seed):
            others = sorted(set(range(len(fit.rows))) - set(part))
            by_list, by_alarm = fit.off_list(others), fit.alarm(others)
            for at in part:
                text, _, weighed = fit.rows[at]
                off[at] = 1 / (1 + np.exp(-by_list @ np.array(signals.off_list(weighed, text.level))))
                if (without := fit.without[at]) is not None:
                    gone[at] = 1 / (1 + np.exp(-by_list @ np.array(signals.off_list(without, text.level))))
                alarm[at] = 1 / (1 + np.exp(-by_alarm @ np.array(signals.alarm(weighed))))
        for title_only in (False, True):
            name = "title" if title_only else "body"
            here = np.array([row[1] == title_only for row in fit.rows])
            listed = here & np.array([row[0].listed for row in fit.rows])
            none = here & np.array([row[0].off_list for row in fit.rows])
            emergency = here & np.array([row[0].emergency for row in fit.rows])
            quiet = alarm <= LIMITS["emergency"]
            middle = (off > LIMITS["passed"]) & (off < LIMITS["refused"]) & quiet
            for figure, value in {
                f"{name}: listed refused": (off[listed] >= LIMITS["refused"]).mean(),
                f"{name}: NONE passed": (off[none] <= LIMITS["passed"]).mean(),
                f"{name}: left out, passed": (gone[here & listed] <= LIMITS["passed"]).mean(),
                f"{name}: held": middle[listed | none].mean(),
                f"{name}: emergencies found": (alarm[emergency] > LIMITS["emergency"]).mean(),
                f"{name}: false emergencies": (alarm[listed | none] > LIMITS["emergency"]).mean(),
            }.items():
                found.setdefault(figure, []).append(float(value))
    return found


def main() -> None:
    """Fit, tell, write."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("texts", nargs="+", type=Path)
    words.add_argument("--items", type=Path, required=True, help="list,code,category,item,department,source")
    words.add_argument("--try", action="store_true", dest="only_try")
    given = words.parse_args()
    comparisons = {level: Comparison(items) for level, items in items_of(given.items).items()}
    fit = Fit([text for file in given.texts for text in read_texts(file)], comparisons)
    for figure, values in tried(fit).items():
        print(f"{figure:28} {statistics.mean(values):.3f}  ({min(values):.3f} to {max(values):.3f})")
    pairs = {kind: fit.pairs(title_only=kind == "twin_by_title") for kind in ("twin", "twin_by_title")}
    texts = [text for text, title_only, _ in fit.rows if not title_only]
    for kind, of_kind in pairs.items():
        for figure, values in twins_tried(of_kind, texts, LIMITS[kind]).items():
            print(f"{kind}: {figure:21} {statistics.mean(values):.3f}  ({min(values):.3f} to {max(values):.3f})")
    everything = range(len(fit.rows))
    stored = {
        "off_list": dict(zip(signals.OFF_LIST, np.round(fit.off_list(everything), 3).tolist(), strict=True)),
        "alarm": dict(zip(signals.ALARM, np.round(fit.alarm(everything), 3).tolist(), strict=True)),
        **{kind: dict(zip(twins.TWIN, np.round(twin(of_kind), 3).tolist(), strict=True)) for kind, of_kind in pairs.items()},
        "limits": LIMITS,
    }
    if not given.only_try:
        decision.WEIGHTS.write_text(json.dumps(stored, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    csv.field_size_limit(1 << 20)
    main()

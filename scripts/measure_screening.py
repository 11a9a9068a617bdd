"""Say what the comparison reaches on labelled texts: ``python -m scripts.measure_screening TEXTS.csv … --items LIST.csv [--title-only]``."""

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from plugins.township_filter.comparison.arrivals import Arrivals
from plugins.township_filter.comparison.comparison import Comparison
from plugins.township_filter.comparison.engine import Engine
from plugins.township_filter.comparison.outcome import Judged, Outcome
from scripts.screening_texts import Labelled, ListItem, items_of, read_texts, same

FEW = 3


def judged(texts: Sequence[Labelled], engines: dict[str, Engine[ListItem]], *, title_only: bool) -> list[Judged[ListItem]]:
    """Judge the texts of one file as one sequence."""
    arrivals: Arrivals[ListItem] = Arrivals()
    found = []
    for text in texts:
        engine = engines[text.level]
        weighed = engine.comparison.weigh(text.title, "" if title_only else text.body)
        found.append(arrivals.taken(text.id, text.level, weighed, engine.judged(weighed, text.level)))
    return found


def figures(texts: Sequence[Labelled], found: Sequence[Judged[ListItem]]) -> dict[str, float]:
    """Give the figures that the acceptance names."""
    pairs = list(zip(texts, found, strict=True))
    listed = [(text, each) for text, each in pairs if text.listed]
    ranks = [_rank(text, each) for text, each in listed]
    none = [each for text, each in pairs if text.off_list]
    emergencies = [each for text, each in pairs if text.emergency]
    twins = [(text, each) for text, each in pairs if text.duplicate_of]
    others = [each for text, each in pairs if not text.duplicate_of]
    return {
        "top-1": _share(rank < 1 for rank in ranks),
        "top-3": _share(rank < FEW for rank in ranks),
        "listed refused": _share(each.outcome is Outcome.REFUSED for _, each in listed),
        "NONE passed": _share(each.outcome is Outcome.PASSED for each in none),
        "NONE not refused": _share(each.outcome is not Outcome.REFUSED for each in none),
        "emergencies found": _share(each.outcome is Outcome.EMERGENCY for each in emergencies),
        "false emergencies": _share(each.outcome is Outcome.EMERGENCY for text, each in pairs if not text.emergency),
        "duplicates found": _share(_is_twin(text, each, texts) for text, each in twins),
        "false duplicates": _share(each.outcome is Outcome.DUPLICATE for each in others),
        "held": _share(each.outcome is Outcome.HELD for each in found),
    }


def _is_twin(text: Labelled, each: Judged[ListItem], texts: Sequence[Labelled]) -> bool:
    if each.outcome is not Outcome.DUPLICATE:
        return False
    group = {other.id for other in texts if text.duplicate_of in {other.id, other.duplicate_of}}
    return each.duplicate_of in group


def _rank(text: Labelled, each: Judged[ListItem]) -> int:
    right = same(text.code)
    return next((at for at, near in enumerate(each.candidates) if near.item.code in right), 99)


def _share(found: Iterable[bool]) -> float:
    values = list(found)
    return round(sum(values) / len(values), 4) if values else 0.0


def main() -> None:
    """Measure and tell."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("texts", nargs="+", type=Path)
    words.add_argument("--items", type=Path, required=True)
    words.add_argument("--title-only", action="store_true")
    words.add_argument("--show", action="store_true", help="each text that was judged otherwise than labelled")
    given = words.parse_args()
    engines = {level: Engine(Comparison(items)) for level, items in items_of(given.items).items()}
    for file in given.texts:
        texts = read_texts(file)
        found = judged(texts, engines, title_only=given.title_only)
        print(json.dumps({"file": file.name, "texts": len(texts), **figures(texts, found)}, ensure_ascii=False))
        for text, each in zip(texts, found, strict=True) if given.show else ():
            _show(text, each)


def _show(text: Labelled, each: Judged[ListItem]) -> None:
    right = {"NONE": Outcome.REFUSED, "EMERGENCY": Outcome.EMERGENCY}.get(text.label, Outcome.DUPLICATE if text.duplicate_of else Outcome.PASSED)
    if each.outcome is not right or (text.listed and _rank(text, each) > 0):
        codes = [near.item.code for near in each.candidates][:3]
        print(f"  {text.id} {text.label} {each.outcome} {each.score:.2f} {codes} {each.duplicate_of} {text.title} | {text.body}")


if __name__ == "__main__":
    main()

"""What a code that the sender wrote does on labelled texts: the right one passes, a wrong one carries nothing through."""

import csv
import random
from datetime import UTC, date, datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from core.api import Bearing, Finding, Item, Matter, Verdict
from plugins.township_filter.comparison.comparison import Comparison
from plugins.township_filter.comparison.engine import Engine
from plugins.township_filter.rules import judge
from plugins.township_filter.settings import FilterSettings
from scripts.screening_texts import LEVELS, Labelled, read_texts
from tests.plugins.township_filter.comparison.test_reached import (
    ALIKE,
    ERRANDS,
    GIVEN,
    HELD_OUT,
    ITEMS,
    MADE,
    MORE,
)

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
KINDS = {
    **dict.fromkeys("TC", "assisting_duty"), **dict.fromkeys("VSX", "assisting"), "R": "withdrawn_duty", "P": "banned", "N": "banned",
    "G": "delegated_power", "A": "certificate",
}  # fmt: skip
DRAWS = 20


@cache
def engines() -> dict[str, Engine[Item]]:
    with ITEMS.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    numbers = count(1)
    return {
        level: Engine(Comparison([item(row, level, next(numbers)) for row in rows if row["code"][0] in letters]))
        for level, letters in LEVELS.items()
    }


def item(row: dict[str, str], level: str, number: int) -> Item:
    return Item(
        code=row["code"], title=row["item"], kind=KINDS[row["code"][0]], aliases=(), department=row["department"], county="330503", id=UUID(int=number),
        region="330503", list_id=UUID(int=level == "village"), position=number, list_title="清单", level=level, version=1, special=False,
        list_state="published", valid_from=date(2026, 1, 1),
    )  # fmt: skip


def asked(text: Labelled, code: str, **more: Any) -> Finding:
    matter = Matter(region="330503", level=text.level, title=text.title, body=text.body, at=NOW, item_code=code, **more)
    return judge(matter, FilterSettings(), engines()[text.level])


def may_be_sent(level: str) -> list[str]:
    return [each.code for each in engines()[level].comparison.items if each.bearing is Bearing.ALLOWED]


def with_right_code(files: list[Path]) -> tuple[int, list[str]]:
    listed = [text for file in files for text in read_texts(file) if text.listed and text.code in may_be_sent(text.level)]
    found = [asked(text, text.code) for text in listed]
    return len(listed), [text.title for text, each in zip(listed, found, strict=True) if each.verdict is not Verdict.PASSED]


def test_a_listed_text_with_its_code_passes() -> None:
    listed, left = with_right_code([GIVEN, MADE, HELD_OUT, ALIKE])
    assert listed > 700
    assert len(left) / listed <= 0.01, left


@pytest.mark.parametrize("file", [GIVEN, MADE, HELD_OUT, ALIKE, ERRANDS, MORE], ids=lambda file: file.stem)
def test_what_is_on_no_list_does_not_pass_by_any_code(file: Path) -> None:
    drawn = random.Random(1)
    none = [text for text in read_texts(file) if text.off_list]
    tried = [asked(text, drawn.choice(may_be_sent(text.level))) for text in none for _ in range(DRAWS)]
    assert sum(each.verdict is Verdict.PASSED for each in tried) / len(tried) <= 0.04


def test_an_emergency_is_held_back_only_where_nothing_alarms() -> None:
    told = [text for file in (GIVEN, MADE, HELD_OUT, ALIKE) for text in read_texts(file) if text.emergency]
    found = [asked(text, "", emergency=True, emergency_reason="情况紧急，请马上派人到现场处置。") for text in told]
    assert [text.title for text, each in zip(told, found, strict=True) if each.verdict is not Verdict.PASSED] == []

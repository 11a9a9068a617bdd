"""The made texts are well formed: labels that exist, duplicates that point back, both files apart from each other."""

import csv
from collections import Counter
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LISTS = HERE.parents[3] / "tenants" / "330503" / "entry_lists"
WHOLE = {"made_development.csv": "M", "made_held_out.csv": "H"}  # every item of the lists, in everyday shares
MORE = {"made_more_development.csv": "E", "made_more_held_out.csv": "F"}  # emergencies and duplicates
ALIKE = {"alike_held_out.csv": "G"}  # in the manner of the given texts, on the other items
APART = WHOLE | MORE  # written with an eye on each other
FILES = APART | ALIKE | {"errands_development.csv": "R"}
GIVEN = ["given_development.csv", "alarms_development.csv"]
LISTED = {"township": "TC", "village": "VSX"}  # the codes that may be passed at a level
DUPLICATE = "DUPLICATE_OF:"

Row = dict[str, str]


def rows_of(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def codes_of(level: str) -> set[str]:
    """Give the codes of a full county's list that may be passed at the level."""
    codes = {row["编号"] for row in rows_of(LISTS / f"{level}.csv")}
    return {code for code in codes if code[0] in LISTED[level]}


def all_rows() -> list[Row]:
    return [row for file in APART for row in rows_of(HERE / file)]


def runs_of(text: str, length: int = 8) -> set[str]:
    return {text[start : start + length] for start in range(len(text) - length + 1)}


def is_listed(row: Row) -> bool:
    return row["label"] not in {"NONE", "EMERGENCY"} and not row["label"].startswith(DUPLICATE)


@pytest.mark.parametrize(("file", "letter"), FILES.items())
def test_rows_are_whole_and_numbered_in_order(file: str, letter: str) -> None:
    rows = rows_of(HERE / file)
    assert [row["id"] for row in rows] == [f"{letter}{number:03d}" for number in range(1, len(rows) + 1)]
    for row in rows:
        assert list(row) == ["id", "level", "title", "body", "label"], row["id"]
        assert all(value and value == value.strip() for value in row.values()), row["id"]
        assert row["level"] in LISTED, row["id"]


@pytest.mark.parametrize("file", FILES)
def test_codes_exist_and_fit_the_level(file: str) -> None:
    codes = {level: codes_of(level) for level in LISTED}
    wrong = [
        row["id"]
        for row in rows_of(HERE / file)
        if is_listed(row) and row["label"] not in codes[row["level"]]
    ]
    assert wrong == []


@pytest.mark.parametrize("file", FILES)
def test_duplicates_point_to_an_earlier_listed_row_of_their_level(file: str) -> None:
    earlier: dict[str, Row] = {}
    for row in rows_of(HERE / file):
        if row["label"].startswith(DUPLICATE):
            first = earlier.get(row["label"].removeprefix(DUPLICATE))
            assert first is not None, row["id"]
            assert is_listed(first), row["id"]
            assert first["level"] == row["level"], row["id"]
        earlier[row["id"]] = row


@pytest.mark.parametrize("field", ["title", "body"])
def test_no_text_occurs_twice(field: str) -> None:
    assert [text for text, times in Counter(row[field] for row in all_rows()).items() if times > 1] == []


def test_every_item_of_the_lists_occurs_and_most_occur_twice() -> None:
    codes = codes_of("township") | codes_of("village")
    labels = Counter(row["label"] for row in all_rows())
    assert {code for code in codes if not labels[code]} == set()
    assert sum(labels[code] > 1 for code in codes) > 0.75 * len(codes)


@pytest.mark.parametrize("file", WHOLE | ALIKE)
def test_the_kinds_keep_their_shares(file: str) -> None:
    rows = rows_of(HERE / file)
    share = {
        "listed": sum(is_listed(row) for row in rows) / len(rows),
        "none": sum(row["label"] == "NONE" for row in rows) / len(rows),
        "emergency": sum(row["label"] == "EMERGENCY" for row in rows) / len(rows),
        "duplicate": sum(row["label"].startswith(DUPLICATE) for row in rows) / len(rows),
    }
    assert 0.45 <= share["listed"] <= 0.65, share
    assert 0.18 <= share["none"] <= 0.30, share
    assert 0.05 <= share["emergency"] <= 0.10, share
    assert 0.12 <= share["duplicate"] <= 0.20, share


@pytest.mark.parametrize("file", APART)
def test_an_item_may_come_with_two_pieces_of_work(file: str) -> None:
    """Rows of one item that are no duplicates of each other are what keeps the merging honest."""
    listed = Counter(row["label"] for row in rows_of(HERE / file) if is_listed(row))
    assert sum(times > 1 for times in listed.values()) >= 10


@pytest.mark.parametrize("file", MORE)
def test_more_holds_emergencies_of_both_levels_and_routine_that_sounds_like_them(file: str) -> None:
    labels = Counter((row["label"], row["level"]) for row in rows_of(HERE / file))
    assert labels["EMERGENCY", "village"] == labels["EMERGENCY", "township"] == 20
    assert labels["NONE", "village"] + labels["NONE", "township"] >= 10


@pytest.mark.parametrize("file", MORE)
def test_more_holds_duplicates_of_many_rows_and_as_many_near_misses(file: str) -> None:
    rows = {row["id"]: row for row in rows_of(HERE / file)}
    firsts = Counter(
        row["label"].removeprefix(DUPLICATE) for row in rows.values() if row["label"].startswith(DUPLICATE)
    )
    assert len(firsts) == firsts.total() == 45
    repeated = {rows[first]["label"] for first in firsts}
    listed = Counter(row["label"] for row in rows.values() if is_listed(row))
    assert sum(listed[code] > 1 for code in repeated) >= 15


@pytest.mark.parametrize("file", MORE)
def test_more_shares_no_wording_with_another_file(file: str) -> None:
    """No run of eight characters stands in two files: what was learned from one is no help with the other by itself."""
    others = [row for other in [*APART, *GIVEN] if other != file for row in rows_of(HERE / other)]
    known = {run for row in others for field in ("title", "body") for run in runs_of(row[field])}
    shared = {
        row["id"]: runs
        for row in rows_of(HERE / file)
        if (runs := known & {run for field in ("title", "body") for run in runs_of(row[field])})
    }
    assert shared == {}

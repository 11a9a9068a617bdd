"""A line written by hand: read from the form by the kind of each column, kept as JSON, and read back. Pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from core.contracts.disclosure import Column, FieldKind, Value
from core.disclosure.rules import FIGURES, LONGEST_TITLE
from core.kernel.errors import filled, mark
from core.kernel.numbers import KINDS, numbers_in

LONGEST_WORDS: Final = 200
LONGEST_TEXT: Final = 5_000
_MOST: Final = Decimal(10) ** 11
_PEOPLE: Final = 1_000_000
# As forms send a day, and as sheets and people write it: 2026/1/8, 2026.1.8, 2026年1月8日.
_A_DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", re.ASCII)
_BESIDE_FIGURES: Final = re.compile(r"^[¥￥]\s*|\s*元$|[,，]")
_NOTHING: Final = mark("请填写“%(title)s”。")


def read_line(
    columns: Sequence[Column],
    told: Mapping[str, str],
    *,
    needed: frozenset[str],
    choices: Mapping[str, Sequence[str]],
    words: bool = False,
) -> tuple[dict[str, Any], dict[str, str]]:
    """Give what is kept of a line and what is wrong with it, by field. Values are kept as texts and whole numbers."""
    kept: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for column in columns:
        text = " ".join(told.get(column.name, "").split())
        if not text:
            kept[column.name] = None
            if column.name in needed:
                wrong[column.name] = filled(_NOTHING, title=column.title)
            continue
        try:
            kept[column.name] = _read(column, text, choices.get(column.name, ()))
        except _WrongError as error:
            wrong[column.name] = str(error)
    if words:
        kept["text"] = told.get("text", "").strip()
        if problem := _problem_of(kept["text"], LONGEST_TEXT):
            wrong["text"] = problem
        elif not kept["text"]:
            wrong["text"] = mark("请写明内容。")
    return kept, wrong


class _WrongError(ValueError):
    """What is wrong with one value, as a source text."""


def _read(column: Column, text: str, choices: Sequence[str]) -> str | int:
    kind = column.kind
    if kind in FIGURES:
        return _figure(text, kind)
    if kind is FieldKind.DATE:
        return _day(text)
    if choices and text not in choices:
        raise _WrongError(mark("请从列出的里面选一个。"))
    if problem := _problem_of(text, LONGEST_TITLE if column.key else LONGEST_WORDS):
        raise _WrongError(problem)
    return text


def _problem_of(text: str, most: int) -> str:
    if len(text) > most:
        return filled(mark("最多 %(most)s 个字。"), most=most)
    if found := numbers_in(text):
        return filled(mark("这里会公开，不能写%(kind)s。"), kind=KINDS[found[0].kind])
    return ""


def _figure(text: str, kind: FieldKind) -> str | int:
    try:
        number = Decimal(_BESIDE_FIGURES.sub("", text))
    except InvalidOperation:
        raise _WrongError(mark("请填写数字。")) from None
    if not number.is_finite() or abs(number) >= _MOST:
        raise _WrongError(mark("请检查数字。"))
    if kind is FieldKind.COUNT:
        if number != int(number) or not 0 <= number <= _PEOPLE:
            raise _WrongError(mark("请填写整数。"))
        return int(number)
    if number != number.quantize(Decimal("0.01")):
        raise _WrongError(mark("最多两位小数。"))
    if kind is not FieldKind.AMOUNT and number < 0:
        raise _WrongError(mark("请检查数字。"))
    return f"{number:f}"


def _day(text: str) -> str:
    found = _A_DAY.fullmatch(text)
    try:
        if found is not None:
            return date(*(int(part) for part in found.groups())).isoformat()
    except ValueError:
        pass  # the thirtieth of February
    raise _WrongError(mark("请填写日期，如 2026-11-22。"))


def loaded(columns: Sequence[Column], kept: Mapping[str, Any]) -> dict[str, Value]:
    """Give the values of a kept line as sections hand them over."""
    return {column.name: _loaded(column.kind, kept.get(column.name)) for column in columns}


def _loaded(kind: FieldKind, value: Any) -> Value:
    if value is None or value == "":
        return None
    if kind is FieldKind.COUNT:
        return int(value)
    if kind in FIGURES:
        return Decimal(str(value))
    return date.fromisoformat(value) if kind is FieldKind.DATE else str(value)


def pasted(columns: Sequence[Column], text: str) -> list[dict[str, str]]:
    """Read rows copied from a sheet: a line each, cells parted by tabs, in the order of the columns. A heading is left out."""
    rows = [[cell.strip() for cell in line.split("\t")] for line in text.splitlines() if line.strip()]
    titles = [column.title for column in columns]
    if rows and rows[0][: len(titles)] == titles[: len(rows[0])]:
        rows = rows[1:]
    return [dict(zip((column.name for column in columns), row, strict=False)) for row in rows]

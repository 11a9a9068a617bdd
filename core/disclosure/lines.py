"""A line written by hand: read from the form by the kind of each column, kept as JSON, and read back. Pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final

from core.contracts.disclosure import Column, FieldKind, Value
from core.disclosure.rules import FIGURES, LONGEST_TITLE, WHO
from core.kernel.errors import filled, mark
from core.kernel.masking import STAR
from core.kernel.numbers import KINDS, numbers_in

LONGEST_WORDS: Final = 200
LONGEST_TEXT: Final = 5_000
_MOST: Final = Decimal(10) ** 11
_PEOPLE: Final = 1_000_000
# As forms send a day, and as sheets and people write it: 2026/1/8, 2026.1.8, 2026年1月8日.
_A_DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", re.ASCII)
_BESIDE_FIGURES: Final = re.compile(r"^[¥￥]\s*|\s*元$|[,，]")
_NOTHING: Final = mark("请填写“%(title)s”。")
_NAMED: Final = mark("这里写出了“%(title)s”的姓名，会原样公开。请只写事情，不写姓名。")
# A sum below zero takes an earlier one back; whoever reads the board must see that it does.
_TAKES_BACK: Final = re.compile(r"冲红|红冲|红字|冲销|冲正|冲回|更正|退")
# What officials and firms are called is shown in full by law, also where it is a person's name.
_FREE: Final = frozenset({FieldKind.TEXT, FieldKind.PLACE})
_PARTS: Final = re.compile(r"[、，,;；/]")
_SHORTEST_NAME: Final = 2

Bounds = Mapping[str, tuple[Any, Any]]  # the first and the last that a column takes, as they are kept


def read_line(
    columns: Sequence[Column],
    told: Mapping[str, str],
    *,
    needed: frozenset[str],
    choices: Mapping[str, Sequence[str]],
    words: bool = False,
    bounds: Bounds = MappingProxyType({}),
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
            kept[column.name] = _read(column, text, choices.get(column.name, ()), bounds.get(column.name))
        except _WrongError as error:
            wrong[column.name] = error.args[0]
    if words:
        kept["text"] = told.get("text", "").strip()
        if problem := _problem_of(kept["text"], LONGEST_TEXT):
            wrong["text"] = problem
        elif not kept["text"]:
            wrong["text"] = mark("请写明内容。")
    names = {column.name: str(kept[column.name]) for column in columns if column.kind in WHO and kept.get(column.name)}
    return kept, {**named_in(columns, kept, names), **_unexplained(columns, kept), **wrong}


def named_in(columns: Sequence[Column], line: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    """Say in which other cells of a line its own masked persons are written out, by field."""
    titles = {column.name: column.title for column in columns}
    wrong: dict[str, str] = {}
    for field in (*(column.name for column in columns if column.kind in _FREE), "text"):
        text = "".join(str(line.get(field) or "").split())
        for where, who in names.items():
            people = ("".join(part.split()).removesuffix("户").removesuffix("家") for part in _PARTS.split(who))
            if any(len(name) >= _SHORTEST_NAME and STAR not in name and name in text for name in people):
                wrong[field] = filled(_NAMED, title=titles[where])
    return wrong


def _unexplained(columns: Sequence[Column], line: Mapping[str, Any]) -> dict[str, str]:
    texts = [column for column in columns if column.kind is FieldKind.TEXT]
    told = " ".join(str(line.get(name) or "") for name in (*(column.name for column in texts), "text"))
    if not texts or _TAKES_BACK.search(told):
        return {}
    problem = filled(mark("负数只用于冲红、更正和退回：请在“%(title)s”里写明。"), title=texts[0].title)
    sums = [column.name for column in columns if column.kind is FieldKind.AMOUNT]
    return {name: problem for name in sums if str(line.get(name) or "").startswith("-")}


class _WrongError(ValueError):
    """What is wrong with one value, as a source text."""


def _read(column: Column, text: str, choices: Sequence[str], bounds: tuple[Any, Any] | None) -> str | int:
    kind = column.kind
    if kind in FIGURES:
        return _within(_figure(text, kind), bounds, mark("请填写 %(first)s 到 %(last)s 之间的数。"))
    if kind is FieldKind.DATE:
        return _within(_day(text), bounds, mark("日期不在这一期里，应在 %(first)s 到 %(last)s 之间。别的日期写到那一期。"))
    if choices and text not in choices:
        raise _WrongError(mark("请从列出的里面选一个。"))
    if problem := _problem_of(text, LONGEST_TITLE if column.key else LONGEST_WORDS):
        raise _WrongError(problem)
    return text


def _within(value: str | int, bounds: tuple[Any, Any] | None, problem: str) -> str | int:
    if bounds is not None and not bounds[0] <= value <= bounds[1]:
        raise _WrongError(filled(problem, first=bounds[0], last=bounds[1]))
    return value


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

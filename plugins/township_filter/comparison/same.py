"""Different words for one thing, so that two writers who mean the same are found to say the same: classes of words and plain numbers."""

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from plugins.township_filter.comparison.text import folded

SAME: Final = Path(__file__).parent / "data" / "same.tsv"
_KNOWN_KEPT: Final = 1024  # what an item is known by is asked for again with the next text about it
_DIGITS: Final = {sign: value for value, signs in enumerate(("零〇", "一", "二两", "三", "四", "五", "六", "七", "八", "九")) for sign in signs}
_PLACES: Final = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
_NUMBER: Final = re.compile(r"\d+|[零〇一二两三四五六七八九十百千万]+")
_COUNTED: Final = re.compile(r"[个名户人家日号天周月季年元万斤吨亩条次份批例起辆台座处点届期公]|工作日|小时|分钟|以[上下]")
_MONTH: Final = re.compile(r"(\d+|[一二三四五六七八九十]+)月")


@cache
def _classes() -> tuple[dict[str, str], dict[str, tuple[int, ...]]]:
    """Give the class of each word, and by first characters the lengths that words have, the longest first."""
    found: dict[str, str] = {}
    for line in SAME.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            name, words = line.split("\t")
            for word in (name, *words.split()):
                found.setdefault(folded(word), name)
    starts: dict[str, set[int]] = {}
    for word in found:
        starts.setdefault(word[0], set()).add(len(word))
    return found, {start: tuple(sorted(sizes, reverse=True)) for start, sizes in starts.items()}


def meant(text: str) -> frozenset[str]:
    """Give the classes of the words that stand in a folded text; of words that begin at one place the longest."""
    classes, starts = _classes()
    found, at = set(), 0
    while at < len(text):
        step = 1
        for size in starts.get(text[at], ()):
            if (name := classes.get(text[at : at + size])) is not None:
                found.add(name)
                step = size
                break
        at += step
    return frozenset(found)


@lru_cache(maxsize=_KNOWN_KEPT)
def usually_meant(known: str) -> frozenset[str]:
    """Give the classes of what an item is known by."""
    return meant(known)


def value(written: str) -> int:
    """Give the value of a number in digits or in Chinese signs: 412, 十五, 三百, 两."""
    if written.isdigit():
        return int(written)
    total, last = 0, 0
    for sign in written:
        if sign in _PLACES:
            total += (last or 1) * _PLACES[sign]
            last = 0
        else:
            last = last * 10 + _DIGITS[sign]
    return total + last


def counted(text: str) -> frozenset[int]:
    """Give the numbers of a folded text that count or date something, however they are written; 一 counts nothing."""
    found = set()
    for number in _NUMBER.finditer(text):
        if number[0].isdigit() or _COUNTED.match(text, number.end()):
            found.add(value(number[0]))
    return frozenset(found - {0, 1})


def months(text: str) -> frozenset[int]:
    """Give the months that a folded text names."""
    return frozenset(value(month) for month in _MONTH.findall(text))

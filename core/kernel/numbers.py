"""Personal numbers in written text: identity numbers, mobile phones, bank cards, however they are spaced.

What looks like one is judged by its check digit, its date or its first digits, so that amounts, areas, dates and the
numbers of documents pass. An identity number with a wrong check digit still tells who it is: people mistype. Full-width, circled and Chinese digits are read as digits; spaces, dashes and invisible
characters between them are looked through, where the grouping is one that people write such numbers in.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Final

from core.kernel.clock import local
from core.kernel.clock import now as clock_now
from core.kernel.errors import mark

STAR: Final = "*"
_CHINESE: Final = {c: n % 10 for n, c in enumerate("〇一二三四五六七八九")} | {
    c: n for n, c in enumerate("零壹贰叁肆伍陆柒捌玖")
} | {"幺": 1, "两": 2}  # fmt: skip
_X: Final = frozenset("xXｘＸ×хХχΧ")
_ID_LENGTH, _OLD_ID_LENGTH, _PHONE_LENGTH = 18, 15, 11
_ID_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS: Final = "10X98765432"
_PROVINCES: Final = frozenset(
    ["11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83"]
)
_OLDEST: Final = 1900
_LATEST: Final = 2099
# Numbers of contracts carry their county, their day and a count: eighteen digits as well, but days of late.
_DOCUMENT_YEARS: Final = 10
_ID_GROUPS: Final = frozenset({(6, 8, 4), (6, 4, 4, 4), (6, 4, 2, 2, 4), (6, 12), (14, 4), (3, 3, 4, 4, 4), (4, 4, 4, 4, 2)})
_PHONE: Final = re.compile(r"(?:0{0,2}86)?1[3-9][0-9]{9}")
# UnionPay and domestic cards from 16 to 19 digits, Visa and MasterCard 16, the old ones of one great bank 19.
_CARD: Final = re.compile(
    r"6[0-9]{15,18}|4[0-9]{15}|5[1-5][0-9]{14}|2[2-7][0-9]{14}|35[2-8][0-9]{13}|3[47][0-9]{13}|95(?:58|59|80|95|99)[0-9]{15}"
)
_MOST_BETWEEN: Final = 3
_LOOSE: Final = frozenset("-‐‑‒–—―－−_·•・~")  # people write numbers so, hardly anything else
_SPACED: Final = frozenset(" .．／/|()（）[]")  # and these stand between figures of all kinds
_PHONE_GROUPS: Final = frozenset({(3, 4, 4), (3, 3, 5), (4, 3, 4), (5, 6), (3, 8)})
_PHONE_LENGTHS: Final = (3, 4, 4)  # whatever stands between
_COUNTRY_GROUPS: Final = frozenset({2, 4})  # 86, 0086 before a phone
_TINY: Final = 2


@dataclass(frozen=True, slots=True)
class Found:
    """One number in a text: what it is, and from where to before where it stands."""

    kind: str
    start: int
    end: int


KINDS: Final = {"id_number": mark("身份证号"), "phone": mark("手机号"), "bank_card": mark("银行卡号")}


@dataclass(frozen=True, slots=True)
class _Group:
    """Digits that touch; ``gap`` is what stands before them, back to the group before."""

    digits: str
    places: tuple[int, ...]
    gap: str


def is_id_number(digits: str) -> bool:
    """Tell whether it is an identity number: province, a day of birth that exists, and the check digit; 15 digits had none."""
    if _shaped_as_id(digits):
        total = sum(int(digit) * weight for digit, weight in zip(digits, _ID_WEIGHTS, strict=False))
        return _ID_CHECKS[total % len(_ID_CHECKS)] == digits[-1]
    if len(digits) == _OLD_ID_LENGTH and digits.isdecimal():
        return digits[:2] in _PROVINCES and _is_day("19" + digits[6:12])
    return False


def _shaped_as_id(digits: str) -> bool:
    return len(digits) == _ID_LENGTH and "X" not in digits[:-1] and digits[:2] in _PROVINCES and _is_day(digits[6:14])


def _is_mistyped_id(digits: str, window: list[_Group]) -> bool:
    """Tell whether a person's number was meant though its check digit is wrong: of a birth some years ago, grouped as one."""
    if not _shaped_as_id(digits) or int(digits[6:10]) > local(clock_now()).year - _DOCUMENT_YEARS:
        return False
    lengths = tuple(len(group.digits) for group in window)
    return len(window) == 1 or lengths in _ID_GROUPS or max(lengths) <= _TINY


def _is_day(digits: str) -> bool:
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return _OLDEST <= day.year <= _LATEST


def is_phone(digits: str) -> bool:
    """Tell whether it is a mobile number, with or without the country's 86."""
    return _PHONE.fullmatch(digits) is not None


def is_bank_card(digits: str) -> bool:
    """Tell whether it is a bank card: first digits of an issuer, and the check digit by Luhn."""
    if not _CARD.fullmatch(digits):
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - Luhn's rule
    return total % 10 == 0


def numbers_in(text: str) -> list[Found]:
    """Find the personal numbers of a text, from left to right; none lies inside another."""
    found: list[Found] = []
    for run in _runs(text):
        at = 0
        while at < len(run):
            hit = _longest_from(run, at)
            if hit is None:
                at += 1
                continue
            kind, groups = hit
            used = run[at : at + groups]
            found.append(Found(kind, used[0].places[0], used[-1].places[-1] + 1))
            at += groups
    return found


def without_numbers(text: str) -> str:
    """Star out every personal number of a text but its last two digits (a card's last four are shown nowhere else)."""
    letters = list(text)
    for hit in numbers_in(text):
        keep = hit.start + (3 if hit.kind == "phone" else 1)
        for place in range(keep, hit.end - (4 if hit.kind == "phone" else 2)):
            if _digit(letters[place]) is not None:
                letters[place] = STAR
    return "".join(letters)


def _longest_from(run: list[_Group], at: int) -> tuple[str, int] | None:
    for count in range(min(len(run) - at, _ID_LENGTH + 1), 0, -1):
        window = run[at : at + count]
        digits = "".join(group.digits for group in window)
        if len(digits) <= _ID_LENGTH + 1 and (kind := _kind_of(digits, window)):
            return kind, count
    return None


def _kind_of(digits: str, window: list[_Group]) -> str:
    if (is_id_number(digits) or _is_mistyped_id(digits, window)) and _in_one_hand(window):
        return "id_number"
    plain = digits.removesuffix("X")  # a letter that only stands behind
    if is_phone(plain) and _phone_like(window):
        return "phone"
    return "bank_card" if is_bank_card(plain) and _in_one_hand(window) else ""


def _in_one_hand(window: list[_Group]) -> bool:
    """Tell whether the same sign stands between all groups: so does nobody write a list of different things."""
    return len({group.gap for group in window[1:]}) <= 1


def _phone_like(window: list[_Group]) -> bool:
    lengths = tuple(len(group.digits.removesuffix("X")) for group in window)
    if len(window) > 1 and lengths[0] in _COUNTRY_GROUPS and sum(lengths[1:]) == _PHONE_LENGTH:
        return _phone_like(window[1:])
    if len(window) == 1 or lengths == _PHONE_LENGTHS:
        return True
    if not _in_one_hand(window):
        return False
    loose = all(c in _LOOSE for group in window[1:] for c in group.gap)
    return loose or lengths in _PHONE_GROUPS or max(lengths) <= _TINY


def _runs(text: str) -> Iterator[list[_Group]]:
    """Give the groups of digits that stand near each other, with nothing but such signs between them."""
    run: list[_Group] = []
    gap = ""
    letters = [(_class_of(letter), letter, place) for place, letter in enumerate(text)]
    seen = (each for each in letters if each[0] != _NOTHING)
    for kind, pieces in groupby(seen, key=itemgetter(0)):
        piece = list(pieces)
        if kind in {_CHINA, _DIGIT}:  # 张三 before a number is no part of it
            digits = [_digit(letter) or "" for _, letter, _ in piece]
            run.extend(_split(digits, [place for _, _, place in piece], gap if run else ""))
            gap = ""
        elif kind == _SIGN and len(piece) <= _MOST_BETWEEN:
            gap = "".join(" " if letter.isspace() else letter for _, letter, _ in piece)
        elif run:
            yield run
            run = []
    if run:
        yield run


_DIGIT, _CHINA, _SIGN, _NOTHING, _ELSE = "digit", "china", "sign", "nothing", "else"


def _class_of(letter: str) -> str:
    if letter in _CHINESE:
        return _CHINA
    if _digit(letter) is not None:
        return _DIGIT
    if letter in _LOOSE or letter in _SPACED or letter.isspace():
        return _SIGN
    return _NOTHING if unicodedata.category(letter) == "Cf" else _ELSE


def _split(digits: list[str], places: list[int], gap: str) -> list[_Group]:
    """Make a group; an X stands only at the end of eighteen, elsewhere it parts two groups."""
    if "X" not in digits or (digits.index("X") == len(digits) - 1 and len(digits) <= _ID_LENGTH):
        return [_Group("".join(digits), tuple(places), gap)]
    cut = digits.index("X") + 1
    rest = _split(digits[cut:], places[cut:], "") if digits[cut:] else []
    return [_Group("".join(digits[:cut]), tuple(places[:cut]), gap), *rest]


def _digit(letter: str) -> str | None:
    if letter in _X:
        return "X"
    if letter in _CHINESE:
        return str(_CHINESE[letter])
    value = unicodedata.digit(letter, None)
    return None if value is None else str(value)

"""What is counted of a sender, and when it is too much. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

from core.api import SHANGHAI, Candidate, Severity, local
from plugins.township_filter.senders.enums import Every, SignKind

# Nearness under this is chance; what a county counts as near is its setting.
FAINT: Final = 0.2
WITHDRAWN_DUTY: Final = "withdrawn_duty"
_HUNDRED: Final = 100
_MONTHS_OF: Final = {Every.MONTH: 1, Every.QUARTER: 3}
_YEAR: Final = 12
_QUARTERS: Final = re.compile(r"20[0-9]{2}-Q[1-4]")
_DENIED: Final = ("不", "免", "勿", "禁", "无", "取消", "停止", "不再", "不得", "不搞", "严禁", "不进行", "不开展", "不纳入")


@dataclass(frozen=True, slots=True)
class Span:
    """A month or a quarter, from its first moment in China to before the one after its last."""

    name: str
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class SignFound:
    """One sign in one matter: the word, or the withdrawn duty that it comes near to."""

    kind: SignKind
    word: str = ""
    item_code: str = ""
    item_title: str = ""
    nearness: float = 0.0


@dataclass(frozen=True, slots=True)
class Words:
    """The words that a county looks for."""

    cooperation: tuple[str, ...]
    appraisal: tuple[str, ...]


def words_of(text: str) -> tuple[str, ...]:
    """Give the words of a setting, however they are set apart."""
    return tuple(dict.fromkeys(word for word in re.split(r"[、，,;；\s]+", text) if word))


def span_of(every: Every, moment: datetime) -> Span:
    """Give the month or quarter that a moment lies in."""
    day, months = local(moment).date(), _MONTHS_OF[every]
    return _span(day.year, (day.month - 1) // months * months + 1, every)


def quarter_named(name: str, now: datetime) -> Span:
    """Give a quarter by its name, ``2026-Q4``; for any other text the one that is now."""
    if not _QUARTERS.fullmatch(name):
        return span_of(Every.QUARTER, now)
    return _span(int(name[:4]), int(name[-1]) * 3 - 2, Every.QUARTER)


def quarters_back(now: datetime, count: int) -> list[Span]:
    """Give so many quarters, the one that is now first."""
    found = [span_of(Every.QUARTER, now)]
    while len(found) < count:
        found.append(before(found[-1]))
    return found


def before(quarter: Span) -> Span:
    """Give the quarter before."""
    first = local(quarter.starts).date()
    year, month = (first.year, first.month - 3) if first.month > 3 else (first.year - 1, first.month + 9)  # noqa: PLR2004 - months
    return _span(year, month, Every.QUARTER)


def whole_quarters(starts: datetime, ends: datetime) -> list[Span]:
    """Give the quarters that begin in a stretch of time, the last first: of a cut one nothing can be said."""
    found = [span_of(Every.QUARTER, ends)]
    while (earlier := before(found[-1])).starts >= starts:
        found.append(earlier)
    return [quarter for quarter in found if quarter.starts >= starts]


def _span(year: int, month: int, every: Every) -> Span:
    past = month - 1 + _MONTHS_OF[every]
    name = f"{year:04}-{month:02}" if every is Every.MONTH else f"{year:04}-Q{(month + 2) // 3}"
    return Span(name, _midnight(date(year, month, 1)), _midnight(date(year + past // _YEAR, past % _YEAR + 1, 1)))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=SHANGHAI)


def signs_of(
    title: str, body: str, *, listed: bool, near: Sequence[Candidate], words: Words
) -> tuple[SignFound, ...]:
    """Find what hints at a rebound: at most one sign of each kind.

    ``listed``: the matter falls under an item that may be sent; then nothing was taken away, and asking for a check is
    part of the duty. ``near`` are the items that it comes near to.
    """
    text = f"{title}\n{body}"
    found = [_withdrawn(near)] if not listed else []
    found += [_worded(SignKind.COOPERATION, text, words.cooperation)]
    found += [_worded(SignKind.APPRAISAL, text, words.appraisal)] if not listed else []
    return tuple(sign for sign in found if sign is not None)


def _withdrawn(near: Sequence[Candidate]) -> SignFound | None:
    duties = [each for each in near if each.kind == WITHDRAWN_DUTY and each.nearness >= FAINT]
    best = max(duties, key=lambda each: each.nearness, default=None)
    if best is None or any(each.nearness > best.nearness for each in near):
        return None
    return SignFound(SignKind.WITHDRAWN, "", best.code, best.title, best.nearness)


def _worded(kind: SignKind, text: str, words: Sequence[str]) -> SignFound | None:
    for word in words:
        for hit in re.finditer(re.escape(word), text):
            if not text[: hit.start()].endswith(_DENIED):
                return SignFound(kind, word)
    return None


def share_of(part: int, whole: int) -> Decimal | None:
    """Give a share in percent with one decimal, or None of nothing."""
    return (Decimal(part * _HUNDRED) / whole).quantize(Decimal("0.1")) if whole else None


def emergency_level(emergencies: int, matters: int, *, limit: int, red: int, least: int) -> Severity | None:
    """Say how a share of emergencies is judged: over the limit orange, over the higher one red."""
    if matters < least or emergencies * _HUNDRED <= limit * matters:
        return None
    return Severity.RED if emergencies * _HUNDRED > max(red, limit) * matters else Severity.ORANGE


def cooperation_level(now: int, earlier: int, *, was_there: bool, least: int, growth: int) -> Severity | None:
    """Say how growing "cooperation" is judged. Whoever sent nothing in the quarter before has grown from nowhere."""
    if not was_there or now < least or now * _HUNDRED < earlier * (_HUNDRED + growth) or now <= earlier:
        return None
    return Severity.ORANGE if now * _HUNDRED >= earlier * (_HUNDRED + 2 * growth) else Severity.YELLOW


def is_full(counted: int, amount: int) -> bool:
    """Tell whether a quota is used up; 0 is no limit."""
    return 0 < amount <= counted

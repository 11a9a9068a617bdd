"""What is decided about requests without looking anything up. Pure."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from core.api import (
    BEARINGS,
    KINDS_OF_LEVEL,
    NUMBER_KINDS,
    Bearing,
    Invalid,
    Item,
    filled,
    mark,
    numbers_in,
    values_of,
)
from plugins.township_filter.requests.enums import Opinion, RequestKind, Way

COUNTY: Final = 3
TOWNSHIP: Final = 4
LONGEST_LINE: Final = 200
LONGEST_TEXT: Final = 1_000
LONGEST_FIELD: Final = 2_000
# What a request may say of an item, by the list's own field names; the county gives the code.
FIELDS: Final = ("title", "kind", "category", "department", "legal_basis", "conditions", "funding")
_LINES: Final = frozenset({"title", "category", "department"})
_NO_WISHES: Final[Mapping[str, str]] = MappingProxyType({})
_CODE: Final = re.compile(r"(\D*)(\d+)")
_NOTHING_CHANGED: Final = mark("和现行清单没有差别，请改动至少一处。")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for, as it was written. ``wanted`` holds the item's fields, for a move its kind alone."""

    kind: RequestKind
    way: str
    level: str
    why: str
    effective_on: date | None
    wanted: Mapping[str, str] = field(default_factory=lambda: _NO_WISHES)
    frequency: str = ""
    item: str = ""  # the id or the code of the one in force
    incoming: UUID | None = None


def checked(asked: Asked, *, item: Item | None = None, earliest: date) -> Asked:
    """Give it with its texts trimmed. ``item`` is the one in force that is to be changed; ``earliest`` the first day it may hold.

    Raises ``Invalid`` with a message a field.
    """
    wanted = _trimmed(asked)
    why, often = asked.why.strip(), " ".join(asked.frequency.split())
    wrong = _wrong_item(asked, wanted, item) if asked.way != Way.DROP else {}
    checks = {
        "level": (asked.level in KINDS_OF_LEVEL, mark("请选择清单的层级。")),
        "way": (asked.way in _ways(asked.kind), mark("请选择怎么调整。")),
        "why": (0 < len(why) <= LONGEST_TEXT, mark("请写明理由，最多 1000 个字。")),
        "frequency": (len(often) <= LONGEST_LINE, mark("最多 200 个字。")),
        "effective_on": (asked.effective_on is not None and asked.effective_on >= earliest, filled(
            mark("按规定要提前申请，施行日期不能早于 %(day)s。"), day=earliest.isoformat())),
    }  # fmt: skip
    wrong |= {name: told for name, (fits, told) in checks.items() if not fits}
    for name, text in {**wanted, "why": why, "frequency": often}.items():
        if found := numbers_in(text):
            wrong[name] = filled(mark("申请里不写%(kind)s。"), kind=NUMBER_KINDS[found[0].kind])
    if wrong:
        raise Invalid(fields=wrong)
    return replace(asked, wanted=wanted, why=why, frequency=often)


def _ways(kind: RequestKind) -> frozenset[Way]:
    return frozenset({Way.ADD}) if kind is RequestKind.ADMISSION else frozenset({Way.CHANGE, Way.MOVE, Way.DROP})


def _trimmed(asked: Asked) -> dict[str, str]:
    """Give the item's fields that the request is about: for a move the kind alone, for a change all others, to drop it none."""
    told = {
        name: " ".join(asked.wanted.get(name, "").split()) if name in _LINES else asked.wanted.get(name, "").strip()
        for name in FIELDS
    }
    if asked.way == Way.MOVE:
        return {"kind": told["kind"]}
    if asked.way == Way.CHANGE:
        return {name: text for name, text in told.items() if name != "kind"}
    return {} if asked.way == Way.DROP else told


def _wrong_item(asked: Asked, wanted: Mapping[str, str], item: Item | None) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if "kind" in wanted and wanted["kind"] not in kinds_to_choose(asked.level, asked.way):
        wrong["kind"] = mark("请选择类型。")
    if "title" in wanted and not 0 < len(wanted["title"]) <= LONGEST_LINE:
        wrong["title"] = mark("请写事项名称，最多 200 个字。")
    if asked.way == Way.ADD:
        wrong |= {name: mark("请填写这一项。") for name in ("category", "legal_basis") if not wanted[name]}
    for name in FIELDS[2:]:
        most = LONGEST_LINE if name in _LINES else LONGEST_FIELD
        if len(wanted.get(name, "")) > most:
            wrong[name] = filled(mark("最多 %(n)s 个字。"), n=most)
    if item is not None and not wrong and not changes(item, wanted):
        wrong["kind" if asked.way == Way.MOVE else "title"] = _NOTHING_CHANGED
    return wrong


def kinds_to_choose(level: str, way: str) -> list[str]:
    """Give the kinds that may be asked for: new items only such as may be sent down, a move to any kind of the level."""
    kinds = KINDS_OF_LEVEL.get(level, ())
    return [str(kind) for kind in kinds if way == Way.MOVE or BEARINGS[kind] is Bearing.ALLOWED]


def changes(item: Item, wanted: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Give what would differ from the item in force: field, before, after."""
    before = {**values_of(item), "kind": item.kind}
    return [(name, before[name], text) for name, text in wanted.items() if before[name] != text]


def was_of(item: Item | None, wanted: Mapping[str, str]) -> dict[str, str]:
    """Give how the item in force reads in the fields that shall change."""
    return {name: before for name, before, _ in changes(item, wanted)} if item is not None else {}


def with_frequency(wanted: Mapping[str, str], frequency: str, said: str) -> dict[str, str]:
    """Give the item as the list will have it: how often it is sent belongs to its conditions. ``said`` is that sentence."""
    if not frequency:
        return dict(wanted)
    return {**wanted, "conditions": "\n".join(filter(None, (wanted.get("conditions", ""), said)))}


def next_code(items: Sequence[Item], kind: str) -> str:
    """Propose the code of a new item: the series of its kind goes on. Empty where the list shows no series."""
    series: dict[str, tuple[int, int]] = {}
    counts: dict[str, int] = {}
    for item in items:
        if found := _CODE.fullmatch(item.code):
            head, digits = found.groups()
            last, width = series.get(head, (0, 0))
            series[head] = max(last, int(digits)), max(width, len(digits))
            counts[head] = counts.get(head, 0) + (item.kind == kind)
    if not series:
        return ""
    head = max(series, key=lambda each: (counts[each], series[each][0], each))
    last, width = series[head]
    return f"{head}{last + 1:0{width}}"


@dataclass(frozen=True, slots=True)
class Change:
    """What an approved request does to a list: by the item's code, with the fields as they shall read."""

    way: str
    code: str
    wanted: Mapping[str, str]


def is_in(change: Change, items: Iterable[Item]) -> bool:
    """Tell whether a version of the list has the change already."""
    item = next((each for each in items if each.code == change.code), None)
    if change.way == Way.DROP:
        return item is None
    return item is not None and not changes(item, change.wanted)


def begins(wanted: date, *, today: date, pending: date | None) -> date:
    """Give the day from which a version can hold: not in the past, and not before what was published to come before it."""
    return max(wanted, today, pending or today)


def is_complete(opinions: Collection[Mapping[str, Any]]) -> bool:
    """Tell whether every office that was asked has said something."""
    return bool(opinions) and all(each["opinion"] != Opinion.NONE for each in opinions)


def written(text: str, *, field: str = "reason", needed: bool = True) -> str:
    """Give what somebody wrote, trimmed. Raises ``Invalid`` where it is missing or too long."""
    told = text.strip()
    if needed and not told:
        raise Invalid(fields={field: mark("请写明理由，申请单位会看到。")})
    if len(told) > LONGEST_TEXT:
        raise Invalid(fields={field: mark("最多 1000 个字。")})
    return told

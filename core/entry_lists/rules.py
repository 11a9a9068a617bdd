"""Pure rules of entry lists: what an item is, what is wrong with one, what differs between two versions."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Self

from core.entry_lists.enums import BEARINGS, KIND_TITLES, KINDS_OF_LEVEL, Bearing, ItemKind, ListLevel
from core.kernel.errors import mark

MOST_POINTS: Final = Decimal(100)
MOST_PHOTOS: Final = 50
LONGEST_TITLE: Final = 200
LONGEST_TEXT: Final = 2_000
MOST_ALIASES: Final = 30
DEFAULT_POINTS: Final = Decimal(1)
_CODE: Final = re.compile(r"[0-9A-Za-z\u4e00-\u9fff][0-9A-Za-z\u4e00-\u9fff._-]{0,31}")
_DATE: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_BETWEEN_ALIASES: Final = re.compile(r"[、;；|\n]+")
_YES: Final = frozenset({"是", "需要", "yes", "true", "1", "y"})
_NO: Final = frozenset({"否", "不需要", "no", "false", "0", "n"})
YES: Final = "是"
NO: Final = "否"

# What lists are called in documents, with the level that the name belongs to.
KIND_NAMES: Final[Mapping[str, tuple[ListLevel | None, ItemKind]]] = {
    **{title: (None, ItemKind(kind)) for kind, title in KIND_TITLES.items()},
    **{kind.value: (None, kind) for kind in ItemKind},
    "乡镇基本履职": (ListLevel.TOWNSHIP, ItemKind.CORE_DUTY),
    "乡镇配合履职": (ListLevel.TOWNSHIP, ItemKind.ASSISTING_DUTY),
    "上级部门收回": (ListLevel.TOWNSHIP, ItemKind.WITHDRAWN_DUTY),
    "乡镇赋权目录": (ListLevel.TOWNSHIP, ItemKind.DELEGATED_POWER),
    "基层政务公开事项": (ListLevel.TOWNSHIP, ItemKind.DISCLOSURE),
    "村级依法自治": (ListLevel.VILLAGE, ItemKind.SELF_GOVERNANCE),
    "村级依法协助": (ListLevel.VILLAGE, ItemKind.ASSISTING),
    "村级小微权力": (ListLevel.VILLAGE, ItemKind.POWER),
    "可由村社出具证明": (ListLevel.VILLAGE, ItemKind.CERTIFICATE),
    "不应由村级出具证明": (ListLevel.VILLAGE, ItemKind.BANNED_CERTIFICATE),
    "村级不得作为责任主体": (ListLevel.VILLAGE, ItemKind.BANNED),
    "村务公开目录": (ListLevel.VILLAGE, ItemKind.DISCLOSURE),
}


@dataclass(frozen=True, slots=True)
class EvidenceWanted:
    """What a submission under an item must bring: a text, and at least so many photos and files."""

    text: bool = True
    photos: int = 0
    files: int = 0

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """Read what the database keeps; what is missing there is not wanted, but for the text."""
        return cls(
            bool(stored.get("text", True)), int(stored.get("photos") or 0), int(stored.get("files") or 0)
        )

    def stored(self) -> dict[str, Any]:
        """Give what the database keeps."""
        return {"text": self.text, "photos": self.photos, "files": self.files}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemData:
    """What an item says, without where it stands."""

    code: str
    title: str
    kind: str
    category: str = ""
    department: str = ""
    legal_basis: str = ""
    conditions: str = ""
    funding: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    points: Decimal = DEFAULT_POINTS
    evidence: EvidenceWanted = EvidenceWanted()
    aliases: tuple[str, ...] = ()

    @property
    def bearing(self) -> Bearing:
        """Whether a matter under this item may be sent; a kind of a newer release counts as reference."""
        return BEARINGS.get(self.kind, Bearing.REFERENCE)

    def data(self) -> "ItemData":
        """Give this item without what an inheriting class adds."""
        return ItemData(**{each.name: getattr(self, each.name) for each in fields(ItemData)})


# Fields of an item as people see them, in the order of forms, sheets and differences.
FIELD_TITLES: Final[Mapping[str, str]] = {
    "code": mark("编号"),
    "title": mark("事项名称"),
    "kind": mark("类型"),
    "category": mark("类别"),
    "department": mark("牵头部门"),
    "legal_basis": mark("依据"),
    "conditions": mark("办理条件"),
    "funding": mark("经费保障"),
    "points": mark("默认分值"),
    "text": mark("需要文字说明"),
    "photos": mark("照片至少几张"),
    "files": mark("附件至少几个"),
    "valid_from": mark("生效日期"),
    "valid_to": mark("失效日期"),
    "aliases": mark("别名"),
}
_TEXTS: Final = ("category", "department", "legal_basis", "conditions", "funding")


def values_of(item: ItemData) -> dict[str, str]:
    """Give an item as texts, a field each: what sheets, forms and differences show."""
    return {
        "code": item.code,
        "title": item.title,
        "kind": KIND_TITLES.get(item.kind, item.kind),
        **{name: getattr(item, name) for name in _TEXTS},
        "points": points_text(item.points),
        "text": YES if item.evidence.text else NO,
        "photos": str(item.evidence.photos),
        "files": str(item.evidence.files),
        "valid_from": item.valid_from.isoformat() if item.valid_from else "",
        "valid_to": item.valid_to.isoformat() if item.valid_to else "",
        "aliases": "、".join(item.aliases),
    }


def points_text(points: Decimal) -> str:
    """Write points without trailing zeros: 5, 2.5."""
    text = f"{points:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True)
class ReadItem:
    """An item as read from texts: the item, or what is wrong with it (a source text a field)."""

    item: ItemData | None
    problems: Mapping[str, str]
    level: str | None = None


def read_item(values: Mapping[str, str], *, level: str, base: ItemData | None = None) -> ReadItem:
    """Read an item from texts. A field that is absent keeps the value of ``base``; an empty one is emptied.

    ``level`` of the answer is another level when the kind's name says that the row belongs there.
    """
    texts = {**(values_of(base) if base else {}), **{k: v.strip() for k, v in values.items()}}
    problems: dict[str, str] = {}
    named_level, kind = _kind(texts.get("kind", ""))
    if named_level is not None and named_level != level:
        return ReadItem(None, {}, named_level)
    if kind is None:
        problems["kind"] = mark("类型认不出来，请从模板的下拉列表里选择。")
    elif kind not in KINDS_OF_LEVEL[level]:
        problems["kind"] = mark("这一类型不属于这份清单的层级。")
    if not _CODE.fullmatch(texts.get("code", "")):
        problems["code"] = mark("编号由 1 到 32 个字母、数字、汉字或 . _ - 组成，不能空。")
    if not 0 < len(texts.get("title", "")) <= LONGEST_TITLE:
        problems["title"] = mark("事项名称不能空，最多 200 个字。")
    for name in _TEXTS:
        if len(texts.get(name, "")) > LONGEST_TEXT:
            problems[name] = mark("写得太长了，最多 2,000 个字。")
    rest = _rest(texts, problems)
    if problems or kind is None:
        return ReadItem(None, problems)
    rest |= {name: texts.get(name, "") for name in ("code", "title", *_TEXTS)}
    return ReadItem(ItemData(kind=kind.value, **rest), {})


def _kind(text: str) -> tuple[ListLevel | None, ItemKind | None]:
    name = re.sub(r"[(（].*?[)）]", "", text).strip()
    return KIND_NAMES.get(name) or KIND_NAMES.get(name.lower()) or (None, None)


def _rest(texts: Mapping[str, str], problems: dict[str, str]) -> dict[str, Any]:
    aliases = tuple(
        dict.fromkeys(filter(None, map(str.strip, _BETWEEN_ALIASES.split(texts.get("aliases", "")))))
    )
    if len(aliases) > MOST_ALIASES or any(len(alias) > LONGEST_TITLE for alias in aliases):
        problems["aliases"] = mark("别名最多 30 个，每个最多 200 个字，用顿号分开。")
    read: dict[str, Any] = {
        "aliases": aliases,
        "points": _points(texts.get("points", ""), problems),
        "evidence": EvidenceWanted(
            _yes(texts.get("text", ""), problems),
            _count("photos", texts.get("photos", ""), problems),
            _count("files", texts.get("files", ""), problems),
        ),
        "valid_from": _day("valid_from", texts.get("valid_from", ""), problems),
        "valid_to": _day("valid_to", texts.get("valid_to", ""), problems),
    }
    if read["valid_from"] and read["valid_to"] and read["valid_to"] < read["valid_from"]:
        problems["valid_to"] = mark("失效日期不能早于生效日期。")
    return read


def _points(text: str, problems: dict[str, str]) -> Decimal:
    try:
        points = Decimal(text or DEFAULT_POINTS)
    except InvalidOperation:
        points = Decimal("NaN")
    if not points.is_finite() or not 0 <= points <= MOST_POINTS or points != round(points, 2):
        problems["points"] = mark("默认分值应在 0 到 100 之间，小数最多 2 位。")
        return DEFAULT_POINTS
    return round(points, 2)


def _yes(text: str, problems: dict[str, str]) -> bool:
    if text and text.lower() not in _YES | _NO:
        problems["text"] = mark("请填“是”或“否”。")
    return text.lower() not in _NO


def _count(name: str, text: str, problems: dict[str, str]) -> int:
    if not text:
        return 0
    if text.isascii() and text.isdigit() and int(text) <= MOST_PHOTOS:
        return int(text)
    problems[name] = mark("请填 0 到 50 之间的整数。")
    return 0


def _day(name: str, text: str, problems: dict[str, str]) -> date | None:
    if not text:
        return None
    if found := _DATE.match(text):
        try:
            return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            pass
    problems[name] = mark("日期请写成 2026-11-22 的样子。")
    return None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs, as texts."""

    name: str
    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """One item that both versions have and that differs."""

    before: ItemData
    after: ItemData
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What one version has that the other has not; ``same`` counts the items that are alike."""

    added: tuple[ItemData, ...]
    removed: tuple[ItemData, ...]
    changed: tuple[Change, ...]
    same: int

    @property
    def empty(self) -> bool:
        """Whether both are alike."""
        return not (self.added or self.removed or self.changed)

    @property
    def counts(self) -> dict[str, int]:
        """Give the figures for the audit line."""
        return {"added": len(self.added), "changed": len(self.changed), "removed": len(self.removed)}


def difference(before: Iterable[ItemData], after: Iterable[ItemData]) -> Difference:
    """Compare two versions by the items' codes; an item that only got another code counts as changed."""
    old = {item.code: item for item in before}
    new = {item.code: item for item in after}
    pairs = [(old[code], item) for code, item in new.items() if code in old]
    added = [item for code, item in new.items() if code not in old]
    gone = {(item.title, item.kind): item for code, item in old.items() if code not in new}
    for item in tuple(added):
        if moved := gone.pop((item.title, item.kind), None):
            pairs.append((moved, item))
            added.remove(item)
    changes = [Change(one, other, _changes(one, other)) for one, other in pairs]
    changed = tuple(change for change in changes if change.fields)
    return Difference(tuple(added), tuple(gone.values()), changed, len(changes) - len(changed))


def _changes(before: ItemData, after: ItemData) -> tuple[FieldChange, ...]:
    one, other = values_of(before), values_of(after)
    return tuple(
        FieldChange(name, title, one[name], other[name])
        for name, title in FIELD_TITLES.items()
        if one[name] != other[name]
    )


def united(own: Sequence[ItemData], *others: Sequence[ItemData]) -> list[ItemData]:
    """Put lists together: one's own items first, then what the others have beside them.

    What has the same title and kind is there already, in one's own words. A code that is taken gets a number behind it.
    """
    items = list(own)
    codes = {item.code for item in items}
    there = {(item.title, item.kind) for item in items}
    for item in (each for other in others for each in other):
        if (item.title, item.kind) in there:
            continue
        code, n = item.code, 2
        while code in codes:
            code, n = f"{item.code[:28]}-{n}", n + 1
        items.append(replace(item, code=code))
        codes.add(code)
        there.add((item.title, item.kind))
    return items


def fingerprint(items: Sequence[ItemData]) -> str:
    """Sum up a draft's content, so that what was previewed is not stored over what somebody changed since."""
    told = hashlib.sha256()
    for item in sorted(items, key=lambda each: each.code):
        told.update(repr(values_of(item)).encode())
    return told.hexdigest()[:24]

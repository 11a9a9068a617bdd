"""What is shown of each kind of field, the last gate, and the form over which a publication's hash is made. Pure.

Masking is that of domain/RULES.md, section 10. ``content_of`` is the only way into a snapshot; ``leaks_in`` looks at the
finished one once more and knows nothing of kinds, so that a column declared wrongly is noticed.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from core.contracts.disclosure import Attachment, Collected, Column, FieldKind, Figure, Section, Value
from core.disclosure.enums import Audience
from core.kernel.clock import local
from core.kernel.errors import Invalid, mark
from core.kernel.masking import STAR, masked_id_number, masked_name, masked_phone
from core.kernel.numbers import Found, numbers_in, without_numbers
from core.kernel.secrets import plain_phone

MOST_ROWS: Final = 2_000
LONGEST_TITLE: Final = 100
LONGEST_NOTE: Final = 500
LONGEST_CELL: Final = 1_000
FORMAT: Final = "xiangzhi-publication-1"
_CENT: Final = Decimal("0.01")
_BETWEEN_NAMES: Final = re.compile(r"([、，,;；/\s]+)")
_VILLAGE: Final = r"[^0-9０-９号组室幢弄巷路街]{1,14}?(?:社区|居委会|村委会|村)"
_TO_VILLAGE: Final = re.compile(rf"(?:[^0-9０-９]*?(?:镇|乡|街道))?{_VILLAGE}|{_VILLAGE}")
_TO_TOWNSHIP: Final = re.compile(r"[^0-9０-９]*?(?:镇|乡|街道)")
_CARD_TAIL: Final = 4

# Figures that are counted and summed; every other kind is kept as a text.
FIGURES: Final = frozenset({FieldKind.AMOUNT, FieldKind.COUNT, FieldKind.NUMBER, FieldKind.SHARE})


def masked(value: Value, kind: FieldKind, audience: Audience = Audience.PUBLIC) -> str | int | None:
    """Give what an audience sees of a value; None stays None. Raises ``ValueError`` for a value of another kind.

    Inside, with the reason logged, everything is whole but bank cards.
    """
    if value is None or value == "":
        return None
    if kind in FIGURES:
        return _figure(value, kind)
    if kind in {FieldKind.DATE, FieldKind.MOMENT}:
        return _time(value, kind)
    if not isinstance(value, str):
        raise ValueError(f"a {kind} is a text, not {type(value).__name__}")  # noqa: TRY004 - one kind of error for callers
    text = value.strip()[:LONGEST_CELL]
    if audience is Audience.INSIDE and kind is not FieldKind.BANK_CARD:
        return text
    return without_numbers(_MASKS[kind](text)) if kind in _MASKS else without_numbers(text)


def _figure(value: Value, kind: FieldKind) -> str | int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"a {kind} is a whole number or a Decimal, not {type(value).__name__}")  # noqa: TRY004
    if kind is FieldKind.COUNT:
        return int(value)
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError(f"a {kind} is finite")
    if kind is FieldKind.AMOUNT:
        return f"{number.quantize(_CENT, rounding=ROUND_HALF_UP):f}"
    return f"{number.normalize():f}" if number else "0"


def _time(value: Value, kind: FieldKind) -> str:
    if isinstance(value, datetime):
        here = local(value)
        return here.isoformat(timespec="minutes") if kind is FieldKind.MOMENT else here.date().isoformat()
    if isinstance(value, date) and kind is FieldKind.DATE:
        return value.isoformat()
    raise ValueError(f"a {kind} is a date or a time with a zone, not {type(value).__name__}")


def _names(text: str) -> str:
    """Mask each of several names: 张三、李四 → 张*、李*."""
    parts = _BETWEEN_NAMES.split(text)
    return "".join(part if n % 2 else _one_name(part) for n, part in enumerate(parts))


def _one_name(name: str) -> str:
    return masked_name(name) if len(name) != 1 else name + STAR


def _household(text: str) -> str:
    name = text.removesuffix("户").removesuffix("家").strip()
    return f"{_names(name)}户"


def _phone(text: str) -> str:
    return masked_phone(plain_phone(text) or text)


def _id_number(text: str) -> str:
    return masked_id_number("".join(text.split())) or STAR * 3


def _card(text: str) -> str:
    plain = "".join(text.split())
    return STAR * _CARD_TAIL + (plain[-_CARD_TAIL:] if len(plain) > 2 * _CARD_TAIL else "")


def _address(text: str) -> str:
    """Keep an address down to its village; what names none is kept to its township, else not at all."""
    found = _TO_VILLAGE.match(text) or _TO_TOWNSHIP.match(text)
    return found[0] if found else STAR * 3


_MASKS: Final = {
    FieldKind.NAME: _names,
    FieldKind.HOUSEHOLD: _household,
    FieldKind.ID_NUMBER: _id_number,
    FieldKind.PHONE: _phone,
    FieldKind.BANK_CARD: _card,
    FieldKind.ADDRESS: _address,
}
# Kinds whose values say who somebody is.
PERSONAL: Final = frozenset(_MASKS)
# Those that hold names.
WHO: Final = frozenset({FieldKind.NAME, FieldKind.HOUSEHOLD})


@dataclass(frozen=True, slots=True)
class Leak:
    """A personal number that stands in a snapshot: where (a source text), in which row, and its kind."""

    where: str
    row: int
    kind: str


def content_of(section: Section, found: Collected, *, note: str = "") -> dict[str, Any]:
    """Make the content of a snapshot: columns, masked rows and figures. Raises ``Invalid`` where it cannot be made."""
    if len(found.rows) > MOST_ROWS:
        raise Invalid(mark("一次最多公开 %(most)s 行，现有 %(n)s 行。请分几期公开。"), most=MOST_ROWS, n=len(found.rows))
    return {
        "columns": [_column(column) for column in section.columns],
        "rows": [[_cell(section, column, row) for column in section.columns] for row in found.rows],
        "figures": [_headline(figure) for figure in found.figures],
        "note": without_numbers(" ".join(text for text in (found.note.strip(), note.strip()) if text)),
    } | ({"files": [_file(file) for file in found.files]} if found.files else {})


def _file(file: Attachment) -> dict[str, Any]:
    told = {"name": without_numbers(file.name), "type": file.media_type, "size": file.size, "sha256": file.sha256.hex()}
    return told | ({"removed": list(file.removed)} if file.removed else {})


def _column(column: Column) -> dict[str, Any]:
    return {
        "name": column.name, "title": column.title, "kind": str(column.kind), "unit": column.unit, "key": column.key
    }  # fmt: skip


def _cell(section: Section, column: Column, row: Mapping[str, Value]) -> str | int | None:
    try:
        return masked(row.get(column.name), column.kind)
    except ValueError as error:
        raise ValueError(f"{section.name}.{column.name}: {error}") from error


def _headline(figure: Figure) -> dict[str, Any]:
    return {
        "title": figure.title, "value": masked(figure.value, figure.kind), "kind": str(figure.kind), "unit": figure.unit
    }  # fmt: skip


def leaks_in(title: str, content: Mapping[str, Any], others: Iterable[str] = ()) -> list[Leak]:
    """Find every personal number left anywhere in a finished snapshot: the last gate. Amounts and counts pass."""
    leaks = [Leak(mark("标题"), 0, hit.kind) for hit in numbers_in(title)]
    leaks += [Leak(mark("说明"), 0, hit.kind) for hit in numbers_in(content["note"])]
    leaks += [Leak(mark("附件"), 0, hit.kind) for file in content.get("files", ()) for hit in numbers_in(file["name"])]
    leaks += [Leak(mark("公开人"), 0, hit.kind) for text in others for hit in numbers_in(text)]
    kinds = [FieldKind(column["kind"]) for column in content["columns"]]
    for column in content["columns"]:
        leaks += [
            Leak(mark("表头"), 0, hit.kind) for text in (column["title"], column["unit"]) for hit in numbers_in(text)
        ]
    for number, row in enumerate(content["rows"], start=1):
        for column, kind, value in zip(content["columns"], kinds, row, strict=True):
            leaks += [Leak(column["title"], number, hit.kind) for hit in _hits(value, kind)]
    for figure in content["figures"]:
        texts = (figure["title"], figure["unit"])
        hits = [*_hits(figure["value"], FieldKind(figure["kind"])), *(h for text in texts for h in numbers_in(text))]
        leaks += [Leak(figure["title"], 0, hit.kind) for hit in hits]
    return leaks


def _hits(value: str | int | None, kind: FieldKind) -> list[Found]:
    """Look at one cell. Of an amount only what no village spends, a phone number to the fen, is refused."""
    if value is None or kind in {FieldKind.DATE, FieldKind.MOMENT}:
        return []
    text = str(value)
    if kind is FieldKind.AMOUNT:
        whole = text.removesuffix(".00")
        return numbers_in(whole) if whole.isdecimal() else []
    return numbers_in(text)


def canonical(document: Mapping[str, Any]) -> bytes:
    """Give the one form of a publication that is hashed: JSON, keys sorted, no spaces, UTF-8 as it is."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def hash_of(document: Mapping[str, Any]) -> bytes:
    """Give the SHA-256 of the canonical form; the file that readers may fetch has exactly these bytes."""
    return hashlib.sha256(canonical(document)).digest()


def document_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Make the document of a publication from its row, or from what is about to be one. Only texts, whole numbers, lists."""
    content = fields["content"]
    return {
        "format": FORMAT,
        "id": str(fields["id"]),
        "county": fields["county"],
        "place": fields["place"],
        "place_name": fields["place_name"],
        "section": fields["section"],
        "period": fields["period"],
        "subject": str(fields["subject_id"]) if fields["subject_id"] else None,
        "title": fields["title"],
        "columns": content["columns"],
        "rows": content["rows"],
        "figures": content["figures"],
        "note": content["note"],
        "notice_until": fields["notice_until"].isoformat() if fields["notice_until"] else None,
        "released_name": fields["released_name"],
        "released_office": fields["released_office"],
        "released_at": fields["released_at"].isoformat(timespec="microseconds"),
        "corrects": str(fields["corrects"]) if fields["corrects"] else None,
    } | ({"files": content["files"]} if content.get("files") else {})


def check_number(digest: bytes) -> str:
    """Give the number that is printed on the board, to be typed in by hand: twelve characters of the hash."""
    return digest.hex()[:12]


def shown_check_number(number: str) -> str:
    """Write it in groups, as people read it out: 3F2A 9B01 77C0."""
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4)).upper()


def plain_check_number(text: str) -> str:
    """Give a check number as it is stored from what somebody typed; the empty text if it is none."""
    plain = re.sub(r"[\s-]", "", text).lower()
    return plain if re.fullmatch(r"[0-9a-f]{12}", plain) else ""


def digest_of(title: str, content: Mapping[str, Any]) -> str:
    """Give a mark of what a draft showed, so that exactly this is released and nothing that changed meanwhile."""
    return hashlib.sha256(canonical({"title": title, **content})).hexdigest()


def written(value: str | int, kind: str) -> str:
    """Write a snapshot's value for people, on pages and sheets alike: amounts and counts grouped, moments without a zone."""
    if kind == FieldKind.AMOUNT:
        return f"{Decimal(str(value)):,.2f}"
    if kind == FieldKind.COUNT:
        return f"{int(value):,}"
    if kind == FieldKind.SHARE:
        return f"{value}%"
    return str(value)[:16].replace("T", " ") if kind == FieldKind.MOMENT else str(value)

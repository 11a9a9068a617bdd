"""The short form a task may ask for: its fields, their answers, and when two fields ask for the same. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from core.kernel.errors import filled, mark
from core.tasks.enums import Fact, FieldKind

MOST_FIELDS: Final = 10
LONGEST_LABEL: Final = 30
LONGEST_UNIT: Final = 10
LONGEST_ANSWER: Final = 200
_MOST: Final = Decimal(10) ** 12
_DECIMALS: Final = 4
_YEARS: Final = range(1900, 2101)
_BEFORE: Final = re.compile(r"^(?:请?如实)?(?:请填写|请填报|请上报|请输入|请填|填写|填报)")
_AFTER: Final = re.compile(r"(?:的?(?:数量|数目))$")
_PUNCTUATION: Final = re.compile(r"[\W_]+")
_CARD_NUMBERS: Final = re.compile(
    r"(?:身份|证件|护照|军官证|社保卡?|居民证|户口)(?:证|本)?(?:件)?(?:的)?(?:号|编号|id)|公民身份|身份证$|身份证(?:信息|复印件|照片|正反面)"
    r"|银行卡(?!张数|数量)|(?:银行|收款|打卡|开户|存折)[账帐]?[号户]|[账帐]号|卡号|一卡通号|存折"
    r"|(?:id|identity|identitycard|idcard|passport)(?:card)?(?:number|no)\b|bankcard|bankaccount|accountnumber|cardnumber"
)
_LONG_NUMBER: Final = re.compile(r"(?<!\d)(?:\d{17}[\dxX]|\d{16}|\d{17}|\d{19})(?!\d)")

REFUSED: Final = mark("请勿向村里收集身份证号、银行卡号。")
_REFUSED_ANSWER: Final = mark("请不要填写身份证号、银行卡号。")
_NO_LABEL: Final = mark("请写要填的是什么，或者把这一行都清空。")
_LONG_LABEL: Final = mark("写得太长了，最多 %(most)s 个字。")
_TWICE: Final = mark("这一项和上面的“%(label)s”是同一件事，请留一项。")
_TOO_MANY: Final = mark("最多请各村填 %(most)s 项。")
_NO_NUMBER: Final = mark("请填写数字。")
_TOO_LARGE: Final = mark("数字太大了。")
_DECIMALS_ONLY: Final = mark("小数最多 %(most)s 位。")
_NO_DATE: Final = mark("请填写日期。")
_REQUIRED: Final = mark("请填写“%(label)s”。")

_FACTS: Final[Mapping[str, Fact]] = {
    **dict.fromkeys(("填报单位", "单位", "单位名称"), Fact.RECEIVER),
    **dict.fromkeys(("村名", "村名称", "村社区", "村社区名称", "行政村", "行政村名称", "所在村", "所在村社区"), Fact.VILLAGE),
    **dict.fromkeys(
        ("乡镇", "镇", "街道", "乡镇街道", "乡镇名称", "所属乡镇", "所在乡镇", "所属镇", "所属街道", "所属乡镇街道", "所在乡镇街道"),
        Fact.TOWNSHIP,
    ),
    **dict.fromkeys(("县", "区", "县区", "所属县", "所属区", "所属县区", "所属县市区", "所在县市区", "县市区"), Fact.COUNTY),
    **dict.fromkeys(("区划代码", "行政区划代码", "统计用区划代码", "村代码", "村编码", "行政村代码"), Fact.CODE),
    **dict.fromkeys(
        ("村书记", "书记", "村支书", "书记姓名", "村书记姓名", "村党组织书记", "村党组织书记姓名", "村党支部书记"), Fact.SECRETARY
    ),
    **dict.fromkeys(("负责人", "村负责人", "负责人姓名", "联系人", "村联系人", "联系人姓名"), Fact.CONTACT),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AskedField:
    """One thing a sender asks for."""

    label: str
    kind: FieldKind = FieldKind.TEXT
    required: bool = False
    unit: str = ""

    @property
    def key(self) -> str:
        return label_key(self.label)

    @property
    def fact(self) -> Fact | None:
        """Name what the system holds anyway, where the field asks for that."""
        return _FACTS.get(self.key) if self.kind is FieldKind.TEXT else None

    def stored(self) -> dict[str, Any]:
        return {"label": self.label, "kind": self.kind, "required": self.required, "unit": self.unit}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "AskedField":
        return cls(kept["label"], FieldKind(kept["kind"]), kept["required"], kept["unit"])


def fields_of_form(kept: Sequence[Mapping[str, Any]] | None) -> list[AskedField]:
    """Read a form as a brief keeps it."""
    return [AskedField.of(each) for each in kept or ()]


def label_key(label: str) -> str:
    """Give what a label comes down to: two labels of one key ask for the same.

    Width, spaces, punctuation and the frames 请填写 … 数量 do not count.
    """
    plain = _PUNCTUATION.sub("", unicodedata.normalize("NFKC", label).casefold())
    return _AFTER.sub("", _BEFORE.sub("", plain)) or plain


def same_unit(first: str, second: str) -> bool:
    """Tell whether a figure may be carried over: 125 亩 are not 125 公顷; a unit that was left out is taken for the other."""
    one, two = (unicodedata.normalize("NFKC", unit).strip().casefold() for unit in (first, second))
    return not one or not two or one == two


def row_name(n: int, part: str) -> str:
    """Name an input of the sender's form: the n-th field's label, kind, unit or whether it is required."""
    return f"ask-{n}-{part}"


def answer_name(n: int) -> str:
    """Name the input of the receiver's n-th answer."""
    return f"answer-{n}"


def wrong_form(fields: Sequence[AskedField]) -> dict[str, str]:
    """Say why a form cannot be asked for, by input; empty where it can."""
    wrong: dict[str, str] = {}
    seen: dict[str, str] = {}
    for n, field in enumerate(fields, start=1):
        if (told := _wrong_label(field, seen)) is not None:
            wrong[row_name(n, "label")] = told
        if len(field.unit) > LONGEST_UNIT:
            wrong[row_name(n, "unit")] = filled(_LONG_LABEL, most=LONGEST_UNIT)
        if n > MOST_FIELDS:
            wrong[row_name(n, "label")] = filled(_TOO_MANY, most=MOST_FIELDS)
        seen.setdefault(field.key, field.label)
    return wrong


def _wrong_label(field: AskedField, seen: Mapping[str, str]) -> str | None:
    if not field.key:
        return _NO_LABEL
    if len(field.label) > LONGEST_LABEL:
        return filled(_LONG_LABEL, most=LONGEST_LABEL)
    if asks_for_numbers_of_cards(field.label):
        return REFUSED
    return filled(_TWICE, label=seen[field.key]) if field.key in seen else None


def asks_for_numbers_of_cards(label: str) -> bool:
    """Tell whether a label asks for somebody's identity number, bank card or account. How many people have one may be asked."""
    return _CARD_NUMBERS.search(_PUNCTUATION.sub("", unicodedata.normalize("NFKC", label).casefold())) is not None


def wrong_answers(fields: Sequence[AskedField], answers: Mapping[str, str]) -> dict[str, str]:
    """Say what is wrong with what was filled in, by input; empty where nothing is."""
    wrong: dict[str, str] = {}
    for n, field in enumerate(fields, start=1):
        name = answer_name(n)
        text = answers.get(name, "").strip()
        if not text:
            told: str | None = filled(_REQUIRED, label=field.label) if field.required else None
        else:
            told = _CHECKS[field.kind](text)
        if told is not None:
            wrong[name] = told
    return wrong


def stored_answers(fields: Sequence[AskedField], answers: Mapping[str, str]) -> list[dict[str, str]]:
    """Give right answers as a submission keeps them, each with what was asked: they can be read when the brief is gone.

    What was left empty is left out.
    """
    kept = []
    for n, field in enumerate(fields, start=1):
        if text := answers.get(answer_name(n), "").strip():
            kept.append(
                {"label": field.label, "key": field.key, "kind": field.kind, "unit": field.unit, "value": _plain(field.kind, text)}
            )
    return kept


def value_for(field: AskedField, kept: Iterable[Mapping[str, str]]) -> str:
    """Give what a submission answered to a field."""
    found = (each["value"] for each in kept if (each["key"], each["kind"]) == (field.key, field.kind))
    return next(found, "")


def total_of(field: AskedField, answers: Iterable[Sequence[Mapping[str, str]]]) -> Decimal | None:
    """Add up what several submissions answered to a field that asks for a number; None for other fields, and without answers."""
    if field.kind is not FieldKind.NUMBER:
        return None
    values = [Decimal(value) for kept in answers if (value := value_for(field, kept))]
    return sum(values, Decimal(0)) if values else None


def _plain(kind: FieldKind, text: str) -> str:
    if kind is FieldKind.NUMBER:
        number = _number(text) or Decimal(0)
        return f"{number.normalize():f}" if number else "0"
    return unicodedata.normalize("NFKC", text) if kind is FieldKind.DATE else text


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(unicodedata.normalize("NFKC", text).replace(",", "").strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _wrong_number(text: str) -> str | None:
    number = _number(text)
    if number is None:
        return _NO_NUMBER
    if abs(number) >= _MOST:
        return _TOO_LARGE
    exponent = number.normalize().as_tuple().exponent
    return filled(_DECIMALS_ONLY, most=_DECIMALS) if isinstance(exponent, int) and exponent < -_DECIMALS else None


def _wrong_date(text: str) -> str | None:
    try:
        return None if date.fromisoformat(unicodedata.normalize("NFKC", text)).year in _YEARS else _NO_DATE
    except ValueError:
        return _NO_DATE


def _wrong_text(text: str) -> str | None:
    if len(text) > LONGEST_ANSWER:
        return filled(_LONG_LABEL, most=LONGEST_ANSWER)
    plain = re.sub(r"(?<=\d)[ -](?=\d)", "", unicodedata.normalize("NFKC", text))
    return _REFUSED_ANSWER if _LONG_NUMBER.search(plain) else None


_CHECKS: Final = {FieldKind.TEXT: _wrong_text, FieldKind.NUMBER: _wrong_number, FieldKind.DATE: _wrong_date}

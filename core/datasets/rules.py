"""The sheets of outside data: their columns, and what is right or wrong with each line. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from core.contracts.settings import SettingsArea, SettingsModel, setting
from core.datasets.enums import DataKind
from core.kernel.errors import mark
from core.kernel.masking import masked_id_number, masked_name
from core.kernel.secrets import index_of, plain_id_number
from core.kernel.sheets import Record, SheetColumn
from core.kernel.written import written

# The same hash as in the list of persons: so a model knows whom a matter is about.
PURPOSE: Final = "id_number"
LONGEST: Final = 200
_LONGEST_NAME: Final = 50
_MOST: Final = Decimal(999999999999)
_OLDEST: Final = date(1900, 1, 1)
_DATE: Final = re.compile(r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?")
_SHORT_DATE: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")

NO_NAME: Final = mark("请填写姓名（不超过 50 个字）。")
EMPTY_ID_NUMBER: Final = mark("请填写身份证号。")
NO_ID_NUMBER: Final = mark("身份证号不对，请检查 18 位号码；表格里请设为文本格式。")
NO_SUBJECT: Final = mark("“%(title)s”没有填写，或者超过 200 个字。")
NO_DATE: Final = mark("“%(title)s”不是日期，请写成 2026-03-05。")
LATER: Final = mark("“%(title)s”在今天以后，请核对。")
BACKWARDS: Final = mark("结束日期早于开始日期。")
NO_AMOUNT: Final = mark("“%(title)s”不是大于 0 的金额。")
NO_TOWNSHIP: Final = mark("找不到这个乡镇（街道）。")
NO_VILLAGE: Final = mark("找不到这个村（社区）。")
SEVERAL_VILLAGES: Final = mark("本县有几个同名的村，请同时填写乡镇（街道）。")
TWICE: Final = mark("与本表前面的一行完全重复。")


class DatasetSettings(SettingsModel):
    """How long outside data may be kept. No source gives days; these are proposals."""

    most_days: int = setting(366, title=mark("外部数据最多保存几天"), unit=mark("天"), ge=1, le=1830)


AREA: Final = SettingsArea("datasets", mark("外部比对数据"), DatasetSettings)


@dataclass(frozen=True, slots=True)
class Part:
    """What a column of a kind fills: a field of the row. ``key`` is the field's name."""

    key: str
    title: str
    required: bool = False
    hint: str = ""
    example: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def column(self) -> SheetColumn:
        return SheetColumn(self.key, self.title, self.required, self.hint, self.example, aliases=self.aliases)


_PERSON: Final = (
    Part("name", "姓名", True, example="张三"),
    Part("id_number", "身份证号", True, hint="18 位，请用文本格式", aliases=("身份证", "证件号码", "公民身份号码")),
)
_PLACE: Final = (
    Part("township", "乡镇（街道）", hint="全称、简称或代码；村名在全县只有一个时可以不填", aliases=("乡镇", "街道")),
    Part("village", "村（社区）", True, hint="全称、简称或 12 位代码", aliases=("村", "社区")),
)
PARTS: Final[Mapping[str, tuple[Part, ...]]] = {
    DataKind.BUSINESS: (
        *_PERSON,
        Part("subject", "企业名称", True, example="某某建材商店", aliases=("单位名称", "市场主体名称")),
        Part("code", "统一社会信用代码", aliases=("信用代码",)),
        Part("detail", "身份", hint="法定代表人、股东、经营者等", example="法定代表人", aliases=("人员类型", "职务")),
        Part("amount", "注册资本（万元）", aliases=("注册资本",)),
        Part("starts_on", "成立日期", True, example="2021-05-18", aliases=("登记日期",)),
        Part("ends_on", "注销日期", hint="仍在营业的不填", aliases=("吊销日期",)),
    ),
    DataKind.PAYROLL: (
        *_PERSON,
        Part("subject", "单位", True, example="某某镇人民政府", aliases=("工作单位", "单位名称")),
        Part("detail", "岗位", example="事业编制", aliases=("职务", "人员身份")),
        Part("starts_on", "起薪日期", True, example="2019-08-01", aliases=("入职日期", "参加工作日期")),
        Part("ends_on", "停薪日期", hint="在职的不填", aliases=("离职日期", "退休日期")),
    ),
    DataKind.DEATHS: (
        *_PERSON,
        Part("starts_on", "死亡日期", True, example="2026-02-14", aliases=("去世日期",)),
        Part("subject", "登记机关", aliases=("登记单位",)),
    ),
    DataKind.AID: (
        *_PERSON,
        *_PLACE,
        Part("subject", "救助类别", True, example="最低生活保障", aliases=("类别", "补助项目")),
        Part("amount", "发放金额（元）", True, example="860.00", aliases=("金额", "发放金额")),
        Part("starts_on", "发放日期", True, example="2026-03-10", aliases=("发放时间",)),
    ),
    DataKind.LABOUR: (
        *_PERSON,
        *_PLACE,
        Part("subject", "用工事项", True, example="村道保洁", aliases=("用工内容", "工作内容")),
        Part("amount", "支付金额（元）", True, example="160.00", aliases=("金额", "支付金额")),
        Part("starts_on", "支付日期", True, example="2026-03-31", aliases=("发放日期", "用工日期")),
        Part("detail", "备注"),
    ),
}


def columns(kind: str) -> tuple[SheetColumn, ...]:
    """Give the columns of a kind's sheet."""
    return tuple(part.column for part in PARTS[kind])


@dataclass(frozen=True, slots=True)
class Villages:
    """What names in the sheet mean: townships by any name, villages by any name (several may share one)."""

    townships: Mapping[str, str]
    villages: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it will be stored; ``reason`` is empty for a good one, and only a bad one keeps its cells."""

    n: int
    reason: str = ""
    cells: Mapping[str, str] = field(default_factory=dict)
    id_hash: bytes | None = None
    id_masked: str = ""
    name: str = ""
    name_masked: str = ""
    village: str = ""
    subject: str = ""
    detail: str = ""
    code: str = ""
    amount: Decimal | None = None
    starts_on: date | None = None
    ends_on: date | None = None


def check_lines(records: Iterable[Record], *, kind: str, villages: Villages, today: date) -> Iterator[Line]:
    """Check each line by its kind, and against the lines before it."""
    seen: set[tuple[object, ...]] = set()
    for record in records:
        line = _checked(record, PARTS[kind], villages, today)
        what = (line.id_hash, line.village, line.subject, line.code, line.amount, line.starts_on, line.ends_on)
        if not line.reason and what in seen:
            line = Line(record.number, TWICE, record.values)
        seen.add(what)
        yield line


def _checked(record: Record, parts: Iterable[Part], villages: Villages, today: date) -> Line:
    """Look at every cell, so that a line comes back with all that is wrong with it, a sentence each."""
    reasons: list[str] = []
    cells = record.values
    found: dict[str, object] = {}
    for part in parts:
        if part.key in _READ:
            _READ[part.key](part, cells.get(part.key, ""), found, reasons, today)
    if "id_number" in record.damaged and found.get("id_hash"):
        reasons.append(NO_ID_NUMBER)
    if any(part.key == "village" for part in parts):
        found["village"] = _village(cells, villages, reasons)
    starts, ends = found.get("starts_on"), found.get("ends_on")
    if isinstance(starts, date) and isinstance(ends, date) and ends < starts:
        reasons.append(BACKWARDS)
    if reasons:
        return Line(record.number, "\n".join(reasons), cells)
    return Line(record.number, **found)  # type: ignore[arg-type]


Found = dict[str, object]
Reader = Callable[[Part, str, Found, list[str], date], None]


def _read_name(_: Part, text: str, found: Found, reasons: list[str], __: date) -> None:
    if not text or len(text) > _LONGEST_NAME:
        reasons.append(NO_NAME)
    found["name"], found["name_masked"] = text, masked_name(text)


def _read_id_number(_: Part, text: str, found: Found, reasons: list[str], __: date) -> None:
    number = plain_id_number(text)
    if not number:
        reasons.append(NO_ID_NUMBER if text.strip() else EMPTY_ID_NUMBER)
        return
    found["id_hash"], found["id_masked"] = index_of(number, purpose=PURPOSE), masked_id_number(number)


def _read_text(part: Part, text: str, found: Found, reasons: list[str], _: date) -> None:
    if len(text) > LONGEST or (part.required and not text):
        reasons.append(about(NO_SUBJECT, part))
    found[part.key] = text


def _read_amount(part: Part, text: str, found: Found, reasons: list[str], _: date) -> None:
    amount = amount_of(text)
    if amount is None and (part.required or text):
        reasons.append(about(NO_AMOUNT, part))
    found[part.key] = amount


def _read_date(part: Part, text: str, found: Found, reasons: list[str], today: date) -> None:
    day = day_of(text)
    if day is None and (part.required or text):
        reasons.append(about(NO_DATE, part))
    elif day is not None and day > today and part.key == "starts_on":
        reasons.append(about(LATER, part))
    found[part.key] = day


_READ: Final[Mapping[str, Reader]] = {
    "name": _read_name, "id_number": _read_id_number, "subject": _read_text, "detail": _read_text, "code": _read_text,
    "amount": _read_amount, "starts_on": _read_date, "ends_on": _read_date,
}  # fmt: skip


def about(reason: str, part: Part) -> str:
    """Keep a reason together with the column it is about, so that it can still be translated."""
    return f"{reason}\t{part.title}"


def sentences(reason: str, say: Callable[..., str]) -> str:
    """Put the stored reasons of a line into words; ``say`` translates and fills."""
    lines = (line.partition("\t") for line in reason.split("\n") if line)
    return " ".join(say(text, title=title) if title else say(text) for text, _, title in lines)


def _village(cells: Mapping[str, str], villages: Villages, reasons: list[str]) -> str:
    named, village = cells.get("township", ""), cells.get("village", "")
    township = villages.townships.get(named, "")
    if named and not township:
        reasons.append(NO_TOWNSHIP)
        return ""
    found = [code for code in villages.villages.get(village, ()) if code.startswith(township)]
    if len(found) != 1:
        reasons.append(SEVERAL_VILLAGES if found else NO_VILLAGE)
        return ""
    return found[0]


def day_of(text: str) -> date | None:
    """Read a day as people write it: 2026-03-05, 2026/3/5, 2026年3月5日, 20260305. None for anything else."""
    told = text.strip()
    match = _SHORT_DATE.fullmatch(told) or _DATE.fullmatch(told)
    if match is None:
        return None
    try:
        day = date(*(int(part) for part in match.groups()))
    except ValueError:
        return None
    return day if day >= _OLDEST else None


def amount_of(text: str) -> Decimal | None:
    """Read a sum greater than nothing, to the cent; None for anything else."""
    told = text.strip().replace(",", "").replace("，", "").removeprefix("¥").removeprefix("￥").removesuffix("元").strip()
    try:
        amount = Decimal(told)
    except InvalidOperation:
        return None
    if not amount.is_finite() or not 0 < amount <= _MOST:
        return None
    cents = amount.quantize(Decimal("0.01"))
    return cents if cents == amount else None


def told(text: str, *, field: str) -> str:
    """Give what somebody wrote of a list, or why it was looked at. It outlives the list, so no personal number may stand in it."""
    return written(text, field=field, most=LONGEST, least=2, plain=True)

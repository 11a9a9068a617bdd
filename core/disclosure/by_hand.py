"""Rooms of the board that a village fills by hand, so that it is of use before any plugin writes into it.

Each is a section like those of plugins: its lines are masked by the kind of their columns on the way into the snapshot.
A county switches one off where a plugin publishes the same (settings of disclosure).
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from core.contracts.disclosure import (
    COUNTY,
    TOWNSHIP,
    VILLAGE,
    Clock,
    Collected,
    Column,
    FieldKind,
    Figure,
    Group,
    Period,
    Section,
    Value,
)
from core.disclosure.attachments import attachment_of, files_of_entry
from core.disclosure.entries import MATTERS, entry_rows, one_entry
from core.disclosure.lines import LONGEST_TEXT, Bounds, loaded
from core.disclosure.periods import DisclosureSettings, span_named
from core.kernel.clock import local
from core.kernel.errors import mark
from core.kernel.scope import Scope

IN: Final = mark("收入")
OUT: Final = mark("支出")
_YUAN: Final = mark("元")
DAYS: Final = "days"
LONGEST_NOTICE: Final = 60

Figures = Callable[[Sequence[Mapping[str, Value]]], Iterable[Figure]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A section filled by hand. ``needed`` columns may not stay empty; ``choices`` are the words of STATE columns.

    ``words`` sheets have one matter a publication, with a text of its own; the others a table of many lines a period.
    ``within`` is the column whose day lies in the period that the line is published in.
    """

    name: str
    title: str
    group: Group
    clock: Clock
    columns: tuple[Column, ...]
    hint: str
    needed: frozenset[str]
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    figures: Figures = lambda _lines: ()
    words: bool = False
    notice_days: int = 0
    within: str = ""

    @property
    def levels(self) -> frozenset[int]:
        """Where it is written: tables in villages, matters in townships and in the county as well."""
        return frozenset({VILLAGE, TOWNSHIP, COUNTY} if self.name in MATTERS else {VILLAGE})

    @property
    def section(self) -> Section:
        """The section as the board and the calendar know it."""
        return Section(
            self.name, self.title, self.group, self.clock, self.columns, _matter(self) if self.words else _table(self),
            hint=self.hint, by_subject=self.words, notice_days=self.notice_days, levels=self.levels,
        )  # fmt: skip


def bounds_of(sheet: Sheet, period: str, rule: DisclosureSettings) -> Bounds:
    """Give what a line's values lie between: its day within the period, the days of a notice not under what the county says."""
    bounds: dict[str, tuple[Any, Any]] = {}
    if sheet.within:
        span = span_named(sheet.clock, period)
        bounds[sheet.within] = (local(span.starts).date().isoformat(), span.last_day.isoformat())
    if sheet.notice_days:
        bounds[DAYS] = (max(sheet.notice_days, rule.notice_days), LONGEST_NOTICE)
    return bounds


def _table(sheet: Sheet) -> Callable[[Scope, Period], Awaitable[Collected]]:
    async def collect(scope: Scope, period: Period) -> Collected:
        rows = await entry_rows(scope, region=period.region, section=sheet.name, period=period.name)
        lines = tuple(loaded(sheet.columns, row["data"]) for row in rows)
        return Collected(lines, tuple(sheet.figures(lines)))

    return collect


def _matter(sheet: Sheet) -> Callable[[Scope, Period], Awaitable[Collected]]:
    async def collect(scope: Scope, period: Period) -> Collected:
        row = await one_entry(scope, region=period.region, section=sheet.name, entry=period.subject) if period.subject else None
        if row is None:
            return Collected()
        line = loaded(sheet.columns, row["data"])
        files = tuple(attachment_of(file) for file in await files_of_entry(scope, row["id"]) if file.is_kept)
        return Collected((line,), note=str(row["data"].get("text") or "")[:LONGEST_TEXT], title=str(line["what"]), files=files, notice_days=int(row["data"].get(DAYS) or 0))

    return collect


def _sum(lines: Sequence[Mapping[str, Value]], name: str, **where: str) -> Decimal:
    chosen = [line for line in lines if all(line.get(key) == value for key, value in where.items())]
    return sum((Decimal(str(line[name])) for line in chosen if line.get(name) is not None), Decimal())


def _works(lines: Sequence[Mapping[str, Value]]) -> Iterable[Figure]:
    yield Figure(mark("项目"), len(lines), unit=mark("个"))
    yield Figure(mark("合同价合计"), _sum(lines, "contract"), FieldKind.AMOUNT)


def _money(lines: Sequence[Mapping[str, Value]]) -> Iterable[Figure]:
    yield Figure(mark("收入合计"), _sum(lines, "amount", side=IN), FieldKind.AMOUNT)
    yield Figure(mark("支出合计"), _sum(lines, "amount", side=OUT), FieldKind.AMOUNT)


def _labour(lines: Sequence[Mapping[str, Value]]) -> Iterable[Figure]:
    yield Figure(mark("用工"), _sum(lines, "days"), FieldKind.NUMBER, unit=mark("工日"))
    yield Figure(mark("报酬合计"), _sum(lines, "amount"), FieldKind.AMOUNT)


def _aid(lines: Sequence[Mapping[str, Value]]) -> Iterable[Figure]:
    yield Figure(mark("户数"), len(lines), unit=mark("户"))
    yield Figure(mark("金额合计"), _sum(lines, "amount"), FieldKind.AMOUNT)


def _assets(lines: Sequence[Mapping[str, Value]]) -> Iterable[Figure]:
    yield Figure(mark("资产"), len(lines), unit=mark("项"))
    yield Figure(mark("年租金合计"), _sum(lines, "rent"), FieldKind.AMOUNT)


_MATTER: Final = (
    Column("what", mark("事项"), FieldKind.TEXT, key=True),
    Column("day", mark("日期"), FieldKind.DATE),
    Column("officer", mark("经办人"), FieldKind.OFFICIAL),
)

SHEETS: Final = (
    Sheet(
        "works_by_hand", mark("村级工程情况"), Group.WORKS, Clock.QUARTERLY,
        (
            Column("what", mark("工程"), FieldKind.TEXT, key=True),
            Column("method", mark("发包方式"), FieldKind.TEXT),
            Column("builder", mark("施工单位"), FieldKind.ORGANISATION),
            Column("contract", mark("合同价"), FieldKind.AMOUNT),
            Column("paid", mark("已付"), FieldKind.AMOUNT),
            Column("starts", mark("开工日期"), FieldKind.DATE),
            Column("ends", mark("完工日期"), FieldKind.DATE),
            Column("stage", mark("进度"), FieldKind.TEXT),
        ),
        mark("每个工程一行：谁来做、花多少钱、做到哪一步。"), frozenset({"what"}), figures=_works,
    ),
    Sheet(
        "money_by_hand", mark("收支明细"), Group.MONEY, Clock.MONTHLY,
        (
            Column("day", mark("日期"), FieldKind.DATE),
            Column("side", mark("收支"), FieldKind.STATE),
            Column("what", mark("事由"), FieldKind.TEXT, key=True),
            Column("amount", mark("金额"), FieldKind.AMOUNT),
            Column("firm", mark("对方单位"), FieldKind.ORGANISATION),
            Column("person", mark("对方个人"), FieldKind.NAME),
            Column("officer", mark("经手人"), FieldKind.OFFICIAL),
        ),
        mark("按月逐笔公开。对方是个人的，姓名会自动遮盖。"), frozenset({"what", "side", "amount"}), {"side": (IN, OUT)}, _money, within="day",
    ),
    Sheet(
        "labour_by_hand", mark("用工明细"), Group.LABOUR, Clock.MONTHLY,
        (
            Column("person", mark("用工人员"), FieldKind.NAME, key=True),
            Column("what", mark("做什么"), FieldKind.TEXT),
            Column("day", mark("日期"), FieldKind.DATE),
            Column("days", mark("天数"), FieldKind.NUMBER, unit=mark("天")),
            Column("amount", mark("报酬"), FieldKind.AMOUNT),
            Column("officer", mark("派工人"), FieldKind.OFFICIAL),
        ),
        mark("哪一天、谁、做什么、多少钱；姓名会自动遮盖。"), frozenset({"person", "what", "amount"}), figures=_labour, within="day",
    ),
    Sheet(
        "aid_by_hand", mark("救助和补贴发放"), Group.AID, Clock.QUARTERLY,
        (
            Column("household", mark("户主"), FieldKind.HOUSEHOLD, key=True),
            Column("kind", mark("类别"), FieldKind.TEXT),
            Column("people", mark("人数"), FieldKind.COUNT, unit=mark("人")),
            Column("amount", mark("金额"), FieldKind.AMOUNT),
            Column("day", mark("发放日期"), FieldKind.DATE),
        ),
        mark("只写户主姓名，会自动遮盖；不要写病情、残疾等情况。"), frozenset({"household", "amount"}), figures=_aid, within="day",
    ),
    Sheet(
        "assets_by_hand", mark("集体资产出租情况"), Group.ASSETS, Clock.QUARTERLY,
        (
            Column("what", mark("资产"), FieldKind.TEXT, key=True),
            Column("place", mark("位置"), FieldKind.PLACE),
            Column("area", mark("面积"), FieldKind.NUMBER, unit=mark("平方米")),
            Column("firm", mark("承租单位"), FieldKind.ORGANISATION),
            Column("person", mark("承租人"), FieldKind.NAME),
            Column("rent", mark("年租金"), FieldKind.AMOUNT),
            Column("starts", mark("起租日期"), FieldKind.DATE),
            Column("ends", mark("到期日期"), FieldKind.DATE),
        ),
        mark("没有出租的也列出来，租金空着。"), frozenset({"what"}), figures=_assets,
    ),
    Sheet(
        "finance_by_hand", mark("重大财务事项"), Group.MONEY, Clock.WITHIN_DAYS,
        (
            Column("what", mark("事项"), FieldKind.TEXT, key=True),
            Column("day", mark("发生日期"), FieldKind.DATE),
            Column("amount", mark("金额"), FieldKind.AMOUNT),
            Column("firm", mark("对方单位"), FieldKind.ORGANISATION),
            Column("person", mark("对方个人"), FieldKind.NAME),
            Column("officer", mark("经办人"), FieldKind.OFFICIAL),
        ),
        mark("大额收支、借款担保、资产处置等，一件一件写；从发生那天起，几日内要公开。"), frozenset({"what", "day", "amount", "text"}), words=True,
    ),
    Sheet(
        "major_by_hand", mark("重大事项"), Group.OTHER, Clock.AT_ONCE,
        (
            Column("what", mark("事项"), FieldKind.TEXT, key=True),
            Column("day", mark("发生日期"), FieldKind.DATE),
            Column("officer", mark("经办人"), FieldKind.OFFICIAL),
        ),
        mark("关系多数村民利益的大事，发生后及时公开。"), frozenset({"what", "day", "text"}), words=True,
    ),
    Sheet(
        "own_matter", mark("其他公开事项"), Group.OTHER, Clock.NONE, _MATTER,
        mark("要让大家知道的其他事，一件一件公开。"), frozenset({"what", "text"}), words=True,
    ),
    Sheet(
        "own_notice", mark("公示事项"), Group.OTHER, Clock.NONE,
        (*_MATTER, Column(DAYS, mark("公示天数"), FieldKind.COUNT, unit=mark("天"))),
        mark("要公示几天、听取意见的事；公示期内任何人可以提意见。"), frozenset({"what", "text"}), words=True, notice_days=3,
    ),
)  # fmt: skip
BY_NAME: Final[Mapping[str, Sheet]] = MappingProxyType({sheet.name: sheet for sheet in SHEETS})


def sections() -> tuple[Section, ...]:
    """Give the sections that are filled by hand."""
    return tuple(sheet.section for sheet in SHEETS)


def empty_line(sheet: Sheet) -> dict[str, Any]:
    """Give a line without values, as forms begin."""
    return {column.name: "" for column in sheet.columns} | ({"text": ""} if sheet.words else {})

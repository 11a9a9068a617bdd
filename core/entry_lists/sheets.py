"""Entry lists as sheets: their columns, what an import would change, and the list written out. Pure."""

import base64
import binascii
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from core.entry_lists.enums import KIND_TITLES, KINDS_OF_LEVEL
from core.entry_lists.rules import (
    FIELD_TITLES,
    NO,
    YES,
    Difference,
    ItemData,
    difference,
    read_item,
    values_of,
)
from core.kernel.errors import Invalid, mark
from core.kernel.sheets import Record, Sheet, SheetColumn, SheetRefused, records_of, unknown_headings
from core.kernel.sheets_out import template, write_sheet

MOST_ITEMS: Final = 2_000
_MOST_UNPACKED: Final = 8 * 1024 * 1024
# Headings of lists that counties keep already, and of our own English template.
_OTHER_HEADINGS: Final = {
    "code": ("事项编码", "标准编码", "Code"),
    "title": ("事项", "清单事项", "名称", "item", "Item"),
    "kind": ("清单", "清单类型", "list", "Kind"),
    "category": ("分类", "领域", "Category"),
    "department": ("责任部门", "主管部门", "部门", "Lead department"),
    "legal_basis": ("法律依据", "依据文件", "设定依据", "source", "Legal basis"),
    "conditions": ("工作条件", "Conditions"),
    "funding": ("经费", "工作经费", "Money"),
    "points": ("分值", "Points"),
    "text": ("文字说明", "Text wanted"),
    "photos": ("照片", "照片数", "Photos"),
    "files": ("附件", "附件数", "Files"),
    "valid_from": ("生效时间", "Valid from"),
    "valid_to": ("失效时间", "Valid to"),
    "aliases": ("又名", "Aliases"),
}
_HINTS: Final = {
    "code": ("同一份清单里不能重复；再次导入时按编号对应", "T01"),
    "title": ("最多 200 个字", "农村集体经济组织监督管理"),
    "kind": ("从下拉列表里选择", ""),
    "category": ("同一类别的事项排在一起", "集体经济"),
    "department": ("", "农业农村局"),
    "legal_basis": ("法律、法规或文件的名称和条款", "《农村集体经济组织法》第十条"),
    "conditions": ("下派时应当同时给的条件", ""),
    "funding": ("下派时应当同时给的经费", ""),
    "points": ("0 到 100，小数最多 2 位；不填为 1", "2"),
    "text": ("“是”或“否”；不填为“是”", YES),
    "photos": ("整数；不填为 0", "2"),
    "files": ("整数；不填为 0", "0"),
    "valid_from": ("写成 2026-11-22 的样子；不填为随清单生效", ""),
    "valid_to": ("过了这一天，该事项不再可派；不填为一直有效", ""),
    "aliases": ("文件里的其他叫法，用顿号分开；过筛时一并比对", "村集体资产监管、三资监管"),
}
_WIDE: Final = {"title": 40, "legal_basis": 44, "conditions": 30, "funding": 24, "aliases": 30}
_YES_NO: Final = (YES, NO)


def columns_for(level: str) -> tuple[SheetColumn, ...]:
    """Give the columns of a list of this level. Those that an import may leave out keep what is there."""
    choices = {"kind": tuple(KIND_TITLES[kind] for kind in KINDS_OF_LEVEL[level]), "text": _YES_NO}
    return tuple(
        SheetColumn(
            name,
            title,
            required=name in {"code", "title", "kind"},
            hint=_HINTS[name][0],
            example=_HINTS[name][1],
            choices=choices.get(name, ()),
            aliases=_OTHER_HEADINGS[name],
            width=_WIDE.get(name, 14),
        )
        for name, title in FIELD_TITLES.items()
    )


def list_template(level: str, title: str) -> bytes:
    """Make the empty sheet to fill in."""
    return template(columns_for(level), title=title)


def list_sheet(items: Iterable[ItemData], *, kind: str, level: str, title: str) -> bytes:
    """Write a list so that it can be imported again as it is."""
    columns = columns_for(level)
    rows = [[values_of(item)[column.key] for column in columns] for item in items]
    headings = [column.title for column in columns]
    return write_sheet(kind, headings, rows, title=title, widths=[column.width for column in columns])


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that was not taken: the line in the sheet and a sentence a field (source texts)."""

    number: int
    code: str
    title: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do to a draft. ``items`` is the whole draft afterwards, in its order.

    ``elsewhere`` counts rows of the other level, ``unknown`` names headings that were passed over.
    """

    difference: Difference
    items: tuple[ItemData, ...]
    problems: tuple[RowProblem, ...]
    rows: int
    elsewhere: int
    unknown: tuple[str, ...]


def plan_import(current: Sequence[ItemData], sheet: Sheet, *, level: str, removes: bool) -> ImportPlan:
    """Work out what a sheet would change, row by row.

    Rows are matched by code. With ``removes`` items that the sheet does not name are removed; an item whose
    row has a problem stays as it is. Raises ``SheetRefused`` when the sheet itself cannot be used.
    """
    known = {item.code: item for item in current}
    taken: dict[str, tuple[int, ItemData]] = {}
    problems: list[RowProblem] = []
    elsewhere = 0
    named: set[str] = set()
    for record in records_of(sheet, columns_for(level)):
        code = record.values["code"].strip()
        read = read_item(record.values, level=level, base=known.get(code))
        if read.level is not None:
            elsewhere += 1
            continue
        named.add(code)
        wrong = dict(read.problems) | _damaged(record)
        if code in taken:
            wrong = {"code": mark("这个编号在表里已经出现过。")} | wrong
        if wrong or read.item is None:
            title = record.values["title"]
            problems.append(RowProblem(record.number, code, title, tuple(wrong.items())))
        else:
            taken[code] = (record.number, read.item)
    kept = [item for item in current if item.code not in taken and (not removes or item.code in named)]
    items = _ordered(current, [item for _, item in taken.values()], kept, removes=removes)
    if len(items) > MOST_ITEMS:
        raise SheetRefused(mark("一份清单最多 %(n)s 个事项。"), n=f"{MOST_ITEMS:,}")
    unknown = tuple(unknown_headings(sheet, columns_for(level)))
    return ImportPlan(difference(current, items), items, tuple(problems), len(sheet.rows), elsewhere, unknown)


def _damaged(record: Record) -> dict[str, str]:
    text = mark("这一格是数字格式，末几位已经丢失，请改成文本格式后重填。")
    return {name: text for name in FIELD_TITLES if name in record.damaged}


def _ordered(
    current: Sequence[ItemData], taken: Sequence[ItemData], kept: Sequence[ItemData], *, removes: bool
) -> tuple[ItemData, ...]:
    """Order as in the sheet when the sheet is the whole list, else new items come after what is there."""
    if removes:
        return (*taken, *kept)
    new = {item.code: item for item in taken}
    there = [new.pop(item.code, item) for item in current]
    return (*there, *new.values())


def pack(plan: ImportPlan) -> str:
    """Put a plan's outcome into a form field, so that what was previewed is what is stored."""
    rows = [values_of(item) for item in plan.items]
    return base64.b64encode(zlib.compress(msgspec.json.encode(rows), 9)).decode()


def unpack(packed: str, *, level: str) -> tuple[ItemData, ...]:
    """Read a form field made by ``pack``. It was in a browser: everything is checked again."""
    broken = Invalid(mark("预览的内容不完整，请重新选择文件导入。"))
    try:
        opened = zlib.decompressobj()
        content = opened.decompress(base64.b64decode(packed, validate=True), _MOST_UNPACKED)
        if not opened.eof:
            raise broken
        rows = msgspec.json.decode(content, type=list[dict[str, str]])
    except (binascii.Error, zlib.error, ValueError) as error:
        raise broken from error
    read = [read_item(row, level=level).item for row in rows[: MOST_ITEMS + 1]]
    items = tuple(item for item in read if item is not None)
    codes = {item.code for item in items}
    if len(items) != len(rows) or len(codes) != len(rows) or len(rows) > MOST_ITEMS:
        raise broken
    return items

"""Sheets that we hand out: lists as XLSX or CSV, templates to fill in, sheets sent back with reasons.

A text that a spreadsheet program would run as a formula gets an apostrophe in front (``guarded``); numbers
are written as numbers, everything else as text cells, so that telephone and identity numbers keep their
digits. CSV is UTF-8 with BOM, because the usual programs take anything else for GBK.

All functions compute; call them through ``asyncio.to_thread`` from a handler.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from core.kernel.sheets import FORMULA_STARTS, REASON_TITLE, Sheet, SheetColumn

XLSX: Final = "xlsx"
CSV: Final = "csv"
MEDIA_TYPES: Final[Mapping[str, str]] = {
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    CSV: "text/csv; charset=utf-8",
}
OutSheet = Any  # the types of write-only sheets leave out half of what they can do
Value = str | int | float | Decimal | date | datetime | None
_WIDTH: Final = 18
_REASON_WIDTH: Final = 48
_TEMPLATE_ROWS: Final = 5_000
_LONGEST_LIST: Final = 255  # a drop-down's choices may have no more characters
_LONGEST_CELL: Final = 32_767
_HEAD: Final = PatternFill("solid", fgColor="EEF2F6")
_WRONG: Final = PatternFill("solid", fgColor="FDECEA")


def guarded(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet program would run as a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def write_sheet(
    kind: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[Value]],
    *,
    title: str = "Sheet1",
    widths: Sequence[int] = (),
) -> bytes:
    """Write one sheet as ``xlsx`` or ``csv``; any other kind raises ``ValueError``."""
    if kind == CSV:
        return _csv(headings, rows)
    if kind != XLSX:
        raise ValueError(f"no such kind of sheet: {kind}")
    book = Workbook(write_only=True)
    _fill(book, title, headings, rows, widths)
    return _saved(book)


def template(columns: Sequence[SheetColumn], *, title: str) -> bytes:
    """Make an empty XLSX to fill in.

    Required columns are marked ``*``, choices are drop-downs, a second sheet explains each column.
    """
    book = Workbook(write_only=True)
    headings = [f"{column.title}*" if column.required else column.title for column in columns]
    sheet = _begin(book, title, [column.width for column in columns])
    for at, column in enumerate(columns, start=1):
        if column.choices and len(",".join(column.choices)) <= _LONGEST_LIST:
            letter = get_column_letter(at)
            choice = DataValidation(type="list", formula1=f'"{",".join(column.choices)}"', allow_blank=True)
            choice.add(f"{letter}2:{letter}{_TEMPLATE_ROWS}")
            sheet.data_validations.append(choice)
    sheet.append([_head(sheet, heading) for heading in headings])
    notes = [(c.title, "必填" if c.required else "选填", c.hint, c.example) for c in columns]
    _fill(book, "填写说明", ("列名", "是否必填", "怎么填", "示例"), notes, (20, 10, 60, 30))
    return _saved(book)


def returned(sheet: Sheet, reasons: Mapping[int, str], *, kind: str = "") -> bytes:
    """Give the rows that have a reason back as the same sheet with a reason column; the rest is left out.

    ``reasons`` maps a row's number to its sentence. The corrected sheet can be imported as it is.
    """
    kept = [at for at, heading in enumerate(sheet.headings) if heading != REASON_TITLE]
    rows = [
        (*(row.cells[at] for at in kept), reasons[row.number]) for row in sheet.rows if row.number in reasons
    ]
    headings = (*(sheet.headings[at] for at in kept), REASON_TITLE)
    widths = (*(_WIDTH for _ in kept), _REASON_WIDTH)
    return write_sheet(kind or sheet.kind, headings, rows, title="未通过的行", widths=widths)


def _csv(headings: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow([guarded(heading) for heading in headings])
    writer.writerows([_plain(value) for value in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")


def _plain(value: Value) -> Value:
    return value if isinstance(value, int | float | Decimal) else guarded(_text(value))


def _text(value: Value) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    text = "" if value is None else str(value)
    return "".join(c for c in text if c in "\n\t" or c >= " ")[: _LONGEST_CELL - 1]


def _begin(book: Workbook, title: str, widths: Sequence[int]) -> OutSheet:
    sheet: OutSheet = book.create_sheet("".join(c for c in title if c not in r"[]:*?/\\")[:31] or "Sheet1")
    sheet.freeze_panes = "A2"
    for at, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(at)].width = width
    return sheet


def _head(sheet: OutSheet, text: str) -> Cell:
    cell = WriteOnlyCell(sheet, value=guarded(_text(text)))
    cell.font, cell.fill = Font(bold=True), _HEAD
    return cell


def _fill(
    book: Workbook,
    title: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[Value]],
    widths: Sequence[int],
) -> None:
    sheet = _begin(book, title, widths or [_WIDTH] * len(headings))
    sheet.append([_head(sheet, heading) for heading in headings])
    cells = []  # a row is written at once, so that one styled cell a column serves for all rows
    for heading in headings:
        cell = WriteOnlyCell(sheet)
        cell.number_format, cell.alignment = "@", Alignment(vertical="top", wrap_text=True)
        if heading == REASON_TITLE:
            cell.fill = _WRONG
        cells.append(cell)
    for row in rows:
        line: list[object] = []
        for cell, value in zip(cells, row, strict=True):
            if isinstance(value, int | float | Decimal):
                line.append(value)
            else:
                cell.value = guarded(_text(value)) or None
                line.append(cell)
        sheet.append(line)


def _saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()

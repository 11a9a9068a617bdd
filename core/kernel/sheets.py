"""Sheets that people fill in: small XLSX and CSV files, read without trust and written without traps.

Everything read is text. A telephone number stays what was typed; a long number that the spreadsheet program
itself has rounded is named (``damaged``) instead of being believed. Nothing read is ever run: files with
macros, document types or unreasonable sizes are refused before they are parsed. ``sheets_out`` writes, and
what it puts before a text that looks like a formula is taken away here.

All functions compute; call them through ``asyncio.to_thread`` from a handler.
"""

import csv
import io
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Final

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from core.kernel.errors import Invalid, mark

REASON_TITLE: Final = "未通过原因"
_MIB: Final = 1024 * 1024
# Full-width signs too: spreadsheet programs in Chinese take them for the plain ones.
FORMULA_STARTS: Final = tuple("=+-@\t\r\n＝＋－＠")
# Beyond fifteen digits a spreadsheet's number has lost its last digits, an identity number among them.
_EXACT: Final = 10**15
_LAST_LINE: Final = 1_048_576
_PARTS: Final = 1_000
_MACRO_NAMES: Final = (".xlsm", ".xltm", ".xlam", ".xlsb")
_EXCEL_NAMES: Final = (".xlsx", ".xltx")
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0"
_WHITE: Final = " \t\r\n\u3000\u00a0\ufeff"


class SheetRefused(Invalid):
    """The file as a whole cannot be read; the message says what to do."""

    code = "sheet_refused"


@dataclass(frozen=True, slots=True)
class Limits:
    """How big a sheet may be: bytes as sent, bytes unpacked, filled rows, columns."""

    size: int = 20 * _MIB
    unpacked: int = 96 * _MIB
    rows: int = 50_000
    columns: int = 100


LIMITS: Final = Limits()
SMALL: Final = Limits(size=4 * _MIB, unpacked=24 * _MIB, rows=5_000, columns=60)


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column that an import knows.

    Headings match by title, alias or key; a trailing ``*`` does not matter.
    ``hint`` and ``example`` stand in the template, ``choices`` become its drop-down list.
    """

    key: str
    title: str
    required: bool = False
    hint: str = ""
    example: str = ""
    choices: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    width: int = 16


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One filled row.

    ``number`` is the line that the spreadsheet program shows; ``damaged`` counts cells from 0.
    """

    number: int
    cells: tuple[str, ...]
    damaged: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as read: ``kind`` is xlsx or csv, rows without any text are left out."""

    kind: str
    headings: tuple[str, ...]
    rows: tuple[SheetRow, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One row under the names of its columns. A column that the sheet lacks has no entry in ``values``."""

    number: int
    values: Mapping[str, str]
    damaged: frozenset[str] = field(default=frozenset())


def read_sheet(content: bytes, *, name: str = "", limits: Limits = LIMITS) -> Sheet:
    """Read the first sheet of an XLSX file, or a CSV file in UTF-8, GB18030 or UTF-16.

    Raises ``SheetRefused`` for anything else, for macros, and for what exceeds the limits. The kind is seen
    from the content; the name only serves to refuse the kinds that carry macros.
    """
    if len(content) > limits.size:
        raise SheetRefused(mark("文件超过 %(size)s MB，请分成几份再导入。"), size=limits.size // _MIB)
    if name.lower().endswith(_MACRO_NAMES):
        raise SheetRefused(mark("不接收带宏的表格。请另存为 .xlsx 或 .csv 再导入。"))
    if content.startswith(_OLD_OFFICE):
        raise SheetRefused(mark("不接收旧版 .xls 或加密的表格。请去掉密码，另存为 .xlsx 再导入。"))
    if content.startswith(b"PK"):
        return _read_xlsx(content, limits)
    if name.lower().endswith(_EXCEL_NAMES):
        raise SheetRefused(mark("这不是 Excel 文件，只是名字以 .xlsx 结尾。请用表格软件打开，另存为 .xlsx 再导入。"))
    return _read_csv(content, limits)


def records_of(sheet: Sheet, columns: Sequence[SheetColumn]) -> Iterator[Record]:
    """Give each row under its columns' keys.

    Raises ``SheetRefused`` when a required column is missing or a column stands twice. Columns that nobody
    asked for (a reason column of an earlier try among them) are passed over.
    """
    places = _places(sheet, columns)
    for row in sheet.rows:
        values = {key: row.cells[at] for key, at in places.items()}
        damaged = frozenset(key for key, at in places.items() if at in row.damaged)
        yield Record(row.number, values, damaged)


def unknown_headings(sheet: Sheet, columns: Sequence[SheetColumn]) -> list[str]:
    """Give the headings that no column answers to, so that a page can say what was passed over."""
    known = {name for column in columns for name in _names(column)} | {_plain(REASON_TITLE)}
    return [heading for heading in sheet.headings if heading and _plain(heading) not in known]


def clean(text: str) -> str:
    """Take away control characters, outer blanks and our own formula guard; lines inside a cell stay."""
    text = text.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(c for c in text if c in "\n\t" or (c >= " " and not "\x7f" <= c <= "\x9f")).strip(_WHITE)
    if text.startswith("'") and text[1:].startswith(FORMULA_STARTS):
        return text[1:].strip(_WHITE)
    return text


def _names(column: SheetColumn) -> set[str]:
    return {_plain(name) for name in (column.key, column.title, *column.aliases)}


def _plain(heading: str) -> str:
    return "".join(heading.split()).rstrip("*＊").lower()


def _places(sheet: Sheet, columns: Sequence[SheetColumn]) -> dict[str, int]:
    places: dict[str, int] = {}
    for column in columns:
        found = [at for at, heading in enumerate(sheet.headings) if _plain(heading) in _names(column)]
        if len(found) > 1:
            raise SheetRefused(
                mark("表头里“%(title)s”出现了 %(n)s 次，请只留一列。"), title=column.title, n=len(found)
            )
        if found:
            places[column.key] = found[0]
    missing = [column.title for column in columns if column.required and column.key not in places]
    if missing:
        raise SheetRefused(
            mark("表头缺少必填的列：%(titles)s。请用模板的第一行作表头。"), titles="、".join(missing)
        )
    return places


def _sheet(kind: str, lines: Iterable[tuple[int, Sequence[object]]], limits: Limits) -> Sheet:
    headings: tuple[str, ...] = ()
    rows: list[SheetRow] = []
    for number, whole in lines:
        line = whole[: len(headings) or None]
        cells = tuple(clean(_text(value)) for value in line)
        if not any(cells):
            continue
        if not headings:
            headings = _trimmed(cells, limits)
            continue
        if len(rows) >= limits.rows:
            raise SheetRefused(mark("表格超过 %(rows)s 行，请分成几份再导入。"), rows=f"{limits.rows:,}")
        padded = (*cells, *("" for _ in range(len(headings) - len(cells))))
        rows.append(SheetRow(number, padded, frozenset(i for i, v in enumerate(line) if _is_damaged(v))))
    if not headings:
        raise SheetRefused(mark("表格是空的，没有找到表头。"))
    return Sheet(kind, headings, tuple(rows))


def _trimmed(cells: tuple[str, ...], limits: Limits) -> tuple[str, ...]:
    last = max(at for at, cell in enumerate(cells) if cell)
    if last >= limits.columns:
        raise SheetRefused(mark("表格超过 %(columns)s 列，请检查表头。"), columns=limits.columns)
    return cells[: last + 1]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.15g}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.strftime("%Y-%m-%d %H:%M")
    return str(value)


def _is_damaged(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= _EXACT


# Broken XML is a SyntaxError; the rest is what the libraries make of packages that are none.
_ODD_FILES: Final = (
    InvalidFileException,
    zipfile.BadZipFile,
    zlib.error,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)


def _read_xlsx(content: bytes, limits: Limits) -> Sheet:
    try:
        _inspect_package(content, limits)
        with warnings.catch_warnings():
            # The library warns of features that it leaves out; none of them is data.
            warnings.simplefilter("ignore")
            return _sheet("xlsx", _xlsx_lines(content, limits), limits)
    except SheetRefused:
        raise
    except _ODD_FILES as error:
        raise SheetRefused(_BROKEN) from error


_BROKEN: Final = mark("文件读不出来，可能已损坏。请用表格软件打开后另存为 .xlsx 再导入。")


def _inspect_package(content: bytes, limits: Limits) -> None:
    """Refuse packages that would not stay small or carry more than cells.

    The sizes that the package declares bind: zipfile reads no more than them.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = package.infolist()
        if len(parts) > _PARTS or sum(part.file_size for part in parts) > limits.unpacked:
            raise SheetRefused(mark("表格解开后太大，没有读取。请删去多余的工作表、图片和空白行再导入。"))
        for part in parts:
            name = part.filename.lower()
            if "vbaproject" in name or "macrosheet" in name or "activex" in name:
                raise SheetRefused(mark("不接收带宏的表格。请另存为 .xlsx 或 .csv 再导入。"))
            if name.endswith((".xml", ".rels")) and b"<!DOCTYPE" in package.read(part).replace(b"\0", b""):
                raise SheetRefused(_BROKEN)
        if b"macroEnabled" in package.read("[Content_Types].xml"):
            raise SheetRefused(mark("不接收带宏的表格。请另存为 .xlsx 或 .csv 再导入。"))


def _xlsx_lines(content: bytes, limits: Limits) -> Iterator[tuple[int, Sequence[object]]]:
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        sheet = next(iter(book.worksheets))
        sheet.reset_dimensions()  # a declared size may be wrong, or a lie of a million columns
        wide = limits.columns + 1
        for number, line in enumerate(sheet.iter_rows(max_col=wide, values_only=True), start=1):
            if number > _LAST_LINE:
                raise SheetRefused(_BROKEN)
            if line.count(None) < len(line):
                yield number, line
    except StopIteration as error:
        raise SheetRefused(_BROKEN) from error
    finally:
        book.close()


def _read_csv(content: bytes, limits: Limits) -> Sheet:
    text = _decoded(content)
    first = text.lstrip(_WHITE).split("\n", 1)[0]
    delimiter = max(",\t;", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return _sheet("csv", ((reader.line_num, line) for line in reader), limits)
    except csv.Error as error:
        raise SheetRefused(_BROKEN_CSV) from error


_BROKEN_CSV: Final = mark("文件不是表格，或者编码认不出来。请另存为 .xlsx 或 UTF-8 的 .csv 再导入。")


def _decoded(content: bytes) -> str:
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise SheetRefused(_BROKEN_CSV)

"""What was pasted, uploaded or named to the command, read as the texts of a file. Pure; call it in a thread."""

from typing import Final

from core.api import Invalid, Limits, SheetRefused, filled, mark, read_sheet
from plugins.township_filter.comparison.files import FileError, Read, Text, Wrong, lines_of, rows_in

MOST_BYTES: Final = 10 * 1024 * 1024
_BOOKS: Final = (b"PK", b"\xd0\xcf\x11\xe0")  # what workbooks begin with, new ones and old
_BOOK_NAMES: Final = (".xlsx", ".xlsm", ".xls", ".et")
_BROKEN: Final = FileError(
    "这个文件读不出来：它不是表格，或者已经损坏。请用表格软件打开后另存为 .xlsx 或 .csv。",
    "This file cannot be read: it is no workbook, or it is damaged. Open it in a spreadsheet program and save it as .xlsx or .csv.",
)


def texts_pasted(pasted: str, *, level: str) -> Read:
    """Read one title a line, what follows a tab is the body; empty lines are passed over and not counted."""
    read = Read([], [])
    filled_lines = ((n, line) for n, line in enumerate(pasted.splitlines(), start=1) if line.strip())
    for place, (n, line) in enumerate(filled_lines, start=1):
        title, _, body = line.partition("\t")
        if title.strip():
            read.texts.append(Text(str(place), level, title.strip(), body.strip()))
        else:
            read.wrong.append(Wrong(n, {"zh": "没有标题。", "en": "The title is missing."}))
    return read


def read_file(content: bytes, name: str, *, level: str, title_only: bool, limits: Limits) -> Read:
    """Read a CSV file or the first sheet of a workbook. Raises FileError, and ``SheetRefused`` with the reader's words."""
    if content.startswith(_BOOKS):
        sheet = read_sheet(content, name=name, limits=limits)
        return rows_in(sheet.headings, ((row.number, row.cells) for row in sheet.rows), level=level, title_only=title_only)
    if name.lower().endswith(_BOOK_NAMES):
        raise FileError(_BROKEN.said["zh"], _BROKEN.said["en"])
    return lines_of(content, level=level, title_only=title_only)


def texts_uploaded(content: bytes, name: str, *, level: str, title_only: bool, most: int, language: str) -> Read:
    """Read an uploaded file as the command does. Raises ``Invalid`` at the file's field."""
    try:
        if len(content) > MOST_BYTES:
            text = mark("文件超过 %(size)s MB，请分成几份。")
            raise Invalid(fields={"file": filled(text, size=MOST_BYTES // 1024 // 1024)})
        return read_file(content, name, level=level, title_only=title_only, limits=Limits(size=MOST_BYTES, rows=most))
    except FileError as error:
        raise Invalid(fields={"file": error.said[language]}) from None
    except SheetRefused as error:
        raise Invalid(fields={"file": filled(error.message, **error.data)}) from None


def check_rows(read: Read, *, most: int, field: str) -> None:
    """Refuse a list without any text, and one that is too long."""
    found = len(read.texts) + len(read.wrong)
    if not found:
        raise Invalid(fields={field: mark("请粘贴来文，一行一件，或者选择文件。")})
    if found > most:
        text = mark("共 %(n)s 行，一次最多 %(most)s 行，请分成几份。")
        raise Invalid(fields={field: filled(text, n=f"{found:,}", most=f"{most:,}")})

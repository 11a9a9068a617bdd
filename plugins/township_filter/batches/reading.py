"""What was pasted or uploaded, read as the texts of a file. Pure; call it in a thread."""

from core.api import Invalid, Limits, SheetRefused, filled, mark, read_sheet
from plugins.township_filter.comparison.files import FileError, Text, texts_in, texts_of

MOST_BYTES = 10 * 1024 * 1024
_BOOKS = (b"PK", b"\xd0\xcf\x11\xe0")  # what workbooks begin with, new ones and old


def texts_pasted(pasted: str, *, level: str) -> list[Text]:
    """Read one title a line, what follows a tab is the body; empty lines are passed over and not counted."""
    lines = (line.partition("\t") for line in pasted.splitlines() if line.strip())
    return [Text(str(n), level, title.strip(), body.strip()) for n, (title, _, body) in enumerate(lines, start=1)]


def texts_uploaded(content: bytes, name: str, *, level: str, title_only: bool, most: int, language: str) -> list[Text]:
    """Read a CSV file as the command does, or the first sheet of a workbook. Raises ``Invalid`` at the file's field."""
    try:
        if len(content) > MOST_BYTES:
            text = mark("文件超过 %(size)s MB，请分成几份。")
            raise Invalid(fields={"file": filled(text, size=MOST_BYTES // 1024 // 1024)})
        if content.startswith(_BOOKS):
            return _in_book(content, name, level=level, title_only=title_only, most=most)
        return texts_of(content, level=level, title_only=title_only)
    except FileError as error:
        raise Invalid(fields={"file": error.said[language]}) from None
    except SheetRefused as error:
        raise Invalid(fields={"file": filled(error.message, **error.data)}) from None


def _in_book(content: bytes, name: str, *, level: str, title_only: bool, most: int) -> list[Text]:
    sheet = read_sheet(content, name=name, limits=Limits(size=MOST_BYTES, rows=most))
    names = [heading.strip().lower() for heading in sheet.headings]
    rows = ((row.number, dict(zip(names, row.cells, strict=True))) for row in sheet.rows)
    return texts_in(names, rows, level=level, title_only=title_only)


def check_rows(texts: list[Text], *, most: int, field: str) -> None:
    """Refuse a list without any text, and one that is too long."""
    if not texts:
        raise Invalid(fields={field: mark("请粘贴来文，一行一件，或者选择文件。")})
    if len(texts) > most:
        text = mark("共 %(n)s 行，一次最多 %(most)s 行，请分成几份。")
        raise Invalid(fields={field: filled(text, n=f"{len(texts):,}", most=f"{most:,}")})

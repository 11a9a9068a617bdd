"""Files of texts to be screened: what is read, what is written. Nothing of them is stored.

A row that is broken is never judged: it is told with its line and the reason, in both languages.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from plugins.township_filter.comparison.outcome import Judged
from plugins.township_filter.comparison.ranking import Listed

COLUMNS: Final = ("id", "verdict", "code", "score", "candidates", "duplicate_of", "reason")
LEVELS: Final[Mapping[str, str]] = {
    "township": "township", "village": "village", "乡镇": "township", "镇": "township", "乡镇（街道）": "township",
    "涉镇": "township", "村": "village", "村级": "village", "村（社区）": "village", "涉村": "village",
}  # fmt: skip
NAMES: Final[Mapping[str, str]] = {
    "id": "id", "编号": "id", "来文编号": "id", "序号": "id", "level": "level", "层级": "level", "title": "title", "标题": "title",
    "来文标题": "title", "body": "body", "正文": "body", "来文正文": "body", "内容": "body",
}  # fmt: skip
_FIELD_LIMIT: Final = 1 << 20
_MOST_TOLD: Final = 20
Item = TypeVar("Item", bound=Listed)


class FileError(ValueError):
    """The file cannot be screened. The message says in both languages why; a page says the reader's alone."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"{chinese}{english}")
        self.said: Final[Mapping[str, str]] = {"zh": chinese, "en": english}


@dataclass(frozen=True, slots=True)
class Text:
    """One line of a file."""

    id: str
    level: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """A row that cannot be screened: its line in the file, and why, in both languages."""

    line: int
    said: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Read:
    """What a file holds: the texts that can be screened, and the rows that cannot."""

    texts: list[Text]
    wrong: list[Wrong]


class RowsError(FileError):
    """Rows of the file are broken; all else could be read."""

    def __init__(self, wrong: Sequence[Wrong]) -> None:
        more = len(wrong) - _MOST_TOLD
        chinese = "\n".join(f"第 {each.line} 行：{each.said['zh']}" for each in wrong[:_MOST_TOLD])
        english = "\n".join(f"Line {each.line}: {each.said['en']}" for each in wrong[:_MOST_TOLD])
        super().__init__(
            f"有 {len(wrong)} 行有问题，没有过筛，也没有写结果：\n{chinese}\n{f'……另有 {more} 行。{chr(10)}' if more > 0 else ''}",
            f"{len(wrong)} rows are wrong; nothing was screened or written:\n{english}{f'{chr(10)}... and {more} more.' if more > 0 else ''}",
        )


def lines_of(raw: bytes, *, level: str, title_only: bool) -> Read:
    """Read a CSV file: UTF-8, with or without its mark, or GB 18030 as Chinese spreadsheets write it. Raises FileError."""
    if not raw.strip(b"\xef\xbb\xbf \t\r\n"):
        raise FileError("文件是空的。", "The file is empty.")
    csv.field_size_limit(_FIELD_LIMIT)
    reader = csv.reader(io.StringIO(_decoded(raw), newline=""), strict=True, skipinitialspace=True)
    begins = 1
    try:
        headings = next(reader)
        begins = reader.line_num + 1
        rows = []
        for cells in reader:
            rows.append((begins, cells))
            begins = reader.line_num + 1
    except csv.Error:
        raise FileError(
            f"这不是完整的 CSV 文件：从第 {begins} 行起读不下去，可能引号没有成对，或者一格里的文字太长。",
            f"This is no complete CSV file: from line {begins} on, quotation marks do not pair or a cell is too long.",
        ) from None
    return rows_in(headings, ((line, cells) for line, cells in rows if cells), level=level, title_only=title_only)


def texts_of(raw: bytes, *, level: str, title_only: bool) -> list[Text]:
    """Read the texts of a CSV file of which no row may be broken. Raises FileError."""
    return whole(lines_of(raw, level=level, title_only=title_only))


def whole(read: Read) -> list[Text]:
    """Give the texts where all rows can be screened. Raises RowsError."""
    if read.wrong:
        raise RowsError(read.wrong)
    return read.texts


def rows_in(headings: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]], *, level: str, title_only: bool) -> Read:
    """Read the rows of a table, each with its line, under its headings. Raises FileError for a table that cannot be read at all."""
    names = [NAMES.get("".join(each.split()).lower(), "") for each in headings]
    _check(names, level=level, title_only=title_only)
    read, lines = Read([], []), dict[str, int]()
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        fields = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}
        wrong = _wrong_in(names, cells, fields, level=level, title_only=title_only) or _repeated(fields["id"], lines)
        if wrong:
            read.wrong.append(Wrong(line, wrong))
            continue
        lines[fields["id"]] = line
        own = fields.get("level", "")
        read.texts.append(Text(fields["id"], LEVELS[own.lower()] if own else level, fields["title"], fields.get("body", "")))
    if not read.texts and not read.wrong:
        raise FileError("文件只有表头，没有来文。", "The file has a heading and no texts.")
    return read


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise FileError(
        "文件的编码读不出来。请另存为 CSV UTF-8 或 GBK。", "The file's encoding is not known: save it as CSV in UTF-8 or GBK."
    )


def _check(names: Sequence[str], *, level: str, title_only: bool) -> None:
    wanted = ["id", "title", *([] if level else ["level"]), *([] if title_only else ["body"])]
    if missing := [name for name in wanted if name not in names]:
        raise FileError(
            f"文件缺少列：{'、'.join(missing)}。需要的列：id,level,title,body（也可以写编号、层级、标题、正文）。",
            f"Missing columns: {', '.join(missing)}. Wanted: id,level,title,body."
        )
    if twice := [name for name, times in Counter(names).items() if name and times > 1]:
        raise FileError(f"表头里 {'、'.join(twice)} 出现了两次，请只留一列。", f"Twice in the heading: {', '.join(twice)}. Keep one of each.")


def _wrong_in(
    names: Sequence[str], cells: Sequence[str], fields: Mapping[str, str], *, level: str, title_only: bool
) -> Mapping[str, str] | None:
    """Say why a row cannot be screened by itself; None where it can."""
    if len(cells) > len(names):
        return {
            "zh": f"有 {len(cells)} 格，表头只有 {len(names)} 列。文字里有逗号的，要用引号括起来。",
            "en": f"{len(cells)} fields, but {len(names)} columns. Put quotation marks around text with a comma.",
        }
    if not fields.get("title"):
        return {"zh": "没有标题。", "en": "The title is missing."}
    if "id" not in fields or ("body" in names and "body" not in fields and not title_only):
        return {"zh": f"只有 {len(cells)} 格，表头有 {len(names)} 列。", "en": f"{len(cells)} fields, but {len(names)} columns."}
    own = fields.get("level", "")
    if not (LEVELS.get(own.lower()) if own else level):
        return {"zh": f"level 是“{own}”，应是 township 或 village。", "en": f"The level is “{own}”; it is township or village."}
    return None


def _repeated(given: str, lines: Mapping[str, int]) -> Mapping[str, str] | None:
    if not given or given not in lines:
        return None
    return {"zh": f"编号“{given}”和第 {lines[given]} 行的一样。", "en": f"The id “{given}” is that of line {lines[given]}."}


def line_of(text: Text, judged: Judged[Item], reason: str) -> dict[str, str]:
    """Give one line of the answer."""
    return {
        "id": text.id,
        "verdict": judged.outcome.value,
        "code": judged.code,
        "score": f"{judged.score:.3f}",
        "candidates": " ".join(near.item.code for near in judged.candidates),
        "duplicate_of": judged.duplicate_of,
        "reason": reason,
    }


def written(lines: Iterable[Mapping[str, str]], columns: Sequence[str] = COLUMNS) -> Iterator[str]:
    """Give the answer as CSV, line by line."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, lineterminator="\n")
    writer.writeheader()
    for line in lines:
        writer.writerow(line)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()

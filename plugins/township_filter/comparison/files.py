"""Files of texts to be screened: what is read, what is written. Nothing of them is stored."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from plugins.township_filter.comparison.outcome import Judged
from plugins.township_filter.comparison.ranking import Listed

COLUMNS: Final = ("id", "verdict", "code", "score", "candidates", "duplicate_of", "reason")
LEVELS: Final[Mapping[str, str]] = {
    "township": "township", "village": "village", "乡镇": "township", "镇": "township", "乡镇（街道）": "township",
    "涉镇": "township", "村": "village", "村级": "village", "村（社区）": "village", "涉村": "village",
}  # fmt: skip
_FIELD_LIMIT: Final = 1 << 20
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


def read_texts(file: Path, *, level: str, title_only: bool) -> list[Text]:
    """Read ``id,level,title,body``; a line's own level wins over the one given. Raises FileError."""
    try:
        raw = file.read_bytes()
    except OSError:
        raise FileError(f"读不到文件 {file}。", f"The file {file} cannot be read.") from None
    return texts_of(raw, level=level, title_only=title_only)


def texts_of(raw: bytes, *, level: str, title_only: bool) -> list[Text]:
    """Read what a file holds: UTF-8, with or without its mark, or GB 18030 as Chinese spreadsheets write it."""
    if not raw.strip(b"\xef\xbb\xbf \t\r\n"):
        raise FileError("文件是空的。", "The file is empty.")
    csv.field_size_limit(_FIELD_LIMIT)
    try:
        rows = csv.DictReader(io.StringIO(_decoded(raw), newline=""), strict=True, skipinitialspace=True)
        rows.fieldnames = [name.strip().lower() for name in rows.fieldnames or ()]
        return texts_in(rows.fieldnames, enumerate(rows, start=2), level=level, title_only=title_only)
    except csv.Error as error:
        raise FileError(f"这不是完整的 CSV 文件（{error}）。", f"This is no complete CSV file ({error}).") from None


def texts_in(
    names: Sequence[str], rows: Iterable[tuple[int, Mapping[str, str | None]]], *, level: str, title_only: bool
) -> list[Text]:
    """Read the lines of a table, each with its number, under the names of its columns. Raises FileError."""
    _check(names, level=level, title_only=title_only)
    found = [_text(row, number, level) for number, row in rows]
    if not found:
        raise FileError("文件只有表头，没有来文。", "The file has a heading and no texts.")
    return found


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
            f"文件缺少列：{'、'.join(missing)}。需要的列：id,level,title,body。",
            f"Missing columns: {', '.join(missing)}. Wanted: id,level,title,body."
        )


def _text(row: Mapping[str, str | None], number: int, level: str) -> Text:
    own = (row.get("level") or "").strip()
    found = LEVELS.get(own.lower()) if own else level
    if not found:
        raise FileError(
            f"第 {number} 行的 level 是“{own}”，应是 township 或 village。",
            f"Line {number} has the level “{own}”; it is township or village."
        )
    return Text((row.get("id") or "").strip(), found, (row.get("title") or "").strip(), (row.get("body") or "").strip())


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


def written(lines: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """Give the answer as CSV, line by line."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for line in lines:
        writer.writerow(line)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()

"""What may be sent up for which purpose, and how names are cleaned."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Final

from core.files.enums import Kind
from core.kernel.errors import Invalid, mark

PART_BYTES: Final = 512 * 1024
MEGABYTE: Final = 1024 * 1024
LONGEST_NAME: Final = 120
SIMPLE_BYTES: Final = 20 * MEGABYTE

EXTENSIONS: Final[Mapping[Kind, frozenset[str]]] = {
    Kind.PHOTO: frozenset({"jpg", "jpeg", "png", "webp"}),
    Kind.DOCUMENT: frozenset(
        {"pdf", "docx", "xlsx", "pptx", "doc", "xls", "ppt", "wps", "et", "dps", "ofd", "txt", "csv"}
    ),
}
MOST_BYTES: Final[Mapping[Kind, int]] = {Kind.PHOTO: 20 * MEGABYTE, Kind.DOCUMENT: 50 * MEGABYTE}


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a file is sent up for; ``extensions`` narrows what its kinds allow.

    With ``shared`` the subject was checked before the upload began: whoever works on it sees the file at once and
    hands it in. Others are their sender's alone until ``attach_files``.
    """

    name: str
    kinds: frozenset[Kind]
    extensions: frozenset[str] = frozenset()
    shared: bool = False

    def allows(self, extension: str) -> bool:
        kind = kind_of(extension)
        return kind in self.kinds and (not self.extensions or extension in self.extensions)


PURPOSES: Final[Mapping[str, Purpose]] = {
    purpose.name: purpose
    for purpose in (
        Purpose("decision_photo", frozenset({Kind.PHOTO}), shared=True),
        Purpose("decision_sheet", frozenset(Kind), shared=True),
        Purpose("evidence", frozenset(Kind), shared=True),
        Purpose("board_file", frozenset(Kind), frozenset({"jpg", "jpeg", "png", "webp", "pdf", "docx", "xlsx"}), shared=True),
        Purpose("brief", frozenset(Kind)),
        Purpose("incoming", frozenset(Kind)),
        Purpose("campaign_evidence", frozenset(Kind), shared=True),
        Purpose("petition", frozenset({Kind.PHOTO}), shared=True),
        Purpose("petition_entry", frozenset({Kind.PHOTO})),
        Purpose("seal_page", frozenset({Kind.PHOTO}), shared=True),
        Purpose("warning_correction", frozenset(Kind), shared=True),
        Purpose("warning_statement", frozenset(Kind), shared=True),
        Purpose("import", frozenset({Kind.DOCUMENT}), frozenset({"xlsx", "csv"})),
    )
}


SHARED: Final = [name for name, purpose in PURPOSES.items() if purpose.shared]


def kind_of(extension: str) -> Kind | None:
    return next((kind for kind, known in EXTENSIONS.items() if extension in known), None)


def extension_of(name: str) -> str:
    """Give what stands behind the last dot, in small letters."""
    return PurePosixPath(name).suffix.removeprefix(".").lower()


def clean_name(name: str) -> str:
    """Give a name that is safe to show and to offer for download; the folders some browsers send are cut off."""
    last = PureWindowsPath(PurePosixPath(name).name).name
    shown = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C")
    shown = re.sub(r'[\\/:*?"<>|]+', "_", shown).strip(". ")
    stem, dot, extension = shown.rpartition(".")
    if dot and len(shown) > LONGEST_NAME:
        shown = f"{stem[: LONGEST_NAME - len(extension) - 1]}.{extension}"
    return shown[:LONGEST_NAME] or "file"


def name_as(name: str, extension: str) -> str:
    """Give the name with the extension of the file's true type."""
    stem, dot, given = name.rpartition(".")
    if not dot:
        return f"{name}.{extension}"
    same = given.lower() in {extension, "jpeg" if extension == "jpg" else extension}
    return name if same else f"{stem}.{extension}"


def check_offer(*, purpose: str, name: str, size: int) -> None:
    """Refuse at once what would be refused at the end. Raises ``Invalid`` with words for the row of the file."""
    known = PURPOSES.get(purpose)
    if known is None:
        raise Invalid(mark("不知道这个文件用在哪里，请刷新页面后再传。"))
    extension = extension_of(name)
    kind = kind_of(extension)
    if kind is None or not known.allows(extension):
        raise Invalid(mark("这里不收 %(extension)s 文件，请换一个文件。"), extension=extension or name)
    if size <= 0:
        raise Invalid(mark("这是一个空文件，请换一个文件。"))
    if size > MOST_BYTES[kind]:
        raise Invalid(mark("文件太大：最大 %(most)s MB。"), most=MOST_BYTES[kind] // MEGABYTE)


def parts_of(size: int, part_size: int) -> int:
    """Give how many parts a file of this size has."""
    return max(1, -(-size // part_size))


def part_bytes(part: int, *, size: int, part_size: int) -> int:
    """Give how long part ``part`` must be."""
    return min(part_size, size - part * part_size)

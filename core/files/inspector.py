"""Looks into one file, alone in a process that may be killed: ``inspector.py SOURCE TARGET PREVIEW EXTENSION``.

Everything here works on what a stranger sent. The process has little memory and time, no database and no keys, and says
one line of JSON: what the file truly is, or the code of a refusal. A picture is drawn anew into TARGET, so that nothing
of the device or the place it was taken at stays in it; other files are only looked at.
"""

import io
import json
import re
import sys
import warnings
import zipfile
from pathlib import Path
from typing import Any

from core.kernel.limits import limit

MEMORY = 1_200_000_000
CPU_SECONDS = 15
WRITTEN = 64_000_000
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 20_000
PREVIEW_SIDE = 480
MOST_UNPACKED = 400_000_000
MOST_ENTRIES = 5_000
HEAD = 8_192

PICTURES = {
    "JPEG": ("image/jpeg", "jpg", {"quality": 88}),
    "MPO": ("image/jpeg", "jpg", {"quality": 88}),
    "PNG": ("image/png", "png", {}),
    "WEBP": ("image/webp", "webp", {"quality": 85}),
}
OFFICE = "application/vnd.openxmlformats-officedocument."
OPEN_PARTS = {
    "word/document.xml": (f"{OFFICE}wordprocessingml.document", "docx"),
    "xl/workbook.xml": (f"{OFFICE}spreadsheetml.sheet", "xlsx"),
    "ppt/presentation.xml": (f"{OFFICE}presentationml.presentation", "pptx"),
    "OFD.xml": ("application/ofd", "ofd"),
}
# Files of the old Office and of WPS are one container; the name tells which, and nothing is opened by us.
OLD = {
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "wps": "application/vnd.ms-works",
    "et": "application/vnd.ms-excel",
    "dps": "application/vnd.ms-powerpoint",
}
TEXTS = {"txt": "text/plain", "csv": "text/csv"}
MACRO_STREAMS = tuple(name.encode("utf-16-le") for name in ("_VBA_PROJECT", "VBA", "Macros", "_xlm"))
PDF_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFile|RichMedia|XFA)\b")
MARKUP = re.compile(rb"<\s*(!doctype|html|head|body|script|svg|iframe|\?xml|\?php)", re.IGNORECASE)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Refused(Exception):
    """The file is not taken; the code says why."""


def inspect(source: Path, target: Path, preview: Path, extension: str) -> dict[str, Any]:
    """Say what the file is. Raises ``Refused``."""
    head = source.read_bytes()[:HEAD]
    claims = claims_of(head)
    if claims & {".jpg", ".png", ".webp"}:
        return picture(source, target, preview)
    if head.startswith(b"%PDF-") and ".pdf" in claims:
        return pdf(source)
    if head.startswith(b"PK\x03\x04"):
        return package(source)
    if head.startswith(OLE):
        return old_office(source, extension)
    if extension in TEXTS:
        return text(source, extension)
    raise Refused("type")


def claims_of(head: bytes) -> set[str]:
    """Give the extensions that the first bytes can stand for."""
    import puremagic  # noqa: PLC0415 - after the limits are set

    try:
        return {match.extension for match in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):
        return set()


def picture(source: Path, target: Path, preview: Path) -> dict[str, Any]:
    """Draw the picture anew, upright, without a word about device or place."""
    from PIL import Image, ImageOps  # noqa: PLC0415 - after the limits are set

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with Image.open(source, formats=("JPEG", "PNG", "WEBP")) as opened:
            if opened.width * opened.height > MOST_PIXELS or max(opened.size) > LONGEST_SIDE:
                raise Refused("pixels")
            media_type, extension, options = PICTURES[opened.format or ""]
            opened.load()
            upright = ImageOps.exif_transpose(opened)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused("pixels") from None
    except (OSError, SyntaxError, ValueError, EOFError):
        raise Refused("broken") from None
    with_alpha = extension != "jpg" and (
        upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info
    )
    flat = upright.convert("RGBA" if with_alpha else "RGB")
    clean = Image.new(flat.mode, flat.size)
    clean.paste(flat)
    clean.save(target, PICTURES_FORMAT[extension], **options)
    small = clean.convert("RGB")
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    small.save(preview, "JPEG", quality=72)
    return {"media_type": media_type, "extension": extension, "width": clean.width, "height": clean.height}


PICTURES_FORMAT = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}


def pdf(source: Path) -> dict[str, Any]:
    """Take a PDF that only shows: nothing that runs, starts or carries other files."""
    content = source.read_bytes()
    if b"%%EOF" not in content[-2048:]:
        raise Refused("broken")
    if PDF_ACTIVE.search(content):
        raise Refused("active")
    return {"media_type": "application/pdf", "extension": "pdf"}


def package(source: Path) -> dict[str, Any]:
    """Look into the table of a document's package; nothing but its list of types is unpacked."""
    try:
        with zipfile.ZipFile(source) as opened:
            entries = opened.infolist()
            if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
                raise Refused("bomb")
            names = {entry.filename for entry in entries}
            found = next((OPEN_PARTS[part] for part in OPEN_PARTS if part in names), None)
            if found is None or any(entry.flag_bits & 1 for entry in entries):
                raise Refused("type")
            types = b""
            if "[Content_Types].xml" in names:
                with opened.open("[Content_Types].xml") as part:
                    types = part.read(1_000_000)
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
        raise Refused("broken") from None
    if b"macroEnabled" in types or any(_is_macro(name) for name in names):
        raise Refused("macros")
    return {"media_type": found[0], "extension": found[1]}


def _is_macro(name: str) -> bool:
    lower = name.lower()
    return lower.endswith("vbaproject.bin") or "/macrosheets/" in lower or "/activex/" in lower


def old_office(source: Path, extension: str) -> dict[str, Any]:
    """Take a file of the old Office by its name, unless its table of streams speaks of macros."""
    if extension not in OLD:
        raise Refused("type")
    content = source.read_bytes()
    if any(name in content for name in MACRO_STREAMS):
        raise Refused("macros")
    return {"media_type": OLD[extension], "extension": extension}


def text(source: Path, extension: str) -> dict[str, Any]:
    """Take plain text in UTF-8 or GB 18030 that no browser would take for a page."""
    content = source.read_bytes()
    if b"\0" in content or MARKUP.search(content):
        raise Refused("type")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            io.TextIOWrapper(io.BytesIO(content), encoding=encoding).read()
        except UnicodeDecodeError:
            continue
        return {"media_type": TEXTS[extension], "extension": extension}
    raise Refused("type")


def main() -> int:
    """Print the verdict as one line."""
    limit(memory=MEMORY, cpu_seconds=CPU_SECONDS, written=WRITTEN)
    warnings.simplefilter("ignore")  # what matters of them is checked by us
    source, target, preview, extension = sys.argv[1:5]
    try:
        told = inspect(Path(source), Path(target), Path(preview), extension)
    except Refused as refused:
        told = {"refusal": str(refused)}
    except MemoryError:
        told = {"refusal": "pixels"}
    sys.stdout.write(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Takes out of one document what says more than its pages, alone in a process that may be killed: ``cleaner.py SOURCE TARGET TYPE``.

Documents carry who wrote them, for which office, with which comments, and where a photo in them was taken. What nobody sees on
the page is taken out; what only the author can decide about (changes that were not accepted, hidden sheets) refuses the file.
It knows no database and no keys, and says one line of JSON: codes of what was removed, or the code of a refusal. The same file
gives the same bytes.
"""

import io
import json
import posixpath
import re
import sys
import zipfile
import zlib
from itertools import zip_longest
from pathlib import Path
from typing import Any

from core.kernel.limits import limit

MEMORY = 1_500_000_000
CPU_SECONDS = 20
WRITTEN = 100_000_000
MOST_PART = 64_000_000
FIXED = (1980, 1, 1, 0, 0, 0)

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
TRACKED = frozenset(
    W + name
    for name in (
        "ins", "del", "moveFrom", "moveTo", "rPrChange", "pPrChange", "sectPrChange", "tblPrChange", "trPrChange", "tcPrChange",
        "tblGridChange", "numberingChange", "cellIns", "cellDel", "cellMerge",
    )
)  # fmt: skip
COMMENT_MARKS = frozenset(W + name for name in ("commentRangeStart", "commentRangeEnd", "commentReference"))
LOOSE_SETTINGS = frozenset(W + name for name in ("attachedTemplate", "docVars", "mailMerge", "rsids"))
NOT_TRUE = frozenset({"0", "false", "off"})
WORD_TEXT = re.compile(r"word/(document|header\d*|footer\d*|footnotes|endnotes)\d*\.xml")
DROPPED = re.compile(
    r"(docProps/.*|customXml/.*|word/(people|comments\w*)\.xml|xl/persons/.*)", re.IGNORECASE
)
# Parts that hold more than is shown, each with the code of its refusal.
REFUSED_PARTS = (
    (re.compile(r"(word|xl)/embeddings/", re.IGNORECASE), "embedded"),
    (re.compile(r"xl/(comments|threadedComments)", re.IGNORECASE), "comments"),
    (re.compile(r"xl/(pivotCache|model)/", re.IGNORECASE), "pivot"),
    (re.compile(r"xl/(externalLinks/|connections\.xml|queryTables/)", re.IGNORECASE), "external"),
    (re.compile(r"xl/revisions/", re.IGNORECASE), "tracked"),
)
PROPERTIES = {
    "creator": "author", "lastModifiedBy": "author", "Manager": "author", "Company": "company", "title": "about", "subject": "about",
    "description": "about", "keywords": "about", "category": "about", "Template": "software", "Application": "software",
    "created": "times", "modified": "times", "lastPrinted": "times", "TotalTime": "times", "property": "more",
}  # fmt: skip
PDF_PROPERTIES = {
    "/Author": "author", "/Company": "company", "/Title": "about", "/Subject": "about", "/Keywords": "about",
    "/Creator": "software", "/Producer": "software", "/CreationDate": "times", "/ModDate": "times",
}  # fmt: skip
NOTES = frozenset({"/Text", "/Popup", "/FileAttachment", "/Sound", "/Movie", "/Screen", "/RichMedia", "/3D", "/Caret"})
KEPT_AS_THEY_ARE = frozenset({"/Widget", "/Link"})
OF_A_NOTE = ("/T", "/Contents", "/RC", "/Subj", "/CreationDate", "/M", "/NM", "/Popup", "/IRT")
PNG = b"\x89PNG\r\n\x1a\n"
PNG_TOLD = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"})
# Segments of a JPEG in which programs and devices write; of these stay the frame's own, the colours, and Adobe's colours.
JPEG_TOLD = frozenset({*range(0xE0, 0xF0), 0xFE})
JPEG_KEPT = frozenset({0xE0, 0xE2, 0xEE})
JPEG_SIGN, JPEG_EXIF, JPEG_PIXELS = 0xFF, 0xE1, frozenset({0xDA, 0xD9})
PNG_HEAD = 8
JPX_TOLD = (b"uuid", b"xml ")  # boxes of a JPEG 2000 that hold what programs and devices tell
TURN, TURNED = 0x0112, range(2, 9)


class Refused(Exception):
    """The file is not published as it is; the code says why."""


def clean(source: Path, target: Path, kind: str) -> set[str]:
    """Write a copy that says only what its pages say; gives the codes of what was removed. Raises ``Refused``."""
    if kind == "pdf":
        return pdf(source, target)
    return package(source, target)


def pdf(source: Path, target: Path) -> set[str]:
    """Write a PDF anew: what no page refers to is left behind, earlier states of the file among it."""
    import pikepdf  # noqa: PLC0415 - after the limits are set

    try:
        with pikepdf.open(source) as opened:
            removed = _pdf_properties(opened)
            for part in opened.objects:
                if isinstance(part, pikepdf.Dictionary | pikepdf.Stream):
                    removed |= _bare(part)
            for page in opened.pages:
                removed |= _notes(opened, page)
            opened.save(target, deterministic_id=True, linearize=False)
    except pikepdf.PasswordError:
        raise Refused("encrypted") from None
    except (pikepdf.PdfError, ValueError, RuntimeError, zlib.error):
        raise Refused("broken") from None
    return removed


def _pdf_properties(opened: Any) -> set[str]:
    root = opened.Root
    if "/OCProperties" in root and len(root.OCProperties.get("/D", {}).get("/OFF", [])):
        raise Refused("layers")
    told = dict(opened.trailer.get("/Info", {}))
    removed = {PDF_PROPERTIES.get(str(name), "more") for name, value in told.items() if str(value).strip()}
    if "/Info" in opened.trailer:
        del opened.trailer["/Info"]
    for name, code in (("/Metadata", "author"), ("/AF", "attached"), ("/OpenAction", ""), ("/AA", ""), ("/Collection", "attached")):
        if name in root:
            removed |= {code} - {""}
            del root[name]
    names = root.get("/Names", {})
    for name, code in (("/EmbeddedFiles", "attached"), ("/JavaScript", "")):
        if name in names:
            removed |= {code} - {""}
            del names[name]
    return removed


def _bare(part: Any) -> set[str]:
    """Take the notes of programs from any object, and from a photo what its device wrote."""
    import pikepdf  # noqa: PLC0415 - after the limits are set

    removed = set()
    for name in ("/Metadata", "/PieceInfo", "/LastModified"):
        if name in part:
            removed.add("software")
            del part[name]
    if isinstance(part, pikepdf.Stream) and (before := _photo_in(part)) is not None:
        after = jpeg(before)
        if after != before:
            removed.add("photo")
            told = _listed(part.get("/DecodeParms"))
            part.write(after, filter=pikepdf.Name.DCTDecode, decode_parms=told[-1] if told else None)
    return removed


def _listed(value: Any) -> list[Any]:
    """Give as a row what a stream names once or in a row: its filters, their settings."""
    import pikepdf  # noqa: PLC0415 - after the limits are set

    return [] if value is None else list(value) if isinstance(value, pikepdf.Array) else [value]


def _photo_in(part: Any) -> bytes | None:
    """Give a photo as its device wrote it, unpacked where the PDF packed it once more; None for what is no photo.

    A photo that cannot be looked into is not published: nobody knows what stands in it.
    """
    packed = [str(each) for each in _listed(part.get("/Filter"))]
    raw: bytes = part.read_raw_bytes() if packed else b""
    if "/JPXDecode" in packed and (len(packed) > 1 or any(box in raw for box in JPX_TOLD)):
        raise Refused("photo")
    if "/DCTDecode" not in packed:
        return None
    for outer, how in zip_longest(packed[:-1], _listed(part.get("/DecodeParms"))[: len(packed) - 1]):
        if outer != "/FlateDecode" or how:
            raise Refused("photo")
        raw = zlib.decompress(raw)
    if packed[-1] != "/DCTDecode":
        raise Refused("photo")
    return raw


def _notes(opened: Any, page: Any) -> set[str]:
    """Take comments from a page. What is drawn on it (a stamp, a highlight) stays, without who drew it and what he said."""
    import pikepdf  # noqa: PLC0415 - after the limits are set

    removed, kept = set(), []
    for note in page.get("/Annots", []):
        kind = str(note.get("/Subtype", ""))
        if kind == "/Redact":
            raise Refused("redaction")
        if kind in NOTES:
            removed.add("comments")
            continue
        if kind not in KEPT_AS_THEY_ARE:
            for name in OF_A_NOTE:
                if name in note and not (kind == "/FreeText" and name == "/Contents"):
                    removed.add("comments")
                    del note[name]
        kept.append(note)
    if "/Annots" in page:
        page["/Annots"] = opened.make_indirect(pikepdf.Array(kept))
    return removed


def package(source: Path, target: Path) -> set[str]:
    """Write a package of parts anew: without its properties, comments and whatever they are referred to by."""
    removed: set[str] = set()
    try:
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
            for entry in old.infolist():
                name = entry.filename
                _refuse_part(name)
                if entry.file_size > MOST_PART:
                    raise Refused("slow")
                content = old.read(entry)
                if DROPPED.fullmatch(name):
                    removed |= _told_by(name, content)
                    continue
                content, more = _part(name, content)
                removed |= more
                info = zipfile.ZipInfo(name, FIXED)
                info.compress_type = zipfile.ZIP_DEFLATED
                new.writestr(info, content)
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError, EOFError):
        raise Refused("broken") from None
    return removed


def _refuse_part(name: str) -> None:
    for pattern, code in REFUSED_PARTS:
        if pattern.match(name):
            raise Refused(code)


def _told_by(name: str, content: bytes) -> set[str]:
    """Say what a part told that is left out."""
    if name.startswith("docProps/") and name.endswith(".xml"):
        found = {PROPERTIES.get(_local(each), "") for each in _xml(content).iter() if (each.text or "").strip() or _local(each) == "property"}
        return found - {""}
    if name.startswith("word/comments"):
        return {"comments"} if any(_local(each) == "comment" for each in _xml(content).iter()) else set()
    return {"more"} if name.startswith("customXml/item") else set()


def _part(name: str, content: bytes) -> tuple[bytes, set[str]]:
    """Give a part as it is published, and what was taken out of it. Raises ``Refused``."""
    lower = name.lower()
    if lower.endswith((".jpg", ".jpeg", ".png")):
        bare = jpeg(content) if content[:2] == b"\xff\xd8" else png(content)
        return bare, {"photo"} if bare != content else set()
    if name == "[Content_Types].xml":
        return _without(content, lambda each: bool(DROPPED.fullmatch(each.get("PartName", "").lstrip("/")))), set()
    if lower.endswith(".rels"):
        base = posixpath.dirname(posixpath.dirname(name))
        return _without(content, lambda each: _leads_out(each, base)), set()
    if name.startswith("word/") and lower.endswith(".xml"):
        return _word(name, content)
    if name.startswith("xl/") and lower.endswith(".xml"):
        return _sheet(name, content)
    return content, set()


def _leads_out(each: Any, base: str) -> bool:
    """Tell whether a relation leads to what is left out, or to the author's own disk."""
    if each.get("Type", "").endswith("/attachedTemplate"):
        return True
    target = each.get("Target", "")
    if each.get("TargetMode") == "External":
        return False
    path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(base, target))
    return bool(DROPPED.fullmatch(path))


def _word(name: str, content: bytes) -> tuple[bytes, set[str]]:
    root, removed = _xml(content), set()
    if any(each.tag in TRACKED for each in root.iter()):
        raise Refused("tracked")
    if WORD_TEXT.fullmatch(name) and any(each.get(W + "val", "1") not in NOT_TRUE for each in root.iter(W + "vanish")):
        raise Refused("hidden_text")
    gone = [each for each in root.iter() if each.tag in COMMENT_MARKS]
    if name == "word/settings.xml":
        loose = [each for each in root.iter() if each.tag in LOOSE_SETTINGS]
        removed |= {"template"} if any(each.tag == W + "attachedTemplate" for each in loose) else set()
        gone += loose
    if not gone:
        return content, removed
    for each in gone:
        each.getparent().remove(each)
    return _written(root), removed


def _sheet(name: str, content: bytes) -> tuple[bytes, set[str]]:
    root = _xml(content)
    if any(each.get("state", "visible") != "visible" for each in root.iter(S + "sheet")):
        raise Refused("hidden_sheet")
    if name.startswith("xl/worksheets/"):
        for each in root.iter(S + "row", S + "col"):
            if each.get("hidden", "0") not in NOT_TRUE or each.get("width") == "0" or each.get("ht") == "0":
                raise Refused("hidden_rows")
    gone = [each for each in root.iter() if _local(each) in {"absPath", "fileSharing"}]
    for each in gone:
        each.getparent().remove(each)
    return (_written(root), {"template"}) if gone else (content, set())


def _xml(content: bytes) -> Any:
    from lxml import etree  # noqa: PLC0415 - after the limits are set

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise Refused("broken") from None
    if root.getroottree().docinfo.doctype:
        raise Refused("broken")
    return root


def _written(root: Any) -> bytes:
    from lxml import etree  # noqa: PLC0415 - after the limits are set

    made: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return made


def _without(content: bytes, goes: Any) -> bytes:
    root = _xml(content)
    gone = [each for each in root if isinstance(each.tag, str) and goes(each)]
    for each in gone:
        root.remove(each)
    return _written(root) if gone else content


def _local(each: Any) -> str:
    return each.tag.rpartition("}")[2] if isinstance(each.tag, str) else ""


def jpeg(content: bytes) -> bytes:
    """Leave out what a device wrote into a photo; how it is to be turned stays. What cannot be read stays as it is."""
    made, at = bytearray(content[:2]), 2
    while at + 4 <= len(content) and content[at] == JPEG_SIGN and content[at + 1] not in JPEG_PIXELS:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4])
        segment = content[at : at + 2 + length]
        if marker == JPEG_EXIF and segment[4:10] == b"Exif\0\0":
            made += _turned(segment[10:])
        elif marker not in JPEG_TOLD or marker in JPEG_KEPT:
            made += segment
        at += 2 + length
    return bytes(made + content[at:]) if content[at : at + 1] == b"\xff" else content


def _turned(exif: bytes) -> bytes:
    """Give a segment that says nothing but how the photo is to be turned; none where it stands upright."""
    from PIL import Image  # noqa: PLC0415 - after the limits are set

    known = Image.Exif()
    try:
        known.load(b"Exif\0\0" + exif)
        turn = known.get(TURN, 1)
    except (OSError, ValueError, SyntaxError, KeyError, TypeError):
        turn = 1
    if turn not in TURNED:
        return b""
    fresh = Image.Exif()
    fresh[TURN] = turn
    told: bytes = fresh.tobytes()
    told = told if told.startswith(b"Exif\0\0") else b"Exif\0\0" + told
    return b"\xff\xe1" + (len(told) + 2).to_bytes(2) + told


def png(content: bytes) -> bytes:
    """Leave out the chunks of a PNG that hold words, times and a device's notes."""
    if not content.startswith(PNG):
        return content
    made, stream = io.BytesIO(), io.BytesIO(content[len(PNG) :])
    made.write(PNG)
    while len(head := stream.read(PNG_HEAD)) == PNG_HEAD:
        body = stream.read(int.from_bytes(head[:4]) + 4)
        if head[4:] not in PNG_TOLD:
            made.write(head + body)
    return made.getvalue()


def main() -> int:
    """Print the verdict as one line."""
    limit(memory=MEMORY, cpu_seconds=CPU_SECONDS, written=WRITTEN)
    source, target, kind = sys.argv[1:4]
    try:
        told: dict[str, Any] = {"removed": sorted(clean(Path(source), Path(target), kind))}
    except Refused as refused:
        told = {"refusal": str(refused)}
    except MemoryError:
        told = {"refusal": "slow"}
    except ImportError:
        told = {"refusal": "library"}
    sys.stdout.write(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What documents say beside their pages is gone from the copy that is published, and what only their author can decide refuses."""

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pikepdf
import pytest
from PIL import Image

from core.disclosure import cleaner, cleaning
from tests.core.disclosure import documents as d
from tests.core.files import samples

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def clean(tmp_path: Path, content: bytes, kind: str) -> tuple[bytes, set[str]]:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(content)
    removed = cleaner.clean(source, target, kind)
    return target.read_bytes(), removed


def test_a_pdf_loses_author_comments_place_and_earlier_states(tmp_path: Path) -> None:
    before = d.pdf(notes={"/Text": d.COMMENT, "/Highlight": d.COMMENT, "/Stamp": d.COMMENT})
    for secret in (d.AUTHOR, d.OFFICE, d.COMMENT, d.PLACE, d.EARLIER):
        assert secret.encode() in d.everything_in(before), secret
    after, removed = clean(tmp_path, before, "pdf")
    for secret in (d.AUTHOR, d.OFFICE, d.COMMENT, d.PLACE, d.EARLIER):
        assert secret.encode() not in d.everything_in(after), secret
    assert removed >= {"author", "company", "comments", "photo"}
    assert d.SHOWN.encode() in d.everything_in(after)
    with pikepdf.open(io.BytesIO(after)) as opened:
        page = opened.pages[0]
        assert [str(each.Subtype) for each in page.Annots] == ["/Highlight", "/Stamp"]
        assert Image.open(io.BytesIO(page.Resources.XObject.Photo.read_raw_bytes())).size == (640, 480)


@pytest.mark.parametrize("packed", [(), ("/FlateDecode",)])
def test_a_pdfs_photo_loses_its_place_however_it_is_packed(tmp_path: Path, packed: tuple[str, ...]) -> None:
    before = d.pdf(packed=packed)
    after, removed = clean(tmp_path, before, "pdf")
    assert "photo" in removed
    assert d.PLACE.encode() not in d.everything_in(after)
    with pikepdf.open(io.BytesIO(after)) as opened:
        photo = opened.pages[0].Resources.XObject.Photo
        assert photo.Filter == pikepdf.Name.DCTDecode
        assert d.PLACE.encode() not in photo.read_raw_bytes()
        assert Image.open(io.BytesIO(photo.read_raw_bytes())).size == (640, 480)


def test_a_pdf_with_a_photo_that_nobody_can_look_into_is_refused(tmp_path: Path) -> None:
    with pytest.raises(cleaner.Refused, match="photo"):
        clean(tmp_path, d.pdf(packed=("/RunLengthDecode",)), "pdf")


def test_a_photo_keeps_how_it_is_to_be_turned(tmp_path: Path) -> None:
    after, removed = clean(tmp_path, d.docx(), "docx")
    picture = d.zipfile.ZipFile(io.BytesIO(after)).read("word/media/image1.jpg")
    assert "photo" in removed
    assert dict(Image.open(io.BytesIO(picture)).getexif()) == {samples.ORIENTATION: 6}
    assert Image.open(io.BytesIO(picture)).convert("RGB").getpixel((10, 10))[0] > 180  # type: ignore[index]


def test_a_document_loses_author_office_comments_and_where_it_lay(tmp_path: Path) -> None:
    before = d.docx(comment=True)
    after, removed = clean(tmp_path, before, "docx")
    for secret in (d.AUTHOR, d.OFFICE, d.COMMENT, d.PLACE, "comment", "docProps"):
        assert secret.encode() in d.everything_in(before), secret
        assert secret.encode() not in d.everything_in(after), secret
    assert removed == {"author", "company", "comments", "photo", "template"}
    assert d.SHOWN.encode() in d.everything_in(after)


def test_a_sheet_loses_its_author_and_opens(tmp_path: Path) -> None:
    after, removed = clean(tmp_path, d.xlsx(), "xlsx")
    assert d.AUTHOR.encode() not in d.everything_in(after)
    assert removed >= {"author"}
    book = openpyxl.load_workbook(io.BytesIO(after))
    assert book.active is not None
    assert book.active["A1"].value == d.SHOWN


@pytest.mark.parametrize(("kind", "make"), [("pdf", d.pdf), ("docx", d.docx), ("xlsx", d.xlsx)])
def test_the_same_file_gives_the_same_bytes(tmp_path: Path, kind: str, make: Callable[[], bytes]) -> None:
    content = make()
    assert clean(tmp_path, content, kind) == clean(tmp_path, content, kind)


REFUSED = {
    "tracked": ("docx", lambda: d.docx(body=f'<w:ins w:id="1" w:author="{d.AUTHOR}"><w:r><w:t>x</w:t></w:r></w:ins>')),
    "hidden_text": ("docx", lambda: d.docx(body="<w:r><w:rPr><w:vanish/></w:rPr><w:t>x</w:t></w:r>")),
    "embedded": ("docx", lambda: d.docx(extra={"word/embeddings/Microsoft_Excel_Sheet1.xlsx": d.xlsx()})),
    "broken": ("docx", lambda: d.docx(extra={"word/header1.xml": b'<!DOCTYPE x [<!ENTITY e "e">]><x>&e;</x>'})),
    "hidden_sheet": ("xlsx", lambda: d.xlsx(hidden_sheet=True)),
    "hidden_rows": ("xlsx", lambda: d.xlsx(hidden_row=True)),
    "comments": ("xlsx", lambda: d.xlsx(comment=True)),
    "pivot": ("xlsx", lambda: samples.with_entry(d.xlsx(), "xl/pivotCache/pivotCacheRecords1.xml", b"<x/>")),
    "external": ("xlsx", lambda: samples.with_entry(d.xlsx(), "xl/externalLinks/externalLink1.xml", b"<x/>")),
    "redaction": ("pdf", lambda: d.pdf(notes={"/Redact": ""})),
    "layers": ("pdf", lambda: d.pdf(hidden=True)),
    "encrypted": ("pdf", lambda: d.pdf(key="k")),
}


@pytest.mark.parametrize("code", sorted(REFUSED))
def test_what_only_its_author_can_decide_refuses_the_file(tmp_path: Path, code: str) -> None:
    kind, make = REFUSED[code]
    with pytest.raises(cleaner.Refused, match=f"^{code}$"):
        clean(tmp_path, make(), kind)


def test_a_hidden_column_refuses_too_and_a_switched_off_vanish_does_not(tmp_path: Path) -> None:
    with pytest.raises(cleaner.Refused, match="hidden_rows"):
        clean(tmp_path, d.xlsx(hidden_column=True), "xlsx")
    seen = d.docx(body='<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>x</w:t></w:r>')
    assert clean(tmp_path, seen, "docx")[0]


@pytest.mark.parametrize("kind", ["pdf", "docx", "xlsx"])
@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n%%EOF", b"PK\x03\x04 and nothing", b"x" * 1000])
def test_what_cannot_be_read_is_refused_in_words(tmp_path: Path, kind: str, content: bytes) -> None:
    source = tmp_path / "source"
    source.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-I", str(Path(cleaner.__file__)), str(source), str(tmp_path / "target"), kind], capture_output=True, text=True, check=True
    )
    assert done.stdout == '{"refusal": "broken"}'


def test_every_code_has_words() -> None:
    codes = {*cleaner.PROPERTIES.values(), *cleaner.PDF_PROPERTIES.values(), "comments", "photo", "template", "attached", "more", "software"}
    assert codes <= set(cleaning.REMOVED)
    assert {*REFUSED, *(code for _, code in cleaner.REFUSED_PARTS)} <= set(cleaning.REFUSALS)


def test_pictures_without_notes_stay_byte_by_byte() -> None:
    for kind, strip in (("JPEG", cleaner.jpeg), ("PNG", cleaner.png)):
        made = io.BytesIO()
        Image.new("RGB", (20, 20), "red").save(made, kind)
        assert strip(made.getvalue()) == made.getvalue()
    assert b"SECRET" in samples.photo(kind="PNG")
    assert b"SECRET" not in cleaner.png(samples.photo(kind="PNG"))

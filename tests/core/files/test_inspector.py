"""What the inspector says of each kind of file, asked without the process around it."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from core.files import inspector
from core.files.inspector import Refused
from tests.core.files import samples as s


@pytest.fixture(autouse=True)
def pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the inspector's limit of points inside this module."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)


def told(folder: Path, content: bytes, extension: str) -> dict[str, object]:
    source = folder / "source"
    source.write_bytes(content)
    return inspector.inspect(source, folder / "target", folder / "preview", extension)


def encrypted(package: bytes) -> bytes:
    """Give the package with its entries marked as encrypted, in the table that is read first."""
    table = package.index(b"PK\x01\x02")
    return package[: table + 8] + b"\x01" + package[table + 9 :]


def translucent() -> bytes:
    made = io.BytesIO()
    Image.new("RGBA", (1000, 600), (200, 0, 0, 40)).save(made, "PNG")
    return made.getvalue()


@pytest.mark.parametrize(("kind", "extension"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp")])
def test_picture_keeps_its_kind_and_loses_its_place(tmp_path: Path, kind: str, extension: str) -> None:
    said = told(tmp_path, s.photo(kind=kind), "jpg")
    expected = {"media_type": f"image/{kind.lower()}", "extension": extension, "width": 480, "height": 640}
    assert said == expected
    with Image.open(tmp_path / "target") as clean:
        assert clean.format == kind
        assert dict(clean.getexif()) == {}
    assert b"SECRET" not in (tmp_path / "target").read_bytes()


def test_translucent_picture_stays_so_and_its_preview_is_flat(tmp_path: Path) -> None:
    assert told(tmp_path, translucent(), "png")["extension"] == "png"
    with Image.open(tmp_path / "target") as clean, Image.open(tmp_path / "preview") as small:
        assert (clean.mode, clean.getpixel((0, 0))) == ("RGBA", (200, 0, 0, 40))
        assert (small.format, small.size) == ("JPEG", (480, 288))


@pytest.mark.parametrize(
    ("content", "extension", "media_type"),
    [
        (s.PDF, "pdf", "application/pdf"),
        (s.sheet(), "xlsx", f"{inspector.OFFICE}spreadsheetml.sheet"),
        (s.sheet(), "exe", f"{inspector.OFFICE}spreadsheetml.sheet"),
        (s.zip_of("word/document.xml", b"<x/>"), "docx", f"{inspector.OFFICE}wordprocessingml.document"),
        (s.zip_of("OFD.xml", b"<x/>"), "ofd", "application/ofd"),
        (s.OLE, "wps", "application/vnd.ms-works"),
        ("村,户数\n".encode("utf-8-sig"), "csv", "text/csv"),
        ("东圩村".encode("gb18030"), "txt", "text/plain"),
    ],
)
def test_document_is_what_its_content_says(
    tmp_path: Path, content: bytes, extension: str, media_type: str
) -> None:
    assert told(tmp_path, content, extension)["media_type"] == media_type
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize(
    ("content", "extension", "refusal"),
    [
        (s.bomb(), "png", "pixels"),
        (s.photo(20_001, 2), "jpg", "pixels"),
        (s.photo()[:400], "jpg", "broken"),
        (s.PDF.replace(b"%%EOF", b""), "pdf", "broken"),
        (s.PDF.replace(b"/Type", b"/Launch /Type"), "pdf", "active"),
        (s.sheet()[:-200], "xlsx", "broken"),
        (s.zip_of("a.txt", b"x"), "docx", "type"),
        (encrypted(s.zip_of("word/document.xml", b"x")), "docx", "type"),
        (s.with_entry(s.sheet(), "xl/activeX/a.bin", b"x"), "xlsx", "macros"),
        (s.with_entry(s.sheet(), "xl/macrosheets/a.xml", b"x"), "xlsx", "macros"),
        (s.zip_of("[Content_Types].xml", b"macroEnabled"), "docx", "type"),
        (s.OLE, "exe", "type"),
        (s.OLE + "Macros".encode("utf-16-le"), "xls", "macros"),
        (s.HTML, "txt", "type"),
        (b"a\0b", "csv", "type"),
        (b"\xff\xff\xff", "txt", "type"),
        (b"MZ", "exe", "type"),
    ],
)
def test_refusal_names_its_reason(tmp_path: Path, content: bytes, extension: str, refusal: str) -> None:
    with pytest.raises(Refused, match=f"^{refusal}$"):
        told(tmp_path, content, extension)


def test_package_of_too_many_parts_is_a_bomb(tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as opened:
        for number in range(inspector.MOST_ENTRIES + 1):
            opened.writestr(str(number), b"")
    with pytest.raises(Refused, match="bomb"):
        told(tmp_path, made.getvalue(), "docx")


@pytest.mark.parametrize(
    ("content", "said"),
    [(s.PDF, {"media_type": "application/pdf", "extension": "pdf"}), (s.HTML, {"refusal": "type"})],
)
def test_program_prints_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    content: bytes,
    said: dict[str, str],
) -> None:
    (tmp_path / "source").write_bytes(content)
    monkeypatch.setattr(inspector, "limit", lambda **_: None)  # they would bound this process
    monkeypatch.setattr(
        "sys.argv", ["inspector.py", *(str(tmp_path / n) for n in ("source", "a", "b")), "pdf"]
    )
    assert inspector.main() == 0
    assert json.loads(capsys.readouterr().out) == said

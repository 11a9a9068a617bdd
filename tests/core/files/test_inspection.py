"""Inspection takes what offices need and nothing that a stranger hides in it."""

import io
from pathlib import Path

import pytest
from PIL import Image

from core.files.inspection import Verdict, inspect
from tests.core.files import samples as s

Image.MAX_IMAGE_PIXELS = None


async def looked_into(folder: Path, content: bytes, name: str, purpose: str = "evidence") -> Verdict:
    source = folder / "source"
    source.write_bytes(content)
    return await inspect(
        source,
        target=folder / "target",
        preview=folder / "preview",
        extension=name.rpartition(".")[2],
        purpose=purpose,
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_photo_is_drawn_upright_without_device_or_place(tmp_path: Path, kind: str) -> None:
    verdict = await looked_into(tmp_path, s.photo(kind=kind), "a.jpg")
    assert verdict.refusal == ""
    assert (verdict.width, verdict.height) == (480, 640)
    kept = (tmp_path / "target").read_bytes()
    assert b"SECRET" not in kept
    with Image.open(io.BytesIO(kept)) as image:
        assert dict(image.getexif()) == {}
        assert image.info.get("exif") is None
        red, white = image.convert("RGB").getpixel((240, 20)), image.convert("RGB").getpixel((240, 620))
    assert isinstance(red, tuple)
    assert isinstance(white, tuple)
    assert red[1] < 60 < white[1]
    with Image.open(tmp_path / "preview") as small:
        assert max(small.size) == 480


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (s.PDF, "会议纪要.pdf", "application/pdf"),
        (s.sheet(), "台账.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (s.OLE, "通知.doc", "application/msword"),
        ("村,户数\n东圩,312\n".encode(), "a.csv", "text/csv"),
        ("东圩村".encode("gb18030"), "a.txt", "text/plain"),
    ],
)
async def test_documents_of_offices_are_taken(
    tmp_path: Path, content: bytes, name: str, media_type: str
) -> None:
    verdict = await looked_into(tmp_path, content, name)
    assert (verdict.refusal, verdict.media_type) == ("", media_type)


@pytest.mark.parametrize(
    ("content", "name", "refusal"),
    [
        (s.HTML, "a.jpg", "type"),
        (s.HTML, "a.txt", "type"),
        (s.SVG, "a.jpg", "type"),
        (s.SVG, "a.svg", "type"),
        (s.bomb(), "a.png", "pixels"),
        (s.photo()[:400], "a.jpg", "broken"),
        (s.photo() + b"", "a.exe", ""),
        (s.with_entry(s.sheet(), "xl/vbaProject.bin", b"x"), "a.xlsx", "macros"),
        (s.with_entry(s.sheet(), "xl/media/big.bin", b"\0" * 401_000_000), "a.xlsx", "bomb"),
        (s.zip_of("a.exe", b"MZ"), "a.docx", "type"),
        (s.OLE + "_VBA_PROJECT".encode("utf-16-le"), "a.doc", "macros"),
        (s.PDF.replace(b"/Type", b"/JavaScript(app.alert(1))/Type"), "a.pdf", "active"),
        (b"MZ" + b"\0" * 500, "a.pdf", "type"),
        (b"", "a.txt", ""),
    ],
)
async def test_hostile_files_are_refused(tmp_path: Path, content: bytes, name: str, refusal: str) -> None:
    assert (await looked_into(tmp_path, content, name)).refusal == refusal


async def test_type_outside_of_the_purpose_is_refused(tmp_path: Path) -> None:
    assert (await looked_into(tmp_path, s.PDF, "a.xlsx", "import")).refusal == "kind"


async def test_late_inspector_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr("core.files.inspection._PROGRAM", slow)
    monkeypatch.setattr("core.files.inspection._SECONDS", 0.5)
    assert (await looked_into(tmp_path, s.PDF, "a.pdf")).refusal == "slow"

"""Reads a printed sheet as eyes, scanners and phones do: its words, its glyphs, its fonts, its code, the place for the seal."""

import io
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pikepdf
import pypdfium2 as pdfium
import zxingcpp
from PIL import Image

_SCALE = 3.0
_POINTS_IN_MM = 72 / 25.4
_BLANK = re.compile(r"[\s\u200b]+")
_FOOT = re.compile(r"校验号([0-9A-F]{12})(\d+)/(\d+)$")
_RED, _LIGHT = (179, 38, 30), 235


def bare(text: str) -> str:
    """Write it without what only lays it out: blanks, and the marks where a long word may break."""
    return _BLANK.sub("", text)


@dataclass(frozen=True, slots=True)
class Foot:
    """What stands under a page."""

    check: str
    page: int
    pages: int


class Sheet:
    """A PDF that was read back."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._opened = pdfium.PdfDocument(content)

    def pages(self) -> list[tuple[str, Foot]]:
        """Give the words of each page in the order they were drawn, and what stands under it."""
        found = []
        for page in self._opened:
            text = bare(page.get_textpage().get_text_bounded())
            foot = _FOOT.search(text)
            assert foot is not None, text[-60:]
            found.append((text[: foot.start()], Foot(foot[1], int(foot[2]), int(foot[3]))))
        return found

    def last_page(self) -> Image.Image:
        """Draw the page that ends it, as a printer would."""
        drawn: Image.Image = self._opened[len(self._opened) - 1].render(scale=_SCALE).to_pil()
        return drawn.convert("RGB")

    def seal(self) -> tuple[float, bool]:
        """Give how much of the circle round 盖章处 is drawn in red, and whether a seal finds nothing but that word inside it."""
        page = self._opened[len(self._opened) - 1]
        words = page.get_textpage()
        found = words.search("盖章处").get_next()
        assert found is not None
        boxes = [words.get_charbox(found[0] + n) for n in range(found[1])]
        left, bottom = min(box[0] for box in boxes), min(box[1] for box in boxes)
        right, top = max(box[2] for box in boxes), max(box[3] for box in boxes)
        height, picture = page.get_height(), self.last_page()
        x, y = (left + right) / 2 * _SCALE, (height - (top + bottom) / 2) * _SCALE
        ring = [any(_is_red(picture, *_around(x, y, angle, 19 + off / 4)) for off in range(-4, 5)) for angle in range(360)]
        half = ((right - left) / 2 * _SCALE + 4, (top - bottom) / 2 * _SCALE + 4)
        inside = [
            (x + across, y + down) for across in range(-140, 141, 4) for down in range(-140, 141, 4)
            if math.hypot(across, down) < 17 * _POINTS_IN_MM * _SCALE and (abs(across) > half[0] or abs(down) > half[1])
        ]  # fmt: skip
        return sum(ring) / len(ring), all(min(_pixel(picture, *at)) > _LIGHT for at in inside)

    def fonts(self) -> dict[str, bool]:
        """Give each font by name, and whether it lies in the file."""
        found = {}
        with pikepdf.open(io.BytesIO(self._content)) as opened:
            for page in opened.pages:
                for font in page.Resources.Font.values():
                    inner = font.DescendantFonts[0] if font.Subtype == "/Type0" else font
                    held = set(inner.FontDescriptor.keys()) & {"/FontFile", "/FontFile2", "/FontFile3"}
                    found[str(inner.BaseFont)] = any(len(inner.FontDescriptor[each].read_bytes()) for each in held)
        return found

    def glyphs(self) -> tuple[int, int]:
        """Give how many glyphs are drawn, and how many of them are the box for what a font does not have."""
        drawn = list(self._drawn())
        return len(drawn), drawn.count(0)

    def _drawn(self) -> Iterator[int]:
        with pikepdf.open(io.BytesIO(self._content)) as opened:
            for page in opened.pages:
                assert all(font.Encoding == "/Identity-H" for font in page.Resources.Font.values())
                for deed in pikepdf.parse_content_stream(page):
                    for text in _texts(deed):
                        codes = bytes(text)
                        yield from (int.from_bytes(codes[at : at + 2]) for at in range(0, len(codes), 2))


def _texts(deed: Any) -> list[Any]:
    if str(deed.operator) not in {"Tj", "TJ", "'", '"'}:
        return []
    told = list(deed.operands[0]) if str(deed.operator) == "TJ" else [deed.operands[-1]]
    return [each for each in told if isinstance(each, pikepdf.String)]


def codes_in(picture: Image.Image) -> list[str]:
    """Give what a phone reads from a picture."""
    return [each.text for each in zxingcpp.read_barcodes(picture)]


def _around(x: float, y: float, angle: int, millimetres: float) -> tuple[float, float]:
    far = millimetres * _POINTS_IN_MM * _SCALE
    return x + far * math.cos(math.radians(angle)), y + far * math.sin(math.radians(angle))


def _pixel(picture: Image.Image, x: float, y: float) -> tuple[int, ...]:
    found = picture.getpixel((round(x), round(y)))
    assert isinstance(found, tuple)
    return found


def _is_red(picture: Image.Image, x: float, y: float) -> bool:
    return all(abs(one - two) < 60 for one, two in zip(_pixel(picture, x, y), _RED, strict=True))

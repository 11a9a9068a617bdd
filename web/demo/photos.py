"""Pictures that show nobody: fields, water and a dyke, drawn from a number."""

import io
import random

from PIL import Image, ImageDraw

_SIZE = (960, 720)


def picture(seed: int) -> bytes:
    """Draw a JPEG of about 20 kB; the same number gives the same picture."""
    chance = random.Random(seed)  # noqa: S311 - a drawing
    image = Image.new("RGB", _SIZE, _shade(chance, (176, 204, 226)))
    draw = ImageDraw.Draw(image)
    width, height = _SIZE
    horizon = chance.randint(240, 330)
    for hill in range(3):
        top = horizon - chance.randint(10, 80)
        left = hill * width // 3 - chance.randint(0, 120)
        draw.ellipse(
            (left, top, left + chance.randint(380, 620), horizon + 260), fill=_shade(chance, (122, 158, 118))
        )
    draw.rectangle((0, horizon, width, height), fill=_shade(chance, (150, 176, 98)))
    for row in range(8):
        at = horizon + row * row * 8
        draw.line(
            (0, at, width, at + chance.randint(-8, 8)), fill=_shade(chance, (118, 146, 72)), width=3 + row
        )
    bank = chance.randint(horizon + 120, horizon + 190)
    draw.polygon(
        [(0, bank), (width, bank - 70), (width, bank + 10), (0, bank + 100)],
        fill=_shade(chance, (168, 150, 120)),
    )
    draw.polygon(
        [(0, bank + 100), (width, bank + 10), (width, height), (0, height)],
        fill=_shade(chance, (96, 140, 160)),
    )
    written = io.BytesIO()
    image.save(written, "JPEG", quality=82)
    return written.getvalue()


def _shade(chance: random.Random, colour: tuple[int, int, int]) -> tuple[int, int, int]:
    red, green, blue = (max(0, min(255, part + chance.randint(-14, 14))) for part in colour)
    return red, green, blue

"""Files as phones and offices send them, and as nobody should."""

import io
import struct
import zipfile
import zlib

import openpyxl
from PIL import Image

GPS_LATITUDE = 2
GPS_IFD = 0x8825
MAKE = 0x010F
ORIENTATION = 0x0112


def photo(width: int = 640, height: int = 480, *, kind: str = "JPEG", device: bool = True) -> bytes:
    """Give a picture with a red left half, taken lying, with device and place in it."""
    image = Image.new("RGB", (width, height), "white")
    image.paste((200, 0, 0), (0, 0, width // 2, height))
    exif = Image.Exif()
    if device:
        exif[MAKE] = "TestPhone-SECRET"
        exif[ORIENTATION] = 6
        exif.get_ifd(GPS_IFD)[GPS_LATITUDE] = (30.0, 51.0, 22.0)
    made = io.BytesIO()
    image.save(made, kind, exif=exif)
    return made.getvalue()


def bomb() -> bytes:
    """Give a PNG of 20,000 × 20,000 points that is small on the line."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * 2_501 * 20_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def sheet() -> bytes:
    made = io.BytesIO()
    openpyxl.Workbook().save(made)
    return made.getvalue()


def with_entry(package: bytes, name: str, content: bytes) -> bytes:
    """Give the package with one more file in it."""
    made = io.BytesIO(package)
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr(name, content)
    return made.getvalue()


def zip_of(name: str, content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr(name, content)
    return made.getvalue()


PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2_000

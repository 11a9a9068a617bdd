"""Built files by their plain names, and which stored form of one to send.

``npm run build`` writes web/static/dist with a manifest; names in it carry a hash of the content, so that
browsers may keep them for a year. ``.br`` and ``.gz`` stand beside every file.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DIST = Path(__file__).parent / "static" / "dist"
PREFIX = "/static/dist/"
CACHE_CONTROL = "public, max-age=31536000, immutable"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*\.[a-z]+")
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}


class NotBuiltError(RuntimeError):
    """The front end has not been built, or a name is asked for that the build does not make."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The result of one build. Read once at start: a new build needs a restart."""

    files: Mapping[str, str]
    icons: frozenset[str]

    @classmethod
    def load(cls, folder: Path = DIST) -> "Manifest":
        """Raise NotBuiltError, saying what to run, where the build is missing."""
        try:
            data = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        except FileNotFoundError as missing:
            raise NotBuiltError(f"{folder} has no manifest.json: run `npm ci && npm run build`") from missing
        return cls(files=data["files"], icons=frozenset(data["icons"]))

    def url(self, name: str) -> str:
        """Address of a built file by its plain name, such as ``app.css``."""
        try:
            return PREFIX + self.files[name]
        except KeyError as missing:
            raise NotBuiltError(f"the build makes no {name!r}") from missing


@dataclass(frozen=True, slots=True)
class StoredForm:
    """What to send for one built file. ``encoding`` is empty where the plain file is sent."""

    path: Path
    media_type: str
    encoding: str


def stored_form(name: str, accept_encoding: str, folder: Path = DIST) -> StoredForm | None:
    """Choose the smallest form of a built file that the browser takes; None where there is no such file.

    ``name`` comes from the address and is never trusted: only a plain name directly inside the folder is
    served. Answers need ``Vary: Accept-Encoding``.
    """
    plain = folder / name
    if not _NAME.fullmatch(name) or plain.suffix not in _TYPES or not plain.is_file():
        return None
    accepted = {part.strip() for part in accept_encoding.split(",") if ";" not in part}
    for encoding, suffix in _ENCODINGS:
        packed = plain.with_name(plain.name + suffix)
        if encoding in accepted and packed.is_file():
            return StoredForm(packed, _TYPES[plain.suffix], encoding)
    return StoredForm(plain, _TYPES[plain.suffix], "")

"""The backup file: a tar of database dump, secret key and uploads, with a manifest of hashes at its end."""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from web.supervisor.explained import Explained

FORMAT = 1
MANIFEST = "MANIFEST.json"
DUMP = "database.dump"
SECRET_KEY = "secret_key"  # noqa: S105 - the name of a member
FILES = "files"

_PIECE = 1 << 20


class ArchiveError(Explained):
    """The backup file cannot be used; the message names the first thing that is wrong with it."""


@dataclass(frozen=True)
class Entry:
    """One member as the manifest promises it."""

    name: str
    size: int
    sha256: str


class Writer:
    """Adds members to a backup and remembers their hashes; `close` writes the manifest."""

    def __init__(self, file: IO[bytes]) -> None:
        self._tar = tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - closed by us
        self._entries: list[Entry] = []

    def add_bytes(self, name: str, content: bytes) -> None:
        """Add a small member."""
        self._add(name, len(content), io.BytesIO(content))

    def add_file(self, name: str, path: Path) -> None:
        """Add a file as it is now; one that shrinks meanwhile raises OSError."""
        with path.open("rb") as source:
            self._add(name, path.stat().st_size, source)

    def close(self, facts: dict[str, Any]) -> None:
        """Write the manifest with `facts` about where the backup comes from, and the end of the archive."""
        rows = [vars(entry) for entry in self._entries]
        text = json.dumps({"format": FORMAT, **facts, "entries": rows}, ensure_ascii=False, indent=1)
        content = text.encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size = len(content)
        self._tar.addfile(info, io.BytesIO(content))
        self._tar.close()

    def _add(self, name: str, size: int, source: IO[bytes]) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        hashing = _Hashing(source)
        self._tar.addfile(
            info, hashing
        )  # reads exactly `size` bytes, so a file that grows is cut where it was
        self._entries.append(Entry(name, size, hashing.total.hexdigest()))


class _Hashing(io.RawIOBase):
    """Hashes what is read through it."""

    def __init__(self, source: IO[bytes]) -> None:
        self.source = source
        self.total = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self.source.read(size)
        self.total.update(piece)
        return piece


def check(path: Path) -> dict[str, Any]:
    """Read the whole backup and compare it with its manifest; gives the manifest.

    Raises ArchiveError at the first member that is missing, additional, changed or badly named.
    """
    found: dict[str, Entry] = {}
    manifest: dict[str, Any] = {}
    for name, source in members(path):
        if name == MANIFEST:
            manifest = _manifest(path, b"".join(_pieces(path, source)))
        else:
            found[name] = _entry(name, _pieces(path, source))
    if manifest.get("format") != FORMAT:
        raise ArchiveError(
            f"{path} 不完整或不是乡治的备份。{path} is incomplete, or no backup of Xiangzhi's."
        )
    promised = {row["name"]: Entry(**row) for row in manifest["entries"]}
    for name in sorted({*found, *promised, DUMP, SECRET_KEY}):
        if name not in found or found[name] != promised.get(name):
            raise ArchiveError(
                f"{path} 已损坏：{name} 与清单不符。{path} is damaged: {name} is not what it was."
            )
    return manifest


def members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Walk through the members as they were written; raises ArchiveError where the tar itself is broken."""
    try:
        with tarfile.open(path, "r:") as tar:
            for info in tar:
                source = tar.extractfile(info) if info.isreg() else None
                if source is None or not _is_safe(info.name):
                    raise ArchiveError(f"{path}: {info.name} 不应出现在备份中 does not belong in a backup.")
                yield info.name, source
    except (tarfile.TarError, EOFError) as error:
        raise ArchiveError(f"{path} 已损坏或不是备份。{path} is damaged or no backup: {error}") from error


def unpack(path: Path, target: Path) -> None:
    """Write all members but the manifest below `target`, in folders of ours alone. Check the backup first."""
    for name, source in members(path):
        if name == MANIFEST:
            continue
        place = target / name
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with place.open("wb") as file:
            place.chmod(0o600)
            for piece in _pieces(path, source):
                file.write(piece)


def _manifest(path: Path, text: bytes) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise ArchiveError(f"{path} 的清单已损坏。The manifest of {path} is damaged: {error}") from error
    return manifest


def _pieces(path: Path, source: IO[bytes]) -> Iterator[bytes]:
    try:
        while piece := source.read(_PIECE):
            yield piece
    except tarfile.TarError as error:
        raise ArchiveError(f"{path} 不完整。{path} is incomplete: {error}") from error


def _entry(name: str, pieces: Iterator[bytes]) -> Entry:
    total, size = hashlib.sha256(), 0
    for piece in pieces:
        total.update(piece)
        size += len(piece)
    return Entry(name, size, total.hexdigest())


def _is_safe(name: str) -> bool:
    parts = PurePosixPath(name).parts
    known = name in {DUMP, SECRET_KEY, MANIFEST} or parts[0] == FILES
    return known and not name.startswith("/") and ".." not in parts

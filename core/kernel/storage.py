"""Where files lie: one port with few verbs, and a folder on disk as its default.

Keys are paths that begin with the county: ``330503/files/2026/…``. The verbs are synchronous and are called in threads
(``asyncio.to_thread``); an S3 store fits the same port. Nothing here knows who may read what: rows decide that.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from core.kernel.leftovers import drop_leftovers
from core.kernel.settings import get_settings

KEY: Final = re.compile(r"[0-9]{2,6}(/[0-9a-z][0-9a-z_-]*)+(\.[0-9a-z]+)?")


class NotStored(Exception):
    """There is nothing under this key."""


class Storage(Protocol):
    """The few verbs that every store has."""

    def put(self, key: str, source: BinaryIO) -> int:
        """Store what the source gives, whole or not at all, replacing what was there; gives its bytes."""

    def open(self, key: str) -> BinaryIO:
        """Give the content for reading. Raises ``NotStored``."""

    def exists(self, key: str) -> bool:
        """Whether there is something under the key."""

    def delete(self, key: str) -> None:
        """Take it away; nothing happens where there is nothing."""

    def list(self, prefix: str) -> Iterator[str]:
        """Give the keys below a prefix that ends with a slash, sorted."""


class FolderStorage:
    """Files in a folder. A file appears under its name when all of it is on the disk, so a crash leaves no half."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._unfinished = root / ".unfinished"

    def put(self, key: str, source: BinaryIO) -> int:
        path = self._path(key)
        self._unfinished.mkdir(mode=0o700, parents=True, exist_ok=True)
        drop_leftovers(self._unfinished, "*")
        handle, name = tempfile.mkstemp(dir=self._unfinished)
        try:
            with os.fdopen(handle, "wb") as file:
                shutil.copyfileobj(source, file, 1024 * 1024)
                file.flush()
                os.fsync(file.fileno())
                size = file.tell()
            _move(Path(name), path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
        return size

    def open(self, key: str) -> BinaryIO:
        try:
            return self._path(key).open("rb")
        except FileNotFoundError:
            raise NotStored(key) from None

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def delete(self, key: str) -> None:
        path = self._path(key)
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == self._root:
                return
            try:
                folder.rmdir()
            except OSError:  # not empty, or another one was faster
                return

    def list(self, prefix: str) -> Iterator[str]:
        folder = self._path(f"{prefix}x").parent
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield path.relative_to(self._root).as_posix()

    def _path(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise ValueError(f"not a storage key: {key!r}")
        return self._root / key


def _move(source: Path, target: Path) -> None:
    """Give the file its name; a folder that a delete found empty meanwhile is made again."""
    for last in (False, False, True):
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            source.replace(target)
        except FileNotFoundError:
            if last:
                raise
        else:
            return


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@cache
def get_storage() -> Storage:
    """Give the store of this process."""
    return FolderStorage(get_settings().folder.files)

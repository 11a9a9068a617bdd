"""What killed processes left half done goes with the next piece of work; what is being worked on stays."""

import io
import os
import tempfile
import time
from pathlib import Path

import pytest

from core.kernel.apart import workspace
from core.kernel.storage import FolderStorage

LONG_AGO = time.time() - 2 * 86_400


def aged(path: Path) -> Path:
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def test_a_workspace_takes_the_place_of_those_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left, busy, other = (tmp_path / name for name in ("xz-work-left", "xz-work-busy", "others"))
    for folder in (left, busy, other):
        folder.mkdir()
        (folder / "source").write_bytes(b"personal")
    aged(left)
    aged(other)
    async with workspace() as folder:
        assert names_in(tmp_path) == {folder.name, "others", "xz-work-busy"}
    assert names_in(tmp_path) == {"others", "xz-work-busy"}


def test_a_store_takes_away_what_was_never_finished(tmp_path: Path) -> None:
    half = tmp_path / ".unfinished"
    half.mkdir()
    left, busy = half / "left", half / "busy"
    for file in (left, busy):
        file.write_bytes(b"half")
    aged(left)
    FolderStorage(tmp_path).put("330503/files/a", io.BytesIO(b"whole"))
    assert list(half.iterdir()) == [busy]
    assert list(FolderStorage(tmp_path).list("330503/")) == ["330503/files/a"]

"""The right to run on a data folder; the kernel takes it back when its holder ends, however that ends."""

import fcntl
import json
import os
from contextlib import suppress

from core.kernel.embedded import DataFolder
from web.supervisor.explained import Explained


class LockedError(Explained):
    """Somebody else runs on this data folder; the message names process and address."""


class FolderLock:
    """Hold the folder for the time of a `with` block. Raises LockedError at once, never waits."""

    def __init__(self, folder: DataFolder, address: str = "") -> None:
        self.folder = folder
        self.address = address
        folder.create()
        self._file = (folder.root / "lock").open("a+", encoding="utf-8")

    def __enter__(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(self._refusal()) from None
        self._file.truncate(0)
        self._file.write(json.dumps({"pid": os.getpid(), "address": self.address}))
        self._file.flush()

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _refusal(self) -> str:
        self._file.seek(0)
        holder = {"pid": "?", "address": ""}
        with suppress(ValueError):
            holder = json.loads(self._file.read())
        self._file.close()
        who = " ".join(str(value) for value in holder.values() if value)
        root = self.folder.root
        return (
            f"数据目录 {root} 正由另一个乡治使用（进程 {who}）。"
            "请先停止它，或用 XIANGZHI_DATA 指定另一个目录。\n"
            f"Another Xiangzhi is using the data folder {root} (process {who}): "
            "stop it first, or name another folder in XIANGZHI_DATA."
        )


def is_held(folder: DataFolder) -> bool:
    """Tell whether somebody runs on the folder now; nothing is created or changed."""
    try:
        with (folder.root / "lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False

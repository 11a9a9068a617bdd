"""Recognising processes: a bare pid proves nothing, because the kernel hands it out again."""

import os
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
_START_TIME = 19  # the field of /proc/PID/stat after the name: clock ticks after boot


def start_time(pid: int) -> int | None:
    """Give when a process was started, in ticks after boot; None when it does not run or /proc is missing."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text("utf-8").rpartition(")")[2].split()
    except (OSError, UnicodeDecodeError):
        return None
    return None if fields[0] in "ZX" else int(fields[_START_TIME])


def is_same(pid: int, started: int) -> bool:
    """Whether this pid still is the process that was started then."""
    return start_time(pid) == started


def working_in(folder: Path) -> list[int]:
    """Find the processes that work in `folder`: in a cluster's folder, the server and its helpers."""
    place = folder.resolve()
    found = []
    for entry in _PROC.glob("[0-9]*"):
        with suppress(OSError):
            if (entry / "cwd").readlink() == place and start_time(int(entry.name)) is not None:
                found.append(int(entry.name))
    return found


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Look every 20 ms until the condition holds; False when it never did."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def send(pids: Iterable[int], number: signal.Signals) -> None:
    """Signal processes, of which some may have ended meanwhile."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)

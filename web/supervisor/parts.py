"""The parts that the supervisor keeps alive, and the note that says which processes are ours."""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from web.supervisor import processes

_STEADY_SECONDS = 2.0  # a part that lived this long had a good start; its next death counts as the first
_LONGEST_WAIT = 4.0  # so that every part is up again within five seconds

Process = subprocess.Popen[bytes]


@dataclass
class Part:
    """One process that is started again whenever it ends."""

    name: str
    launch: Callable[[], Process]
    process: Process | None = None
    _started: float = 0.0
    _deaths: int = 0
    _due: float = field(default=0.0)

    def start(self) -> Process:
        """Start it now."""
        self._started = time.monotonic()
        self._due = 0.0
        self.process = self.launch()
        return self.process

    def look(self) -> bool:
        """Start it again if it has ended and its pause is over; true when it was started."""
        if self.process is None or self.process.poll() is None:
            return False
        moment = time.monotonic()
        if not self._due:
            self._deaths = 1 if moment - self._started > _STEADY_SECONDS else self._deaths + 1
            self._due = moment + pause_after(self._deaths)
        if moment < self._due:
            return False
        self.start()
        return True

    def tell(self, number: signal.Signals) -> None:
        """Signal it if it runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def wait(self, seconds: float) -> None:
        """Wait for its end, and end it at the latest when the time is up."""
        if self.process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(max(seconds, 0.0))
        self.process.kill()
        self.process.wait()


def pause_after(deaths: int) -> float:
    """Give the seconds to wait before the next start: none after a first death, then doubling to a limit."""
    return 0.0 if deaths < 2 else min(0.25 * 2**deaths, _LONGEST_WAIT)  # noqa: PLR2004 - the second in a row


def note(path: Path, parts: Iterable[Part]) -> None:
    """Write down which processes are ours, with their start times: a pid alone may be a stranger's later."""
    rows = [
        {"name": part.name, "pid": part.process.pid, "started": processes.start_time(part.process.pid)}
        for part in parts
        if part.process is not None
    ]
    unfinished = path.with_suffix(".new")
    unfinished.write_text(json.dumps(rows), "utf-8")
    unfinished.replace(path)


def end_noted(path: Path, *, seconds: float = 3.0) -> list[str]:
    """End the processes of an earlier run that still live, give their names; strangers are left alone."""
    try:
        rows = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return []
    ours = [
        row for row in rows if row["started"] is not None and processes.is_same(row["pid"], row["started"])
    ]

    def all_gone() -> bool:
        return not any(processes.is_same(row["pid"], row["started"]) for row in ours)

    processes.send((row["pid"] for row in ours), signal.SIGTERM)
    if not processes.wait_until(all_gone, seconds):
        processes.send((row["pid"] for row in ours), signal.SIGKILL)
        processes.wait_until(all_gone, seconds)
    return [row["name"] for row in ours]

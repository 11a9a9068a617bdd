"""A real `xiangzhi serve` under test: started, watched, killed and looked after."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from urllib.error import URLError
from urllib.request import urlopen

from core.kernel.embedded import DataFolder
from tests.patience import patience
from web.supervisor import processes

START_SECONDS = 150.0  # the first start loads the regions of the whole country


def free_port() -> int:
    """Find a port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served:
    """One run of the product on one data folder, without demo data."""

    def __init__(self, folder: DataFolder, port: int) -> None:
        self.folder = folder
        self.port = port
        folder.root.parent.mkdir(exist_ok=True)
        self.output = folder.root.parent / f"{folder.root.name}.out"
        self.began = time.monotonic()
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "web.cli", "serve"],
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def environment(self) -> dict[str, str]:
        """Give the environment that commands on this data folder need too."""
        return {
            **os.environ,
            "XIANGZHI_DATA": str(self.folder.root),
            "XIANGZHI_PORT": str(self.port),
            "XIANGZHI_DEMO": "0",
        }

    def wait_ready(self) -> float:
        """Wait until it says where it answers; gives the seconds since it was started."""

        def said() -> bool:
            return self.process.poll() is not None or "is ready" in self.text()

        assert processes.wait_until(said, START_SECONDS * patience()), self.text()
        assert self.process.poll() is None, self.text()
        return time.monotonic() - self.began

    def text(self) -> str:
        """Give all it printed."""
        return self.output.read_text("utf-8", errors="replace")

    def status(self, path: str = "/readyz") -> int:
        """Ask for a page; 0 when there is no answer."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=2) as answer:
                return int(answer.status)
        except (URLError, OSError) as error:
            return getattr(error, "code", 0)

    def pids(self) -> dict[str, int]:
        """Give the pids of all parts by name, the database's server included."""
        rows = json.loads((self.folder.root / "processes.json").read_text("utf-8"))
        found = {row["name"]: row["pid"] for row in rows}
        lock = (self.folder.database / "postmaster.pid").read_text("ascii")
        return {**found, "database": int(lock.split()[0])}

    def is_up(self) -> bool:
        """Whether every part runs and the pages can be served."""
        try:
            alive = all(processes.start_time(pid) for pid in self.pids().values())
        except (OSError, ValueError, IndexError):
            return False
        return alive and self.status() == 200

    def kill(self, name: str) -> float:
        """Kill one part without warning and wait until all is well again; gives the seconds that took."""
        before = self.pids()[name]
        os.kill(before, signal.SIGKILL)
        began = time.monotonic()

        def replaced() -> bool:
            return processes.start_time(before) is None and self.is_up() and self.pids()[name] != before

        assert processes.wait_until(replaced, 20.0 * patience()), self.text()
        return time.monotonic() - began

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """End it as Ctrl-C does and give its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(30)


def all_gone(pids: dict[str, int]) -> bool:
    """Whether none of these processes runs any more."""
    return not any(processes.start_time(pid) for pid in pids.values())

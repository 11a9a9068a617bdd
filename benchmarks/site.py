"""The place of measuring: an embedded cluster of its own in a temporary folder, databases in it, and processes that serve.

The database has the settings of production, durability included. Nothing here reaches the machine's own PostgreSQL or the
developer's data folder, and nothing stays behind.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from unittest.mock import patch

import asyncpg

from benchmarks.load import LoadError
from core.extension.manager import boot
from core.kernel import settings as kernel_settings
from core.kernel.database import close_pool, open_pool
from core.kernel.embedded import LOGIN_ROLES, DataFolder, load_secrets
from core.kernel.roles import APP, OWNER, prepare_database
from core.kernel.settings import PREFIX, Settings
from web.supervisor import processes
from web.supervisor.cluster import Cluster
from web.supervisor.migrate import migrate

TEMPLATE = "bench_template"
KEY = "5e" * 32
PROCESSES = 2
_READY_SECONDS = 60.0


@dataclass(frozen=True)
class Site:
    """The running cluster, and the migrated database in it that others are copied from."""

    cluster: Cluster
    template: str = TEMPLATE

    def settings(self, database: str) -> Settings:
        """Configure a process that works on one of the databases."""
        app, relay, migrator = (self.cluster.url(role, database) for role in LOGIN_ROLES)
        return Settings(
            data=self.cluster.folder.root, base_url="http://127.0.0.1", demo=False, secret_key=KEY,
            database_url=app, relay_database_url=relay, migrator_database_url=migrator,
        )  # fmt: skip

    def admin_url(self, database: str) -> str:
        """Give the superuser's address, for filling and for floors without policies."""
        return self.cluster.url(database=database)


@asynccontextmanager
async def site() -> AsyncIterator[Site]:
    """Build the cluster and a migrated database to copy from; remove everything in the end."""
    folder = DataFolder(Path(tempfile.mkdtemp(prefix="xzb-")))  # short, so that the database's socket fits
    cluster = Cluster(folder)
    server = None
    with patch.dict(os.environ, _without_ours(os.environ), clear=True):
        try:
            cluster.prepare()
            server = cluster.start()
            cluster.wait_ready(server)
            made = Site(cluster)
            passwords = load_secrets(folder).passwords
            await prepare_database(cluster.url(), TEMPLATE, {role: passwords[role] for role in LOGIN_ROLES})
            await migrate(made.settings(TEMPLATE))
            yield made
        finally:
            if server is not None:
                cluster.stop(server)
            shutil.rmtree(folder.root, ignore_errors=True)


def _without_ours(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not name.startswith(PREFIX)}


async def make_database(at: Site, name: str) -> str:
    """Copy the migrated database."""
    connection = await asyncpg.connect(at.cluster.url())
    try:
        await connection.execute(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {at.template} STRATEGY FILE_COPY")
    finally:
        await connection.close()
    await prepare_database(at.cluster.url(), name, {})
    return name


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Connect and close in any case."""
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def working_on(at: Site, database: str) -> AsyncIterator[Settings]:
    """Let actions of this process work on a database, as a worker would."""
    settings = at.settings(database)
    with patch.object(kernel_settings, "get_settings", lambda: settings):
        boot()
        await open_pool(settings.database_url, size=4)
        try:
            yield settings
        finally:
            await close_pool()


@dataclass(frozen=True)
class Served:
    """Processes that answer on one port."""

    port: int
    pids: tuple[int, ...]

    def processor_ms(self, at: Site) -> float:
        """Give the processor time that these processes and the database have used up to now (Linux; else 0)."""
        return 1e3 * sum(_used(pid) for pid in (*self.pids, *processes.working_in(at.cluster.folder.database)))


def _used(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving_product(at: Site, database: str) -> Iterator[Served]:
    """Serve the product by two processes on one socket, started as the supervisor starts them."""
    settings = at.settings(database)
    environment = {
        "DATA": str(settings.data), "DEMO": "0", "SECRET_KEY": KEY, "DATABASE_URL": settings.database_url,
        "RELAY_DATABASE_URL": settings.relay_database_url,
    }  # fmt: skip
    named = {PREFIX + name: value for name, value in environment.items()}
    with _serving("web.supervisor.web_process", named) as served:
        yield served


@contextmanager
def serving_floor(at: Site, database: str, *, as_app: bool = False) -> Iterator[Served]:
    """Serve the floor in the same way: as the superuser without policies, or as the application under them."""
    url = at.cluster.url(APP, database) if as_app else at.admin_url(database)
    named = {"FLOOR_DSN": url, PREFIX + "DATA": str(at.cluster.folder.root), PREFIX + "DEMO": "0"}
    with _serving("benchmarks.floor.serve", named) as served:
        yield served


@contextmanager
def _serving(module: str, environment: Mapping[str, str]) -> Iterator[Served]:
    watched, ours = os.pipe()  # the processes end when we do
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(2048)
        port: int = listening.getsockname()[1]
        number = listening.fileno()
        command = [sys.executable, "-m", "web.supervisor.child", str(watched), module, str(number)]
        log = Path(tempfile.gettempdir()) / f"xzb-{port}.log"
        with log.open("wb") as output:
            started = [
                subprocess.Popen(
                    command, pass_fds=(watched, number), env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
                    stdout=output, stderr=output, start_new_session=True,
                )
                for _ in range(PROCESSES)
            ]  # fmt: skip
    try:
        _wait_until_all_answer(port, started, log)
        yield Served(port, tuple(process.pid for process in started))
    except LoadError as error:
        ends = [process.poll() for process in started]
        raise LoadError(f"{error} ({module} ended: {ends}): {_end_of(log)}") from error
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(30)
        os.close(watched)
        os.close(ours)
        log.unlink(missing_ok=True)


def _end_of(log: Path) -> str:
    return log.read_text("utf-8", errors="replace")[-2_000:]


def _wait_until_all_answer(port: int, started: "list[subprocess.Popen[bytes]]", log: Path) -> None:
    """Any answer counts: a process that accepts has finished its start. Both are up when many in a row were quick."""
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        if any(process.poll() is not None for process in started):
            raise RuntimeError(f"a process ended: {_end_of(log)}")
        connection = HTTPConnection("127.0.0.1", port, timeout=2.0)
        try:
            connection.request("GET", "/livez")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            break
        finally:
            connection.close()
    time.sleep(2.0)  # the slower of the two

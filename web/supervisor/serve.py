"""The supervisor: starts database, web, worker and ticker, keeps them alive, and stops them in order.

It is the only owner of the data folder while it runs (a lock), and the only parent of everything it starts.
Each child ends when it does, so a kill -9 leaves at most processes that are on their way out; the next start
ends those first.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from types import FrameType

from core.kernel.settings import Settings, command_line
from web.supervisor import stages
from web.supervisor.cluster import Cluster
from web.supervisor.explained import Explained
from web.supervisor.lock import FolderLock
from web.supervisor.parts import Part, Process, end_noted, note

_LOOK_EVERY = 0.1
_STOP_SECONDS = 20.0  # a chunk of long work in hand may end first; what is cut off is done again
_READY_SECONDS = 60.0
_BACKLOG = 2048


class ServeError(Explained):
    """The product cannot be started here and now; the message says in both languages what to do."""


class Supervisor:
    """One run of the product on one data folder."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.cluster = Cluster(settings.folder) if settings.embedded else None
        self.database = Part("database", self._launch_database)
        self.parts: list[Part] = []
        self._pipe, self._our_end = os.pipe()  # closes with us, whatever happens to us
        self._telling: Process | None = None
        self._stop_asked = 0
        self._note = settings.folder.root / "processes.json"

    def run(self) -> None:
        """Start everything, print where it answers, watch until told to stop, and leave nothing behind."""
        began = time.monotonic()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        with FolderLock(self.settings.folder, self.settings.base_url):
            end_noted(self._note)  # first: what a killed run left may still hold our port
            with listen(self.settings) as listening:
                self._serve(listening, began)

    def _serve(self, listening: socket.socket, began: float) -> None:
        try:
            self._start(listening)
            if not self._stop_asked:
                stages.print_took("合计 in all", time.monotonic() - began)
                self._say(f"乡治已启动 Xiangzhi is ready: {self.settings.base_url}")
                self._say_accounts()
                self._watch()
        finally:
            self._stop()

    def _say_accounts(self) -> None:
        if not self.settings.demo:
            create = command_line(self.settings, "xiangzhi operator create")
            self._say(f"没有演示数据。第一个账号这样建 no demo data; to make the first account: {create}")
        else:
            command = command_line(self.settings, "xiangzhi demo accounts")
            self._say(f"演示账号 demo accounts ({command}):")
            self._telling = self._launch("web.cli", "demo", "accounts")

    def _start(self, listening: socket.socket) -> None:
        if self.cluster:
            began = time.monotonic()
            self.cluster.prepare()
            self.cluster.wait_ready(self.database.start())
            stages.print_took("启动数据库 database", time.monotonic() - began)
        self._run_stages()
        began = time.monotonic()
        web, jobs = self._parts(listening)
        self.parts = [*web, *jobs]
        self._start_parts(web)
        if web and not self._stop_asked:
            self._wait_for_web()
            stages.print_took("启动网页 web", time.monotonic() - began)
        self._start_parts(jobs)  # people wait for the pages; what follows from their deeds may be a moment later

    def _start_parts(self, parts: Sequence[Part]) -> None:
        for part in parts:
            if not self._stop_asked:
                part.start()
        self._write_note()

    def _run_stages(self) -> None:
        """Run the stages in a child; a stop asked meanwhile reaches it and ends it."""
        child = Part("stages", partial(self._launch, "web.supervisor.stages"))
        process = child.start()
        while process.poll() is None and not self._stop_asked:
            time.sleep(_LOOK_EVERY / 5)
        if self._stop_asked:
            child.tell(signal.SIGTERM)
            child.wait(_STOP_SECONDS)
        elif process.returncode:
            raise ServeError("启动没有完成，原因见上。The start did not finish; the reason is above.")

    def _parts(self, listening: socket.socket) -> tuple[list[Part], list[Part]]:
        number = listening.fileno()
        serve = partial(self._launch, "web.supervisor.web_process", str(number), pass_fds=(number,))
        web = [Part(f"web-{index + 1}", serve) for index in range(self.settings.web_processes)]
        jobs = [name for name in ("worker", "ticker") if stages.exists(f"core.jobs.{name}")]
        return web, [Part(name, partial(self._launch, f"core.jobs.{name}")) for name in jobs]

    def _launch(self, module: str, *words: str, pass_fds: tuple[int, ...] = ()) -> Process:
        # A session of its own: Ctrl-C reaches the supervisor alone, which then stops the parts in order.
        return subprocess.Popen(
            [sys.executable, "-m", "web.supervisor.child", str(self._pipe), module, *words],
            pass_fds=(self._pipe, *pass_fds),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _launch_database(self) -> Process:
        if self.cluster is None:
            raise RuntimeError("the database is not ours")
        return self.cluster.start()

    def _watch(self) -> None:
        while not self._stop_asked:
            if self.cluster:
                self._watch_database(self.cluster)
            restarted = [part for part in self.parts if part.look()]
            for part in restarted:
                self._say(f"{part.name} 已重新启动 was started again")
            if restarted:
                self._write_note()
            time.sleep(_LOOK_EVERY)

    def _watch_database(self, cluster: Cluster) -> None:
        """Start a dead database again. Where it had a TCP port and lost it, all parts follow."""
        before = cluster.url()
        if self.database.look():
            self._say("database 已重新启动 was started again")
            self._write_note()
            if cluster.url() != before:
                for part in self.parts:
                    part.tell(signal.SIGTERM)

    def _wait_for_web(self) -> None:
        """Return when a page process answers; a part that ends before that has said why, so we give up."""
        deadline = time.monotonic() + _READY_SECONDS
        while not self._stop_asked and not self._answers():
            ended = [part.name for part in self.parts if part.process and part.process.poll() is not None]
            if ended or time.monotonic() > deadline:
                name = ", ".join(ended) or "web"
                raise ServeError(f"{name} 没有就绪，原因见上。{name} did not get ready; the reason is above.")
            time.sleep(_LOOK_EVERY)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(self.settings.host, self.settings.port, timeout=1.0)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status < http.client.INTERNAL_SERVER_ERROR
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_asked += 1
        if self._stop_asked > 1:  # asked twice: whoever asks does not want to wait
            for part in self.parts:
                part.tell(signal.SIGKILL)

    def _stop(self) -> None:
        """Stop serving first, then jobs, then the database that both wrote to."""
        serving = [part for part in self.parts if part.name != "worker"]
        working = [part for part in self.parts if part.name == "worker"]
        for group in (serving, working):
            deadline = time.monotonic() + _STOP_SECONDS
            for part in group:
                part.tell(signal.SIGTERM)
            for part in group:
                part.wait(deadline - time.monotonic())
        if self.cluster and self.database.process is not None:
            self.cluster.stop(self.database.process)
        if self._telling is not None:
            self._telling.wait()
        self._note.unlink(missing_ok=True)
        self._say("已停止 stopped")

    def _write_note(self) -> None:
        note(self._note, self.parts)

    @staticmethod
    def _say(text: str) -> None:
        with suppress(OSError):  # the terminal may be gone; the work goes on
            print(text, flush=True)  # noqa: T201 - this is the output of `serve`


def refuse_taken_port(settings: Settings) -> None:
    """Raise ServeError where a first start would find its port taken, before anything is made in the folder.

    A folder that is there already may have processes of a killed run on the port, which the start ends itself.
    """
    if not settings.folder.root.exists():
        listen(settings).close()


def listen(settings: Settings) -> socket.socket:
    """Open the one listening socket. Connections made before the pages are ready wait in its queue."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((settings.host, settings.port))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        place = f"{settings.host}:{settings.port}"
        raise ServeError(
            f"无法监听 {place}（{error.strerror}）。请用 XIANGZHI_PORT 换一个端口。\n"
            f"Cannot listen on {place} ({error.strerror}): choose another port with XIANGZHI_PORT."
        ) from None
    return listening

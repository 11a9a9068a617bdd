"""A part is started again, a stranger is never ended, and a part that keeps dying is given pauses."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.patience import patience
from tests.web.supervisor.served import all_gone
from web.supervisor import processes
from web.supervisor.parts import Part, end_noted, note, pause_after

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)",
]


def sleeper() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(SLEEPER)


def test_pauses_grow_and_stay_under_five_seconds() -> None:
    assert [pause_after(deaths) for deaths in range(1, 8)] == [0.0, 1.0, 2.0, 4.0, 4.0, 4.0, 4.0]


def test_part_that_runs_is_left_alone() -> None:
    part = Part("one", sleeper)
    process = part.start()
    assert not part.look()
    assert part.process is process
    part.tell(signal.SIGTERM)
    part.wait(5)
    assert process.returncode == -signal.SIGTERM


def test_part_that_died_is_started_at_once_and_then_later() -> None:
    part = Part("one", lambda: subprocess.Popen([sys.executable, "-c", ""]))
    part.start().wait()
    assert part.look()
    again = part.process
    assert again is not None
    again.wait()
    assert not part.look()  # the second death in a row: not yet
    began = time.monotonic()
    assert processes.wait_until(part.look, 3.0 * patience())
    assert 0.5 < time.monotonic() - began < 2.0 * patience()
    part.wait(5)


def test_part_that_does_not_listen_is_ended() -> None:
    part = Part("one", lambda: subprocess.Popen(STUBBORN, stdout=subprocess.PIPE))
    process = part.start()
    assert process.stdout is not None
    assert process.stdout.readline() == b"1\n"
    part.tell(signal.SIGTERM)
    part.wait(0.2)
    assert process.returncode == -signal.SIGKILL
    process.stdout.close()


def test_noted_processes_of_a_killed_run_are_ended(tmp_path: Path) -> None:
    parts = [Part("one", sleeper), Part("two", sleeper)]
    for part in parts:
        part.start()
    note(tmp_path / "note.json", parts)
    assert end_noted(tmp_path / "note.json") == ["one", "two"]
    assert all_gone({part.name: part.process.pid for part in parts if part.process})
    for part in parts:
        part.wait(5)


def test_stubborn_process_of_a_killed_run_is_killed(tmp_path: Path) -> None:
    part = Part("one", lambda: subprocess.Popen(STUBBORN, stdout=subprocess.PIPE))
    process = part.start()
    assert process.stdout is not None
    process.stdout.readline()
    note(tmp_path / "note.json", [part])
    end_noted(tmp_path / "note.json", seconds=0.2)
    assert process.wait(5) == -signal.SIGKILL
    process.stdout.close()


@pytest.mark.parametrize("started", [12, None])
def test_stranger_who_has_the_pid_by_now_is_safe(tmp_path: Path, started: int | None) -> None:
    with sleeper() as stranger:
        rows = [{"name": "web-1", "pid": stranger.pid, "started": started}]
        (tmp_path / "note.json").write_text(json.dumps(rows), "utf-8")
        assert end_noted(tmp_path / "note.json") == []
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.parametrize("content", [None, "", "{half"])
def test_missing_or_broken_note_ends_nothing(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "note.json").write_text(content, "utf-8")
    assert end_noted(tmp_path / "note.json") == []

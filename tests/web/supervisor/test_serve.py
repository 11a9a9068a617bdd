"""`xiangzhi serve` as an operator meets it: real processes, started, doubled, killed, backed up and stopped.

The tests of this module share one data folder and run in order, since a first start loads the whole country.
"""

import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.kernel.embedded import DataFolder
from tests.patience import patience
from tests.web.supervisor.served import Served, all_gone, free_port
from web.supervisor import processes

pytestmark = pytest.mark.fault

LATER_START_SECONDS = 8.0
RESTART_SECONDS = 5.0
IMPORT_SECONDS = 1.5


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """Give a short path that only we may enter, as a home folder is."""
    path = Path(tempfile.mkdtemp(prefix="xz-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def served(place: Path) -> Iterator[Served]:
    """Serve from an empty data folder."""
    served = Served(DataFolder(place / "one"), free_port())
    try:
        served.wait_ready()
        yield served
    finally:
        served.stop()


def slowness() -> float:
    """Say how much slower than alone this machine is now; the limits are for two idle cores.

    Importing the pages alone takes about a second and a half there; on a machine busy with other work the limits grow.
    """
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "import web.app"], check=True)
    return max(1.0, (time.monotonic() - began) / IMPORT_SECONDS)


def command(
    served: Served, *words: str, folder: DataFolder | None = None
) -> "subprocess.CompletedProcess[str]":
    environment = served.environment()
    if folder:
        environment["XIANGZHI_DATA"] = str(folder.root)
    return subprocess.run(
        [sys.executable, "-m", "web.cli", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_first_start_names_its_stages_and_its_address(served: Served) -> None:
    assert f"http://127.0.0.1:{served.port}" in served.text()
    assert "migrations" in served.text()
    assert f"XIANGZHI_DATA={served.folder.root} xiangzhi operator create" in served.text()
    assert served.status("/livez") == 200
    assert served.status("/readyz") == 200


def test_second_start_on_the_same_folder_is_refused_and_harms_nothing(served: Served) -> None:
    answer = command(served, "serve")
    assert answer.returncode == 2
    assert f"process {served.process.pid} http://127.0.0.1:{served.port}" in answer.stderr
    assert served.is_up()


def test_taken_port_is_named_before_anything_is_made(served: Served, place: Path) -> None:
    other = DataFolder(place / "never")
    answer = command(served, "serve", folder=other)
    assert answer.returncode == 2
    assert f"127.0.0.1:{served.port}" in answer.stderr
    assert "XIANGZHI_PORT" in answer.stderr
    assert not other.root.exists()


def test_wrong_setting_is_named_in_both_languages(served: Served) -> None:
    environment = {**served.environment(), "XIANGZHI_WEB_PROCESSES": "many"}
    words = [sys.executable, "-m", "web.cli", "serve"]
    answer = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert answer.stderr.startswith("XIANGZHI_WEB_PROCESSES: 应为整数 / ")


@pytest.mark.parametrize("name", ["web-1", "web-2", "worker", "ticker", "database"])
def test_killed_part_is_back_within_five_seconds(served: Served, name: str) -> None:
    before = slowness()
    assert served.kill(name) < RESTART_SECONDS * max(before, slowness())


def test_doctor_finds_nothing_wrong_while_serving(served: Served) -> None:
    answer = command(served, "doctor")
    assert "✗" not in answer.stdout
    assert answer.returncode == 0


def test_backup_made_while_serving_restores_into_an_empty_folder(served: Served, place: Path) -> None:
    (served.folder.files / "330503").mkdir()
    (served.folder.files / "330503" / "photo").write_bytes(b"evidence")
    backup = place / "backup.tar"
    assert command(served, "backup", str(backup)).returncode == 0
    assert backup.stat().st_mode & 0o777 == 0o600
    copy = DataFolder(place / "copy")
    restored = command(served, "restore", str(backup), folder=copy)
    assert restored.returncode == 0, restored.stderr
    assert "the old data is kept" not in restored.stdout  # there was none
    assert list(copy.root.glob("replaced-*")) == []
    assert (copy.files / "330503" / "photo").read_bytes() == b"evidence"
    twin = Served(copy, free_port())
    try:
        twin.wait_ready()
        assert twin.is_up()
        assert served.is_up()  # two data folders at once
    finally:
        assert twin.stop(signal.SIGTERM) == 0


def test_backup_does_not_overwrite(served: Served, place: Path) -> None:
    answer = command(served, "backup", str(place / "backup.tar"))
    assert answer.returncode == 2
    assert "is not overwritten" in answer.stderr


def test_restore_is_refused_over_data_and_while_serving(served: Served, place: Path) -> None:
    answer = command(served, "restore", str(place / "backup.tar"))
    assert answer.returncode == 2
    assert "--force" in answer.stderr
    answer = command(served, "restore", "--force", str(place / "backup.tar"))
    assert answer.returncode == 2
    assert f"process {served.process.pid}" in answer.stderr
    assert served.is_up()


def test_damaged_backup_is_refused_and_changes_nothing(served: Served, place: Path) -> None:
    backup = place / "backup.tar"
    with tarfile.open(backup) as tar:
        offset = tar.getmember("database.dump").offset_data
    damaged = place / "damaged.tar"
    shutil.copy(backup, damaged)
    with damaged.open("r+b") as file:
        file.seek(offset + 1000)
        file.write(b"damaged")
    folder = DataFolder(place / "copy")
    before = folder.secrets.read_bytes()
    answer = command(served, "restore", "--force", str(damaged), folder=folder)
    assert answer.returncode == 2
    assert "database.dump" in answer.stderr
    assert folder.secrets.read_bytes() == before


def test_killed_supervisor_leaves_nothing_running(served: Served) -> None:
    pids = served.pids()
    served.process.kill()
    served.process.wait()
    assert processes.wait_until(lambda: all_gone(pids), 10.0 * patience())


def test_later_start_is_quick(served: Served) -> None:
    before = slowness()
    again = Served(served.folder, served.port)
    served.process = again.process
    assert again.wait_ready() < LATER_START_SECONDS * max(before, slowness())


def test_start_right_after_everything_was_killed_takes_over(served: Served) -> None:
    pids = served.pids()
    processes.send([served.process.pid, pids["web-1"], pids["database"]], signal.SIGKILL)
    served.process.wait()
    again = Served(served.folder, served.port)
    served.process = again.process
    again.wait_ready()
    assert again.is_up()
    assert all_gone(pids)


def test_ctrl_c_leaves_nothing(served: Served) -> None:
    pids = served.pids()
    assert served.stop() == 0
    assert all_gone(pids)
    assert processes.working_in(served.folder.database) == []
    assert not (served.folder.root / "processes.json").exists()
    socket.create_server(("127.0.0.1", served.port)).close()

"""Every process logs in the one shape from its first line, and what nobody catches ends there too, without variables' values."""

import json
import socket
import subprocess
import sys
from uuid import uuid4

import pytest

from tests.databases import SECRET_KEY
from tests.measured import measured
from tests.web.supervisor.served import free_port

HIDDEN = "a-word-in-the-address"
PHONE = "13812345678"


def environment() -> dict[str, str]:
    """Name a database that does not answer."""
    url = f"postgresql://xiangzhi_app:{HIDDEN}@127.0.0.1:{free_port()}/nothing"
    return {
        **measured(), "XIANGZHI_DATABASE_URL": url, "XIANGZHI_RELAY_DATABASE_URL": url, "XIANGZHI_DEMO": "0",
        "XIANGZHI_SECRET_KEY": SECRET_KEY, "XIANGZHI_LOG_FORMAT": "json",
    }  # fmt: skip


@pytest.mark.parametrize("module", ["core.jobs.worker", "core.jobs.ticker"])
def test_jobs_log_as_the_settings_say_without_a_supervisor(module: str) -> None:
    words = [sys.executable, "-m", module]
    with subprocess.Popen(words, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = json.loads(process.stdout.readline())
        finally:
            process.kill()
    assert (line["event"], line["level"]) == ("the database does not answer yet", "warning")


def test_pages_log_as_the_settings_say_without_a_supervisor() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        number = listening.fileno()
        words = [sys.executable, "-m", "web.supervisor.web_process", str(number)]
        answer = subprocess.run(
            words, env=environment(), pass_fds=(number,), capture_output=True, text=True, check=False
        )
    lines = [json.loads(line) for line in answer.stdout.splitlines()]
    assert "ConnectionRefusedError" in "".join(line["event"] + line.get("exception", "") for line in lines)
    assert {line["logger"] for line in lines} == {"uvicorn.error"}
    assert (answer.stderr, HIDDEN in answer.stdout) == ("", False)


def test_command_that_breaks_leaves_its_output_alone_and_shows_no_values() -> None:
    words = [sys.executable, "-m", "web.cli", "person", "export", "330503", str(uuid4())]
    answer = subprocess.run(words, env=environment(), capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout) == (1, "")
    [line] = [json.loads(line) for line in answer.stderr.splitlines()]
    assert (line["event"], line["level"]) == ("nobody caught this", "critical")
    assert line["exception"].startswith("Traceback (most recent call last):\n")
    assert "ConnectionRefusedError" in line["exception"]
    assert HIDDEN not in answer.stderr


def test_what_nobody_caught_is_blotted_in_threads_too() -> None:
    program = (
        "import sys, threading; from core.kernel.logs import configure; configure('text')\n"
        f"def broken(phone='{PHONE}'): raise ValueError(phone)\n"
        "t = threading.Thread(target=broken); t.start(); t.join(); broken()"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], env=measured(), capture_output=True, text=True, check=False
    )
    assert (answer.returncode, answer.stderr) == (1, "")
    assert answer.stdout.count("ValueError: ***") == 2
    assert PHONE not in answer.stdout

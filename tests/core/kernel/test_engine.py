"""Importing the product knocks at no door."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import patience


@pytest.mark.parametrize("module", ["core.kernel.database", "migrations.piccolo_conf"])
def test_import_connects_to_nothing_and_warns_of_nothing(module: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.1)
        environment = {
            **os.environ,
            "XIANGZHI_DATA": str(tmp_path / "var"),
            "PGHOST": "127.0.0.1",
            "PGPORT": str(listening.getsockname()[1]),
        }
        words = [sys.executable, "-W", "error", "-c", f"import {module}"]
        answer = subprocess.run(
            words, env=environment, capture_output=True, text=True, check=False, timeout=30 * patience()
        )
        with pytest.raises(TimeoutError):
            listening.accept()
    assert answer.stdout == ""
    assert answer.stderr == ""

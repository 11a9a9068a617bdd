"""``python -m scripts.run_tests [pytest's arguments …]``: the whole suite as two runs at once, each with a database of its own.

What waits for browsers and for processes to die is one run, everything else the other: on two cores they take much less
time than one after the other. The first tells its lines as they come, the second its own once both have ended.
"""

import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / "tests"
# These wait for browsers, databases and ends of processes more than they reckon; the two halves take about as long.
WAITING = ("benchmarks", "e2e", "faults", "isolation", "scripts")
_INTERRUPTED = 130


def main(arguments: Sequence[str]) -> int:
    """Run both and give the worse end; nothing of them is left running when this is interrupted."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_INTERRUPTED))
    waiting, reckoning = halves()
    with tempfile.TemporaryFile() as told:
        runs = [_start(reckoning, arguments, None), _start(waiting, arguments, told)]
        try:
            ends = [run.wait() for run in runs]
        finally:
            for run in runs:
                run.terminate()
                run.wait()
        told.seek(0)
        print(told.read().decode(errors="replace"), flush=True)
    return max(map(abs, ends))


def halves() -> tuple[list[Path], list[Path]]:
    """Share the folders of tests out: every file of tests belongs to one of the two."""
    found = sorted(each for each in TESTS.iterdir() if any(each.rglob("test_*.py")))
    loose = sorted(TESTS.glob("test_*.py"))
    waiting = [each for each in found if each.name in WAITING]
    return waiting, [each for each in found if each.name not in WAITING] + loose


def _start(
    folders: Sequence[Path], arguments: Sequence[str], output: "IO[bytes] | None"
) -> "subprocess.Popen[bytes]":
    named = [str(each.relative_to(ROOT)) for each in folders]
    command = [sys.executable, "-m", "coverage", "run", "-m", "pytest", "-p", "no:cacheprovider", *arguments, *named]
    return subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output and subprocess.STDOUT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

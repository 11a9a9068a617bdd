"""A program run apart is believed by its one line, bounded, waited for in turns, and killed when it is late."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from core.kernel.apart import run_apart, verdict_of

BOUNDED = "from core.kernel.limits import limit\nlimit(memory=1_000_000_000, cpu_seconds=5, written=1_000)\n"


def program(folder: Path, text: str) -> Path:
    made = folder / "program.py"
    made.write_text(text)
    return made


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("""print('{"extension": "pdf"}')""", {"extension": "pdf"}),
        ("print('[1]')", {"refusal": "broken"}),
        ("raise SystemExit(3)", {"refusal": "broken"}),
        ("while True: pass", {"refusal": "slow"}),
        (BOUNDED + "open('made', 'wb', buffering=0).write(b'x' * 900)\nprint('{}')", {}),
        (BOUNDED + "file = open('made', 'wb', buffering=0)\nfile.write(b'x' * 900), file.write(b'x' * 900), file.write(b'x')\nprint('{}')", {"refusal": "broken"}),
        (BOUNDED + "b'x' * 2_000_000_000\nprint('{}')", {"refusal": "broken"}),
    ],
)
async def test_only_a_line_of_a_program_within_its_bounds_counts(tmp_path: Path, text: str, told: dict[str, str]) -> None:
    assert await verdict_of(program(tmp_path, text), seconds=3.0, at_once=1, folder=tmp_path) == told


async def test_no_more_run_at_once_than_may(tmp_path: Path) -> None:
    text = "import json, sys, time\nstarted = time.time()\ntime.sleep(0.2)\nprint(json.dumps({sys.argv[1]: [started, time.time()]}))"
    once = program(tmp_path, text)
    told = await asyncio.gather(*(verdict_of(once, str(each), seconds=20.0, at_once=1, folder=tmp_path) for each in range(3)))
    spans = sorted(span for each in told for span in each.values())
    assert [first[1] <= second[0] for first, second in pairwise(spans)] == [True, True]


async def test_what_is_given_is_read_and_the_end_is_told(tmp_path: Path) -> None:
    echo = program(tmp_path, "import os, sys\nprint(sys.stdin.read(), sorted(os.environ), end='')\nsys.exit(3)")
    ended, printed = await run_apart(echo, seconds=20.0, given="清单".encode())
    assert (ended, printed.decode()) == (3, "清单 ['LC_ALL']")

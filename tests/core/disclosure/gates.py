"""A cleaner that can be watched at work: it tells when it begins and goes on when it may. What it does is the real one's work."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from core.disclosure import cleaner

# Of the surroundings nothing reaches a program run apart, so it is written with the paths in it.
_PROGRAM = """
import pathlib, runpy, sys, time
begun, go = pathlib.Path({begun!r}), pathlib.Path({go!r})
with begun.open("a") as told:
    told.write("x")
for _ in range(2000):
    if go.exists():
        break
    time.sleep(0.01)
runpy.run_path({real!r}, run_name="__main__")
"""
# A connection that the application keeps for itself while nothing runs on it, or runs on, inside a transaction.
_OPEN = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'xiangzhi' AND xact_start IS NOT NULL
"""
_LOCKED = """
SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE a.datname = current_database() AND a.application_name = 'xiangzhi' AND l.locktype IN ('tuple', 'relation', 'transactionid', 'advisory')
"""


@dataclass(frozen=True)
class Gate:
    """Where the cleaner waits."""

    folder: Path

    @property
    def program(self) -> Path:
        """The program to put in the cleaner's place."""
        made = self.folder / "cleaner_at_a_gate.py"
        words = {"begun": str(self.folder / "begun"), "go": str(self.folder / "go"), "real": str(Path(cleaner.__file__))}
        made.write_text(_PROGRAM.format(**words))
        return made

    @property
    def begun(self) -> int:
        """How often it was started."""
        told = self.folder / "begun"
        return len(told.read_text()) if told.exists() else 0

    async def at_work(self, times: int = 1) -> None:
        """Wait until it was started so often."""
        async with asyncio.timeout(20):
            while self.begun < times:  # noqa: ASYNC110 - it is another process that is waited for
                await asyncio.sleep(0.02)

    def open(self) -> None:
        """Let it go on, now and from now on."""
        (self.folder / "go").touch()

    def shut(self) -> None:
        """Let the next one wait."""
        (self.folder / "go").unlink()


async def held(admin: asyncpg.Connection) -> tuple[int, int]:
    """Give how many transactions of the application are open, and how many locks they hold."""
    return await admin.fetchval(_OPEN), await admin.fetchval(_LOCKED)

"""Work on what strangers sent, done apart: a program of ours, started for one piece, that may be killed.

The program knows no database and no keys: of our surroundings it is given nothing but its words. It bounds itself by ``limits``.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from core.kernel.database import require_no_transaction
from core.kernel.leftovers import drop_leftovers

_SURROUNDINGS: Final = {"LC_ALL": "C.UTF-8"}
_WORKSPACE: Final = "xz-work-"
_turns: dict[tuple[asyncio.AbstractEventLoop, Path], asyncio.Semaphore] = {}


@asynccontextmanager
async def workspace() -> AsyncIterator[Path]:
    """Give a folder for one piece of work, empty before and gone after; those that killed processes left go too.

    Raises ``TransactionError`` inside a transaction, as the work itself would.
    """
    require_no_transaction()
    folder = await asyncio.to_thread(_new_workspace)
    try:
        yield Path(folder.name)
    finally:
        await asyncio.to_thread(folder.cleanup)


def _new_workspace() -> "tempfile.TemporaryDirectory[str]":
    drop_leftovers(Path(tempfile.gettempdir()), f"{_WORKSPACE}*")
    return tempfile.TemporaryDirectory(prefix=_WORKSPACE)


async def run_apart(
    program: Path, *words: str, seconds: float, folder: Path | None = None, given: bytes | None = None
) -> tuple[int, bytes]:
    """Give how a program ended and what it printed. Raises ``TimeoutError`` after killing one that was late.

    It takes as long as it takes, so it raises ``TransactionError`` inside a transaction.
    """
    require_no_transaction()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(program), *words, stdin=asyncio.subprocess.DEVNULL if given is None else asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, cwd=folder, env=_SURROUNDINGS, start_new_session=True,
    )  # fmt: skip
    try:
        async with asyncio.timeout(seconds):
            printed, _ = await process.communicate(given)
    except BaseException:
        if process.returncode is None:
            process.kill()
        await process.wait()
        raise
    return await process.wait(), printed


async def verdict_of(program: Path, *words: str, seconds: float, at_once: int, folder: Path) -> dict[str, Any]:
    """Give the one line that a program says of a file, or a refusal; it runs ``at_once`` times at the most, others wait."""
    turn = _turns.setdefault((asyncio.get_running_loop(), program), asyncio.Semaphore(at_once))
    async with turn:
        try:
            _, printed = await run_apart(program, *words, seconds=seconds, folder=folder)
        except TimeoutError:
            return {"refusal": "slow"}
    try:
        told = json.loads(printed)
    except ValueError:
        return {"refusal": "broken"}  # it died of its limits or of the file: both are the file's fault
    return dict(told) if isinstance(told, dict) else {"refusal": "broken"}

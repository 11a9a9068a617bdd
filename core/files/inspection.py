"""The inspector's keeper: starts it for one file, believes nothing but its one line, and kills it when it is late."""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.files.rules import PURPOSES

_PROGRAM: Final = Path(__file__).with_name("inspector.py")
_SECONDS: Final = 20.0
_AT_ONCE: Final = 2
_turns: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a file truly is; with ``refusal`` (a key of ``REFUSALS``) the rest says nothing."""

    refusal: str = ""
    media_type: str = ""
    extension: str = ""
    width: int | None = None
    height: int | None = None

    @property
    def is_picture(self) -> bool:
        return self.media_type.startswith("image/")


@asynccontextmanager
async def workspace() -> AsyncIterator[Path]:
    """Give a folder for one inspection, empty before and gone after."""
    folder = await asyncio.to_thread(tempfile.TemporaryDirectory, prefix="xz-inspect-")
    try:
        yield Path(folder.name)
    finally:
        await asyncio.to_thread(folder.cleanup)


async def inspect(source: Path, *, target: Path, preview: Path, extension: str, purpose: str) -> Verdict:
    """Have a file looked into. A picture is found in ``target`` and ``preview`` afterwards."""
    loop = asyncio.get_running_loop()
    async with _turns.setdefault(loop, asyncio.Semaphore(_AT_ONCE)):
        told = await _ask(source, target, preview, extension)
    if "refusal" in told:
        return Verdict(refusal=str(told["refusal"]))
    verdict = Verdict(**told)
    if not PURPOSES[purpose].allows(verdict.extension):
        return Verdict(refusal="kind")
    return verdict


async def _ask(source: Path, target: Path, preview: Path, extension: str) -> Mapping[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(_PROGRAM), str(source), str(target), str(preview), extension,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        cwd=source.parent, env={"LC_ALL": "C.UTF-8"}, start_new_session=True,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_SECONDS):
            printed, _ = await process.communicate()
    except BaseException as error:
        process.kill()
        await process.wait()
        if isinstance(error, TimeoutError):
            return {"refusal": "slow"}
        raise
    try:
        told = json.loads(printed)
    except ValueError:
        # It died of its limits or of the file: both are the file's fault.
        return {"refusal": "broken"}
    return dict(told) if isinstance(told, dict) else {"refusal": "broken"}

"""The inspector's keeper: has it look into one file, and believes nothing but its one line."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.files.rules import PURPOSES
from core.kernel.apart import verdict_of

_PROGRAM: Final = Path(__file__).with_name("inspector.py")
_SECONDS: Final = 20.0
_AT_ONCE: Final = 2


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


async def inspect(source: Path, *, target: Path, preview: Path, extension: str, purpose: str) -> Verdict:
    """Have a file looked into. A picture is found in ``target`` and ``preview`` afterwards."""
    told = await verdict_of(
        _PROGRAM, str(source), str(target), str(preview), extension, seconds=_SECONDS, at_once=_AT_ONCE, folder=source.parent
    )
    if "refusal" in told:
        return Verdict(refusal=str(told["refusal"]))
    verdict = Verdict(**told)
    if not PURPOSES[purpose].allows(verdict.extension):
        return Verdict(refusal="kind")
    return verdict

"""The last head of each county, remembered in the data folder: a database that was cut or rewritten contradicts it.

One small file a county: ``{"latest": head, "contradicted": [heads]}``. What contradicted it is kept until a person has looked
and removed the file (docs/audit-chain.md).
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import structlog

from core.kernel.chain import ChainError, Head, read_heads
from core.kernel.settings import get_settings

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Memory:
    """What this machine remembers of one county."""

    latest: Head | None = None
    contradicted: tuple[Head, ...] = ()

    @property
    def heads(self) -> tuple[Head, ...]:
        """All of them: each must still be in the database, unchanged."""
        return (*self.contradicted, *((self.latest,) if self.latest else ()))


def contradictions(memory: Memory, now: Head | None) -> list[Head]:
    """Give the remembered heads that the chain's newest head (None: there is none) already contradicts by itself."""
    found = list(memory.contradicted)
    latest = memory.latest
    if latest is not None:
        height = now.header.height if now is not None else 0
        if latest.header.height > height or (now is not None and latest.header.height == height and latest.hash != now.hash):
            found.append(latest)
    return found


def file_of(county: str) -> Path:
    """Give the file of a county."""
    return get_settings().folder.heads / f"{county}.json"


def remembered(county: str) -> Memory:
    """Give what is remembered; nothing where there is no file, or none that can be read."""
    try:
        told = json.loads(file_of(county).read_text("utf-8"))
        latest = read_heads(json.dumps(told["latest"]))[0]
        return Memory(latest, tuple(Head.read(each) for each in told["contradicted"]))
    except FileNotFoundError:
        return Memory()
    except (OSError, ValueError, KeyError, TypeError, ChainError) as error:
        _log.warning("a remembered head cannot be read", county=county, error=type(error).__name__)
        return Memory()


def remember(county: str, head: Head, *, contradicted: tuple[Head, ...] = ()) -> None:
    """Keep a head as the last one. A folder that cannot be written is logged, never an error: sealing goes on."""
    told = {"latest": head.told(), "contradicted": [each.told() for each in contradicted]}
    file = file_of(county)
    unfinished = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(json.dumps(told), "utf-8")
        unfinished.replace(file)
    except OSError as error:
        _log.warning("the last head is not remembered", county=county, error=type(error).__name__)

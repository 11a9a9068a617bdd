"""What a plugin says of itself, and where it may stand in a county."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

NAME: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_VERSION: Final = re.compile(r"\d+\.\d+(\.\d+)?")


class PluginState(StrEnum):
    """Where a plugin stands in one county. The first two are not stored: nobody has decided anything yet."""

    INSTALLED = "installed"  # this server has it, the platform does not allow this county to use it
    ALLOWED = "allowed"  # the county may switch it on
    ON = "on"
    PAUSED = "paused"  # its pages can be read, nothing new begins
    OFF = "off"  # its pages answer 404, its jobs skip the county, its rows stay


# What Scope.plugins holds: in every other state a plugin is as if it were not there.
VISIBLE: Final = frozenset({PluginState.ON, PluginState.PAUSED})


@dataclass(frozen=True, slots=True)
class Manifest:
    """A plugin's card, in source texts.

    ``summary`` says in two sentences what it does and for whom. ``in_hand`` tells what becomes of work in
    hand when the plugin is switched off. ``weight`` orders plugins whose contributions stand in one row
    (rules, menu places): the lighter first, then by name.
    """

    name: str
    title: str
    summary: str
    version: str
    requires: tuple[str, ...] = ()
    in_hand: str = ""
    weight: int = 100

    def __post_init__(self) -> None:
        if NAME.fullmatch(self.name) is None:
            raise ValueError(f"a plugin's name is lower-case words joined by underscores: {self.name!r}")
        if _VERSION.fullmatch(self.version) is None:
            raise ValueError(f"{self.name}: a version is figures and dots, such as 1.0.0: {self.version!r}")
        if not self.title or not self.summary:
            raise ValueError(f"{self.name}: a manifest needs a title and a summary")

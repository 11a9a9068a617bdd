"""What a plugin may do when a county switches it or changes its settings."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.kernel.scope import Scope

County = Callable[[Scope, datetime], Awaitable[None]]
Changed = Callable[[Scope, Mapping[str, Any], datetime], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class CountyEnabling:
    """Asked before the plugin goes on, in the switch's own transaction: raising an ``Invalid`` keeps it off.

    It also runs when a plugin goes on again, so what it writes must bear repetition. It never runs DDL.
    """

    name: str
    run: County
    plugin: str = ""


@dataclass(frozen=True, slots=True)
class CountyDisabled:
    """Told after the plugin went off, in the switch's transaction. It must not remove the county's rows."""

    name: str
    run: County
    plugin: str = ""


@dataclass(frozen=True, slots=True)
class SettingsChanged:
    """Told which of the plugin's settings a county or township changed, in the change's own transaction."""

    name: str
    run: Changed
    plugin: str = ""

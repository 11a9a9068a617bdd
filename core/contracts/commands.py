"""Commands of ``xiangzhi run NAME REGION …``: work that an operator starts by hand for one region."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from core.kernel.scope import Scope


@dataclass(frozen=True, slots=True)
class Command:
    """One command. ``run`` gets the region's system scope and further words, and yields lines to print.

    It opens its own transactions. A plugin's command is refused for counties where the plugin is not on.
    """

    name: str
    title: str
    run: Callable[[Scope, Sequence[str]], AsyncIterator[str]]
    plugin: str = ""

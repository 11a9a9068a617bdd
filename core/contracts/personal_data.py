"""Personal data: whoever stores facts about a person can hand them over and erase them (PIPL 45, 47).

Asked of every holder, also of plugins that are off or paused: their rows stay, and so do the person's rights.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core.kernel.scope import Scope


@dataclass(frozen=True, slots=True)
class PersonalData:
    """One holder of personal data; its two functions run inside the caller's open transaction.

    ``export`` gives the rows about the person, in words for the person. ``erase`` removes or blanks what no
    law obliges us to keep and gives how many rows it touched; audit lines and ledger lines stay.
    """

    name: str
    title: str
    export: Callable[[Scope, UUID], Awaitable[Sequence[Mapping[str, Any]]]]
    erase: Callable[[Scope, UUID, datetime], Awaitable[int]]
    plugin: str = ""

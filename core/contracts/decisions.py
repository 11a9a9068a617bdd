"""Decisions (民主决策): what a village decides about. A plugin names its own kinds and says how one thing is found.

What rests on a decision asks ``core.decisions.covering``: a transition guard holds a step back until the resolution was
made public.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from core.kernel.scope import Scope


@dataclass(frozen=True, slots=True)
class SubjectFound:
    """One thing to be decided about: whose village's, its name, the money it is about (yuan), its own page."""

    region: str
    title: str
    money: Decimal | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class DecisionSubject:
    """One kind of thing that is decided about: a project, an asset, an allowance.

    ``name`` is stored with each decision. ``find`` gives one thing of the kind by its id, inside an open transaction of
    ``scope``, and None for what the scope does not see; kinds without it are written down in words. A kind of a plugin is
    offered only where the plugin is on; what was decided stays.
    """

    name: str
    title: str
    hint: str = ""
    find: Callable[[Scope, UUID], Awaitable[SubjectFound | None]] | None = None
    plugin: str = ""

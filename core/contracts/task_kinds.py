"""Kinds of governance work: what a dispatcher picks, and what it brings along."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class TaskKind:
    """One kind of task, offered where a task is written. Its title is stored as the task's ``category``.

    So what was sent stays readable when its plugin is off or gone. ``evidence`` is what is wanted at least,
    in the shape of ``task.evidence``. A kind of a plugin is offered only where the plugin is on.
    """

    name: str
    title: str
    hint: str = ""
    evidence: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    plugin: str = ""

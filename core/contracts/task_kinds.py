"""Kinds of governance work: what a dispatcher picks, and what it brings along."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class TaskKind:
    """One kind of task, offered where a task is written. Its ``name`` is stored as the task's ``category``.

    ``evidence`` is what is wanted by default, in the shape of ``task.evidence``; the dispatcher may change
    it. A kind of a plugin is offered only where the plugin is on; tasks that carry it already stay readable.
    """

    name: str
    title: str
    hint: str = ""
    evidence: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    plugin: str = ""

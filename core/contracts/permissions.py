"""Permissions: ``scope:resource:action``. The first word is ``core``, ``platform`` or the plugin's name."""

import re
from dataclasses import dataclass
from typing import Final

_FORM: Final = re.compile(r"[a-z][a-z0-9_]*:[a-z][a-z0-9_]*:[a-z][a-z0-9_]*")


def is_permission(name: str) -> bool:
    """Whether the name has the three parts."""
    return _FORM.fullmatch(name) is not None


@dataclass(frozen=True, slots=True, order=True)
class Permission:
    """One right that a role may carry. ``title`` is a source text: a verb and what it is done to."""

    name: str
    title: str
    plugin: str = ""

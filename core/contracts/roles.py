"""Roles: what a post may do. A county may make further ones from the permission vocabulary."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Role:
    """A role that is there without anybody making it. ``level`` is its holder's: 1 province … 5 village.

    A plugin's role can be given only in counties where the plugin is on, and carries nothing while it is off.
    """

    name: str
    title: str
    level: int
    permissions: frozenset[str]
    needs_factor: bool = False
    plugin: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """Permissions of a plugin that a role of core gains where the plugin is on."""

    role: str
    permissions: frozenset[str]
    plugin: str = ""

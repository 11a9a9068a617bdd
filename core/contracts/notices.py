"""Notices: what a post is told, by the kind under which ``core.notices.tell`` writes it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NoticeText:
    """What notices of one kind say. ``name`` is the kind; ``text`` a source text whose places the notice's data fill.

    Places that a notice may leave empty are ``title``, ``sender``, ``receiver``, ``count`` and ``reason``; any other must
    stand in every notice of the kind.
    """

    name: str
    text: str
    plugin: str = ""

"""Where points come from. The ledger takes lines of known sources only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScoreSource:
    """One source of points. ``name`` is stored in ``ledger_line.source``, ``title`` is shown.

    Lines of a plugin's source are written only while the plugin is on; what it wrote before keeps counting.
    """

    name: str
    title: str
    hint: str = ""
    plugin: str = ""

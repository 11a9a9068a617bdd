"""Tables of a plugin: classes for queries, and the migrations that make them."""

from dataclasses import dataclass

from piccolo.table import Table


@dataclass(frozen=True, slots=True)
class Tables:
    """Tables in the PostgreSQL schema of the plugin's name, each declared with ``kept_as``.

    ``migrations`` is the dotted name of the module with the plugin's Piccolo ``APP_CONFIG``.
    """

    classes: tuple[type[Table], ...]
    migrations: str
    plugin: str = ""

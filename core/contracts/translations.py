"""English for texts whose source is Chinese."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Translations:
    """A gettext catalogue. It cannot change a text that the product translates itself."""

    file: Path
    plugin: str = ""

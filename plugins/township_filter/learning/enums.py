"""Words of learned verdicts that are stored, and what people read for them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from core.api import mark


class Source(StrEnum):
    """Why somebody's word counts: a held matter was admitted, turned down, or a passed one was put right."""

    ADMITTED = "admitted"
    TURNED_DOWN = "turned_down"
    CORRECTED = "corrected"


SOURCES: Final[Mapping[str, str]] = {
    Source.ADMITTED: mark("人工审定同意"),
    Source.TURNED_DOWN: mark("人工审定驳回"),
    Source.CORRECTED: mark("改正归类"),
}

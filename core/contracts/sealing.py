"""What the audit chain seals: audit lines, publications, and whatever a package contributes beside them.

A kind of row says which of its rows are not sealed yet, and gives the canonical bytes of those that are. A row is sealed
once, as it is; afterwards nothing that its bytes hold may change, so they hold only what the table never updates, and of a
region's code only the digits behind the county's six (``place_of``): a county may get another code.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from core.kernel.scope import LENGTHS, Scope

COUNTY_DIGITS: Final = 6
_LEVELS: Final = {length: level for level, length in enumerate(LENGTHS, start=1)}


@dataclass(frozen=True, slots=True)
class Window:
    """Rows that were made from ``since`` to before ``until``; ``since`` None: all that say a time before ``until``."""

    since: datetime | None
    until: datetime


@dataclass(frozen=True, slots=True)
class SealedRow:
    """One row with its canonical bytes: UTF-8, stable, the same for the same row for ever.

    What is long, or may be taken away one day, goes in as its hash: a JSON object with ``"sha256"`` of the document's bytes.
    The proof carries this object, and the stand-alone script holds a document against it (``--document``).
    ``at`` and ``id`` give the order in a block. ``words`` say to a person which row it is, when a check names it.
    """

    id: UUID
    at: datetime
    region: str
    content: bytes
    words: str = ""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One kind of row that is sealed. ``name`` is part of each leaf and never changes.

    Both functions run inside an open transaction of ``scope`` and state its range. ``scope.county`` is the tenant's key.

    ``unsealed(scope, window, limit)``: up to ``limit`` rows of the county in the window that have no row in ``audit_seal``
    (``NOT EXISTS (SELECT FROM audit_seal s WHERE s.county = x.county AND s.id = x.id AND s.region >= $1 AND s.region <
    $2)``), by an index that makes the window cheap. A row may be committed later than its time says: the sealer asks with
    a generous window often and with none once a day, so that nothing is skipped for ever.

    ``stored(scope, ids)``: those of the rows that still exist, in any order.
    """

    name: str
    title: str
    unsealed: Callable[[Scope, Window, int], Awaitable[Sequence[SealedRow]]]
    stored: Callable[[Scope, Sequence[UUID]], Awaitable[Sequence[SealedRow]]]
    plugin: str = ""


def place_of(region: str) -> tuple[int, str]:
    """Give a region as sealed content writes it: its level (1 province … 5 village) and the digits behind the county's."""
    return _LEVELS[len(region)], region[COUNTY_DIGITS:]

"""The filter's ledger as it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.api import NotFound, Scope, fetch, fetch_one, where_on
from plugins.township_filter.enums import Review
from plugins.township_filter.paging import PAGE_SIZE, Narrowed

READ: Final = "township_filter:ledger:read"
DECIDE: Final = "township_filter:review:decide"
_FIELDS: Final = (
    "s.id, s.region, s.incoming_id, s.sender_name, s.title, s.level, s.verdict, s.item_code, s.item_title, s.reasons, "
    "s.emergency, s.emergency_reason, s.at, s.membership, s.review, s.review_due_at, s.reviewed_at, s.review_note, "
    "s.reviewed_by_name"
)
# An office sees what it sent itself; a post without an office sees its whole range.
_FROM: Final = f"""FROM township_filter.screened s WHERE s.region >= $1 AND s.region < $2
 AND ($3::uuid IS NULL OR s.office_id = $3) AND {where_on("township_filter", "s")}"""
_FILTERS: Final = """ AND ($4 = '' OR s.verdict = $4) AND ($5 = '' OR s.review = $5)
 AND ($6 = '' OR strpos(s.title, $6) > 0 OR strpos(s.sender_name, $6) > 0 OR s.item_code = $6)"""
_LIST: Final = f"SELECT {_FIELDS} {_FROM}{_FILTERS} ORDER BY s.at DESC, s.id DESC LIMIT $7 OFFSET $8"
_COUNTS: Final = f"""SELECT count(*) AS found, count(*) FILTER (WHERE s.review = 'due') AS due,
 count(*) FILTER (WHERE s.review = 'due' AND s.review_due_at < $7) AS late {_FROM}{_FILTERS}"""
_ONE: Final = f"SELECT {_FIELDS} {_FROM} AND s.id = $4"
_OF: Final = f"SELECT {_FIELDS} {_FROM} AND s.incoming_id = $4"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the ledger."""

    id: UUID
    region: str
    incoming_id: UUID
    sender_name: str
    title: str
    level: str
    verdict: str
    item_code: str
    item_title: str
    reasons: list[Mapping[str, Any]]
    emergency: bool
    emergency_reason: str
    at: datetime
    membership: UUID | None
    review: str
    review_due_at: datetime | None
    reviewed_at: datetime | None
    review_note: str
    reviewed_by_name: str

    def is_late(self, now: datetime) -> bool:
        """Whether its review should have been done."""
        return self.review == Review.DUE and self.review_due_at is not None and self.review_due_at < now

    @property
    def reviewed_late(self) -> bool:
        """Whether its review was given after it was due: that stays to be seen."""
        return self.reviewed_at is not None and self.review_due_at is not None and self.reviewed_at > self.review_due_at


@dataclass(frozen=True, slots=True)
class LedgerFilter(Narrowed):
    """What a reader asks the ledger for; empty texts ask for everything."""

    verdict: str = ""
    review: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many lines the filter found, how many reviews are due among them, how many of those are late."""

    found: int
    due: int
    late: int


async def ledger(scope: Scope, wanted: LedgerFilter, *, now: datetime) -> tuple[list[Line], Counts]:
    """Give one page of the ledger, the newest first, with its counts."""
    filters = (scope.office, wanted.verdict, wanted.review, wanted.text)
    rows = await fetch(scope, _LIST, *filters, PAGE_SIZE, wanted.offset)
    counts = await fetch_one(scope, _COUNTS, *filters, now)
    return [Line(**row) for row in rows], Counts(**counts) if counts else Counts(0, 0, 0)


async def ledger_line(scope: Scope, line: UUID) -> Line:
    """Give one line. Raises ``NotFound`` for what this post cannot see."""
    return _found(await fetch_one(scope, _ONE, scope.office, line))


async def line_of_incoming(scope: Scope, incoming: UUID) -> Line | None:
    """Give the line of an incoming task, or None where the filter did not screen it."""
    row = await fetch_one(scope, _OF, scope.office, incoming)
    return Line(**row) if row else None


def _found(row: Any | None) -> Line:
    if row is None:
        raise NotFound
    return Line(**row)

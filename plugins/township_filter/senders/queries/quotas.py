"""Quotas as they are read: how much of one is used, what a full one held."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.api import NotFound, Scope, fetch, fetch_one, fetch_value, settings_of
from plugins.township_filter.senders.enums import Every
from plugins.township_filter.senders.rules import Span, span_of
from plugins.township_filter.settings import FilterSettings

_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended($3, 0)) WHERE $1 < $2"
_COUNTED: Final = """
SELECT count(*) FILTER (WHERE i.id IS DISTINCT FROM $8) AS counted, coalesce(bool_or(i.id = $8), false) AS known
FROM incoming_task i
WHERE i.region >= $1 AND i.region < $2 AND i.region = $3 AND i.office_id IS NOT DISTINCT FROM $4 AND i.level = $5
  AND i.created_at >= $6 AND i.created_at < $7 AND i.state IN ('passed', 'held', 'dispatched', 'merged')
"""
_OVERRIDE: Final = """
SELECT q.amount FROM township_filter.sender_quota q
JOIN township_filter.sender d ON d.county = q.county AND d.id = q.sender_id AND d.region >= $1 AND d.region < $2
WHERE q.region >= $1 AND q.region < $2 AND d.county = $3 AND d.key = $4 AND q.level = $5 AND q.valid_from <= $6
ORDER BY q.valid_from DESC, q.at DESC, q.id DESC LIMIT 1
"""
_OVERRIDES: Final = """
SELECT q.level, q.amount, q.valid_from, q.reason, q.at, q.by_name FROM township_filter.sender_quota q
WHERE q.region >= $1 AND q.region < $2 AND q.sender_id = $3 ORDER BY q.at DESC, q.id DESC LIMIT 50
"""
_HOLDS: Final = """
SELECT h.id, h.county, h.region, h.incoming_id, h.sender_id, d.name AS sender_name, h.title, h.level, h.counted, h.amount, h.state,
       h.at, h.membership, h.decided_at, h.decided_reason, h.decided_by_name
FROM township_filter.quota_hold h
JOIN township_filter.sender d ON d.county = h.county AND d.id = h.sender_id AND d.region >= $1 AND d.region < $2
WHERE h.region >= $1 AND h.region < $2 AND ($3::uuid IS NULL OR d.office_id = $3)
"""
_ONE_HOLD: Final = f"{_HOLDS} AND h.id = $4"
_HOLD_OF: Final = f"{_HOLDS} AND h.incoming_id = $4"
_HOLD_LIST: Final = f"{_HOLDS} AND ($4 = '' OR h.state = $4) ORDER BY (h.state <> 'waiting'), h.at DESC, h.id DESC LIMIT $5 OFFSET $6"
_HOLD_COUNT: Final = """
SELECT count(*) FILTER (WHERE $4 = '' OR h.state = $4) AS found, count(*) FILTER (WHERE h.state = 'waiting') AS waiting
FROM township_filter.quota_hold h
JOIN township_filter.sender d ON d.county = h.county AND d.id = h.sender_id AND d.region >= $1 AND d.region < $2
WHERE h.region >= $1 AND h.region < $2 AND ($3::uuid IS NULL OR d.office_id = $3)
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Whose quota is asked for: a place and its office, if any."""

    county: str
    region: str
    office: UUID | None

    @property
    def key(self) -> str:
        """The sender's key."""
        return str(self.office) if self.office is not None else self.region


@dataclass(frozen=True, slots=True)
class Used:
    """How much of a quota is used; ``amount`` 0 is no limit. ``known``: the matter asked about counts already."""

    level: str
    span: Span
    every: Every
    amount: int
    counted: int
    own: bool = False
    known: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """A matter that a full quota held."""

    id: UUID
    county: str
    region: str
    incoming_id: UUID
    sender_id: UUID
    sender_name: str
    title: str
    level: str
    counted: int
    amount: int
    state: str
    at: datetime
    membership: UUID | None
    decided_at: datetime | None
    decided_reason: str
    decided_by_name: str


async def quota_used(
    scope: Scope, place: Place, *, level: str, now: datetime, matter: UUID | None = None, alone: bool = False
) -> Used:
    """Tell how much of a quota is used. ``alone`` has others who ask for the same wait until this transaction ends."""
    settings = await settings_of(scope, FilterSettings, at=now, region=place.region)
    every = Every(settings.quota_every)
    span = span_of(every, now)
    override = await fetch_one(scope, _OVERRIDE, place.county, place.key, level, now)
    own: int | None = override["amount"] if override is not None else None
    whole = settings.quota_township if level == "township" else settings.quota_village
    amount = whole if own is None else own
    if alone and amount:
        await fetch_value(scope, _LOCK, f"township_filter:quota:{place.county}:{place.key}:{level}")
    row = await fetch_one(scope, _COUNTED, place.region, place.office, level, span.starts, span.ends, matter)
    return Used(level, span, every, amount, row["counted"] if row else 0, own is not None, bool(row and row["known"]))


async def quotas_used(scope: Scope, place: Place, *, levels: Sequence[str], now: datetime) -> list[Used]:
    """Give the same for each level."""
    return [await quota_used(scope, place, level=level, now=now) for level in levels]


async def overrides_of(scope: Scope, sender: UUID) -> list[Any]:
    """Give the quotas that were set for one sender alone, the latest first."""
    return await fetch(scope, _OVERRIDES, sender)


async def one_hold(scope: Scope, hold: UUID) -> Hold:
    """Give one. Raises ``NotFound`` for what this post cannot see."""
    row = await fetch_one(scope, _ONE_HOLD, scope.office, hold)
    if row is None:
        raise NotFound
    return Hold(**row)


async def hold_of(scope: Scope, incoming: UUID) -> Hold | None:
    """Give what held a matter, or None."""
    row = await fetch_one(scope, _HOLD_OF, scope.office, incoming)
    return Hold(**row) if row else None


async def holds_here(scope: Scope, *, state: str, size: int, offset: int = 0) -> tuple[list[Hold], int, int]:
    """List what full quotas held, what waits first; with how many there are and how many wait."""
    rows = await fetch(scope, _HOLD_LIST, scope.office, state, size, offset)
    counts = await fetch_one(scope, _HOLD_COUNT, scope.office, state)
    return [Hold(**row) for row in rows], counts["found"] if counts else 0, counts["waiting"] if counts else 0

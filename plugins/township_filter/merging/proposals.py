"""Likely duplicates of a matter: what the comparison of texts finds among those that are open here or were sent lately.

Nothing is merged by this; a person reads what both say and decides. This is the one place that calls the comparison for it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.api import Item, Scope, fetch, settings_of
from plugins.township_filter.comparison.engine import Engine, common
from plugins.township_filter.comparison.text import folded, subject
from plugins.township_filter.comparison.twins import Said, may_be_twins, said, twin
from plugins.township_filter.screening import engine_for
from plugins.township_filter.settings import FilterSettings

MOST_COMPARED: Final = 150
MOST_SHOWN: Final = 5
MOST_PARTS: Final = 4
_LEAST_PART: Final = 2
# What is open here, and what was sent since a day; the leading ones of those that were merged.
_OTHERS: Final = """
SELECT i.id, i.title, i.body, i.sender_name, i.number, i.created_at, i.state FROM incoming_task i
WHERE i.region >= $1 AND i.region < $2 AND i.county = $3 AND i.region = $4 AND i.level = $5 AND i.id <> $6
  AND (i.state IN ('passed', 'held') OR (i.state = 'dispatched' AND i.merged_into IS NULL AND i.created_at >= $7))
  AND ($8::uuid IS NULL OR i.office_id IS NULL OR i.office_id = $8)
ORDER BY (i.state = 'dispatched'), i.created_at DESC, i.id DESC LIMIT $9
"""


@dataclass(frozen=True, slots=True)
class Likely:
    """A matter that may be the same. ``sent``: it was dispatched already. ``same``: what both say, the longest first."""

    id: UUID
    title: str
    sender_name: str
    number: str
    created_at: datetime
    sent: bool
    chance: float
    same: tuple[str, ...]


async def likely_duplicates(scope: Scope, row: Any, *, now: datetime) -> list[Likely]:
    """Give those that a matter may repeat, the likeliest first; only such as this post may read."""
    settings = await settings_of(scope, FilterSettings, at=now, region=row["region"])
    since = now - timedelta(days=settings.repeated_days)
    place = (row["county"], row["region"], row["level"])
    others = await fetch(scope, _OTHERS, *place, row["id"], since, scope.office, MOST_COMPARED)
    if not others:
        return []
    engine = await engine_for(scope, level=row["level"], at=now, region=row["region"])
    return await asyncio.to_thread(_compared, engine, row, others)


def _compared(engine: Engine[Item], row: Any, others: Sequence[Any]) -> list[Likely]:
    text, found = _said(engine, row), []
    for other in others:
        earlier = _said(engine, other)
        limit = engine.weights.limits["twin_by_title" if text.title_only or earlier.title_only else "twin"]
        chance = engine.weights.twin.chance(twin(earlier, text)) if may_be_twins(earlier, text) else 0.0
        if chance > limit:
            found.append(_likely(row, other, chance))
    return sorted(found, key=lambda each: (each.sent, -each.chance, each.created_at))[:MOST_SHOWN]


def _said(engine: Engine[Item], row: Any) -> Said:
    return said(str(row["id"]), engine.comparison.weigh(row["title"], row["body"]))


def _likely(row: Any, other: Any, chance: float) -> Likely:
    return Likely(
        other["id"], other["title"], other["sender_name"], other["number"], other["created_at"], other["state"] == "dispatched",
        chance, same_parts(row, other),
    )  # fmt: skip


def same_parts(one: Any, other: Any) -> tuple[str, ...]:
    """Give what two matters both say of their subject, the longest pieces first, none within another."""
    whole = folded(other["title"]) + " " + folded(other["body"])
    pieces = [piece for text in (one["title"], one["body"]) for piece in common(subject(text), whole)]
    kept: list[str] = []
    for piece in sorted(dict.fromkeys(pieces), key=len, reverse=True):
        if len(piece) >= _LEAST_PART and not any(piece in longer for longer in kept):
            kept.append(piece)
    return tuple(kept[:MOST_PARTS])

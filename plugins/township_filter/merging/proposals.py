"""Likely duplicates of a matter: what the comparison of texts finds among those that are open here or were sent lately.

Nothing is merged by this; a person reads what both say and decides. This is the one place that calls the comparison for it.
Two texts are compared once as long as they, the list and what was learned stay what they are; every view after that looks it up.
"""

import asyncio
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.api import Item, Scope, fetch, settings_of
from plugins.township_filter.comparison.engine import Engine, common
from plugins.township_filter.comparison.kept import Kept
from plugins.township_filter.comparison.text import folded, subject
from plugins.township_filter.comparison.twins import Said, may_be_twins, said, twin
from plugins.township_filter.screening import keyed_engine
from plugins.township_filter.settings import FilterSettings

MOST_COMPARED: Final = 150
MOST_SHOWN: Final = 5
MOST_PARTS: Final = 4
MOST_PAIRS: Final = 50_000  # about 10 MB
_LEAST_PART: Final = 2
# By the county and place, the comparison and the matter with its text: how likely each other one, with its text, asks for the same.
_CHANCES: Final[Kept[Mapping[Hashable, float]]] = Kept(MOST_PAIRS, len)
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
    key, engine = await keyed_engine(scope, level=row["level"], at=now, region=row["region"])
    own = (*place, key, _state(row))
    known = _CHANCES.get(own) or {}
    if new := [other for other in others if _state(other) not in known]:
        found = await asyncio.to_thread(_compared, engine, row, new)
        known = _CHANCES.keep(own, {**known, **found})  # the day is in the key: it does not grow for ever
    likely = [(other, chance) for other in others if (chance := known[_state(other)])]
    likely.sort(key=lambda each: (each[0]["state"] == "dispatched", -each[1], each[0]["created_at"]))
    return [_likely(row, other, chance) for other, chance in likely[:MOST_SHOWN]]


def _state(row: Any) -> Hashable:
    return row["id"], hash((row["title"], row["body"]))


def _compared(engine: Engine[Item], row: Any, others: Sequence[Any]) -> dict[Hashable, float]:
    """Give by each other matter's state how likely it is the same; 0 where that is too little to be shown."""
    text, found = _said(engine, row), {}
    for other in others:
        earlier = _said(engine, other)
        limit = engine.weights.limits["twin_by_title" if text.title_only or earlier.title_only else "twin"]
        chance = engine.weights.twin.chance(twin(earlier, text)) if may_be_twins(earlier, text) else 0.0
        found[_state(other)] = chance if chance > limit else 0.0
    return found


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

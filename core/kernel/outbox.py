"""What follows from a deed: announced in the deed's transaction, worked off afterwards, once.

``announce`` writes an outbox row. The relay hands it to the worker after the commit; each handler's effect is written in
one transaction with its inbox key, so that a message delivered twice has one effect. ``set_timer`` is the same with a
time in front: the ticker announces the topic when it falls due, unless the timer was cancelled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core.kernel.database import bulk, fetch_value, promise_news
from core.kernel.ids import new_id
from core.kernel.scope import Scope


@dataclass(frozen=True, slots=True)
class Event:
    """One announcement as its handlers get it. ``region`` is the range their system scope opens."""

    id: UUID
    topic: str
    county: str
    region: str
    payload: Mapping[str, Any]
    created_at: datetime


_ANNOUNCE = "SELECT announce_event($3, $4, $5, $6, $7, $8) WHERE $5 >= $1 AND $5 < $2"
_ANNOUNCE_EACH = """
SELECT count(announce_event(e.id, $3, e.region, $4, e.payload, $5))
FROM unnest($6::uuid[], $7::text[], $8::jsonb[]) AS e (id, region, payload) WHERE e.region >= $1 AND e.region < $2
"""
_SET_TIMER = "SELECT set_timer($3, $4, $5, $6, $7, $8, $9) WHERE $5 >= $1 AND $5 < $2"
_CANCEL_TIMERS = "SELECT cancel_timers($3, $4, $5) WHERE $1 < $2"


async def announce(
    scope: Scope,
    topic: str,
    payload: Mapping[str, Any],
    *,
    now: datetime,
    region: str | None = None,
    county: str | None = None,
) -> UUID:
    """Announce what happened. ``region`` is the widest place that handlers may touch and must lie in the scope.

    Raises ``RuntimeError`` where it does not: what follows from the deed would be lost silently.
    """
    made = new_id()
    done = await fetch_value(
        scope, _ANNOUNCE, made, county or scope.county, region or scope.region, topic, dict(payload), now
    )
    if done is None:
        raise RuntimeError("an announcement must lie inside the scope of the one who acts")
    promise_news(scope)
    return made


async def announce_each(
    scope: Scope, topic: str, told: Sequence[tuple[str, Mapping[str, Any]]], *, now: datetime, county: str | None = None
) -> None:
    """Announce the same of many things in one statement: each at its region. Raises ``RuntimeError`` as ``announce`` does."""
    if not told:
        return
    lines = [(new_id(), region, dict(payload)) for region, payload in told]
    done = await fetch_value(scope, _ANNOUNCE_EACH, county or scope.county, topic, now, *bulk(lines, 3))
    if done != len(lines):
        raise RuntimeError("an announcement must lie inside the scope of the one who acts")
    promise_news(scope)


async def set_timer(
    scope: Scope,
    topic: str,
    *,
    subject: UUID,
    due_at: datetime,
    payload: Mapping[str, Any],
    region: str | None = None,
    county: str | None = None,
) -> UUID:
    """Have a topic announced at a time; ``cancel_timers`` with the same subject takes it back."""
    made = new_id()
    done = await fetch_value(
        scope,
        _SET_TIMER,
        made,
        county or scope.county,
        region or scope.region,
        topic,
        subject,
        due_at,
        dict(payload),
    )
    if done is None:
        raise RuntimeError("a timer must lie inside the scope of the one who acts")
    return made


async def cancel_timers(scope: Scope, *, subject: UUID, topic: str = "", county: str | None = None) -> int:
    """Cancel the subject's timers that have not fired (of one topic, or of all). Gives how many."""
    gone: int = await fetch_value(scope, _CANCEL_TIMERS, county or scope.county, subject, topic)
    return gone

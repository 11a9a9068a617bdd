"""Due dates of matters that are written by hand: from the day on which they happened, by the clock of their section.

They move with the line they stand for, and go with it. Whoever watches due dates hears of each (``WANTED``, ``UNWANTED``).
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from core.contracts.disclosure import UNWANTED, WANTED, Clock, Section
from core.disclosure.periods import DisclosureSettings, due_from, midnight, today
from core.disclosure.rules import LONGEST_TITLE
from core.kernel.database import bulk, execute, fetch_one
from core.kernel.ids import new_id
from core.kernel.outbox import announce, announce_each
from core.kernel.scope import Scope
from core.tenancy.settings import settings_of

RUNNING: Final = frozenset({Clock.AT_ONCE, Clock.WITHIN_DAYS})
_WANT: Final = """
INSERT INTO publication_due (county, id, region, section, period, subject_id, title, at, opens_on, due_on)
SELECT $3, v.id, $1, $4, '', v.subject, v.title, v.at, v.opens_on, v.due_on
FROM unnest($5::uuid[], $6::uuid[], $7::text[], $8::timestamptz[], $9::date[], $10::date[])
  AS v (id, subject, title, at, opens_on, due_on) WHERE $1 < $2
ON CONFLICT (county, region, section, period, subject_id) DO NOTHING
"""
_MOVE: Final = """
UPDATE publication_due SET title = $5, at = $6, opens_on = $7, due_on = $8, missing_at = CASE WHEN due_on = $8 THEN missing_at END
WHERE region >= $1 AND region < $2 AND section = $3 AND subject_id = $4 AND done_at IS NULL RETURNING id
"""
# Done, and by no publication: lists leave it out.
_DROP: Final = """
UPDATE publication_due SET done_at = $5
WHERE region >= $1 AND region < $2 AND section = $3 AND subject_id = $4 AND done_at IS NULL RETURNING id
"""


async def want_lines(
    scope: Scope, section: Section, lines: Mapping[UUID, Mapping[str, Any]], *, now: datetime
) -> None:
    """Give each new matter its due date, where the section's clock runs from an event."""
    if section.clock not in RUNNING:
        return
    rule = await settings_of(scope, DisclosureSettings, at=now)
    rows = [(new_id(), entry, *_when(section, line, rule, now)) for entry, line in lines.items()]
    await execute(scope, _WANT, scope.county, section.name, *bulk(rows, 6))
    told = [(scope.region, _told(section, entry, title, at)) for _, entry, title, at, _, _ in rows]
    await announce_each(scope, WANTED, told, now=now)


async def move_due(scope: Scope, section: Section, entry: UUID, line: Mapping[str, Any], *, now: datetime) -> None:
    """Let the due date follow what the line says now; one that was kept stays as it was."""
    if section.clock not in RUNNING:
        return
    title, at, opens, due = _when(section, line, await settings_of(scope, DisclosureSettings, at=now), now)
    if await fetch_one(scope, _MOVE, section.name, entry, title, at, opens, due) is not None:
        await announce(scope, WANTED, _told(section, entry, title, at), now=now)


async def drop_due(scope: Scope, section: Section, entry: UUID, *, now: datetime) -> None:
    """Let the due date go with its line; who took it away stands in the trail of the line."""
    if section.clock in RUNNING and await fetch_one(scope, _DROP, section.name, entry, now) is not None:
        await announce(scope, UNWANTED, {"section": section.name, "subject": str(entry)}, now=now)


def _when(
    section: Section, line: Mapping[str, Any], rule: DisclosureSettings, now: datetime
) -> tuple[str, datetime, date, date]:
    """Give title, moment, the first and the last day. Without a day of its own a matter happened when it was written."""
    at = midnight(date.fromisoformat(line["day"])) if line.get("day") else now
    return str(line["what"])[:LONGEST_TITLE], at, today(at), due_from(section.clock, at, rule)


def _told(section: Section, entry: UUID, title: str, at: datetime) -> dict[str, str]:
    return {"section": section.name, "subject": str(entry), "title": title, "at": at.isoformat()}

"""What follows by itself: the days of notices end, people hear that it is their turn, what is late is said.

Each runs in the worker under a system scope, once for each announcement. Timers may fire for a state that is gone: the
record they name tells.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from core.decisions.actions.meetings import RESOLUTION_SECTION, RESULT_SECTION
from core.decisions.actions.moves import remember
from core.decisions.actions.publishing import complete_notice, link_publication
from core.decisions.actions.unpublishing import follow_correction, undo_publication
from core.decisions.enums import Happened, Phase
from core.decisions.procedures import Procedure
from core.decisions.rules import DecisionSettings
from core.kernel.clock import local
from core.kernel.clock import now as clock_now
from core.kernel.database import execute, fetch_one
from core.kernel.errors import Conflict
from core.kernel.outbox import Event
from core.kernel.scope import Scope
from core.tenancy.settings import settings_of

_ROW: Final = "SELECT d.* FROM decision d WHERE d.region >= $1 AND d.region < $2 AND d.id = $3"
_TELL: Final = """
INSERT INTO notice (county, id, region, membership_id, kind, data, link, key, created_at)
SELECT m.county, gen_random_uuid(), m.region, m.id, $5, $6, $7, $8, $9 FROM membership m
WHERE m.region >= $1 AND m.region < $2 AND m.region = $3 AND m.role = ANY ($4::text[]) AND m.office_id IS NULL
  AND m.valid_from <= $9 AND (m.valid_to IS NULL OR m.valid_to > $9)
ON CONFLICT (county, membership_id, key) DO NOTHING
"""
_LATE: Final = """
UPDATE decision SET late_at = $4 WHERE region >= $1 AND region < $2 AND id = $3 AND late_at IS NULL AND ended_at IS NULL RETURNING *
"""
_TOWNSHIP_DIGITS: Final = 9
_LEADERS: Final = ["township_leader"]


def township_of(event: Event) -> str:
    """Widen the scope to the township above the village."""
    return event.region[:_TOWNSHIP_DIGITS]


async def _current(scope: Scope, event: Event) -> Any | None:
    """Give the decision where it still stands at the record that the announcement names."""
    row = await fetch_one(scope, _ROW, UUID(event.payload["decision"]))
    same = row is not None and str(row["record_id"]) == event.payload["record"] and row["ended_at"] is None
    return row if same else None


async def _tell(
    scope: Scope, event: Event, row: Any, kind: str, *, region: str, roles: list[str], data: Mapping[str, Any] | None = None
) -> None:
    told = {"title": row["title"], "step": row["step_title"], **(data or {})}
    link, key = f"/decisions/{row['id']}", f"{kind}:{event.id}"
    await execute(scope, _TELL, region, roles, kind, told, link, key, event.created_at)


def _roles(row: Any) -> list[str]:
    return list(Procedure.of(row["procedure"]).at(row["step"]).roles)


async def on_turn(scope: Scope, event: Event) -> None:
    """Tell those whose turn the step is."""
    if (row := await _current(scope, event)) is not None:
        await _tell(scope, event, row, "decision_turn", region=row["region"], roles=_roles(row))


async def on_may_meet(scope: Scope, event: Event) -> None:
    """Say that the days of the notice are over and the meeting may be held."""
    row = await _current(scope, event)
    if row is not None and row["state"] == Phase.TOLD:
        await _tell(scope, event, row, "decision_may_meet", region=row["region"], roles=_roles(row))


async def on_shown(scope: Scope, event: Event) -> None:
    """Let a decision go on whose public notice was up for its days."""
    row = await _current(scope, event)
    if row is None or row["state"] != Phase.POSTED:
        return
    now = max(clock_now(), row["waits_until"])
    await complete_notice(scope, decision=row["id"], now=now)


async def on_late(scope: Scope, event: Event) -> None:
    """Mark a step that waits too long, and tell the village and, where the county wants it, its township."""
    row = await _current(scope, event)
    if row is None or row["late_at"] is not None:
        return
    now = clock_now()
    row = await fetch_one(scope, _LATE, row["id"], max(now, row["due_at"] or now))
    if row is None:
        return
    await remember(scope, row, Happened.LATE, now=event.created_at, data={"step": row["step_title"]})
    await _tell(scope, event, row, "decision_late", region=row["region"], roles=_roles(row))
    settings = await settings_of(scope, DecisionSettings, at=now, region=row["region"])
    if settings.township_hears:
        above = row["region"][:_TOWNSHIP_DIGITS]
        await _tell(scope, event, row, "decision_late_above", region=above, roles=_LEADERS)


async def on_ended(scope: Scope, event: Event) -> None:
    """Tell the township what was rejected or taken back."""
    row = await fetch_one(scope, _ROW, UUID(event.payload["decision"]))
    if row is not None:
        above = row["region"][:_TOWNSHIP_DIGITS]
        data = {"reason": row["end_reason"]}
        await _tell(scope, event, row, "decision_ended", region=above, roles=_LEADERS, data=data)


async def on_released(scope: Scope, event: Event) -> None:
    """Fill the step that waits for a publication of one of our sections with the one that was released."""
    section, row = event.payload["section"], await _published(scope, event)
    if row is None or row["region"] != event.region or row["ended_at"] is not None:
        return
    on: date = local(event.created_at).date()
    try:
        await link_publication(
            scope, decision=row["id"], section=section, publication=UUID(event.payload["publication"]), on=on,
            now=event.created_at,
        )  # fmt: skip
    except Conflict:
        return  # the village was faster


async def on_withdrawn(scope: Scope, event: Event) -> None:
    """Have a decision wait again whose resolution or result was withdrawn from the board."""
    row = await _published(scope, event)
    if row is not None:
        await undo_publication(
            scope, decision=row["id"], publication=UUID(event.payload["publication"]), reason=event.payload["reason"],
            now=event.created_at,
        )  # fmt: skip


async def on_corrected(scope: Scope, event: Event) -> None:
    """Point the step at the corrected publication."""
    row = await _published(scope, event)
    if row is not None:
        old, new = UUID(event.payload["corrects"]), UUID(event.payload["publication"])
        await follow_correction(scope, decision=row["id"], old=old, new=new)


async def _published(scope: Scope, event: Event) -> Any | None:
    """Give the decision that a publication of one of our two sections is about."""
    section, subject = event.payload["section"], event.payload.get("subject")
    if section not in {RESOLUTION_SECTION, RESULT_SECTION} or not subject:
        return None
    return await fetch_one(scope, _ROW, UUID(subject))

"""What follows by itself: who decides is told of a request, and the asker of what became of it."""

from typing import Any, Final
from uuid import UUID

from core.kernel.clock import now as clock_now
from core.kernel.database import execute, fetch_one
from core.kernel.outbox import Event
from core.kernel.scope import Scope
from core.notices.actions import tell
from core.people.roles import ready_roles
from core.seals.enums import UseState
from core.seals.workflows import APPROVE

_TOWNSHIP_DIGITS: Final = 9
_ROW: Final = "SELECT u.* FROM seal_use u WHERE u.region >= $1 AND u.region < $2 AND u.id = $3"
# Those who decide, at the village or the township; nobody about his own request.
_TELL: Final = """
INSERT INTO notice (county, id, region, membership_id, kind, data, link, key, created_at)
SELECT m.county, gen_random_uuid(), m.region, m.id, $3, $4, $5, $6, $7 FROM membership m
WHERE m.region >= $1 AND m.region < $2 AND m.county = $8 AND m.region = $9 AND m.role = ANY ($10)
  AND m.valid_from <= $7 AND (m.valid_to IS NULL OR m.valid_to > $7) AND m.person_id IS DISTINCT FROM $11
ON CONFLICT (county, membership_id, key) DO NOTHING
"""
_ANSWERS: Final = {UseState.APPROVED: "seal_approved", UseState.REFUSED: "seal_refused"}


def township_of_event(event: Event) -> str:
    """Widen the scope to the township: its people may be who decides."""
    return event.region[:_TOWNSHIP_DIGITS]


async def on_moved(scope: Scope, event: Event) -> None:
    """Tell who decides of a new request, and who asked of the decision."""
    row = await fetch_one(scope, _ROW, UUID(event.payload["use"]))
    if row is None or row["state"] != event.payload["state"]:
        return
    if row["state"] == UseState.REQUESTED:
        await _tell_deciders(scope, row, event)
    elif row["state"] in _ANSWERS and row["asked_membership"] is not None:
        await tell(
            scope, memberships=[row["asked_membership"]], kind=_ANSWERS[row["state"]], key=f"seal:{event.id}",
            data={"title": row["document"], "reason": row["decision_text"]}, link=_link(row), now=clock_now(),
        )  # fmt: skip


async def _tell_deciders(scope: Scope, row: Any, event: Event) -> None:
    place = row["region"][:_TOWNSHIP_DIGITS] if row["by_township"] else row["region"]
    roles = sorted(role.name for role in ready_roles().values() if APPROVE in role.permissions)
    data = {"title": row["document"], "sender": row["place_name"]}
    await execute(
        scope, _TELL, "seal_requested", data, _link(row), f"seal:{event.id}", clock_now(), row["county"], place, roles, row["asked_person"],
    )  # fmt: skip


def _link(row: Any) -> str:
    return f"/seals/uses/{row['id']}"

"""What follows by itself: who decides is told of a request, the asker of what became of it; what a village cannot decide goes up."""

from typing import Any, Final
from uuid import UUID

from core.kernel.clock import now as clock_now
from core.kernel.database import execute, fetch_one
from core.kernel.outbox import Event
from core.kernel.scope import Scope
from core.notices.actions import tell
from core.people.queries import roles_with
from core.seals.actions.escalating import send_up_all
from core.seals.enums import UseState
from core.seals.queries import HELD_BY
from core.seals.workflows import APPROVE

_TOWNSHIP_DIGITS: Final = 9
_ROW: Final = f"SELECT u.*, {HELD_BY} AS held_by FROM seal_use u WHERE u.region >= $1 AND u.region < $2 AND u.id = $3"  # noqa: S608 - constants
# Those who decide, at the village or the township; nobody about his own request, or a seal that he keeps.
_TELL: Final = """
INSERT INTO notice (county, id, region, membership_id, kind, data, link, key, created_at)
SELECT m.county, gen_random_uuid(), m.region, m.id, $3, $4, $5, $6, $7 FROM membership m
WHERE m.region >= $1 AND m.region < $2 AND m.county = $8 AND m.region = $9 AND m.role = ANY ($10)
  AND m.valid_from <= $7 AND (m.valid_to IS NULL OR m.valid_to > $7) AND m.person_id IS DISTINCT FROM $11
  AND m.person_id IS DISTINCT FROM $12
ON CONFLICT (county, membership_id, key) DO NOTHING
"""
NIGHTLY: Final = "seal.nightly"
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
    roles = await roles_with(scope, APPROVE)
    data = {"title": row["document"], "sender": row["place_name"]}
    await execute(
        scope, _TELL, "seal_requested", data, _link(row), f"seal:{event.id}", clock_now(), row["county"], place, roles, row["asked_person"],
        row["held_by"],
    )  # fmt: skip


async def on_posts(scope: Scope, event: Event) -> None:
    """Send requests up whose village has lost whoever could decide them; in the night also where a post ended by its date."""
    await send_up_all(scope, county=event.county, now=event.created_at)


def _link(row: Any) -> str:
    return f"/seals/uses/{row['id']}"

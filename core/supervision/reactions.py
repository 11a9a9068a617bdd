"""What follows by itself: models look again after announcements, at set moments and every night; handlers are told.

The nightly run looks at the whole county, one model a transaction.
"""

from typing import Final
from uuid import UUID

from core.contracts.registry import current
from core.contracts.warnings import WarningModel
from core.kernel.clock import now as clock_now
from core.kernel.database import execute, fetch_one, transaction
from core.kernel.outbox import Event
from core.kernel.scope import LENGTHS, Scope
from core.notices.actions import tell
from core.people.roles import ready_roles
from core.supervision.engine import look
from core.supervision.forgetting import erase_ended
from core.supervision.workflows import HANDLE

_TOLD: Final = {"stated": "warning_stated", "corrected": "warning_corrected", "appealed": "warning_appealed"}
NIGHTLY: Final = "warning.nightly"
_COUNTY_DIGITS: Final = 6
_ROW: Final = "SELECT w.* FROM warning w WHERE w.region >= $1 AND w.region < $2 AND w.id = $3"
# Those who handle warnings on the path of the place: station, township, county; nobody about himself.
_TELL: Final = """
INSERT INTO notice (county, id, region, membership_id, kind, data, link, key, created_at)
SELECT m.county, gen_random_uuid(), m.region, m.id, $3, $4, $5, $6, $7 FROM membership m
WHERE m.region >= $1 AND m.region < $2 AND m.county = $8 AND m.region = ANY ($9) AND m.role = ANY ($10)
  AND m.valid_from <= $7 AND (m.valid_to IS NULL OR m.valid_to > $7)
  AND NOT EXISTS (SELECT FROM warning_concern c WHERE c.region >= $1 AND c.region < $2 AND c.county = m.county AND c.warning_id = $11
                  AND c.person_id = m.person_id)
  AND m.person_id IS DISTINCT FROM $12
ON CONFLICT (county, membership_id, key) DO NOTHING
"""


async def on_look(scope: Scope, event: Event) -> None:
    """Look at the announced range, or one subject in it, with one model; a model whose plugin is off looks at nothing."""
    for model in current().active(WarningModel, scope):
        if model.name == event.payload["model"]:
            subject = str(event.payload.get("subject") or "")
            await look(scope, model, region=event.region, now=clock_now(), alarm=True, subject=subject)


async def on_nightly(scope: Scope, event: Event) -> None:
    """Look at the whole county with every model; each is committed by itself, and repeating it changes nothing.

    What a look wrote from a data set that ended meanwhile goes in the end.
    """
    for model in current().active(WarningModel, scope):
        async with transaction(scope):
            await look(scope, model, region=event.region, now=clock_now())
    async with transaction(scope):
        await erase_ended(scope)


def county_of_event(event: Event) -> str:
    """Widen the scope to the county: handlers stand above the place."""
    return event.region[:_COUNTY_DIGITS]


async def on_raised(scope: Scope, event: Event) -> None:
    """Tell those who may take it: the village's station and the township, and of red ones the county too."""
    row = await fetch_one(scope, _ROW, UUID(event.payload["warning"]))
    if row is None:
        return
    place: str = row["region"]
    path = [place[:digits] for digits in (9, 12) if digits <= len(place)]
    if row["severity"] == "red" or not path:
        path.append(place[:_COUNTY_DIGITS])
    await execute(
        scope, _TELL, "warning_raised", {"title": row["title"], "sender": row["place_name"]}, f"/warnings/{row['id']}",
        f"warning_raised:{event.id}", clock_now(), row["county"], path, roles_with(HANDLE), row["id"], None,
    )  # fmt: skip


async def on_moved(scope: Scope, event: Event) -> None:
    """Tell who took it that a statement or a correction came; an appeal goes to who decides it: not below the verdict, nor who gave it."""
    row = await fetch_one(scope, _ROW, UUID(event.payload["warning"]))
    kind = _TOLD.get(event.payload["state"])
    if row is None or kind is None or row["state"] != event.payload["state"]:
        return
    data, link, key = {"title": row["title"], "sender": row["place_name"]}, f"/warnings/{row['id']}", f"{kind}:{event.id}"
    if row["state"] != "appealed":
        taken = [row["taken_by"]] if row["taken_by"] is not None else []
        await tell(scope, memberships=taken, kind=kind, key=key, data=data, link=link, now=clock_now())
        return
    place: str = row["region"]
    path = [place[:digits] for digits in LENGTHS[2 : row["judged_level"]] if digits <= len(place)]
    told = (kind, data, link, key, clock_now(), row["county"], path, roles_with(HANDLE), row["id"])
    await execute(scope, _TELL, *told, row["judged_person"])


def roles_with(permission: str) -> list[str]:
    """Give the ready roles that carry a permission."""
    return sorted(role.name for role in ready_roles().values() if permission in role.permissions)

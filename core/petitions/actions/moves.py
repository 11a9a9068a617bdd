"""The one way a petition moves: a guarded update by its workflow, with its history, its clock and whoever must know."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.contracts.guards import ask_guards
from core.kernel.audit import audit
from core.kernel.database import execute, fetch_one
from core.kernel.errors import Conflict, Forbidden, Invalid, mark
from core.kernel.ids import new_id
from core.kernel.outbox import announce, cancel_timers, set_timer
from core.kernel.scope import LENGTHS, Scope
from core.petitions.actions.named import MEANT, look_through
from core.petitions.enums import OPEN_STATES, SHOWN, Happened, Kind
from core.petitions.queries import due_for, is_about, petition_row
from core.petitions.rules import LONGEST_REASON, PetitionSettings, handles, stands_over
from core.petitions.workflows import PETITION, SUPERVISE
from core.tenancy.settings import settings_of

CAME: Final = "petition.came"  # something new lies on a desk
MOVED: Final = "petition.moved"  # its state changed, whichever way
DUE: Final = "petition.due"
LAPSE: Final = "petition.lapse"
_EVENT: Final = """
INSERT INTO petition_event (county, id, region, petition_id, at, kind, text, shown, desk_name, membership, by_name, by_office, data)
SELECT $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15 WHERE $5 >= $1 AND $5 < $2
"""
# Another time of its own: what was lent to it counts no more.
_LENT_NO_MORE: Final = """
UPDATE petition SET lent_due_at = NULL
WHERE region >= $1 AND region < $2 AND county = $3 AND merged_into = $4 AND state = 'merged' AND lent_due_at IS NOT NULL
"""
CHANGED: Final = mark("这件反映刚刚有人办过，请刷新后再看。")


def level_of(code: str) -> int:
    """Give the level of a region: 3 county, 4 township, 5 village."""
    return LENGTHS.index(len(code)) + 1


async def act_on(scope: Scope, petition: UUID, permission: str, *, also_above: bool = False) -> Any:
    """Give the row, locked, to whoever has it on the desk and the right; supervision matters ask for that right too."""
    scope.require(permission)
    row = await petition_row(scope, petition, lock=True)
    if row["kind"] == Kind.SUPERVISION:
        scope.require(SUPERVISE)
    if not scope.system and not handles(scope, row) and not (also_above and stands_over(scope, row)):
        raise Forbidden(permission, mark("这件反映由%(desk)s办理，您可以查看。"), desk=row["desk_name"])
    return row


def reason_of(text: str, field: str = "reason") -> str:
    """Give a trimmed reason. Raises ``Invalid`` where there is none or it is too long."""
    reason = text.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid(fields={field: mark("请写明，最多 500 字。")})
    return reason


async def move(
    scope: Scope, row: Any, transition: str, *, now: datetime, sets: Mapping[str, Any] | None = None
) -> Any:
    """Make a transition and give the changed row; raises ``Conflict`` in any other state, or where somebody was faster.

    Whoever sets ``due_at`` begins a time of the matter's own: what was joined to it lends it no deadline any more.
    """
    target = PETITION.target_of(transition, row["state"])
    await ask_guards(scope, PETITION.name, transition, subject=row["id"], now=now, data={"kind": row["kind"]})
    changes: dict[str, Any] = {"state": target, "changed_at": now, **(sets or {})}
    if "due_at" in changes:
        changes["own_due_at"] = None
        await execute(scope, _LENT_NO_MORE, row["county"], row["id"])
    columns = ", ".join(f"{name} = ${n}" for n, name in enumerate(changes, start=6))
    changed = await fetch_one(
        scope,
        f"UPDATE petition SET {columns} WHERE region >= $1 AND region < $2 AND id = $3 AND state = $4 "  # noqa: S608 - our names
        "AND changed_at = $5 RETURNING *",
        row["id"],
        row["state"],
        row["changed_at"],
        *changes.values(),
    )
    if changed is None:
        raise Conflict(CHANGED)
    await set_clock(scope, changed)
    told = {"petition": str(changed["id"]), "state": changed["state"]}
    await announce(scope, MOVED, told, now=now, region=changed["region"], county=changed["county"])
    return changed


async def time_at(scope: Scope, row: Any, desk: str, *, now: datetime) -> dict[str, Any]:
    """Give what a desk's time is set to: another level's own begins; within one authority the time runs on, also one that is over."""
    level = level_of(desk)
    if level == level_of(row["desk"]):
        return {}
    rule = await settings_of(scope, PetitionSettings, at=now, region=row["region"])
    return {"due_at": await due_for(scope, rule, level=level, now=now), "overdue_at": None}


async def set_clock(scope: Scope, row: Any) -> None:
    """Have its clock strike at its deadline, and at no other time; none strikes for what is not open, or was said to be late."""
    await cancel_timers(scope, subject=row["id"], topic=DUE, county=row["county"])
    if row["state"] in OPEN_STATES and row["due_at"] is not None and row["overdue_at"] is None:
        await set_due(scope, row)


async def set_due(scope: Scope, row: Any) -> None:
    """Have it said when the deadline has passed."""
    await set_timer(
        scope, DUE, subject=row["id"], due_at=row["due_at"], payload={"petition": str(row["id"]), "due": row["due_at"].isoformat()},
        region=row["region"], county=row["county"],
    )  # fmt: skip


async def remember(
    scope: Scope, row: Any, kind: Happened, *, now: datetime, text: str = "", data: Mapping[str, Any] | None = None
) -> None:
    """Write a line of the history, and the audit line beside it. Neither holds who raised the matter.

    Whoever its raiser names in the text is shut out from then on, whenever it is written; whoever an office names, where
    somebody is complained about in the matter. Elsewhere an office says who helped.
    """
    by_office = scope.membership is not None
    meant = {MEANT: True} if text and by_office and await is_about(scope, row) else {}
    await execute(
        scope, _EVENT, row["county"], new_id(), row["region"], row["id"], now, kind, text, kind in SHOWN, row["desk_name"],
        scope.membership, scope.by_name, scope.by_office, {**(data or {}), **meant},
    )  # fmt: skip
    await audit(
        scope, f"petition.{kind}", kind="petition", subject=row["id"], now=now, region=row["region"], county=row["county"],
        data=data,
    )  # fmt: skip
    if text and (meant or not by_office):
        await look_through(scope, row, now=now)

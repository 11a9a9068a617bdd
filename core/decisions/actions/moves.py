"""The one way a decision moves: a guarded update by its procedure's own workflow, with the next step's record and clock."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.contracts.guards import ask_guards
from core.decisions.enums import Happened, Phase, RecordState
from core.decisions.flow import flow_of, name_at, place_of
from core.decisions.procedures import Procedure, Step
from core.decisions.queries import find_decision, find_record
from core.decisions.rules import DecisionSettings, day_start
from core.kernel.audit import audit
from core.kernel.clock import local
from core.kernel.database import execute, fetch_one, fetch_value
from core.kernel.errors import Conflict, Forbidden, mark
from core.kernel.history import history_line, write_history
from core.kernel.ids import new_id
from core.kernel.outbox import announce, cancel_timers, set_timer
from core.kernel.scope import Scope
from core.tenancy.settings import settings_of

TURN: Final = "decision.turn"
MOVED: Final = "decision.moved"  # within its step: told, shown, failed; or it has ended
LATE: Final = "decision.late"
MAY_MEET: Final = "decision.may_meet"
SHOWN: Final = "decision.shown"
_OPEN_RECORD: Final = """
INSERT INTO decision_record (county, id, region, decision_id, step, attempt, state, opened_at)
SELECT $3, $4, $5, $6, $7, (SELECT 1 + count(*) FROM decision_record x WHERE x.region >= $1 AND x.region < $2
                            AND x.county = $3 AND x.decision_id = $6 AND x.step = $7), 'open', $8
WHERE $5 >= $1 AND $5 < $2 RETURNING attempt
"""
_EVENT: Final = history_line("decision_event", "decision_id")
_DROP: Final = """
UPDATE decision_record SET state = 'dropped', closed_at = $4, membership = $5, by_name = $6
 WHERE region >= $1 AND region < $2 AND id = $3 AND state = 'open'
"""
# What was open or passed from a step on, when the decision goes back to it; a vote that failed stays what it was.
_DROP_FROM: Final = """
UPDATE decision_record SET state = 'dropped', closed_at = coalesce(closed_at, $5)
 WHERE region >= $1 AND region < $2 AND decision_id = $3 AND step >= $4 AND state = ANY ('{open,passed}'::text[])
"""
_CHANGED: Final = mark("这件事刚刚有人办过这一步，请刷新后再看。")


async def act_on(scope: Scope, decision: UUID, permission: str) -> Any:
    """Give the row, locked, to whoever may act on it: people of the very village, with the permission.

    ``NotFound`` outside the scope; ``Forbidden`` for whoever only looks on from above.
    """
    scope.require(permission)
    row = await find_decision(scope, decision, lock=True)
    if not scope.system and row["region"] != scope.region:
        raise Forbidden(permission, mark("民主决策由村里办理，上级只能查看。"))
    return row


async def may_attach(scope: Scope, record: UUID) -> Any:
    """Give the record where this post may add files to it now; raises otherwise."""
    scope.require("core:decision:record")
    found = await find_record(scope, record)
    if not scope.system and found["region"] != scope.region:
        raise Forbidden("core:decision:record", mark("民主决策由村里办理，上级只能查看。"))
    if found["state"] != RecordState.OPEN or found["posted_on"] is not None:
        raise Conflict(mark("这一步已经记录，不能再添加照片和文件。"))
    return found


async def clock_of(scope: Scope, row: Any, step: Step, *, since: datetime, now: datetime) -> datetime | None:
    """Give when a step is due: so many whole days after the day it began; None where it has no clock."""
    days = step.within_days
    if days < 0:
        days = (await settings_of(scope, DecisionSettings, at=now, region=row["region"])).step_days
    return day_start(local(since).date() + timedelta(days=days + 1)) if days else None


async def move(
    scope: Scope,
    row: Any,
    transition: str,
    *,
    now: datetime,
    on: date,
    sets: Mapping[str, Any] | None = None,
) -> Any:
    """Make a transition of the decision's own procedure and give the changed row.

    ``on`` is the day it happened; what follows cannot have happened before. A new step, or a new attempt, gets its record,
    its clock and a call to whose turn it is. Raises ``Conflict`` in any other state, and where somebody was faster.
    """
    procedure = Procedure.of(row["procedure"])
    flow, here = flow_of(procedure), procedure.at(row["step"])
    if transition not in flow.by_transition:
        raise Conflict
    target = flow.target_of(transition, name_at(row["state"], here.code))
    name = transition.partition(".")[0]
    await ask_guards(
        scope, "decision", name, subject=row["id"], now=now, data={"step": here.code, "kind": str(here.kind)}
    )
    phase, code = place_of(target)
    place = procedure.place_of(code) if code else row["step"]
    changes: dict[str, Any] = {"state": phase, "changed_at": now, **(sets or {})}
    await cancel_timers(scope, subject=row["id"], county=row["county"])
    if phase == Phase.OPEN:
        changes |= await _fresh(scope, row, procedure, place, on=on, now=now)
    elif not code:
        changes |= {"ended_at": now, "due_at": None, "waits_until": None}
    elif phase == Phase.FAILED:
        changes |= {"due_at": None, "waits_until": None, "step_on": on}
    changed = await _write(scope, row, changes)
    await _set_clocks(scope, changed)
    topic = TURN if phase == Phase.OPEN else MOVED
    await announce(scope, topic, _payload(changed), now=now, region=row["region"], county=row["county"])
    return changed


async def _fresh(
    scope: Scope, row: Any, procedure: Procedure, place: int, *, on: date, now: datetime
) -> dict[str, Any]:
    step = procedure.at(place)
    made = await open_record(scope, row, place, now=now)
    return {
        "step": place, "step_title": step.title, "record_id": made, "step_on": on, "step_since": now, "waits_until": None,
        "late_at": None, "due_at": await clock_of(scope, row, step, since=now, now=now),
    }  # fmt: skip


async def open_record(scope: Scope, row: Any, place: int, *, now: datetime) -> UUID:
    """Open the record that a step's next attempt is written into; its files hang on it at once."""
    made = new_id()
    await fetch_value(scope, _OPEN_RECORD, row["county"], made, row["region"], row["id"], place, now)
    return made


async def _write(scope: Scope, row: Any, changes: Mapping[str, Any]) -> Any:
    columns = ", ".join(f"{name} = ${number}" for number, name in enumerate(changes, start=6))
    changed = await fetch_one(
        scope,
        f"UPDATE decision SET {columns} "  # noqa: S608 - the columns' names are ours
        "WHERE region >= $1 AND region < $2 AND id = $3 AND state = $4 AND record_id = $5 RETURNING *",
        row["id"],
        row["state"],
        row["record_id"],
        *changes.values(),
    )
    if changed is None:
        raise Conflict(_CHANGED)
    return changed


async def _set_clocks(scope: Scope, row: Any) -> None:
    """Set the timers of where a decision stands now; the older ones were cancelled."""
    waiting = {Phase.TOLD: MAY_MEET, Phase.POSTED: SHOWN}.get(row["state"])
    for topic, at in ((waiting, row["waits_until"]), (LATE, row["due_at"])):
        if topic is not None and at is not None:
            await set_timer(
                scope, topic, subject=row["id"], due_at=at, payload=_payload(row), region=row["region"],
                county=row["county"],
            )  # fmt: skip


def _payload(row: Any) -> dict[str, str]:
    return {"decision": str(row["id"]), "record": str(row["record_id"])}


async def close_record(scope: Scope, record: UUID, sets: Mapping[str, Any]) -> Any:
    """Write into the open record; raises ``Conflict`` where it was closed meanwhile."""
    columns = ", ".join(f"{name} = ${number}" for number, name in enumerate(sets, start=4))
    written = await fetch_one(
        scope,
        f"UPDATE decision_record SET {columns} "  # noqa: S608 - the columns' names are ours
        "WHERE region >= $1 AND region < $2 AND id = $3 AND state = 'open' RETURNING *",
        record,
        *sets.values(),
    )
    if written is None:
        raise Conflict(_CHANGED)
    return written


async def drop_record(scope: Scope, record: UUID, *, now: datetime) -> None:
    """Close an attempt that comes to nothing, where it is still open; it stays in the record."""
    await execute(scope, _DROP, record, now, scope.membership, scope.by_name)


async def drop_from(scope: Scope, decision: UUID, place: int, *, now: datetime) -> None:
    """Close what was open and undo what was passed from a step on; all of it stays to be read."""
    await execute(scope, _DROP_FROM, decision, place, now)


async def remember(
    scope: Scope,
    row: Any,
    kind: Happened,
    *,
    now: datetime,
    text: str = "",
    data: Mapping[str, Any] | None = None,
) -> None:
    """Write a line of the decision's history, and the audit line beside it."""
    await write_history(scope, _EVENT, row, kind, now=now, text=text, data=data)
    await audit(
        scope, f"decision.{kind}", kind="decision", subject=row["id"], now=now, region=row["region"],
        county=row["county"], data=data,
    )  # fmt: skip

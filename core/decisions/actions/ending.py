"""Trying a failed vote again, rejecting it, taking a decision back."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.decisions.actions.meetings import RECORD
from core.decisions.actions.moves import act_on, drop_record, move, remember
from core.decisions.enums import Happened, Phase
from core.decisions.procedures import Procedure
from core.kernel.clock import local
from core.kernel.errors import Conflict, Invalid, mark
from core.kernel.outbox import announce
from core.kernel.scope import Scope

END: Final = "core:decision:end"
ENDED: Final = "decision.ended"
_REASON_MOST: Final = 500


async def repeat_step(scope: Scope, *, decision: UUID, now: datetime) -> Any:
    """Take up a step again: a vote that failed, a notice that was wrong. A new record stands beside the old one.

    Notice and days run anew. Raises ``Conflict`` where nothing was begun that could be begun again.
    """
    row = await act_on(scope, decision, RECORD)
    if row["state"] == Phase.OPEN:
        raise Conflict
    await drop_record(scope, row["record_id"], now=now)
    step = Procedure.of(row["procedure"]).at(row["step"])
    changed = await move(scope, row, f"repeat.{step.code}", now=now, on=row["step_on"])
    await remember(scope, changed, Happened.REPEATED, now=now, data={"step": step.title})
    return changed


async def reject_decision(scope: Scope, *, decision: UUID, reason: str, now: datetime) -> Any:
    """End a decision whose vote failed and is not tried again."""
    return await _end(scope, decision, "reject", Happened.REJECTED, reason, now=now)


async def withdraw_decision(scope: Scope, *, decision: UUID, reason: str, now: datetime) -> Any:
    """Take a running decision back, whatever its step. Nothing rests on it any more."""
    return await _end(scope, decision, "withdraw", Happened.WITHDRAWN, reason, now=now)


async def _end(scope: Scope, decision: UUID, way: str, kind: Happened, reason: str, *, now: datetime) -> Any:
    row = await act_on(scope, decision, END)
    told = reason.strip()
    if not told or len(told) > _REASON_MOST:
        raise Invalid(fields={"reason": mark("请写明原因，最多 500 个字，会留在记录里。")})
    await drop_record(scope, row["record_id"], now=now)
    changed = await move(scope, row, way, now=now, on=local(now).date(), sets={"end_reason": told})
    await remember(scope, changed, kind, now=now, text=told)
    payload = {"decision": str(decision), "state": changed["state"], "subject_kind": row["subject_kind"]}
    await announce(scope, ENDED, payload, now=now, region=row["region"], county=row["county"])
    return changed

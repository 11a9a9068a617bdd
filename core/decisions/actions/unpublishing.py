"""What was made public online and is not any more: the decision waits again. A corrected publication takes the old one's place."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.decisions.actions.moves import drop_from, move, remember
from core.decisions.actions.publishing import PUBLISHES, told_of
from core.decisions.enums import Happened
from core.decisions.procedures import Procedure
from core.decisions.queries import find_decision
from core.files.enums import FileState
from core.files.queries import files_of
from core.kernel.clock import local
from core.kernel.database import execute, fetch_one
from core.kernel.outbox import announce
from core.kernel.scope import Scope

# Announced when nothing may rest on a decision any more that was public before. Payload: as ``decision.published``.
UNPUBLISHED: Final = "decision.unpublished"
_SHOWN_BY: Final = """
SELECT x.id, x.step, x.state FROM decision_record x
WHERE x.region >= $1 AND x.region < $2 AND x.decision_id = $3 AND x.publication_id = $4 AND x.state = ANY ('{open,passed}'::text[])
ORDER BY x.step DESC LIMIT 1
"""
_RELINK: Final = """
UPDATE decision_record SET publication_id = $5
WHERE region >= $1 AND region < $2 AND decision_id = $3 AND publication_id = $4 AND state = ANY ('{open,passed}'::text[])
"""


async def undo_publication(
    scope: Scope, *, decision: UUID, publication: UUID, reason: str, now: datetime
) -> Any | None:
    """Go back to the step that a withdrawn publication filled: it is to be made public again, and its days run anew.

    Where a picture of the board shows that it hangs there on paper, the days go on. What was finished stays finished;
    the history says what was withdrawn. Gives the row as it is then; None where the publication filled no step.
    """
    row = await find_decision(scope, decision, lock=True)
    shown = await fetch_one(scope, _SHOWN_BY, decision, publication)
    if shown is None:
        return None
    procedure = Procedure.of(row["procedure"])
    step, told = procedure.at(shown["step"]), reason.strip()
    on_paper = any(
        file.purpose == "decision_photo" and file.state != FileState.REFUSED
        for file in await files_of(scope, subject=shown["id"])
    )
    if on_paper:
        await execute(scope, _RELINK, decision, publication, None)
    if not on_paper and row["ended_at"] is None:
        await drop_from(scope, decision, shown["step"], now=now)
        lost = shown["step"] == procedure.publishes_at and row["published_at"] is not None
        on = max(row["step_on"], local(now).date())
        row = await move(scope, row, f"undo.{step.code}", now=now, on=on, sets={"published_at": None} if lost else None)
        if lost:
            where = {"now": now, "region": row["region"], "county": row["county"]}
            await announce(scope, UNPUBLISHED, told_of(row, PUBLISHES[step.kind]), **where)
    await remember(scope, row, Happened.UNSHOWN, now=now, text=told, data={"step": step.title})
    return row


async def follow_correction(scope: Scope, *, decision: UUID, old: UUID, new: UUID) -> None:
    """Let the step point at the corrected publication; its days go on."""
    await execute(scope, _RELINK, decision, old, new)

"""The one way an assignment changes its state: a guarded update that returns the row."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from core.kernel.audit import audit
from core.kernel.database import fetch_one
from core.kernel.errors import Conflict, NotFound
from core.kernel.history import history_line, write_history
from core.kernel.scope import Scope
from core.tasks.enums import Happened
from core.tasks.rules import concerns
from core.tasks.workflows import ASSIGNMENT

_LOOK = "SELECT * FROM assignment a WHERE a.region >= $1 AND a.region < $2 AND a.id = $3"
_EVENT = history_line("assignment_event", "assignment_id")


async def find_assignment(scope: Scope, assignment: UUID, *, lock: bool = False) -> Any:
    """Give the row; raises ``NotFound`` outside the scope, and for another office's share.

    With ``lock`` the next who asks so waits until this transaction ends, and then sees what became of it.
    """
    row = await fetch_one(scope, f"{_LOOK} FOR UPDATE" if lock else _LOOK, assignment)
    if row is None or not concerns(scope, row):
        raise NotFound
    return row


async def move(
    scope: Scope,
    assignment: UUID,
    transition: str,
    *,
    now: datetime,
    sets: Mapping[str, Any] | None = None,
) -> Any:
    """Make a transition and give the changed row.

    Raises ``NotFound`` outside the scope and ``Conflict`` in any state that the workflow does not let the transition start
    from: of two people who press at once, one is told that the other was faster.
    """
    before = await find_assignment(scope, assignment)
    target = ASSIGNMENT.target_of(transition, before["state"])
    changes = {"state": target, "changed_at": now, **(sets or {})}
    columns = ", ".join(f"{name} = ${number}" for number, name in enumerate(changes, start=5))
    row = await fetch_one(
        scope,
        f"UPDATE assignment SET {columns} "  # noqa: S608 - the columns' names are ours
        "WHERE region >= $1 AND region < $2 AND id = $3 AND state = ANY($4::text[]) RETURNING *",
        assignment,
        ASSIGNMENT.sources_of(transition),
        *changes.values(),
    )
    if row is None:
        raise Conflict
    return row


async def change(
    scope: Scope, assignment: UUID, *, now: datetime, sets: Mapping[str, Any], states: list[str]
) -> Any:
    """Change facts of a share without moving it; raises ``Conflict`` outside the given states."""
    await find_assignment(scope, assignment)
    changes = {"changed_at": now, **sets}
    columns = ", ".join(f"{name} = ${number}" for number, name in enumerate(changes, start=5))
    row = await fetch_one(
        scope,
        f"UPDATE assignment SET {columns} "  # noqa: S608 - the columns' names are ours
        "WHERE region >= $1 AND region < $2 AND id = $3 AND state = ANY($4::text[]) RETURNING *",
        assignment,
        states,
        *changes.values(),
    )
    if row is None:
        raise Conflict
    return row


async def remember(
    scope: Scope,
    row: Any,
    kind: Happened,
    *,
    now: datetime,
    text: str = "",
    data: Mapping[str, Any] | None = None,
) -> None:
    """Write a line of the share's history, and the audit line beside it."""
    await write_history(scope, _EVENT, row, kind, now=now, text=text, data=data)
    await audit(
        scope, f"assignment.{kind}", kind="assignment", subject=row["id"], now=now, region=row["region"],
        county=row["county"], data=data,
    )  # fmt: skip

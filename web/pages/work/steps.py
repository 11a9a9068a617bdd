"""The stepper of one share, drawn from its workflow: what is done and when, whose turn it is, what was left out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from core.tasks.enums import OPEN_STATES, AssignmentState
from core.tasks.queries.assignments import Share
from core.tasks.workflows import ASSIGNMENT
from web.answers import Request, say
from web.pages.work.words import formats

_HANDED_IN: Final = frozenset({AssignmentState.SUBMITTED, AssignmentState.ACCEPTED, AssignmentState.WITHDRAWN})
_RECEIVERS: Final = frozenset(OPEN_STATES) - {AssignmentState.SUBMITTED}


def steps_of(request: Request, share: Share, now: datetime) -> list[dict[str, Any]]:
    """Give each step with its state. A step that was done says when, the one in hand whose turn it is."""
    row = share.row
    done = _done(row)
    names = [name for name, _ in ASSIGNMENT.steps]
    here = names.index(ASSIGNMENT.by_state[row["state"]].step)
    ended = row["state"] in {AssignmentState.ACCEPTED, AssignmentState.WITHDRAWN}
    late = row["due_at"] < now and row["state"] in _RECEIVERS
    steps = []
    for number, (name, title) in enumerate(ASSIGNMENT.steps):
        current = number == here and not ended
        state = ("late" if late else "current") if current else "done" if name in done else "skipped" if ended else "todo"
        moment = done.get(name)
        steps.append(
            {
                "name": say(request, title),
                "state": state,
                "who": _whose_turn(row) if current else None,
                "when": formats(request).short(moment) if moment is not None and state == "done" else None,
            }
        )
    return steps


def _done(row: Mapping[str, Any]) -> dict[str, datetime | None]:
    """Give what was done, with its time where it has one of its own. What was returned is handed in anew."""
    done: dict[str, datetime | None] = {"sent": row["created_at"]}
    if row["acknowledged_at"] is not None:
        done["acknowledged"] = row["acknowledged_at"]
    if row["submitted_at"] is not None and row["state"] in _HANDED_IN:
        done |= {"in_hand": None, "submitted": row["submitted_at"]}
    if row["state"] == AssignmentState.ACCEPTED:
        done["accepted"] = row["closed_at"]
    return done


def _whose_turn(row: Mapping[str, Any]) -> str:
    if row["state"] == AssignmentState.SUBMITTED:
        return str(row["sender_name"])
    return str(row["allocated_name"] or row["receiver_name"])

"""How petitions are written on staff pages: states, clocks, steps, history."""

from datetime import datetime
from typing import Any, Final

from core.kernel.errors import mark
from core.petitions.enums import (
    HAPPENED,
    KIND_TITLES,
    OPEN_STATES,
    SOURCE_TITLES,
    Happened,
    Kind,
    PetitionState,
)
from core.petitions.public import NOBODY
from core.petitions.workflows import PETITION
from web.answers import Request, say, say_past
from web.pages.work.words import formats
from web.wording import person_of

_AT: Final = {
    PetitionState.RAISED: 1, PetitionState.IN_HAND: 2, PetitionState.MERGED: 2, PetitionState.ANSWERED: 4,
    PetitionState.CLOSED: 5, PetitionState.REFUSED: 5,
}  # fmt: skip
_TONES: Final = {Happened.OVERDUE: "danger", Happened.REOPENED: "notice", Happened.ANSWERED: "good", Happened.REMINDED: "notice"}


def state_of(request: Request, row: Any) -> tuple[str, str]:
    """Give a petition's state in words, and its colour."""
    state = PETITION.by_state[row["state"]]
    return say(request, state.title), state.tone


def clock_of(request: Request, row: Any, now: datetime) -> tuple[str, str]:
    """Say how long is left, while it is open."""
    if row["due_at"] is None or row["state"] not in OPEN_STATES:
        return "", "plain"
    deadline = formats(request).deadline(row["due_at"], now)
    return deadline.text, deadline.tone


def kind_of(request: Request, row: Any) -> tuple[str, str]:
    return say(request, KIND_TITLES[row["kind"]]), "danger" if row["kind"] == Kind.SUPERVISION else "plain"


def source_of(request: Request, row: Any) -> str:
    return say(request, SOURCE_TITLES.get(row["source"], row["source"]))


def steps_of(request: Request, row: Any, now: datetime) -> list[dict[str, Any]]:
    """Give the stepper's steps, with whose turn it is."""
    at, late = _AT[PetitionState(row["state"])], row["due_at"] is not None and row["due_at"] < now
    whens = {"raised": row["raised_at"], "accepted": row["accepted_at"], "answered": row["answered_at"], "closed": row["closed_at"]}
    steps = []
    for n, (name, title) in enumerate(PETITION.steps):
        state = "done" if n < at else "todo" if n > at else "late" if late and row["state"] in OPEN_STATES else "current"
        when = whens.get(name) if n < at else None
        steps.append({
            "name": say(request, title), "state": state, "who": row["desk_name"] if n == at and n in {1, 2} else None,
            "when": formats(request).short(when) if when else None,
        })  # fmt: skip
    return steps


def history_of(request: Request, events: Any) -> list[dict[str, Any]]:
    """Give the history for ``ui.history``, the latest first."""
    return [_entry(request, event) for event in events]


def _entry(request: Request, event: Any) -> dict[str, Any]:
    what = say_past(request, HAPPENED.get(event["kind"], event["kind"]))
    data = dict(event["data"] or {})
    if event["kind"] == Happened.TRANSFERRED and data.get("to"):
        what = f"{what} → {data['to']}"
    if event["kind"] == Happened.MERGED and data.get("number"):
        what = f"{what} → {data['number']}"
    name = say(request, mark("反映群众")) if event["by_name"] == NOBODY else event["by_name"]
    who = person_of(request, name, event["by_office"])
    return {
        "who": who, "what": what, "at": event["at"], "note": event["text"] or None, "tone": _TONES.get(event["kind"]),
    }  # fmt: skip

"""How requests are written on pages: states, clocks, steps, opinions, history, what would change."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.api import FIELD_TITLES, KIND_TITLES, LEVEL_TITLES, Invalid, mark
from plugins.township_filter.requests.enums import (
    ANSWER_OWED,
    HAPPENED,
    KINDS,
    OPINIONS,
    WAYS,
    Happened,
    Opinion,
    RequestState,
)
from plugins.township_filter.requests.rules import FIELDS
from plugins.township_filter.requests.workflows import procedure_of
from web.api import Formats, Request, language_of, listed, person_of, say

BASE: Final = "/township_filter/requests"
_OPINION_TONES: Final = {Opinion.NONE: "notice", Opinion.AGREE: "good", Opinion.CONDITIONAL: "soon", Opinion.DISAGREE: "danger"}
_TONES: Final = {
    Happened.APPROVED: "good", Happened.LISTED: "good", Happened.REFUSED: "danger", Happened.OVERDUE: "danger", Happened.RETURNED: "notice",
}  # fmt: skip


def formats(request: Request) -> Formats:
    return Formats(language_of(request))


def uuid_in(text: str, *, field: str) -> UUID | None:
    """Read an id that was chosen from a list. Raises ``Invalid`` for anything else."""
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Invalid(fields={field: mark("请从列表里选择。")}) from error


def clock_of(request: Request, row: Any, now: datetime) -> tuple[str, str]:
    """Say how long the county has to answer; nothing where it owes no answer."""
    if row["state"] not in ANSWER_OWED:
        return "", "plain"
    left = formats(request).deadline(row["due_at"], now)
    return left.text, left.tone


def line_of(request: Request, row: Any, now: datetime) -> dict[str, Any]:
    """Give one request as lists draw it."""
    clock, clock_tone = clock_of(request, row, now)
    state = procedure_of(row["kind"]).by_state[row["state"]]
    return {
        "id": row["id"], "href": f"{BASE}/{row['id']}", "number": row["number"], "title": row["item_title"], "code": row["item_code"],
        "way": say(request, WAYS[row["way"]]), "level": say(request, LEVEL_TITLES[row["level"]]), "asked": row["asked_office"],
        "asked_at": row["asked_at"], "state": say(request, state.title), "state_tone": state.tone, "clock": clock, "clock_tone": clock_tone,
        "tone": "danger" if row["state"] in ANSWER_OWED and row["due_at"] < now else "",
    }  # fmt: skip


def steps_of(request: Request, row: Any, now: datetime) -> list[dict[str, Any]]:
    """Draw the stepper from the workflow; a request that ended early leaves the rest out."""
    flow = procedure_of(row["kind"])
    names, state = [name for name, _ in flow.steps], flow.by_state[row["state"]]
    here, listed_now = names.index(state.step), row["state"] == RequestState.LISTED
    late = row["state"] in ANSWER_OWED and row["due_at"] < now
    who = {"submitted": row["asked_office"], "decided": row["decided_name"]}
    when = {"submitted": row["asked_at"], "decided": row["decided_at"], "listed": row["listed_at"]}
    steps = []
    for place, (name, title) in enumerate(flow.steps):
        stands = "done" if place < here or listed_now else "todo"
        if place == here and not listed_now:
            stands = "skipped" if state.final else "late" if late else "current"
        elif state.final and not listed_now and place > here:
            stands = "skipped"
        done = stands == "done" and when.get(name) is not None
        steps.append({
            "name": say(request, title), "state": stands, "who": (who.get(name) or None) if done else None,
            "when": formats(request).short(when[name]) if done else None,
        })  # fmt: skip
    return steps


def turn_of(request: Request, row: Any, opinions: Sequence[Any]) -> str:
    """Say whose turn it is."""
    state = row["state"]
    if state == RequestState.REVIEWING:
        waited = [each["office_name"] for each in opinions if each["round"] == row["round"] and each["opinion"] == Opinion.NONE]
        return listed(request, waited)
    if state == RequestState.RETURNED:
        return str(row["asked_office"])
    if state == RequestState.APPROVED:
        return say(request, mark("县级管理员（发布新版清单）"))
    return say(request, mark("县级管理员")) if state in ANSWER_OWED else ""


def opinions_shown(request: Request, row: Any, opinions: Sequence[Any], now: datetime) -> list[dict[str, Any]]:
    """Give what offices were asked and said, the current round first; a late one says so."""
    return [
        {
            "office": each["office_name"], "opinion": say(request, OPINIONS[each["opinion"]]), "tone": _OPINION_TONES[each["opinion"]],
            "text": each["text"], "by": each["by_name"], "said_at": each["said_at"], "due_at": each["due_at"],
            "late": each["said_at"] is None and each["due_at"] < now and row["state"] == RequestState.REVIEWING,
            "waits": each["said_at"] is None and row["state"] == RequestState.REVIEWING, "earlier": each["round"] != row["round"],
        }
        for each in opinions
    ]  # fmt: skip


def history_of(request: Request, events: Sequence[Any]) -> list[dict[str, Any]]:
    """Give the history for ``ui.history``."""
    return [
        {
            "who": person_of(request, each["by_name"], each["by_office"]), "at": each["at"], "note": each["text"] or None,
            "what": say(request, HAPPENED[each["kind"]], **_plain(each["data"])), "tone": _TONES.get(each["kind"]),
        }
        for each in events
    ]  # fmt: skip


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"offices": "", "opinion": "", **{name: text for name, text in data.items() if isinstance(text, str)}}


def fields_of(request: Request, row: Any) -> list[tuple[str, str, str]]:
    """Give the fields that a request is about: title, how it read, how it shall read. An addition has nothing before."""
    def words(name: str, text: str) -> str:
        return say(request, KIND_TITLES.get(text, text)) if name == "kind" else text

    was, wanted = row["was"], row["wanted"]
    shown = [name for name in FIELDS if (wanted.get(name) if row["way"] == "add" else name in was)]
    return [(say(request, FIELD_TITLES[name]), words(name, was.get(name, "")), words(name, wanted[name])) for name in shown]


def chart_of(request: Request, row: Any) -> dict[str, Any]:
    """Give the flow chart as the workflow declares it."""
    flow = procedure_of(row["kind"])
    return {
        "states": [(state.name, say(request, state.title)) for state in flow.states],
        "transitions": [
            (source, way.target, say(request, way.title)) for way in flow.transitions for source in sorted(way.sources) if source != way.target
        ],
        "label": say(request, flow.title), "kind": say(request, KINDS[row["kind"]]),
    }  # fmt: skip

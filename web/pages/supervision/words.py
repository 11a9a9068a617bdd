"""What a warning's rows say to people: level, clock, steps, whose turn, history."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from core.contracts.warnings import Domain
from core.kernel.errors import mark
from core.supervision.enums import (
    HAPPENED,
    SEVERITY_TITLES,
    SEVERITY_TONES,
    VERDICT_TITLES,
    Happened,
    WarningState,
)
from core.supervision.queries import MY_TURN, model_named
from core.supervision.rules import Precision
from core.supervision.workflows import CONCERNED, HANDLER, WARNING
from core.tenancy.enums import Level
from web.answers import Request, language_of, request_now, say, say_n, say_past
from web.filters import Formats
from web.wording import after_colon, person_of

HINT: Final = mark("预警是系统给出的提示，不是结论。是不是问题，要由人核查后才能认定。")
_TONES: Final = {Happened.RAISED: "danger", Happened.WORSE: "danger", Happened.VERIFIED: "good", Happened.CLOSED: "good"}
_SIDES: Final = {HANDLER: mark("监察工作联络站或监督员"), CONCERNED: mark("当事人")}
_DECIDERS: Final = {
    Level.COUNTY: mark("县级监督员"), Level.TOWNSHIP: mark("乡镇或县级监督员"),
    Level.VILLAGE: mark("村监察工作联络站、乡镇或县级监督员"),
}  # fmt: skip


def formats(request: Request) -> Formats:
    return Formats(language_of(request), partial(request_now, request))


def severity_of(request: Request, row: Any) -> tuple[str, str]:
    """Give the level in a word, with its tone."""
    return say(request, SEVERITY_TITLES[row["severity"]]), SEVERITY_TONES[row["severity"]]


def domain_title(request: Request, name: str) -> str:
    """Give a domain in words."""
    return say(request, Domain(name).words)


def model_title(request: Request, name: str) -> str:
    """Give a model's title; one of a plugin that is gone is shown by its name."""
    found = model_named(name)
    return say(request, found.title) if found else name


def why_of(request: Request, row: Any) -> str:
    """Say why the warning was raised, in the reader's language."""
    return say(request, row["text"], **{key: say(request, str(value)) for key, value in row["data"].items()})


def clock_of(request: Request, row: Any, now: datetime) -> tuple[str, str]:
    """Give the clock that runs; snoozed ones say their last day."""
    if row["snoozed_until"] is not None and row["snoozed_until"] > now:
        last = row["snoozed_until"] - timedelta.resolution
        return say(request, mark("暂缓到%(day)s"), day=formats(request).day(last, now)), "plain"
    if row["due_at"] is None:
        return "", "plain"
    left = formats(request).deadline(row["due_at"], now)
    return left.text, left.tone


def line_of(request: Request, row: Any, now: datetime) -> dict[str, Any]:
    """Give a warning as lists draw it."""
    severity, tone = severity_of(request, row)
    clock, clock_tone = clock_of(request, row, now)
    state = WARNING.by_state[row["state"]]
    return {
        "id": row["id"], "href": f"/warnings/{row['id']}", "title": row["title"], "model": model_title(request, row["model"]),
        "severity": severity, "severity_tone": tone, "place": row["place_name"], "clock": clock, "clock_tone": clock_tone,
        "state": say(request, state.title), "state_tone": state.tone, "raised_at": row["raised_at"], "tone": "",
    }  # fmt: skip


def steps_of(request: Request, row: Any, now: datetime) -> list[dict[str, Any]]:
    """Draw the stepper from the workflow: what is before the present step is done or was left out."""
    names = [name for name, _ in WARNING.steps]
    closed = row["closed_at"] is not None
    here = names.index(WARNING.by_state[row["state"]].step)
    late = row["due_at"] is not None and row["due_at"] < now
    skipped = {"rectified", "verified"} if closed and row["verdict"] != "lead" else set()
    steps = []
    for place, (name, title) in enumerate(WARNING.steps):
        state = "skipped" if name in skipped else "done" if place < here or closed else "todo"
        if place == here and not closed:
            state = "late" if late else "current"
        steps.append({"name": say(request, title), "state": state, "who": None, "when": None})
    return steps


def turn_of(request: Request, row: Any, *, named: bool) -> str:
    """Say whose turn it is: by name who took it; the place's own office only where no person is ``named``."""
    if row["state"] == WarningState.APPEALED:
        return decider_of(request, row)
    if row["state"] in MY_TURN:
        return say(request, _SIDES[CONCERNED] if named else mark("所在单位"))
    if not any(row["state"] in way.sources and way.side == HANDLER for way in WARNING.transitions):
        return ""
    return row["taken_name"] or say(request, _SIDES[HANDLER])


def decider_of(request: Request, row: Any) -> str:
    """Say who decides an appeal: the level of the verdict or above, never who gave it."""
    return say(request, mark("%(who)s（作出结论的本人除外）"), who=say(request, _DECIDERS[Level(row["judged_level"])]))


def share_of(request: Request, judged: Precision, least: int) -> str:
    """Give the share of leads in words; of too few verdicts it says nothing, and the words tell so."""
    if judged.share is None:
        return say(request, mark("还没有结论"))
    if judged.judged < least:
        return say_n(request, mark("样本太少（%(n)s 件）"), judged.judged)
    return formats(request).percent(judged.share)


def history_of(request: Request, events: Sequence[Any]) -> list[dict[str, Any]]:
    """Give the history for ``ui.history``."""
    return [
        {
            "who": person_of(request, say(request, each["by_name"] or mark("（已删除）")), each["by_office"]),
            "what": say_past(request, HAPPENED[each["kind"]]) + _added(request, each["data"]), "at": each["at"],
            "note": each["text"] or None, "tone": _TONES.get(each["kind"]),
        }
        for each in events
    ]  # fmt: skip


def _added(request: Request, data: Any) -> str:
    if data.get("files"):
        return say(request, mark("（附 %(n)s 份材料）"), n=len(data["files"]))
    if "verdict" in data:
        return after_colon(request, say(request, VERDICT_TITLES[data["verdict"]]))
    if "severity" in data:
        return after_colon(request, say(request, SEVERITY_TITLES[data["severity"]]))
    return ""

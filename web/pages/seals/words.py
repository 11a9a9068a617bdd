"""How uses of seals are written on pages: states, clocks, steps, history."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from core.kernel.clock import SHANGHAI
from core.kernel.errors import Invalid, mark
from core.seals.enums import HAPPENED, PURPOSE_TITLES, Happened, UseState
from core.seals.workflows import SEAL_USE
from web.answers import Request, say, say_past
from web.pages.work.words import formats
from web.wording import person_of

_TONES: Final = {Happened.ENTERED: "danger", Happened.REFUSED: "danger", Happened.APPROVED: "good", Happened.FILED: "good"}
_WAITS: Final = frozenset({UseState.REQUESTED, UseState.APPROVED, UseState.USED})


def purpose_of(request: Request, row: Any) -> str:
    return say(request, PURPOSE_TITLES[row["purpose"]])


def clock_of(request: Request, row: Any, now: datetime) -> tuple[str, str]:
    """Say how long is left for the next step; an approval that lapsed says so."""
    if row["due_at"] is None or row["state"] not in _WAITS:
        return "", "plain"
    if row["state"] == UseState.APPROVED and row["due_at"] < now:
        return say(request, mark("批准已过期")), "danger"
    left = formats(request).deadline(row["due_at"], now)
    return left.text, left.tone


def line_of(request: Request, row: Any, now: datetime) -> dict[str, Any]:
    """Give one use as lists draw it."""
    clock, clock_tone = clock_of(request, row, now)
    state, shown = SEAL_USE.by_state[row["state"]], formats(request)
    at = row["used_at"] or row["asked_at"]
    return {
        "id": row["id"], "href": f"/seals/uses/{row['id']}", "number": row["number"], "document": row["document"], "place": row["place_name"],
        "seal": row["seal_title"], "purpose": purpose_of(request, row), "copies": row["used_copies"] or row["copies"],
        "asked": "" if row["unasked"] else row["asked_name"], "decided": row["decided_name"], "keeper": row["keeper_name"],
        "at": shown.day(at, now), "on": shown.full_day(at), "state": say(request, state.title), "state_tone": state.tone, "clock": clock, "clock_tone": clock_tone,
        "irregular": irregular_words(request, row), "tone": "danger" if row["irregular"] else "",
    }  # fmt: skip


def irregular_words(request: Request, row: Any) -> str:
    """Say in what a use differs from what was granted; empty where it does not."""
    if not row["irregular"]:
        return ""
    if row["unasked"]:
        return say(request, mark("没有申请"))
    if row["decided_at"] is not None and row["used_at"] < row["decided_at"]:
        return say(request, mark("批准前用章"))
    return say(request, mark("超过批准份数"))


def steps_of(request: Request, row: Any, now: datetime) -> list[dict[str, Any]]:
    """Draw the stepper from the workflow; what nobody asked for has no request and no approval behind it."""
    names = [name for name, _ in SEAL_USE.steps]
    state = SEAL_USE.by_state[row["state"]]
    here = names.index(state.step)
    late = row["due_at"] is not None and row["due_at"] < now and row["state"] in _WAITS
    who = {"requested": row["asked_name"], "approved": row["decided_name"], "used": row["keeper_name"]}
    when = {"requested": row["asked_at"], "approved": row["decided_at"], "used": row["used_at"], "filed": row["filed_at"]}
    skipped = {"requested", "approved"} if row["unasked"] else set()
    steps = []
    for place, (name, title) in enumerate(SEAL_USE.steps):
        stands = "done" if place < here or row["state"] == UseState.FILED else "todo"
        if name in skipped:
            stands = "skipped"
        elif place == here and row["state"] != UseState.FILED:
            stands = "late" if late else "current" if row["state"] in _WAITS else "skipped"
        done = stands == "done" and when[name] is not None
        steps.append({
            "name": say(request, title), "state": stands, "who": (who.get(name) or None) if done else None,
            "when": formats(request).short(when[name]) if done else None,
        })  # fmt: skip
    return steps


def history_of(request: Request, events: Sequence[Any]) -> list[dict[str, Any]]:
    """Give the history for ``ui.history``."""
    return [
        {
            "who": person_of(request, each["by_name"], each["by_office"]),
            "what": say_past(request, HAPPENED[each["kind"]]), "at": each["at"], "note": each["text"] or None, "tone": _TONES.get(each["kind"]),
        }
        for each in events
    ]  # fmt: skip


def moment_of(text: str, *, field: str) -> datetime:
    """Read a moment as a form sends it, in China's time. Raises ``Invalid``."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(fields={field: mark("请填写日期和时间。")}) from error
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)

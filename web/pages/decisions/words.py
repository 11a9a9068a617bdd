"""Words of decisions: rules of a vote, where one stands, what is missing, whose turn it is, what happened."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from core.contracts.decisions import DecisionSubject
from core.contracts.registry import current
from core.decisions.attendance import fewer_of
from core.decisions.enums import (
    HAPPENED_TITLES,
    KIND_TITLES,
    PHASE_TITLES,
    PHASE_TONES,
    Happened,
    Phase,
    RecordState,
)
from core.decisions.flow import flow_of, name_at, place_of
from core.decisions.procedures import Meeting, Step
from core.decisions.queries import Decision
from core.decisions.rules import CAME, Share, Short, last_day
from core.files.queries import StoredFile
from core.kernel.clock import local
from core.kernel.errors import mark
from core.kernel.workflow import State
from core.people.roles import ready_roles
from web.answers import Request, language_of, request_now, say, say_past
from web.filters import Formats
from web.wording import person_of

_QUORUM: Final = {
    False: mark("应到人数的 %(share)s 以上到会"),
    True: mark("超过应到人数的 %(share)s 到会"),
}
_MAJORITY: Final = {
    ("should", False): mark("应到人数的 %(share)s 以上同意"),
    ("should", True): mark("超过应到人数的 %(share)s 同意"),
    ("came", False): mark("到会人数的 %(share)s 以上同意"),
    ("came", True): mark("超过到会人数的 %(share)s 同意"),
}
_TONES: Final = {
    Happened.PASSED: "good", Happened.SHOWN: "good", Happened.FAILED: "danger", Happened.REJECTED: "danger",
    Happened.WITHDRAWN: "danger", Happened.LATE: "danger", Happened.UNSHOWN: "danger",
}  # fmt: skip
_BOX_SIGNS: Final = 8
_DAY: Final = 86_400
_IN_BOX: Final[Mapping[str, str]] = {Phase.TOLD: mark("等开会"), Phase.FAILED: mark("未通过")}
_OUTCOMES: Final = {
    RecordState.PASSED: (mark("通过"), "good"), RecordState.FAILED: (mark("未通过"), "danger"),
    RecordState.DROPPED: (mark("未办完"), "plain"), RecordState.OPEN: (mark("正在办"), "action"),
}  # fmt: skip


def formats(request: Request) -> Formats:
    return Formats(language_of(request), partial(request_now, request))


def rule_words(request: Request, meeting: Meeting) -> list[str]:
    """Say what a vote takes, and how long before people are told."""
    told = []
    if meeting.notice_days and meeting.on_board:
        told.append(say(request, mark("方案先公示 %(n)s 天"), n=meeting.notice_days))
    elif meeting.notice_days:
        told.append(say(request, mark("提前 %(n)s 天通知"), n=meeting.notice_days))
    if meeting.quorum is not None:
        told.append(say(request, _QUORUM[meeting.quorum.strict], share=_fraction(meeting.quorum)))
    if meeting.majority is not None:
        base = CAME if meeting.majority.of == CAME else "should"
        told.append(say(request, _MAJORITY[base, meeting.majority.strict], share=_fraction(meeting.majority)))
    return told


def _fraction(share: Share) -> str:
    return f"{share.top}/{share.bottom}"


def evidence_words(request: Request, step: Step) -> list[str]:
    """Say what a step wants attached."""
    told = [say(request, mark("签到表或会议材料 %(n)s 份"), n=step.sheets)] if step.sheets else []
    if step.publishes:
        told.append(say(request, mark("公示栏照片 %(n)s 张"), n=max(1, step.photos)))
        if step.days:
            told.append(say(request, mark("公示 %(n)s 天"), n=step.days))
    elif step.photos:
        told.append(say(request, mark("照片 %(n)s 张"), n=step.photos))
    return told


def state_of(request: Request, row: Any) -> tuple[str, str]:
    """Give a decision's state in words, with its tone."""
    return say(request, PHASE_TITLES[Phase(row["state"])]), PHASE_TONES[Phase(row["state"])]


def clock_of(request: Request, row: Any, now: datetime) -> tuple[str, str]:
    """Give the clock that runs: of the notice that is waited for, else of the step. Empty where none does."""
    if row["ended_at"] is not None:
        return "", "plain"
    until = row["waits_until"]
    if until is not None and until > now:
        what = mark("公示还有 %(span)s") if row["state"] == Phase.POSTED else mark("%(span)s后可以开会")
        return say(request, what, span=formats(request).span(_days_to(until, now) * _DAY)), "notice"
    if row["due_at"] is None:
        return "", "plain"
    left = formats(request).deadline(row["due_at"], now)
    return left.text, left.tone


def _days_to(until: datetime, now: datetime) -> int:
    """Count days as a calendar on the wall does: from a Monday to the Thursday are three, whatever the hour."""
    return max(1, (local(until).date() - local(now).date()).days)


def subject_title(request: Request, kind: str) -> str:
    """Give the title of a kind of thing; one of a plugin that is gone is shown by its name."""
    found = current().named(DecisionSubject, kind)
    return say(request, found.title) if found is not None else kind


def turn_of(request: Request, step: Step) -> str:
    """Say whose turn a step is."""
    titles = [ready_roles()[role].title for role in step.roles if role in ready_roles()]
    return say(request, mark("、")).join(say(request, title) for title in titles)


def steps_of(request: Request, decision: Decision, now: datetime) -> list[dict[str, Any]]:
    """Draw the stepper: what is done and when, which step is open, which are still to come."""
    row, steps = decision.row, []
    late = row["due_at"] is not None and row["due_at"] < now and decision.is_running
    for place, step in enumerate(decision.procedure.steps):
        passed = next((r for r in decision.records if r["step"] == place and r["state"] == "passed"), None)
        state = "done" if passed is not None else "todo"
        if place == row["step"] and decision.is_running:
            state = "failed" if row["state"] == Phase.FAILED else "late" if late else "current"
        elif passed is None and not decision.is_running:
            state = "skipped"
        on = passed and (passed["held_on"] or passed["posted_on"])
        steps.append(
            {"name": say(request, step.title), "state": state, "who": None, "when": formats(request).day(on) if on else None}
        )
    return steps


def chart_of(request: Request, decision: Decision) -> dict[str, Any]:
    """Give the flow chart of the very workflow that this decision runs by.

    The two early ends and the ways back, which lead out of most states, are said in words below instead of drawn.
    """
    flow = flow_of(decision.procedure)
    drawn = [way for way in flow.transitions if way.name.partition(".")[0] not in {"withdraw", "reject", "undo"}]
    kept = {flow.start} | {way.target for way in drawn}
    row = decision.row
    return {
        "states": [(s.name, _box_words(request, decision, s)) for s in flow.states if s.name in kept],
        "transitions": [
            (source, way.target, say(request, way.title)) for way in drawn for source in sorted(way.sources)
        ],
        "current": name_at(row["state"], decision.step.code),
        "label": say(request, mark("%(title)s的流程图"), title=say(request, flow.title)),
    }


def _box_words(request: Request, decision: Decision, state: State) -> str:
    """Give words that fit into a box: a long step by its kind."""
    phase, code = place_of(state.name)
    if code and phase == Phase.OPEN and len(state.title) > _BOX_SIGNS:
        return say(request, KIND_TITLES[decision.procedure.at(decision.procedure.place_of(code)).kind])
    return say(request, _IN_BOX.get(phase, state.title))


def history_of(request: Request, events: Sequence[Any]) -> list[dict[str, Any]]:
    """Give the history for ``ui.history``, the latest first."""
    return [
        {
            "who": person_of(request, each["by_name"], each["by_office"]),
            "what": say_past(request, HAPPENED_TITLES[each["kind"]], **_words_in(each["data"])),
            "at": each["at"],
            "note": each["text"] or None,
            "tone": _TONES.get(each["kind"]),
        }
        for each in reversed(events)
    ]


def _words_in(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"step": "", "procedure": "", **{k: v for k, v in data.items() if isinstance(v, str)}}


def short_words(request: Request, record: Any) -> list[str]:
    """Say again what a failed vote lacked."""
    found = [Short(**each) for each in record["short"]]
    return [say(request, each.words) for each in found]


def fewer_words(request: Request, record: Any) -> list[str]:
    """Say again how a number was lower than before, what the vote would have lacked, and the reason that was given."""
    if record["fewer"] is None:
        return []
    fewer = fewer_of(record["fewer"])
    told = [say(request, each) for each in (fewer.words, *fewer.would_be)]
    return [*told, say(request, mark("村里说明的原因：%(reason)s"), reason=record["fewer_reason"])]


def records_of(request: Request, decision: Decision, file_of: Any) -> list[dict[str, Any]]:
    """Give each attempt at each step with its figures, words and files, the latest first; untouched ones are left out."""
    shown = []
    for record in reversed(decision.records):
        step = decision.procedure.at(record["step"])
        if record["state"] == RecordState.OPEN and not (record["told_on"] or record["posted_on"]):
            continue
        meeting = step.meeting(record["body"])
        words, tone = _OUTCOMES[RecordState(record["state"])]
        if step.publishes and record["state"] == RecordState.PASSED:
            words = mark("公示期满")
        elif not step.votes and record["state"] == RecordState.PASSED:
            words = mark("已办")
        elif step.publishes and record["state"] == RecordState.DROPPED and record["publication_id"] is not None:
            words, tone = mark("已撤回"), "danger"
        shown.append(
            {
                "id": record["id"], "row": record, "title": say(request, step.title), "publishes": step.publishes,
                "votes": step.votes,
                "attempt": record["attempt"] if record["attempt"] > 1 or record["state"] == "failed" else 0,
                "body": say(request, meeting.title) if meeting else "", "outcome": say(request, words), "tone": tone,
                "short": short_words(request, record), "fewer": fewer_words(request, record),
                "until": last_day(record["shown_until"]) if record["shown_until"] else None,
                "files": [file_of(file) for file in decision.files.get(record["id"], ())],
            }
        )  # fmt: skip
    return shown


def of_purpose(files: Sequence[StoredFile], purpose: str) -> list[StoredFile]:
    return [file for file in files if file.purpose == purpose]

"""The workflow of a procedure, made from its steps: the same object runs the buttons, the moves and the flow chart.

A decision's state is its phase (``core.decisions.enums.Phase``) at a step; ``name_at`` gives the workflow's name for it.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import msgspec

from core.decisions.enums import PHASE_TITLES, PHASE_TONES, Phase, StepKind
from core.decisions.procedures import Procedure, Step
from core.kernel.errors import mark
from core.kernel.workflow import State, Transition, Workflow

RECORD: Final = "core:decision:record"
END: Final = "core:decision:end"
VILLAGE: Final = "village"
CLOCK: Final = "clock"  # the days of a notice are over: nobody presses that
BOARD: Final = "board"  # what had been published was withdrawn: that is done where publications are
_ONLINE: Final = frozenset({StepKind.PUBLISH_RESOLUTION, StepKind.PUBLISH_RESULT})
_ENDS: Final = (Phase.FINISHED, Phase.REJECTED, Phase.WITHDRAWN)
_REMEMBERED: Final = 256


def name_at(phase: str, code: str) -> str:
    """Give the workflow's name of a phase at a step; ends belong to no step."""
    return phase if phase in _ENDS else f"{phase}.{code}"


def place_of(name: str) -> tuple[str, str]:
    """Take such a name apart: the phase, and the step's code (empty for an end)."""
    phase, _, code = name.partition(".")
    return phase, code


def flow_of(procedure: Procedure) -> Workflow:
    """Give the procedure's workflow; made once for each version."""
    return _flow(msgspec.json.encode(procedure.stored()))


@lru_cache(_REMEMBERED)
def _flow(stored: bytes) -> Workflow:
    procedure = Procedure.of(msgspec.json.decode(stored))
    return Workflow(
        name="decision",
        title=procedure.title,
        start=name_at(Phase.OPEN, procedure.steps[0].code),
        steps=tuple((step.code, step.title) for step in procedure.steps),
        states=(*(state for step in procedure.steps for state in _states(step)), *_ends(procedure)),
        transitions=tuple(_transitions(procedure)),
    )


def phases_of(step: Step) -> list[Phase]:
    """Give the phases that a step can be in, in their order."""
    found = [Phase.OPEN]
    if step.has_notice:
        found.append(Phase.TOLD)
    if step.votes:
        found.append(Phase.FAILED)
    if step.publishes and step.days:
        found.append(Phase.POSTED)
    return found


def _states(step: Step) -> Iterator[State]:
    for phase in phases_of(step):
        title = step.title if phase is Phase.OPEN else PHASE_TITLES[phase]
        yield State(name_at(phase, step.code), title, step=step.code, tone=PHASE_TONES[phase])


def _ends(procedure: Procedure) -> Iterator[State]:
    last = procedure.steps[-1].code
    for phase in _ENDS:
        yield State(phase, PHASE_TITLES[phase], step=last, tone=PHASE_TONES[phase], final=True)


def _transitions(procedure: Procedure) -> Iterator[Transition]:
    for place, step in enumerate(procedure.steps):
        following = procedure.steps[place + 1 :]
        target = name_at(Phase.OPEN, following[0].code) if following else str(Phase.FINISHED)
        yield from _of_step(step, target)
    yield from _undone(procedure)
    running = frozenset(name_at(phase, step.code) for step in procedure.steps for phase in phases_of(step))
    failed = frozenset(name for name in running if name.startswith(f"{Phase.FAILED}."))
    yield Transition(
        "reject", mark("否决"), failed, Phase.REJECTED, END, VILLAGE, asks_reason=True, danger=True
    )
    yield Transition(
        "withdraw", mark("撤回"), running, Phase.WITHDRAWN, END, VILLAGE, asks_reason=True, danger=True
    )


def _undone(procedure: Procedure) -> Iterator[Transition]:
    """From its own notice and from every later step a decision goes back to what is not public any more."""
    for place, step in enumerate(procedure.steps):
        if step.kind not in _ONLINE:
            continue
        posted = {name_at(Phase.POSTED, step.code)} if step.days else set()
        later = {name_at(phase, each.code) for each in procedure.steps[place + 1 :] for phase in phases_of(each)}
        if sources := frozenset(posted | later):
            yield Transition(
                f"undo.{step.code}", mark("公开内容已撤回"), sources, name_at(Phase.OPEN, step.code), RECORD, BOARD
            )


def _of_step(step: Step, target: str) -> Iterator[Transition]:
    here, told, failed, posted = (
        name_at(phase, step.code) for phase in (Phase.OPEN, Phase.TOLD, Phase.FAILED, Phase.POSTED)
    )
    needs = tuple(what for what in ("text", "sheets", "photos") if what == "text" or getattr(step, what))
    if step.publishes and step.days:
        yield Transition(
            f"post.{step.code}", mark("公开"), frozenset({here}), posted, RECORD, VILLAGE, needs=needs
        )
        yield Transition(f"shown.{step.code}", mark("公示期满"), frozenset({posted}), target, RECORD, CLOCK)
        yield Transition(f"repeat.{step.code}", mark("重新办理"), frozenset({posted}), here, RECORD, VILLAGE)
        return
    sources = set()
    if step.has_notice:
        yield Transition(f"tell.{step.code}", mark("发会议通知"), frozenset({here}), told, RECORD, VILLAGE)
        sources.add(told)
    if not step.votes or any(not meeting.notice_days for meeting in step.meetings):
        sources.add(here)
    title = mark("通过") if step.votes else mark("公开") if step.publishes else mark("办好")
    name = "post" if step.publishes else "pass"
    yield Transition(
        f"{name}.{step.code}", title, frozenset(sources), target, RECORD, VILLAGE, needs=needs
    )
    if step.votes:
        yield Transition(
            f"fail.{step.code}", mark("未通过"), frozenset(sources), failed, RECORD, VILLAGE, needs=("text",)
        )
        again = frozenset({failed, told} if step.has_notice else {failed})
        yield Transition(f"repeat.{step.code}", mark("重新办理"), again, here, RECORD, VILLAGE)

"""The closed loop of a warning, declared once: buttons, guards and the steps that people see read it."""

from typing import Final

from core.kernel.errors import mark
from core.kernel.workflow import State, Transition, Workflow
from core.supervision.enums import WarningState as S

HANDLER: Final = "handler"
CONCERNED: Final = "concerned"
SYSTEM: Final = "system"
READ: Final = "core:warning:read"
HANDLE: Final = "core:warning:handle"
ANSWER: Final = "core:warning:answer"

_CHECKED: Final = frozenset({S.TAKEN, S.ASKED, S.STATED})

WARNING: Final = Workflow(
    name="warning",
    title=mark("预警"),
    start=S.RAISED,
    steps=(
        ("raised", mark("提示")),
        ("taken", mark("接办")),
        ("checked", mark("核查")),
        ("rectified", mark("整改")),
        ("verified", mark("复核")),
        ("closed", mark("办结")),
    ),
    states=(
        State(S.RAISED, mark("待接办"), "taken", "notice"),
        State(S.TAKEN, mark("核查中"), "checked", "action"),
        State(S.ASKED, mark("待当事人说明"), "checked", "notice"),
        State(S.STATED, mark("已说明，待结论"), "checked", "action"),
        State(S.RECTIFYING, mark("整改中"), "rectified", "action"),
        State(S.CORRECTED, mark("整改待复核"), "verified", "notice"),
        State(S.VERIFIED, mark("已复核，待办结"), "closed", "action"),
        State(S.APPEALED, mark("申诉待处理"), "checked", "notice"),
        State(S.ENDED, mark("情况已消除"), "closed", "plain"),
        State(S.CLOSED, mark("已办结"), "closed", "good", final=True),
    ),
    transitions=(
        Transition("take", mark("接办"), frozenset({S.RAISED}), S.TAKEN, HANDLE, HANDLER),
        Transition("ask", mark("请当事人说明"), frozenset({S.TAKEN}), S.ASKED, HANDLE, HANDLER, needs=("text",)),
        Transition("state", mark("说明情况"), frozenset({S.ASKED}), S.STATED, ANSWER, CONCERNED, needs=("text",)),
        Transition("judge_lead", mark("问题线索，限期整改"), _CHECKED, S.RECTIFYING, HANDLE, HANDLER, needs=("text",)),
        Transition("judge_explained", mark("活情况，办结"), _CHECKED, S.CLOSED, HANDLE, HANDLER, needs=("text",)),
        Transition("judge_no_action", mark("不予处置，办结"), _CHECKED, S.CLOSED, HANDLE, HANDLER, needs=("text",)),
        Transition("correct", mark("报送整改情况"), frozenset({S.RECTIFYING}), S.CORRECTED, ANSWER, CONCERNED, needs=("text",)),
        Transition("return", mark("退回整改"), frozenset({S.CORRECTED}), S.RECTIFYING, HANDLE, HANDLER, asks_reason=True),
        Transition("verify", mark("复核通过"), frozenset({S.CORRECTED}), S.VERIFIED, HANDLE, HANDLER, needs=("text",)),
        Transition("close", mark("办结"), frozenset({S.VERIFIED}), S.CLOSED, HANDLE, HANDLER),
        Transition("appeal", mark("申诉"), frozenset({S.RECTIFYING}), S.APPEALED, ANSWER, CONCERNED, asks_reason=True),
        Transition("uphold", mark("申诉成立，重新核查"), frozenset({S.APPEALED}), S.TAKEN, HANDLE, HANDLER, asks_reason=True),
        Transition("reject", mark("申诉不成立"), frozenset({S.APPEALED}), S.RECTIFYING, HANDLE, HANDLER, asks_reason=True),
        Transition("end", mark("情况消除"), frozenset({S.RAISED}), S.ENDED, "", SYSTEM),
        Transition("reappear", mark("再次出现"), frozenset({S.ENDED}), S.RAISED, "", SYSTEM),
    ),
)

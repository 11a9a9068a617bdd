"""The two procedures of the main job, each declared once: buttons, guards, deadlines and flow charts read these."""

from typing import Final

from core.kernel.errors import mark
from core.kernel.workflow import State, Transition, Workflow
from core.tasks.enums import AssignmentState as A
from core.tasks.enums import IncomingState as I

SENDER: Final = "sender"
RECEIVER: Final = "receiver"

INCOMING: Final = Workflow(
    name="incoming",
    title=mark("任务来文"),
    start="new",
    steps=(
        ("written", mark("来文")),
        ("screened", mark("过筛")),
        ("decided", mark("审定")),
        ("dispatched", mark("派发")),
    ),
    states=(
        State("new", mark("新来文"), step="written"),
        State(I.PASSED, mark("已通过"), step="screened", tone="good"),
        State(I.HELD, mark("待审定"), step="decided", tone="notice"),
        State(I.REFUSED, mark("已驳回"), step="screened", tone="danger"),
        State(I.MERGED, mark("已归并"), step="decided", tone="plain"),
        State(I.DISPATCHED, mark("已派发"), step="dispatched", tone="action", final=True),
        State(I.WITHDRAWN, mark("已撤回"), step="decided", final=True),
    ),
    transitions=(
        Transition("pass", mark("过筛通过"), frozenset({"new"}), I.PASSED, "core:incoming:create", SENDER),
        Transition("hold", mark("转人工审定"), frozenset({"new"}), I.HELD, "core:incoming:create", SENDER),
        Transition("refuse", mark("过筛驳回"), frozenset({"new"}), I.REFUSED, "core:incoming:create", SENDER),
        Transition(
            "admit",
            mark("同意派发"),
            frozenset({I.HELD}),
            I.PASSED,
            "core:incoming:decide",
            SENDER,
            asks_reason=True,
        ),
        Transition(
            "turn_down",
            mark("驳回"),
            frozenset({I.HELD}),
            I.REFUSED,
            "core:incoming:decide",
            SENDER,
            asks_reason=True,
        ),
        Transition(
            "dispatch", mark("派发"), frozenset({I.PASSED}), I.DISPATCHED, "core:task:dispatch", SENDER
        ),
        Transition(
            "merge",
            mark("归并到主件"),
            frozenset({I.PASSED, I.HELD}),
            I.MERGED,
            "core:task:dispatch",
            SENDER,
            asks_reason=True,
        ),
        Transition(
            "unmerge", mark("撤销归并"), frozenset({I.MERGED}), I.PASSED, "core:task:dispatch", SENDER
        ),
        Transition(
            "unmerge_held",
            mark("撤销归并，重新待审定"),
            frozenset({I.MERGED}),
            I.HELD,
            "core:task:dispatch",
            SENDER,
        ),
        Transition(
            "dispatch_merged",
            mark("随主件派发"),
            frozenset({I.MERGED}),
            I.DISPATCHED,
            "core:task:dispatch",
            SENDER,
        ),
        Transition(
            "withdraw",
            mark("撤回"),
            frozenset({I.PASSED, I.HELD, I.REFUSED, I.MERGED}),
            I.WITHDRAWN,
            "core:incoming:create",
            SENDER,
            asks_reason=True,
        ),
    ),
)

_OPEN: Final = frozenset({A.SENT, A.IN_HAND, A.SUBMITTED, A.RETURNED})

ASSIGNMENT: Final = Workflow(
    name="assignment",
    title=mark("任务办理"),
    start=A.SENT,
    steps=(
        ("sent", mark("派发")),
        ("acknowledged", mark("签收")),
        ("in_hand", mark("办理")),
        ("submitted", mark("提交")),
        ("accepted", mark("评分")),
    ),
    states=(
        State(A.SENT, mark("待签收"), step="acknowledged", tone="notice"),
        State(A.IN_HAND, mark("办理中"), step="in_hand", tone="action"),
        State(A.SUBMITTED, mark("待评分"), step="accepted", tone="action"),
        State(A.RETURNED, mark("已退回"), step="in_hand", tone="notice"),
        State(A.ACCEPTED, mark("已办结"), step="accepted", tone="good", final=True),
        State(A.WITHDRAWN, mark("已撤回"), step="accepted", tone="plain", final=True),
    ),
    transitions=(
        Transition(
            "acknowledge",
            mark("签收"),
            frozenset({A.SENT}),
            A.IN_HAND,
            "core:assignment:acknowledge",
            RECEIVER,
        ),
        Transition(
            "submit",
            mark("提交成果"),
            frozenset({A.IN_HAND, A.RETURNED}),
            A.SUBMITTED,
            "core:assignment:work",
            RECEIVER,
            needs=("text", "photos", "files", "parts"),
        ),
        Transition("accept", mark("评分"), frozenset({A.SUBMITTED}), A.ACCEPTED, "core:task:score", SENDER),
        Transition(
            "return",
            mark("退回修改"),
            frozenset({A.SUBMITTED}),
            A.RETURNED,
            "core:task:score",
            SENDER,
            asks_reason=True,
        ),
        Transition(
            "withdraw",
            mark("撤回"),
            _OPEN,
            A.WITHDRAWN,
            "core:task:withdraw",
            SENDER,
            asks_reason=True,
            danger=True,
        ),
    ),
)

"""The use of a seal, declared once: buttons, guards and the steps that people see read it.

A use that nobody asked for begins at ``used``: it happened, so it is entered, and supervision looks at it.
"""

from typing import Final

from core.kernel.errors import mark
from core.kernel.workflow import State, Transition, Workflow
from core.seals.enums import UseState as S

ASKER: Final = "asker"
DECIDER: Final = "decider"
KEEPER: Final = "keeper"
READ: Final = "core:seal:read"
ASK: Final = "core:seal:ask"
APPROVE: Final = "core:seal:approve"
KEEP: Final = "core:seal:keep"
EDIT: Final = "core:seal:edit"

SEAL_USE: Final = Workflow(
    name="seal_use",
    title=mark("用章"),
    start=S.REQUESTED,
    steps=(
        ("requested", mark("申请")),
        ("approved", mark("审批")),
        ("used", mark("用章登记")),
        ("filed", mark("归档")),
    ),
    states=(
        State(S.REQUESTED, mark("待审批"), "approved", "notice"),
        State(S.APPROVED, mark("已批准，待用章"), "used", "action"),
        State(S.REFUSED, mark("未批准"), "approved", "danger", final=True),
        State(S.WITHDRAWN, mark("已撤回"), "approved", "plain", final=True),
        State(S.USED, mark("已用章，待归档"), "filed", "action"),
        State(S.FILED, mark("已归档"), "filed", "good", final=True),
    ),
    transitions=(
        Transition("approve", mark("批准"), frozenset({S.REQUESTED}), S.APPROVED, APPROVE, DECIDER),
        Transition("refuse", mark("不批准"), frozenset({S.REQUESTED}), S.REFUSED, APPROVE, DECIDER, asks_reason=True),
        Transition("withdraw", mark("撤回申请"), frozenset({S.REQUESTED, S.APPROVED}), S.WITHDRAWN, ASK, ASKER),
        Transition("use", mark("登记用章"), frozenset({S.APPROVED}), S.USED, KEEP, KEEPER, needs=("photo",)),
        Transition("file", mark("归档"), frozenset({S.USED}), S.FILED, KEEP, KEEPER, needs=("photo",)),
    ),
)

"""Admission (准入申请) and adjustment (动态调整), each declared once: buttons, guards, steps and flow chart read these.

Both go the same way: asked, reviewed jointly, decided by the county, in force with a new version of the list. They
differ in who asks and for what.
"""

from typing import Final

from core.api import State, Transition, Workflow, mark
from plugins.township_filter.requests.enums import KINDS, RequestKind
from plugins.township_filter.requests.enums import RequestState as S

ASKER: Final = "asker"
COUNTY: Final = "county"
REVIEWER: Final = "reviewer"
SYSTEM: Final = "system"
READ: Final = "township_filter:request:read"
ASK: Final = "township_filter:request:ask"
OPINE: Final = "township_filter:request:opine"
DECIDE: Final = "township_filter:request:decide"
_WAITING: Final = frozenset({S.SUBMITTED, S.REVIEWING, S.DECIDING})
_STATES: Final = (
    State(S.SUBMITTED, mark("待受理"), "submitted", "notice"),
    State(S.RETURNED, mark("退回补正"), "submitted", "danger"),
    State(S.REVIEWING, mark("会审中"), "reviewed", "action"),
    State(S.DECIDING, mark("待决定"), "decided", "notice"),
    State(S.REFUSED, mark("未同意"), "decided", "danger", final=True),
    State(S.WITHDRAWN, mark("已撤回"), "decided", "plain", final=True),
    State(S.APPROVED, mark("已同意，待发布"), "listed", "action"),
    State(S.LISTED, mark("已列入清单"), "listed", "good", final=True),
)
_STEPS: Final = (
    ("submitted", mark("申请")),
    ("reviewed", mark("联合会审")),
    ("decided", mark("县级决定")),
    ("listed", mark("新版清单")),
)


def _procedure(kind: RequestKind) -> Workflow:
    return Workflow(
        name=f"township_filter_{kind}",
        title=KINDS[kind],
        start=S.SUBMITTED,
        steps=_STEPS,
        states=_STATES,
        transitions=(
            Transition("review", mark("送有关部门会审"), frozenset({S.SUBMITTED}), S.REVIEWING, DECIDE, COUNTY, needs=("offices",)),
            Transition("opine", mark("提出会审意见"), frozenset({S.REVIEWING}), S.REVIEWING, OPINE, REVIEWER, needs=("text",)),
            Transition("complete", mark("意见齐了"), frozenset({S.REVIEWING}), S.DECIDING, "", SYSTEM),
            Transition("conclude", mark("结束会审"), frozenset({S.REVIEWING}), S.DECIDING, DECIDE, COUNTY, asks_reason=True),
            Transition("approve", mark("同意"), frozenset({S.DECIDING}), S.APPROVED, DECIDE, COUNTY),
            Transition("refuse", mark("不同意"), frozenset({S.DECIDING, S.APPROVED}), S.REFUSED, DECIDE, COUNTY, asks_reason=True, danger=True),
            Transition("return", mark("退回补正"), frozenset({S.SUBMITTED, S.DECIDING}), S.RETURNED, DECIDE, COUNTY, asks_reason=True),
            Transition("resubmit", mark("补正后重新提交"), frozenset({S.RETURNED}), S.SUBMITTED, ASK, ASKER),
            Transition("withdraw", mark("撤回申请"), _WAITING | {S.RETURNED}, S.WITHDRAWN, ASK, ASKER),
            Transition("redraft", mark("重新写入清单草稿"), frozenset({S.APPROVED}), S.APPROVED, DECIDE, COUNTY),
            Transition("list", mark("发布新版清单"), frozenset({S.APPROVED}), S.LISTED, "", SYSTEM),
        ),
    )  # fmt: skip


ADMISSION: Final = _procedure(RequestKind.ADMISSION)
ADJUSTMENT: Final = _procedure(RequestKind.ADJUSTMENT)
PROCEDURES: Final = {str(RequestKind.ADMISSION): ADMISSION, str(RequestKind.ADJUSTMENT): ADJUSTMENT}


def procedure_of(kind: str) -> Workflow:
    """Give the workflow that a request goes through."""
    return PROCEDURES[kind]

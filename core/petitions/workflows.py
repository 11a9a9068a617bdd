"""The life of a petition, declared once: buttons, guards and the steps that its raiser follows read it."""

from typing import Final

from core.kernel.errors import mark
from core.kernel.workflow import State, Transition, Workflow
from core.petitions.enums import PetitionState as S

HANDLER: Final = "handler"
VILLAGER: Final = "villager"
SYSTEM: Final = "system"
READ: Final = "core:petition:read"
ENTER: Final = "core:petition:enter"
HANDLE: Final = "core:petition:handle"
ROUTE: Final = "core:petition:route"
REVEAL: Final = "core:petition:reveal"
SUPERVISE: Final = "core:petition:supervise"
PRESS: Final = "core:petition:press"
BLOCK: Final = "core:petition:block"
# Rights that no post holds: whoever has the public form, or the receipt, gets them for one deed.
RAISE: Final = "core:petition:raise"
FOLLOW: Final = "core:petition:follow"

_OPEN: Final = frozenset({S.RAISED, S.IN_HAND})

PETITION: Final = Workflow(
    name="petition",
    title=mark("群众反映"),
    start=S.RAISED,
    steps=(
        ("raised", mark("提交")),
        ("accepted", mark("受理")),
        ("in_hand", mark("办理")),
        ("answered", mark("答复")),
        ("closed", mark("评价办结")),
    ),
    states=(
        State(S.RAISED, mark("待受理"), "accepted", "notice"),
        State(S.IN_HAND, mark("办理中"), "in_hand", "action"),
        State(S.ANSWERED, mark("待评价"), "closed", "action"),
        State(S.CLOSED, mark("已办结"), "closed", "good"),
        State(S.REFUSED, mark("不予受理"), "accepted", "danger"),
        State(S.MERGED, mark("合并办理"), "in_hand", "plain"),
    ),
    transitions=(
        Transition("accept", mark("受理"), frozenset({S.RAISED}), S.IN_HAND, HANDLE, HANDLER),
        Transition("answer", mark("答复"), frozenset({S.IN_HAND}), S.ANSWERED, HANDLE, HANDLER, needs=("text",)),
        Transition("transfer", mark("转办"), _OPEN, S.RAISED, ROUTE, HANDLER, asks_reason=True),
        Transition("refuse", mark("不予受理"), frozenset({S.RAISED}), S.REFUSED, HANDLE, HANDLER, asks_reason=True, danger=True),
        Transition("abuse", mark("认定滥用"), _OPEN, S.REFUSED, BLOCK, HANDLER, asks_reason=True, danger=True),
        Transition("clear", mark("撤销滥用认定"), frozenset({S.REFUSED}), S.RAISED, BLOCK, HANDLER, asks_reason=True),
        Transition("recuse", mark("回避改派"), _OPEN, S.RAISED, "", SYSTEM),
        Transition("merge", mark("合并办理"), _OPEN, S.MERGED, ROUTE, HANDLER),
        Transition("unmerge", mark("取消合并"), frozenset({S.MERGED}), S.RAISED, ROUTE, HANDLER),
        Transition("answer_together", mark("一并答复"), frozenset({S.MERGED}), S.ANSWERED, HANDLE, SYSTEM),
        Transition("judge", mark("评价"), frozenset({S.ANSWERED}), S.CLOSED, FOLLOW, VILLAGER),
        Transition("lapse", mark("到期办结"), frozenset({S.ANSWERED}), S.CLOSED, "", SYSTEM),
        Transition(
            "reopen", mark("重新办理"), frozenset({S.ANSWERED, S.CLOSED, S.REFUSED}), S.RAISED, FOLLOW, VILLAGER, asks_reason=True
        ),
    ),
)  # fmt: skip

"""A campaign (面上整改) and a village's share in it, declared once: buttons, guards and the steps that people see."""

from typing import Final

from core.campaigns.enums import CampaignState as C
from core.campaigns.enums import ShareState as S
from core.kernel.errors import mark
from core.kernel.workflow import State, Transition, Workflow

OPENER: Final = "opener"
VILLAGE: Final = "village"
SYSTEM: Final = "system"
READ: Final = "core:campaign:read"
OPEN: Final = "core:campaign:open"
REPORT: Final = "core:campaign:report"

CAMPAIGN: Final = Workflow(
    name="campaign",
    title=mark("面上整改"),
    start=C.OPEN,
    steps=(("open", mark("自查整改")), ("closed", mark("办结"))),
    states=(
        State(C.OPEN, mark("进行中"), "open", "action"),
        State(C.CLOSED, mark("已办结"), "closed", "good", final=True),
    ),
    transitions=(Transition("close", mark("办结"), frozenset({C.OPEN}), C.CLOSED, OPEN, OPENER, needs=("outcome",)),),
)

SHARE: Final = Workflow(
    name="campaign_share",
    title=mark("村级自查整改"),
    start=S.SENT,
    steps=(("sent", mark("自查")), ("reported", mark("报送")), ("accepted", mark("审核"))),
    states=(
        State(S.SENT, mark("待报送"), "sent", "notice"),
        State(S.REPORTED, mark("待审核"), "reported", "action"),
        State(S.RETURNED, mark("退回补充"), "sent", "danger"),
        State(S.ACCEPTED, mark("审核通过"), "accepted", "good", final=True),
        State(S.MISSED, mark("没有报送"), "sent", "danger", final=True),
    ),
    transitions=(
        Transition("report", mark("报送"), frozenset({S.SENT, S.RETURNED}), S.REPORTED, REPORT, VILLAGE, needs=("evidence",)),
        Transition("return", mark("退回"), frozenset({S.REPORTED}), S.RETURNED, OPEN, OPENER, asks_reason=True),
        Transition("accept", mark("审核通过"), frozenset({S.REPORTED}), S.ACCEPTED, OPEN, OPENER),
        Transition("miss", mark("没有报送"), frozenset({S.SENT, S.RETURNED}), S.MISSED, "", SYSTEM),
    ),
)

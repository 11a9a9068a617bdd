"""States and choices of warnings. The values are stored; what people read stands beside them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from core.kernel.errors import mark


class WarningState(StrEnum):
    RAISED = "raised"
    TAKEN = "taken"
    ASKED = "asked"
    STATED = "stated"
    RECTIFYING = "rectifying"
    CORRECTED = "corrected"
    VERIFIED = "verified"
    APPEALED = "appealed"
    ENDED = "ended"
    CLOSED = "closed"


class Verdict(StrEnum):
    """What the fact check came to (问题线索, 活情况, 不予处置)."""

    LEAD = "lead"
    EXPLAINED = "explained"
    NO_ACTION = "no_action"


VERDICT_TITLES: Final[Mapping[str, str]] = {
    Verdict.LEAD: mark("问题线索"),
    Verdict.EXPLAINED: mark("活情况（情况属实，说得清楚）"),
    Verdict.NO_ACTION: mark("不予处置"),
}


class Happened(StrEnum):
    """Kinds of lines in a warning's history."""

    RAISED = "raised"
    WORSE = "worse"
    GONE = "gone"
    BACK = "back"
    SEEN = "seen"
    SNOOZED = "snoozed"
    TAKEN = "taken"
    ASKED = "asked"
    STATED = "stated"
    JUDGED = "judged"
    CORRECTED = "corrected"
    RETURNED = "returned"
    VERIFIED = "verified"
    APPEALED = "appealed"
    UPHELD = "upheld"
    REJECTED = "rejected"
    CLOSED = "closed"
    ERASED = "erased"


HAPPENED: Final[Mapping[str, str]] = {
    Happened.RAISED: mark("系统发出提示"),
    Happened.WORSE: mark("预警等级升高"),
    Happened.GONE: mark("系统看到的情况已经消除"),
    Happened.BACK: mark("同样的情况再次出现"),
    Happened.SEEN: mark("已知悉"),
    Happened.SNOOZED: mark("暂缓处置"),
    Happened.TAKEN: mark("接办"),
    Happened.ASKED: mark("请当事人说明"),
    Happened.STATED: mark("当事人说明"),
    Happened.JUDGED: mark("作出结论"),
    Happened.CORRECTED: mark("报送整改情况"),
    Happened.RETURNED: mark("整改退回"),
    Happened.VERIFIED: mark("整改复核通过"),
    Happened.APPEALED: mark("提出申诉"),
    Happened.UPHELD: mark("申诉成立，重新核查"),
    Happened.REJECTED: mark("申诉不成立"),
    Happened.CLOSED: mark("办结"),
    Happened.ERASED: mark("作为依据的外部数据已经删除，这里摘录的一并删除"),
}

SEVERITY_TITLES: Final[Mapping[str, str]] = {"red": mark("红色"), "orange": mark("橙色"), "yellow": mark("黄色")}
SEVERITY_TONES: Final[Mapping[str, str]] = {"red": "danger", "orange": "soon", "yellow": "notice"}
OPEN: Final = tuple(str(s) for s in WarningState if s not in {WarningState.CLOSED, WarningState.ENDED})

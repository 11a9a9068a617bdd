"""States and choices of decisions. The values are stored; what people read stands beside them."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from core.kernel.errors import mark


class Phase(StrEnum):
    """Where a decision stands inside its present step, or how it ended."""

    OPEN = "open"
    TOLD = "told"
    POSTED = "posted"
    FAILED = "failed"
    FINISHED = "finished"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


RUNNING: Final = (Phase.OPEN, Phase.TOLD, Phase.POSTED, Phase.FAILED)

PHASE_TITLES: Final = MappingProxyType(
    {
        Phase.OPEN: mark("待办"),
        Phase.TOLD: mark("已通知，等开会"),
        Phase.POSTED: mark("公示中"),
        Phase.FAILED: mark("未通过，可再议"),
        Phase.FINISHED: mark("已办结"),
        Phase.REJECTED: mark("已否决"),
        Phase.WITHDRAWN: mark("已撤回"),
    }
)
PHASE_TONES: Final = MappingProxyType(
    {
        Phase.OPEN: "action",
        Phase.TOLD: "notice",
        Phase.POSTED: "notice",
        Phase.FAILED: "danger",
        Phase.FINISHED: "good",
        Phase.REJECTED: "plain",
        Phase.WITHDRAWN: "plain",
    }
)


class StepKind(StrEnum):
    """What a step of a procedure is. ``OWN`` is whatever a place adds to the law's own steps."""

    PROPOSAL = "proposal"
    CONSULTATION = "consultation"
    PARTY_REVIEW = "party_review"
    RESOLUTION = "resolution"
    PUBLISH_RESOLUTION = "publish_resolution"
    PUBLISH_RESULT = "publish_result"
    OWN = "own"


KIND_TITLES: Final = MappingProxyType(
    {
        StepKind.PROPOSAL: mark("提议"),
        StepKind.CONSULTATION: mark("商议"),
        StepKind.PARTY_REVIEW: mark("党员审议"),
        StepKind.RESOLUTION: mark("决议"),
        StepKind.PUBLISH_RESOLUTION: mark("决议公开"),
        StepKind.PUBLISH_RESULT: mark("结果公开"),
        StepKind.OWN: mark("其他步骤"),
    }
)


class Body(StrEnum):
    """Who meets and is counted. ``OWN`` is a body that a place has of its own."""

    COMMITTEES = "committees"
    PARTY_MEMBERS = "party_members"
    VILLAGERS = "villagers"
    HOUSEHOLDS = "households"
    REPRESENTATIVES = "representatives"
    MEMBERS = "members"
    COUNCIL = "council"
    OWN = "own"


BODY_TITLES: Final = MappingProxyType(
    {
        Body.COMMITTEES: mark("村两委会议"),
        Body.PARTY_MEMBERS: mark("党员大会"),
        Body.VILLAGERS: mark("村民会议（按成年村民计）"),
        Body.HOUSEHOLDS: mark("村民会议（按户的代表计）"),
        Body.REPRESENTATIVES: mark("村民代表会议"),
        Body.MEMBERS: mark("集体经济组织成员（代表）会议"),
        Body.COUNCIL: mark("村务议事会"),
        Body.OWN: mark("会议"),
    }
)


class RecordState(StrEnum):
    """What became of one attempt at a step."""

    OPEN = "open"
    PASSED = "passed"
    FAILED = "failed"
    DROPPED = "dropped"


class Happened(StrEnum):
    """Kinds of lines in a decision's history."""

    BEGUN = "begun"
    TOLD = "told"
    PASSED = "passed"
    FAILED = "failed"
    FEWER = "fewer"
    POSTED = "posted"
    SHOWN = "shown"
    REPEATED = "repeated"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    LATE = "late"
    UNSHOWN = "unshown"


HAPPENED_TITLES: Final = MappingProxyType(
    {
        Happened.BEGUN: mark("发起，按“%(procedure)s”办理"),
        Happened.TOLD: mark("“%(step)s”已发会议通知"),
        Happened.PASSED: mark("“%(step)s”通过"),
        Happened.FAILED: mark("“%(step)s”未通过"),
        Happened.FEWER: mark("“%(step)s”的应到人数比以前少，说明了原因"),
        Happened.POSTED: mark("“%(step)s”已张榜或发布"),
        Happened.SHOWN: mark("“%(step)s”公示期满"),
        Happened.REPEATED: mark("“%(step)s”重新办理"),
        Happened.REJECTED: mark("否决"),
        Happened.WITHDRAWN: mark("撤回"),
        Happened.LATE: mark("“%(step)s”超过了办理时限"),
        Happened.UNSHOWN: mark("“%(step)s”的公开内容已撤回"),
    }
)

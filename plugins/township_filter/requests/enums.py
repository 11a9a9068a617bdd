"""Words of requests that are stored, and what people read for them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from core.api import mark


class RequestKind(StrEnum):
    """A department asks for a new item, or a township asks to change one in force."""

    ADMISSION = "admission"
    ADJUSTMENT = "adjustment"


class Way(StrEnum):
    """What is to become of the list."""

    ADD = "add"
    CHANGE = "change"
    MOVE = "move"
    DROP = "drop"


class RequestState(StrEnum):
    """Where a request stands."""

    SUBMITTED = "submitted"
    REVIEWING = "reviewing"
    DECIDING = "deciding"
    RETURNED = "returned"
    APPROVED = "approved"
    LISTED = "listed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Opinion(StrEnum):
    """What an office that was asked thinks; empty while it has said nothing."""

    NONE = ""
    AGREE = "agree"
    CONDITIONAL = "conditional"
    DISAGREE = "disagree"


class Happened(StrEnum):
    """Kinds of lines in the history of a request."""

    SUBMITTED = "submitted"
    RESUBMITTED = "resubmitted"
    REVIEW = "review"
    OPINED = "opined"
    COMPLETED = "completed"
    CONCLUDED = "concluded"
    APPROVED = "approved"
    REDRAFTED = "redrafted"
    REFUSED = "refused"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    LISTED = "listed"
    OVERDUE = "overdue"


KINDS: Final[Mapping[str, str]] = {
    RequestKind.ADMISSION: mark("准入申请"),
    RequestKind.ADJUSTMENT: mark("动态调整申请"),
}
WAYS: Final[Mapping[str, str]] = {
    Way.ADD: mark("新增事项"),
    Way.CHANGE: mark("修改内容"),
    Way.MOVE: mark("改变类型"),
    Way.DROP: mark("移出清单"),
}
WAY_HINTS: Final[Mapping[str, str]] = {
    Way.CHANGE: mark("名称、依据、条件、经费等写得不对或不全。"),
    Way.MOVE: mark("例如从基本履职改为配合履职，或者由上级部门收回。"),
    Way.DROP: mark("这一项不应再派给基层。"),
}
OPINIONS: Final[Mapping[str, str]] = {
    Opinion.NONE: mark("还没有回复"),
    Opinion.AGREE: mark("同意"),
    Opinion.CONDITIONAL: mark("修改后同意"),
    Opinion.DISAGREE: mark("不同意"),
}
HAPPENED: Final[Mapping[str, str]] = {
    Happened.SUBMITTED: mark("提出申请"),
    Happened.RESUBMITTED: mark("补正后重新提交"),
    Happened.REVIEW: mark("送%(offices)s会审"),
    Happened.OPINED: mark("会审意见：%(opinion)s"),
    Happened.COMPLETED: mark("会审意见齐了，转县级决定"),
    Happened.CONCLUDED: mark("结束会审"),
    Happened.APPROVED: mark("同意，已写入清单草稿"),
    Happened.REDRAFTED: mark("重新写入清单草稿"),
    Happened.REFUSED: mark("不同意"),
    Happened.RETURNED: mark("退回补正"),
    Happened.WITHDRAWN: mark("撤回申请"),
    Happened.LISTED: mark("新版清单已发布"),
    Happened.OVERDUE: mark("超过答复期限"),
}
# Where somebody still has something to do, and where the county owes its answer.
OPEN: Final = frozenset(
    {RequestState.SUBMITTED, RequestState.REVIEWING, RequestState.DECIDING, RequestState.RETURNED, RequestState.APPROVED}
)
ANSWER_OWED: Final = frozenset({RequestState.SUBMITTED, RequestState.REVIEWING, RequestState.DECIDING})

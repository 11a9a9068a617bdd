"""A person's notices: what happened that concerns this post, newest first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.kernel.database import fetch_as, fetch_value
from core.kernel.errors import mark
from core.kernel.scope import Scope

_LIST: Final = """
SELECT n.id, n.kind, n.data, n.link, n.created_at, n.read_at FROM notice n
WHERE n.region >= $1 AND n.region < $2 AND n.membership_id = $3
ORDER BY (n.read_at IS NOT NULL), n.created_at DESC, n.id DESC LIMIT $4 OFFSET $5
"""
_COUNT: Final = (
    "SELECT count(*) FROM notice n WHERE n.region >= $1 AND n.region < $2 AND n.membership_id = $3"
)

# What a notice says, by its kind. ``data`` fills the places; the sentence is made late, in the reader's language.
TEXTS: Final[Mapping[str, str]] = {
    "dispatched": mark("%(sender)s派来任务“%(title)s”，请签收。"),
    "opened": mark("%(sender)s有新的可领任务“%(title)s”。"),
    "allocated": mark("“%(title)s”已分派给您。"),
    "submitted": mark("%(receiver)s提交了“%(title)s”的成果，请评分。"),
    "taken": mark("%(receiver)s领取了“%(title)s”。"),
    "returned": mark("“%(title)s”被退回修改：%(reason)s"),
    "accepted": mark("“%(title)s”已通过验收，得 %(score)s 分。"),
    "reversed": mark("“%(title)s”的得分已冲销：%(reason)s"),
    "reminded": mark("%(sender)s催办“%(title)s”，请尽快办理。"),
    "escalated": mark("“%(title)s”已列入督办：%(reason)s"),
    "extended": mark("“%(title)s”的截止时间已延后，请看新的时间。"),
    "extended_above": mark("%(sender)s已延长“%(title)s”的时间，您派给下面的还是原来的截止时间，需要时请一并延期。"),
    "withdrawn": mark("“%(title)s”已撤回：%(reason)s"),
    "due_soon": mark("“%(title)s”快到期了，请抓紧办理。"),
    "overdue": mark("“%(title)s”已超期，请尽快办理或申请延期。"),
    "overdue_sent": mark("派出的“%(title)s”有 %(count)s 个单位超期。"),
    "decided": mark("来文“%(title)s”已审定，请查看结果。"),
    "renamed": mark("%(sender)s更正了您登记的姓名，现在是“%(title)s”。"),
    "phone_corrected": mark("%(sender)s更正了您登记的手机号，以后请用尾号 %(title)s 的手机号登录。"),
    "phone_registered": mark("%(sender)s更正了您登记的手机号，尾号 %(title)s。登录方式没有变。"),
    "job.done": mark("“%(title)s”已办完，请查看结果。"),
    "job.failed": mark("“%(title)s”没有办完，请查看原因。"),
}


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice. ``text`` is a source text to be filled with ``data``."""

    id: UUID
    kind: str
    data: Mapping[str, Any]
    link: str
    created_at: datetime
    read_at: datetime | None

    @property
    def text(self) -> str:
        return TEXTS.get(self.kind, mark("有一条新消息。"))


async def notices_of(scope: Scope, *, limit: int = 30, offset: int = 0) -> tuple[list[Notice], int]:
    """List the post's notices, unread ones first, and count them all."""
    rows = await fetch_as(scope, Notice, _LIST, scope.membership, limit, offset)
    total: int = await fetch_value(scope, _COUNT, scope.membership)
    return rows, total

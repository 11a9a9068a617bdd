"""A person's notices: what happened that concerns this post, newest first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.contracts.notices import NoticeText
from core.contracts.registry import current
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
    "goes_on": mark("%(name)s撤回了自己的一件，“%(title)s”为%(others)s继续办理。"),
    "due_soon": mark("“%(title)s”快到期了，请抓紧办理。"),
    "overdue": mark("“%(title)s”已超期，请尽快办理或申请延期。"),
    "overdue_sent": mark("派出的“%(title)s”有 %(count)s 个单位超期。"),
    "decided": mark("来文“%(title)s”已审定，请查看结果。"),
    "merged": mark("来文“%(title)s”已和其他来文归并，一起派发；进展在这件来文里看。"),
    "unmerged": mark("来文“%(title)s”已从归并中分出，单独处理。"),
    "matter_sent": mark("来文“%(title)s”已派发，进展在这件来文里看。"),
    "matter_done": mark("来文“%(title)s”派发的任务已全部办结，请查看结果。"),
    "matter_ended": mark("来文“%(title)s”派发的任务已撤回：%(reason)s"),
    "decision_turn": mark("“%(title)s”轮到“%(step)s”，请办理。"),
    "decision_may_meet": mark("“%(title)s”的会议通知期已满，可以召开“%(step)s”了。"),
    "decision_late": mark("“%(title)s”的“%(step)s”超过了办理时限，请尽快办理。"),
    "decision_late_above": mark("有村的民主决策超过办理时限：“%(title)s”，停在“%(step)s”。"),
    "decision_ended": mark("“%(title)s”的民主决策已终止：%(reason)s"),
    "petition_came": mark("%(sender)s收到群众反映“%(title)s”，请受理。"),
    "petition_reopened": mark("反映人对“%(title)s”的办理不满意，要求重新办理。"),
    "petition_reopened_above": mark("%(sender)s的群众反映“%(title)s”，反映人要求重新办理。"),
    "petition_added": mark("反映人对“%(title)s”作了补充，请查看。"),
    "petition_reminded": mark("反映人催办“%(title)s”，请尽快办理。"),
    "petition_pressed": mark("上级催办群众反映“%(title)s”，请尽快办理。"),
    "petition_codes_used_up": mark("今天全县的短信验证码已发到上限，留手机号的反映明天早上 8 点以后才能提交。不够用可以调高上限；突然增多的，请联系平台运维。"),
    "petition_overdue": mark("群众反映“%(title)s”超过办理期限，请尽快答复。"),
    "petition_overdue_above": mark("%(sender)s的群众反映“%(title)s”超过办理期限没有答复。"),
    "warning_raised": mark("%(sender)s有一条预警提示待核查：“%(title)s”。"),
    "warning_asked": mark("请就“%(title)s”说明情况。"),
    "warning_judged": mark("“%(title)s”的核查有了结论，请查看。"),
    "warning_returned": mark("“%(title)s”的整改被退回，请补充。"),
    "warning_appeal_decided": mark("“%(title)s”的申诉有了处理结果。"),
    "warning_stated": mark("%(sender)s对“%(title)s”作了说明，请作出结论。"),
    "warning_appealed": mark("%(sender)s对“%(title)s”的结论提出申诉，请处理。"),
    "warning_corrected": mark("%(sender)s报送了“%(title)s”的整改情况，请复核。"),
    "seal_requested": mark("%(sender)s申请用章：“%(title)s”，请审批。"),
    "seal_approved": mark("“%(title)s”的用章申请已批准，可以用章。"),
    "seal_refused": mark("“%(title)s”的用章申请没有批准：%(reason)s"),
    "campaign_opened": mark("%(sender)s开展面上整改“%(title)s”，请自查并按时报送。"),
    "campaign_reported": mark("%(sender)s报送了“%(title)s”的整改情况，请审核。"),
    "campaign_soon": mark("面上整改“%(title)s”快到报送的日子了，请按时报送。"),
    "campaign_late": mark("面上整改“%(title)s”已到期，村里还没有报送，请尽快报送。"),
    "campaign_missing": mark("面上整改“%(title)s”已到期，还有 %(count)s 个村没有报送。"),
    "campaign_returned": mark("“%(title)s”的整改情况被退回：%(reason)s"),
    "campaign_closed": mark("面上整改“%(title)s”已办结。"),
    "renamed": mark("%(sender)s更正了您登记的姓名，现在是“%(title)s”。"),
    "phone_corrected": mark("%(sender)s更正了您登记的手机号，以后请用尾号 %(title)s 的手机号登录。"),
    "phone_registered": mark("%(sender)s更正了您登记的手机号，尾号 %(title)s。登录方式没有变。"),
    "publication_soon": mark("有 %(count)s 项内容快到公开期限了，请抓紧公开。"),
    "publication_last": mark("有 %(count)s 项内容今天是公开的最后一天。"),
    "objected": mark("有人对公示“%(title)s”提了意见，请按时答复。"),
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
        """The source text: core's own, a plugin's, or a plain word for a kind that nobody knows any more."""
        own = current().named(NoticeText, self.kind)
        return TEXTS.get(self.kind) or (own.text if own else mark("有一条新消息。"))


async def notices_of(scope: Scope, *, limit: int = 30, offset: int = 0) -> tuple[list[Notice], int]:
    """List the post's notices, unread ones first, and count them all."""
    rows = await fetch_as(scope, Notice, _LIST, scope.membership, limit, offset)
    total: int = await fetch_value(scope, _COUNT, scope.membership)
    return rows, total

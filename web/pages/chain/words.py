"""What an audit line's action is called: the thing and the deed, in words; what nobody named keeps its code."""

from collections.abc import Mapping
from typing import Final

from core.kernel.errors import mark
from core.kernel.workflow import Workflow
from core.seals.workflows import SEAL_USE
from core.supervision.workflows import WARNING
from web.answers import Request, say
from web.pages.home.deeds import DEEDS
from web.wording import after_colon

_WHOLE: Final[Mapping[str, str]] = {
    **{action: title for action, (title, _, _) in DEEDS.items()},
    "account.signed_in": mark("登录"),
    "chain.head_kept": mark("记下区块头"),
    "dataset.import_started": mark("导入外部数据"),
    "invitation.redeemed": mark("使用邀请码"),
    "seal.exported": mark("导出印章使用登记簿"),
    "seal.sent_up": mark("用章申请转乡镇（街道）审批"),
    "people.codes_taken": mark("下载邀请码"),
    "region.followed": mark("区划变更后转移工作"),
    "setting.followed": mark("区划变更后沿用设置"),
    "entry_list.united": mark("区划变更后合并清单"),
}
_THINGS: Final[Mapping[str, str]] = {
    "assignment": mark("派发件"),
    "board_entry": mark("手工填报的公开内容"),
    "campaign": mark("面上整改"),
    "dataset": mark("外部名单"),
    "decision": mark("民主决策"),
    "entry_item": mark("清单事项"),
    "entry_list": mark("准入清单"),
    "file": mark("文件"),
    "incoming": mark("来文"),
    "job": mark("后台作业"),
    "petition": mark("群众反映"),
    "place": mark("名额"),
    "publication": mark("公开内容"),
    "seal": mark("用印"),
    "task": mark("任务"),
    "warning": mark("预警"),
}
# Deeds that are named by the transition they make.
_STEPS: Final[Mapping[str, Workflow]] = {"seal": SEAL_USE, "warning": WARNING}
_DEEDS: Final[Mapping[str, str]] = {
    "abused": mark("认定滥用"),
    "accept": mark("验收评分"),
    "accepted": mark("受理或验收"),
    "acknowledged": mark("签收"),
    "added": mark("补充"),
    "allocated": mark("分派到人"),
    "answered": mark("答复"),
    "appealed": mark("申诉"),
    "approved": mark("批准"),
    "asked": mark("请说明"),
    "back": mark("再次出现"),
    "begun": mark("发起"),
    "cleared": mark("撤销滥用认定"),
    "closed": mark("办结"),
    "contact_shown": mark("查看联系方式"),
    "corrected": mark("更正或整改"),
    "decided": mark("审定"),
    "dispatched": mark("派发"),
    "edited": mark("修改"),
    "entered": mark("登记"),
    "escalated": mark("列入督办"),
    "extended": mark("延期"),
    "failed": mark("未通过"),
    "filed": mark("归档"),
    "goes_on": mark("为其他单位继续办理"),
    "gone": mark("消失"),
    "held": mark("转人工审定"),
    "judged": mark("评价或作出结论"),
    "lapsed": mark("期满办结"),
    "late": mark("超过时限"),
    "led": mark("作为主件归并"),
    "merged": mark("合并"),
    "noted": mark("记录"),
    "objected": mark("收到意见"),
    "objection_answered": mark("答复意见"),
    "opened": mark("启动"),
    "overdue": mark("超期"),
    "passed": mark("通过"),
    "posted": mark("张榜或发布"),
    "pressed": mark("上级催办"),
    "put_back": mark("放回文件"),
    "raised": mark("提出"),
    "rated": mark("评价"),
    "received": mark("收到"),
    "recused": mark("回避改派"),
    "refused": mark("驳回"),
    "rejected": mark("否决"),
    "released": mark("公开"),
    "reminded": mark("催办"),
    "removed": mark("删除"),
    "reopened": mark("重新办理"),
    "repeated": mark("重新办理"),
    "reported": mark("上报"),
    "requested": mark("申请"),
    "returned": mark("退回"),
    "revealed": mark("查看反映人"),
    "reversed": mark("冲销得分"),
    "saved": mark("保存"),
    "screened": mark("过筛"),
    "seen": mark("看过"),
    "sent": mark("提交"),
    "set_aside": mark("搁置文件"),
    "share_withdrawn": mark("撤回一件"),
    "shown": mark("公示期满"),
    "snoozed": mark("暂缓"),
    "split": mark("分解"),
    "started": mark("开始"),
    "stated": mark("作出说明"),
    "stored": mark("存好"),
    "submitted": mark("提交"),
    "taken": mark("领取或接办"),
    "told": mark("发会议通知"),
    "transferred": mark("转办"),
    "unmerged": mark("取消合并"),
    "unshown": mark("撤下公开"),
    "upheld": mark("维持"),
    "used": mark("使用"),
    "verified": mark("核实整改"),
    "withdrawn": mark("撤回"),
    "worse": mark("加重"),
}


def action_title(request: Request, action: str) -> str:
    """Give an action in the reader's words; the empty text for one without words."""
    if action in _WHOLE:
        return say(request, _WHOLE[action])
    thing, _, deed = action.partition(".")
    step = _STEPS[thing].by_transition.get(deed) if thing in _STEPS else None
    if step is not None:
        return say(request, _THINGS[thing]) + after_colon(request, say(request, step.title))
    if thing in _THINGS and deed in _DEEDS:
        return say(request, _THINGS[thing]) + after_colon(request, say(request, _DEEDS[deed]))
    return ""

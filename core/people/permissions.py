"""The vocabulary of rights: ``scope:resource:action``, alphabetical, with the titles people read.

A permission says what may be done; the post's region says where. Plugins contribute theirs under their own
name.
"""

from collections.abc import Mapping
from typing import Final

from core.contracts.permissions import Permission
from core.kernel.errors import mark

CORE: Final = (
    Permission("core:account:reset", mark("发放密码重置码")),
    Permission("core:assignment:acknowledge", mark("签收派发件")),
    Permission("core:assignment:allocate", mark("把派发件分派到人")),
    Permission("core:assignment:read", mark("查看派发件")),
    Permission("core:assignment:work", mark("办理派发件、提交成果")),
    Permission("core:audit:read", mark("查看存证留痕")),
    Permission("core:calendar:edit", mark("维护工作日历")),
    Permission("core:campaign:open", mark("发起和办结面上整改")),
    Permission("core:campaign:read", mark("查看面上整改")),
    Permission("core:campaign:report", mark("报送面上整改情况")),
    Permission("core:chain:witness", mark("记下区块头、核对存证链")),
    Permission("core:dataset:import", mark("导入、删除外部比对数据")),
    Permission("core:dataset:read", mark("查看外部比对数据和访问记录")),
    Permission("core:dataset:unmask", mark("查看外部比对数据中的完整姓名")),
    Permission("core:decision:begin", mark("发起民主决策")),
    Permission("core:decision:configure", mark("规定民主决策的流程")),
    Permission("core:decision:end", mark("否决或撤回民主决策")),
    Permission("core:decision:read", mark("查看民主决策")),
    Permission("core:decision:record", mark("记录民主决策的会议和公示")),
    Permission("core:disclosure:answer", mark("答复公示的异议")),
    Permission("core:disclosure:correct", mark("更正和撤回公开内容")),
    Permission("core:disclosure:fill", mark("填报村务公开内容")),
    Permission("core:disclosure:read", mark("查看公开日历和草稿")),
    Permission("core:disclosure:release", mark("公开")),
    Permission("core:disclosure:unmask", mark("查看手工填报的完整姓名")),
    Permission("core:entry_list:edit", mark("编辑准入清单")),
    Permission("core:entry_list:publish", mark("发布准入清单")),
    Permission("core:entry_list:read", mark("查看准入清单")),
    Permission("core:grid:edit", mark("维护网格")),
    Permission("core:incoming:create", mark("提交任务来文")),
    Permission("core:incoming:decide", mark("审定任务来文")),
    Permission("core:incoming:read", mark("查看任务来文")),
    Permission("core:job:read", mark("查看后台作业")),
    Permission("core:job:retry", mark("重新办理失败的后台作业")),
    Permission("core:membership:edit", mark("任免岗位")),
    Permission("core:membership:read", mark("查看岗位")),
    Permission("core:office:edit", mark("维护科室站所")),
    Permission("core:person:correct", mark("更正人员的姓名和手机号")),
    Permission("core:person:import", mark("批量导入人员")),
    Permission("core:person:invite", mark("邀请人员")),
    Permission("core:person:read", mark("查看人员")),
    Permission("core:person:unmask", mark("查看完整的手机号和证件号")),
    Permission("core:petition:block", mark("认定滥用反映渠道、暂停来源")),
    Permission("core:petition:enter", mark("登记群众反映")),
    Permission("core:petition:handle", mark("办理和答复群众反映")),
    Permission("core:petition:press", mark("催办群众反映")),
    Permission("core:petition:read", mark("查看群众反映")),
    Permission("core:petition:reveal", mark("查看反映人的姓名和电话")),
    Permission("core:petition:route", mark("转办、合并群众反映")),
    Permission("core:petition:supervise", mark("受理监督举报")),
    Permission("core:place:take", mark("领取开放任务")),
    Permission("core:plugin:configure", mark("修改功能模块设置")),
    Permission("core:plugin:read", mark("查看功能模块")),
    Permission("core:plugin:switch", mark("开关功能模块")),
    Permission("core:region:edit", mark("维护行政区划")),
    Permission("core:region:read", mark("查看行政区划")),
    Permission("core:role:edit", mark("维护本县角色")),
    Permission("core:score:read", mark("查看得分")),
    Permission("core:score_rule:edit", mark("修改计分规则")),
    Permission("core:seal:approve", mark("审批用章")),
    Permission("core:seal:ask", mark("申请用章")),
    Permission("core:seal:edit", mark("维护印章和保管人")),
    Permission("core:seal:keep", mark("登记用章、归档")),
    Permission("core:seal:read", mark("查看印章使用登记")),
    Permission("core:setting:edit", mark("修改设置")),
    Permission("core:task:dispatch", mark("派发任务")),
    Permission("core:task:escalate", mark("督办任务")),
    Permission("core:task:extend", mark("给任务延期")),
    Permission("core:task:rate", mark("评价收到的任务")),
    Permission("core:task:read", mark("查看派出的任务")),
    Permission("core:task:remind", mark("催办任务")),
    Permission("core:task:score", mark("验收并评分")),
    Permission("core:task:withdraw", mark("撤回任务")),
    Permission("core:view:save", mark("保存常用筛选")),
    Permission("core:warning:answer", mark("说明情况、报送整改")),
    Permission("core:warning:handle", mark("处置预警")),
    Permission("core:warning:read", mark("查看预警")),
)

# Rights of the platform's own people; no post in a county can carry one.
PLATFORM: Final = (
    Permission("platform:account:create", mark("创建平台账号")),
    Permission("platform:account:reset", mark("发放平台重置码")),
    Permission("platform:county:open", mark("开通县（市、区）")),
    Permission("platform:health:read", mark("查看运行状况")),
    Permission("platform:plugin:allow", mark("允许县使用功能模块")),
    Permission("platform:region:edit", mark("维护全国区划")),
)

# Who holds one of these can widen rights or read personal numbers: a role with any of them needs a second
# factor.
SENSITIVE: Final = frozenset(
    {
        "core:account:reset",
        "core:audit:read",
        "core:dataset:import",
        "core:dataset:read",
        "core:dataset:unmask",
        "core:membership:edit",
        "core:person:correct",
        "core:person:import",
        "core:person:invite",
        "core:person:unmask",
        "core:plugin:switch",
        "core:role:edit",
    }
)

_OURS: Final[Mapping[str, Permission]] = {each.name: each for each in (*CORE, *PLATFORM)}


def title_of(permission: str, others: Mapping[str, Permission] | None = None) -> str:
    """Give the source text of a permission's title; one of a plugin that is gone is shown by its name."""
    found = _OURS.get(permission) or (others or {}).get(permission)
    return found.title if found else permission

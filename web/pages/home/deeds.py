"""What of the audit trail changes how a county is set up: its words, and where to look at it."""

from collections.abc import Mapping
from typing import Final

from core.kernel.errors import mark

Deed = tuple[str, str, str]

_PEOPLE: Final = ("/people", "core:person:read")
_ENDED: Final = ("/people?kind=ended", "core:person:read")
_ROLES: Final = ("/roles", "core:role:edit")
_MODULES: Final = ("/plugins", "core:plugin:read")
_LISTS: Final = ("/entry-lists", "core:entry_list:read")
_REGIONS: Final = ("/regions/documents", "core:region:read")
_OFFICES: Final = ("/offices", "core:region:read")
_GRIDS: Final = ("/grids", "core:region:read")
_CALENDAR: Final = ("/calendar", "core:region:read")

# Each with its title, the page that shows it, and the right that page asks for.
DEEDS: Final[Mapping[str, Deed]] = {
    "account.reset_started": (mark("发放重置码"), *_PEOPLE),
    "calendar.day_removed": (mark("取消本地工作日安排"), *_CALENDAR),
    "calendar.day_set": (mark("调整工作日历"), *_CALENDAR),
    "county.opened": (mark("平台开通本县"), *_MODULES),
    "decision_procedure.set": (mark("规定决策流程"), "/procedures", "core:decision:configure"),
    "entry_list.discarded": (mark("删除清单草稿"), *_LISTS),
    "entry_list.drafted": (mark("起草准入清单"), *_LISTS),
    "entry_list.imported": (mark("导入准入清单"), *_LISTS),
    "entry_list.published": (mark("发布准入清单"), *_LISTS),
    "event.retried": (mark("重新办理后台作业"), "/jobs/health", "core:job:read"),
    "grid.closed": (mark("撤销网格"), *_GRIDS),
    "grid.created": (mark("新设网格"), *_GRIDS),
    "grid.edited": (mark("修改网格"), *_GRIDS),
    "invitation.withdrawn": (mark("撤回邀请码"), *_PEOPLE),
    "membership.ended": (mark("结束岗位"), *_ENDED),
    "membership.granted": (mark("授予岗位"), *_PEOPLE),
    "office.closed": (mark("撤销科室站所"), *_OFFICES),
    "office.created": (mark("新设科室站所"), *_OFFICES),
    "office.edited": (mark("修改科室站所"), *_OFFICES),
    "people.import_started": (mark("批量导入人员"), *_PEOPLE),
    "person.added": (mark("登记人员"), *_PEOPLE),
    "person.corrected": (mark("更正人员登记"), *_PEOPLE),
    "person.erased": (mark("删除个人信息"), *_PEOPLE),
    "person.exported": (mark("导出个人信息"), *_PEOPLE),
    "person.unmasked": (mark("查看完整号码"), *_PEOPLE),
    "plugin.allowed": (mark("平台开放功能模块"), *_MODULES),
    "plugin.forbidden": (mark("平台收回功能模块"), *_MODULES),
    "plugin.switched": (mark("开关功能模块"), *_MODULES),
    "region.close": (mark("撤销区划"), *_REGIONS),
    "region.merge": (mark("合并区划"), *_REGIONS),
    "region.open": (mark("新设区划"), *_REGIONS),
    "region.recode": (mark("区划换代码"), *_REGIONS),
    "region.rename": (mark("区划更名"), *_REGIONS),
    "region.split": (mark("拆分区划"), *_REGIONS),
    "role.changed": (mark("修改角色"), *_ROLES),
    "role.closed": (mark("停用角色"), *_ROLES),
    "role.made": (mark("新建角色"), *_ROLES),
    "setting.changed": (mark("修改设置"), "/settings", "core:setting:edit"),
}

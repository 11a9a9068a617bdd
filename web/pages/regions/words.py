"""What levels and kinds of change are called."""

from collections.abc import Mapping
from typing import Final

from core.kernel.errors import mark
from core.tenancy.enums import ChangeKind, Level

LEVELS: Final[Mapping[int, str]] = {
    Level.PROVINCE: mark("省"),
    Level.CITY: mark("市"),
    Level.COUNTY: mark("县（市、区）"),
    Level.TOWNSHIP: mark("乡镇（街道）"),
    Level.VILLAGE: mark("村（社区）"),
}
KINDS: Final[Mapping[str, str]] = {
    ChangeKind.OPEN: mark("新设"),
    ChangeKind.CLOSE: mark("撤销"),
    ChangeKind.RENAME: mark("更名"),
    ChangeKind.MERGE: mark("合并区划"),
    ChangeKind.SPLIT: mark("拆分"),
    ChangeKind.RECODE: mark("代码调整"),
}
# How a list to tick is parted: by the ending of the name.
SORTS: Final = (
    (("街道", "街道办事处"), mark("街道")),
    (("镇",), mark("镇")),
    (("乡", "苏木"), mark("乡")),
    (("社区", "居委会", "居民委员会", "社区居委会"), mark("社区")),
    (("村", "村委会", "村民委员会", "嘎查"), mark("村")),
)
OTHER_SORT: Final = mark("其他")
# On buttons and headings; opening and merging happen below the region that is shown.
WAYS: Final[Mapping[str, str]] = {
    **{kind: title for kind, title in KINDS.items() if kind != ChangeKind.RECODE},
    ChangeKind.OPEN: mark("新设下级"),
    ChangeKind.MERGE: mark("合并下级"),
}
FOLLOWING: Final[Mapping[str, str]] = {
    "membership": mark("在任岗位"),
    "office": mark("科室站所"),
    "grid": mark("网格"),
    "task": mark("派出的任务"),
    "incoming_task": mark("来文"),
    "place": mark("开放的名额"),
    "assignment": mark("在办任务"),
}
# What is carried over by itself, said in a sentence with its number.
CARRIED: Final[Mapping[str, str]] = {
    "entry_list": mark("%(n)s 份特有清单：事项并入承接单位的清单，原清单留作历史。"),
    "setting": mark("%(n)s 项自己的设置：由新设单位沿用；几个原单位不一致的，按县里的规定。并入已有单位的，按承接单位的设置。"),
}

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
    ChangeKind.MERGE: mark("合并"),
    ChangeKind.SPLIT: mark("拆分"),
}
# On buttons and headings; opening and merging happen below the region that is shown.
WAYS: Final[Mapping[str, str]] = {
    **KINDS,
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

"""Kinds of outside data, states and acts. The values are stored; what people read stands beside them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from core.kernel.errors import mark


class DataKind(StrEnum):
    """What kind of list it is. The first three say who somebody is, the last two what was paid to whom."""

    BUSINESS = "business"
    PAYROLL = "payroll"
    DEATHS = "deaths"
    AID = "aid"
    LABOUR = "labour"


KIND_TITLES: Final[Mapping[str, str]] = {
    DataKind.BUSINESS: mark("工商登记人员"),
    DataKind.PAYROLL: mark("财政供养人员"),
    DataKind.DEATHS: mark("死亡登记"),
    DataKind.AID: mark("困难救助发放"),
    DataKind.LABOUR: mark("劳务用工报酬"),
}
KIND_HINTS: Final[Mapping[str, str]] = {
    DataKind.BUSINESS: mark("市场监管部门提供：谁是哪家企业的法定代表人或股东。"),
    DataKind.PAYROLL: mark("组织人事、财政部门提供：谁在哪个单位领工资。"),
    DataKind.DEATHS: mark("公安、民政、卫健部门提供：谁在哪天去世。"),
    DataKind.AID: mark("民政等部门提供：哪天发给谁多少救助。"),
    DataKind.LABOUR: mark("乡镇、村提供：哪天付给谁多少劳务报酬。"),
}


class SetState(StrEnum):
    """Where a data set stands: looked through, being stored, compared with, or gone."""

    CHECKED = "checked"
    RUNNING = "running"
    READY = "ready"
    ENDED = "ended"


STATE_TITLES: Final[Mapping[str, str]] = {
    SetState.CHECKED: mark("已核对，还没有导入"),
    SetState.RUNNING: mark("正在导入"),
    SetState.READY: mark("可以比对"),
    SetState.ENDED: mark("数据已删除"),
}
STATE_TONES: Final[Mapping[str, str]] = {
    SetState.CHECKED: "notice", SetState.RUNNING: "action", SetState.READY: "good", SetState.ENDED: "plain",
}  # fmt: skip


class RowState(StrEnum):
    """Where a row stands; a twin says what an earlier data set has said."""

    GOOD = "good"
    BAD = "bad"
    TWIN = "twin"
    STORED = "stored"


class Act(StrEnum):
    """What was done with the data."""

    CHECKED = "checked"
    IMPORTED = "imported"
    RETURNED = "returned"
    LOOKED = "looked"
    UNMASKED = "unmasked"
    COMPARED = "compared"
    DELETED = "deleted"


ACT_TITLES: Final[Mapping[str, str]] = {
    Act.CHECKED: mark("上传核对"),
    Act.IMPORTED: mark("导入"),
    Act.RETURNED: mark("取回没有通过的行"),
    Act.LOOKED: mark("查看名单（已脱敏）"),
    Act.UNMASKED: mark("查看完整姓名"),
    Act.COMPARED: mark("模型比对"),
    Act.DELETED: mark("删除数据"),
}

"""The words of what villagers raise (民情诉求): kinds, ways it came, whom it is about. Values are stored."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from core.kernel.errors import mark


class Kind(StrEnum):
    SUGGESTION = "suggestion"
    COMPLAINT = "complaint"
    HELP = "help"
    SUPERVISION = "supervision"


KIND_TITLES: Final[Mapping[str, str]] = {
    Kind.SUGGESTION: mark("建议"),
    Kind.COMPLAINT: mark("投诉"),
    Kind.HELP: mark("求助"),
    Kind.SUPERVISION: mark("监督举报"),
}


class Source(StrEnum):
    WEB = "web"
    WECHAT = "wechat"
    HOTLINE = "hotline"
    VISIT = "visit"


SOURCE_TITLES: Final[Mapping[str, str]] = {
    Source.WEB: mark("公开页"),
    Source.WECHAT: mark("微信群"),
    Source.HOTLINE: mark("12345 热线"),
    Source.VISIT: mark("当面反映"),
}


class About(StrEnum):
    """Whom a supervision matter is about; it goes to whoever is not that (domain: the station, the township, the county)."""

    VILLAGE = "village"
    STATION = "station"
    TOWNSHIP = "township"


ABOUT_TITLES: Final[Mapping[str, str]] = {
    About.VILLAGE: mark("村干部或村里的工作人员"),
    About.STATION: mark("村务监督委员会（监察工作联络站）的人"),
    About.TOWNSHIP: mark("乡镇（街道）的干部"),
}


class PetitionState(StrEnum):
    RAISED = "raised"
    IN_HAND = "in_hand"
    ANSWERED = "answered"
    CLOSED = "closed"
    REFUSED = "refused"
    MERGED = "merged"


class Happened(StrEnum):
    """Kinds of lines in a petition's history."""

    RAISED = "raised"
    ACCEPTED = "accepted"
    NOTED = "noted"
    TRANSFERRED = "transferred"
    MERGED = "merged"
    UNMERGED = "unmerged"
    HASTENED = "hastened"
    RELAXED = "relaxed"
    ANSWERED = "answered"
    REFUSED = "refused"
    JUDGED = "judged"
    LAPSED = "lapsed"
    REOPENED = "reopened"
    ADDED = "added"
    REMINDED = "reminded"
    PRESSED = "pressed"
    OVERDUE = "overdue"
    REVEALED = "revealed"
    ABUSED = "abused"
    CLEARED = "cleared"
    RECUSED = "recused"


HAPPENED: Final[Mapping[str, str]] = {
    Happened.RAISED: mark("收到反映"),
    Happened.ACCEPTED: mark("受理"),
    Happened.NOTED: mark("办理情况"),
    Happened.TRANSFERRED: mark("转办"),
    Happened.MERGED: mark("与同类事项合并办理"),
    Happened.UNMERGED: mark("不再合并，单独办理"),
    Happened.HASTENED: mark("并入了期限更早的反映，按最早一件的期限办理"),
    Happened.RELAXED: mark("期限更早的反映已取消合并，办理期限相应恢复"),
    Happened.ANSWERED: mark("答复"),
    Happened.REFUSED: mark("不予受理"),
    Happened.JUDGED: mark("反映人评价"),
    Happened.LAPSED: mark("反映人没有评价，到期办结"),
    Happened.REOPENED: mark("反映人要求重新办理"),
    Happened.ADDED: mark("反映人补充"),
    Happened.REMINDED: mark("反映人催办"),
    Happened.PRESSED: mark("上级催办"),
    Happened.OVERDUE: mark("超过办理期限"),
    Happened.REVEALED: mark("查看了反映人的姓名和电话"),
    Happened.ABUSED: mark("认定为滥用反映渠道，不予受理"),
    Happened.CLEARED: mark("撤销滥用认定，重新受理"),
    Happened.RECUSED: mark("按回避规定改由别的单位办理"),
}


class PhoneCode(StrEnum):
    """Whether a phone left on the public page is proved by a code in a text message."""

    OFF = "off"
    GATEWAY = "gateway"


PHONE_CODES: Final[Mapping[str, str]] = {
    PhoneCode.OFF: mark("不验证"),
    PhoneCode.GATEWAY: mark("发短信验证码核实"),
}

# What the one who raised it is told of the history; the rest is the office's own.
SHOWN: Final = frozenset(Happened) - {
    Happened.NOTED, Happened.REVEALED, Happened.HASTENED, Happened.RELAXED,
}  # fmt: skip
OPEN_STATES: Final = (PetitionState.RAISED, PetitionState.IN_HAND)
TELLING: Final = (*OPEN_STATES, PetitionState.MERGED)  # its raiser may still add something

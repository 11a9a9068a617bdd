"""States and choices of seals. The values are stored; what people read stands beside them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from core.kernel.errors import mark


class SealKind(StrEnum):
    """What seals a village keeps."""

    COMMITTEE = "committee"
    PARTY = "party"
    COLLECTIVE = "collective"
    FINANCE = "finance"
    SUPERVISION = "supervision"
    OTHER = "other"


SEAL_TITLES: Final[Mapping[str, str]] = {
    SealKind.COMMITTEE: mark("村（居）民委员会公章"),
    SealKind.PARTY: mark("村党组织印章"),
    SealKind.COLLECTIVE: mark("集体经济组织公章"),
    SealKind.FINANCE: mark("财务专用章"),
    SealKind.SUPERVISION: mark("村务监督委员会印章"),
    SealKind.OTHER: mark("其他印章"),
}


class Purpose(StrEnum):
    """What a seal is asked for. The register shows it to everybody; the document's own title stays inside."""

    CERTIFICATE = "certificate"
    CONTRACT = "contract"
    FUNDS = "funds"
    REPORT = "report"
    NOTICE = "notice"
    OTHER = "other"


PURPOSE_TITLES: Final[Mapping[str, str]] = {
    Purpose.CERTIFICATE: mark("开具证明"),
    Purpose.CONTRACT: mark("签订合同"),
    Purpose.FUNDS: mark("资金收支"),
    Purpose.REPORT: mark("上报材料"),
    Purpose.NOTICE: mark("公告通知"),
    Purpose.OTHER: mark("其他"),
}
# A seal on these binds the village or moves money: without an approved request it is red.
GRAVE: Final = frozenset({Purpose.CONTRACT, Purpose.FUNDS})


class UseState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    USED = "used"
    FILED = "filed"


class Happened(StrEnum):
    """Kinds of lines in the history of one use."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    USED = "used"
    ENTERED = "entered"
    FILED = "filed"
    SENT_UP = "sent_up"


HAPPENED: Final[Mapping[str, str]] = {
    Happened.REQUESTED: mark("申请用章"),
    Happened.APPROVED: mark("批准用章"),
    Happened.REFUSED: mark("未批准"),
    Happened.WITHDRAWN: mark("撤回申请"),
    Happened.USED: mark("登记用章"),
    Happened.ENTERED: mark("没有申请，直接登记用章"),
    Happened.FILED: mark("归档"),
    Happened.SENT_UP: mark("村里没有可以审批的人，转乡镇（街道）审批"),
}

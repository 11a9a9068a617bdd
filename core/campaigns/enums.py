"""States of a rectification campaign and of each village's share in it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from core.kernel.errors import mark


class CampaignState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class ShareState(StrEnum):
    SENT = "sent"
    REPORTED = "reported"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    MISSED = "missed"


class Happened(StrEnum):
    """Kinds of lines in the history of a campaign and its shares."""

    OPENED = "opened"
    REPORTED = "reported"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    CLOSED = "closed"
    REMINDED = "reminded"
    LATE = "late"


HAPPENED: Final[Mapping[str, str]] = {
    Happened.OPENED: mark("发起面上整改"),
    Happened.REPORTED: mark("报送整改情况"),
    Happened.RETURNED: mark("退回"),
    Happened.ACCEPTED: mark("审核通过"),
    Happened.CLOSED: mark("办结"),
    Happened.REMINDED: mark("提醒按时报送"),
    Happened.LATE: mark("到期没有报送，催办"),
}

"""Words of the ledger of senders that are stored."""

from enum import StrEnum


class Closes(StrEnum):
    """Whose emergency way is closed while reviews are overdue."""

    SENDER = "sender"
    REVIEWER = "reviewer"
    NOBODY = "nobody"


class Every(StrEnum):
    """How long a quota runs."""

    MONTH = "month"
    QUARTER = "quarter"


class HoldState(StrEnum):
    """Where a matter stands that a full quota held; ended: it was turned down or taken back before the county decided."""

    WAITING = "waiting"
    RELEASED = "released"
    DECLINED = "declined"
    ENDED = "ended"


class SignKind(StrEnum):
    """What in a matter hints at a rebound of what was taken away."""

    WITHDRAWN = "withdrawn"
    COOPERATION = "cooperation"
    APPRAISAL = "appraisal"


class CorrectionState(StrEnum):
    """Where a proposal stands to count a task under another item."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DECLINED = "declined"

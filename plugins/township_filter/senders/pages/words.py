"""Words and rows that the pages of the ledger share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from core.api import LEVEL_TITLES, mark
from plugins.township_filter.paging import Narrowed
from plugins.township_filter.senders.enums import CorrectionState, Every, HoldState, SignKind
from plugins.township_filter.senders.queries.figures import Figures
from plugins.township_filter.senders.queries.quotas import Used
from plugins.township_filter.senders.rules import quarters_back
from web.api import Request, say

SIGNS: Final[Mapping[str, str]] = {
    SignKind.WITHDRAWN: mark("收回事项换名"),
    SignKind.COOPERATION: mark("要求配合"),
    SignKind.APPRAISAL: mark("带考核要求"),
}
HOLDS: Final[Mapping[str, str]] = {
    HoldState.WAITING: mark("待放行"),
    HoldState.RELEASED: mark("已放行"),
    HoldState.DECLINED: mark("不放行"),
    HoldState.ENDED: mark("已了结"),
}
HOLD_TONES: Final = {HoldState.WAITING: "notice", HoldState.RELEASED: "good", HoldState.DECLINED: "danger", HoldState.ENDED: "plain"}
CORRECTIONS: Final[Mapping[str, str]] = {
    CorrectionState.PROPOSED: mark("待确认"),
    CorrectionState.CONFIRMED: mark("已确认"),
    CorrectionState.DECLINED: mark("未确认"),
}
CORRECTION_TONES: Final = {CorrectionState.PROPOSED: "notice", CorrectionState.CONFIRMED: "good", CorrectionState.DECLINED: "plain"}
_PERIODS: Final[Mapping[Every, str]] = {Every.MONTH: mark("本月"), Every.QUARTER: mark("本季度")}
_QUARTERS: Final = 8


@dataclass(frozen=True, slots=True)
class InState(Narrowed):
    """What a list is narrowed to whose lines are in one state or another."""

    show: str = ""


def quarter_choices(now: datetime) -> list[tuple[str, str]]:
    """Give the quarters one may look at."""
    return [(quarter.name, quarter.name) for quarter in quarters_back(now, _QUARTERS)]


def grade(value: Decimal | None) -> str:
    """Write an average of grades from 1 to 5."""
    return "" if value is None else f"{value:.1f}"


def row_of(each: Figures, *, limit: int) -> dict[str, Any]:
    """Give a sender's figures as lists show them."""
    share = each.share
    return {
        "id": each.sender.id, "name": each.sender.name, "received": each.received, "passed": each.passed, "refused": each.refused,
        "held": each.held, "merged": each.merged, "withdrawn": each.withdrawn, "emergencies": each.emergencies, "share": "" if share is None else f"{share:.0f}%",
        "share_high": share is not None and share > limit, "overdue": each.overdue, "late": each.late, "signs": each.signs_in_all,
        "ratings": each.ratings, "clarity": grade(each.clarity), "time_given": grade(each.time_given), "need": grade(each.need),
        "hours": "" if each.hours is None else f"{each.hours.normalize():f}", "corrected": each.corrected, "objected": each.objected,
    }  # fmt: skip


def quota_row(request: Request, used: Used) -> dict[str, Any]:
    """Give how much of a quota is used, in words."""
    return {
        "level": say(request, LEVEL_TITLES[used.level]), "period": say(request, _PERIODS[used.every]), "counted": used.counted,
        "amount": used.amount, "own": used.own, "full": 0 < used.amount <= used.counted,
    }  # fmt: skip

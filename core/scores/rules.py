"""How points are counted: base × quality × timeliness, by the township's own factors."""

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from core.contracts.settings import SettingsArea, SettingsModel, setting
from core.kernel.errors import mark

_CENT: Final = Decimal("0.01")


class ScoreRule(SettingsModel):
    """Factors of a township. All defaults are proposals (no public rule states them); a county or township sets its own."""

    excellent: Decimal = setting(Decimal("1.2"), title=mark("质量“优秀”的系数"), township=True, ge=0, le=2)
    good: Decimal = setting(Decimal("1.0"), title=mark("质量“良好”的系数"), township=True, ge=0, le=2)
    fair: Decimal = setting(Decimal("0.8"), title=mark("质量“合格”的系数"), township=True, ge=0, le=2)
    poor: Decimal = setting(Decimal("0.5"), title=mark("质量“勉强”的系数"), township=True, ge=0, le=2)
    late_per_day: Decimal = setting(
        Decimal("0.1"), title=mark("每超期一天扣减的系数"), township=True, ge=0, le=1
    )
    late_least: Decimal = setting(
        Decimal("0.5"), title=mark("超期后时效系数的下限"), township=True, ge=0, le=1
    )
    early_bonus: Decimal = setting(
        Decimal("0.0"), title=mark("提前一天以上提交的加成"), township=True, ge=0, le=1
    )

    def quality(self, grade: str) -> Decimal:
        """Give the factor of a grade; raises ``KeyError`` for an unknown one."""
        return {"excellent": self.excellent, "good": self.good, "fair": self.fair, "poor": self.poor}[grade]


GRADES: Final = {
    "excellent": mark("优秀"),
    "good": mark("良好"),
    "fair": mark("合格"),
    "poor": mark("勉强"),
}


def timeliness(rule: ScoreRule, *, submitted_at: datetime, due_at: datetime) -> Decimal:
    """Give the factor of when it came in. Each begun day late costs ``late_per_day``, down to ``late_least``."""
    if submitted_at <= due_at:
        early = due_at - submitted_at >= timedelta(days=1)
        return Decimal(1) + (rule.early_bonus if early else Decimal(0))
    late = submitted_at - due_at
    days = late.days + (1 if late > timedelta(days=late.days) else 0)
    return max(rule.late_least, Decimal(1) - rule.late_per_day * days)


def score(rule: ScoreRule, *, points: Decimal, grade: str, factor: Decimal) -> Decimal:
    """Count the points of one share, rounded to cents half up."""
    return (points * rule.quality(grade) * factor).quantize(_CENT, rounding=ROUND_HALF_UP)


AREA: Final = SettingsArea("scores", mark("计分规则"), ScoreRule, permission="core:score_rule:edit")

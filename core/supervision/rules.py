"""What is decided about warnings without looking anything up. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from core.contracts.settings import SettingsArea, SettingsModel, setting
from core.contracts.warnings import Hit, Severity, WarningModel
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.supervision.enums import Verdict, WarningState

LONGEST: Final = 1000
_RANK: Final = {Severity.RED: 3, Severity.ORANGE: 2, Severity.YELLOW: 1}


class SupervisionSettings(SettingsModel):
    """A county's clock of the closed loop. No source gives days; these are proposals."""

    take_days: int = setting(2, title=mark("预警几天内接办"), unit=mark("天"), ge=1, le=30)
    state_days: int = setting(3, title=mark("当事人几天内说明"), unit=mark("天"), hint=mark("过期没有说明的，可以直接作出结论。"), ge=1, le=30)
    check_days: int = setting(10, title=mark("接办后几天内作出结论"), unit=mark("天"), ge=1, le=90)
    correct_days: int = setting(15, title=mark("几天内整改"), unit=mark("天"), ge=1, le=180)
    verify_days: int = setting(5, title=mark("整改报送后几天内复核"), unit=mark("天"), ge=1, le=60)
    evidence_least: int = setting(1, title=mark("报送整改至少附几份佐证材料"), unit=mark("份"), ge=0, le=5)
    snooze_days: int = setting(30, title=mark("暂缓最多几天"), unit=mark("天"), ge=1, le=90)
    appeals_most: int = setting(
        1, title=mark("一个结论最多申诉几次"), unit=mark("次"), hint=mark("申诉成立后重新作出的结论，另外计算。"), ge=1, le=3
    )
    judged_least: int = setting(
        10, title=mark("作出几件结论后才评价模型"), unit=mark("件"), hint=mark("太少时比例说明不了问题。"), ge=1, le=200
    )


AREA: Final = SettingsArea("supervision", mark("预警处置"), SupervisionSettings)


def due_in(state: str, rule: SupervisionSettings, at: datetime, left: timedelta | None = None) -> datetime | None:
    """Give until when the next step should be made; None where nobody's turn it is. ``left`` is what remains of a term that stood still."""
    if left is not None and state == WarningState.RECTIFYING:
        return at + left
    days = {
        WarningState.RAISED: rule.take_days,
        WarningState.TAKEN: rule.check_days,
        WarningState.ASKED: rule.state_days,
        WarningState.STATED: rule.check_days,
        WarningState.RECTIFYING: rule.correct_days,
        WarningState.CORRECTED: rule.verify_days,
        WarningState.VERIFIED: rule.verify_days,
        WarningState.APPEALED: rule.verify_days,
    }.get(WarningState(state))
    return None if days is None else at + timedelta(days=days)


def left_of(row: Any, at: datetime) -> timedelta | None:
    """Give what is left of the term for correcting: it stands still while others check what was reported, or decide an appeal."""
    if row["state"] == WarningState.RECTIFYING and row["due_at"] is not None:
        left: timedelta | None = row["due_at"] - at
    else:
        left = row["term_left"]
    return left


def decides_appeal(scope: Scope, row: Any) -> bool:
    """Tell whether this post decides an appeal: at the level of the verdict or above it, and never who gave the verdict."""
    himself = scope.person is not None and scope.person == row["judged_person"]
    return not himself and row["judged_level"] is not None and scope.level <= row["judged_level"]


def worse(old: str, new: str) -> bool:
    """Tell whether the new severity is higher; a lower one never replaces what was raised."""
    return _RANK[Severity(new)] > _RANK[Severity(old)]


def after_verified(severity: str) -> str:
    """Give what a verified correction makes of it: red falls to yellow, and so does orange."""
    return Severity.YELLOW if severity in _RANK else severity


def checked_hits(model: WarningModel, region: str, hits: Iterable[Hit]) -> dict[str, Hit]:
    """Give the hits by key. Raises ``ValueError`` for two of one key, or one outside the range that was looked at."""
    found: dict[str, Hit] = {}
    for hit in hits:
        if hit.key in found:
            raise ValueError(f"{model.name}: two hits of the key {hit.key}")
        if not hit.region.startswith(region):
            raise ValueError(f"{model.name}: a hit outside the range")
        found[hit.key] = hit
    return found


@dataclass(frozen=True, slots=True)
class Precision:
    """How a model's warnings were judged: precision is the share of leads."""

    lead: int = 0
    explained: int = 0
    no_action: int = 0
    open: int = 0
    all: int = 0

    @property
    def judged(self) -> int:
        """How many have a verdict."""
        return self.lead + self.explained + self.no_action

    @property
    def share(self) -> float | None:
        """Leads among those judged (0 to 1); None before the first verdict."""
        return self.lead / self.judged if self.judged else None

    def needs_review(self, floor: int, least: int) -> bool:
        """Whether so few of its warnings were leads that the model should be looked at."""
        return self.share is not None and self.judged >= least and self.share * 100 < floor


VERDICT_OF: Final = {"judge_lead": Verdict.LEAD, "judge_explained": Verdict.EXPLAINED, "judge_no_action": Verdict.NO_ACTION}

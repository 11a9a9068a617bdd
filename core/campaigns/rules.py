"""What is decided about campaigns without looking anything up. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from core.contracts.settings import SettingsArea, SettingsModel, setting
from core.contracts.warnings import Domain
from core.kernel.clock import SHANGHAI, local
from core.kernel.errors import Invalid, mark
from core.tenancy.calendar import NO_DAYS, OwnDays, add_working_days, working_days_before

EVIDENCE: Final = "campaign_evidence"  # what files of a report are sent up for
LONGEST_TITLE: Final = 60
LONGEST_TEXT: Final = 2_000
MOST_FOUND: Final = 10_000
_MORNING: Final = time(9)
LONGEST_TERM: Final = timedelta(days=366)


class CampaignSettings(SettingsModel):
    """A county's rules for campaigns. No source gives figures; these are proposals."""

    evidence_least: int = setting(1, title=mark("村里报送至少附几份佐证材料"), unit=mark("份"), ge=0, le=5)
    remind_days: int = setting(
        3, title=mark("到期前几个工作日提醒没有报送的村"), hint=mark("填 0 不提醒"), unit=mark("个工作日"), ge=0, le=20
    )
    late_days: int = setting(
        2, title=mark("到期后每几个工作日催一次没有报送的村"), hint=mark("填 0 不催"), unit=mark("个工作日"), ge=0, le=20
    )
    late_times: int = setting(3, title=mark("到期后最多催几次"), unit=mark("次"), ge=1, le=10)


AREA: Final = SettingsArea("campaigns", mark("面上整改"), CampaignSettings)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a campaign is about, as it was written. ``model`` may be empty: a topic of no single model."""

    title: str
    text: str
    domain: str
    due_at: datetime
    model: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a village found and put right."""

    text: str
    found: int
    fixed: int
    recovered: Decimal | None = None


def reminder_before(rule: CampaignSettings, due_at: datetime, own_days: OwnDays = NO_DAYS) -> datetime | None:
    """Give when villages are reminded that the day comes: in the morning, some working days before; None for never."""
    if rule.remind_days == 0:
        return None
    return _morning(working_days_before(local(due_at).date(), rule.remind_days, own_days))


def reminder_after(rule: CampaignSettings, at: datetime, own_days: OwnDays = NO_DAYS) -> datetime | None:
    """Give when villages that are late are reminded next, counted from the due time or the reminder before; None for never."""
    if rule.late_days == 0:
        return None
    return _morning(add_working_days(local(at).date(), rule.late_days, own_days))


def _morning(day: date) -> datetime:
    return datetime.combine(day, _MORNING, tzinfo=SHANGHAI)


def checked_plan(plan: Plan, *, now: datetime) -> Plan:
    """Give it with its texts trimmed. Raises ``Invalid`` with a message a field."""
    title, text = " ".join(plan.title.split()), plan.text.strip()
    checks = {
        "title": (0 < len(title) <= LONGEST_TITLE, mark("请用一句话写明整改什么，最多 60 字。")),
        "text": (0 < len(text) <= LONGEST_TEXT, mark("请写明各村查什么、怎么改，最多 2000 字。")),
        "domain": (plan.domain in set(Domain), mark("请选择领域。")),
        "due_at": (now < plan.due_at <= now + LONGEST_TERM, mark("请填以后的日期，一年以内。")),
    }
    if wrong := {name: told for name, (fits, told) in checks.items() if not fits}:
        raise Invalid(fields=wrong)
    return Plan(title, text, plan.domain, plan.due_at, plan.model)


def checked_report(report: Report) -> Report:
    """Give it with its text trimmed. Raises ``Invalid`` with a message a field."""
    text = report.text.strip()
    checks = {
        "text": (0 < len(text) <= LONGEST_TEXT, mark("请写明查了什么、改了什么，最多 2000 字。")),
        "found": (0 <= report.found <= MOST_FOUND, mark("请填写查出的问题数，没有的填 0。")),
        "fixed": (0 <= report.fixed <= report.found, mark("整改到位的不能多于查出的问题。")),
        "recovered": (report.recovered is None or report.recovered >= 0, mark("请填不小于 0 的金额。")),
    }
    if wrong := {name: told for name, (fits, told) in checks.items() if not fits}:
        raise Invalid(fields=wrong)
    return Report(text, report.found, report.fixed, report.recovered)

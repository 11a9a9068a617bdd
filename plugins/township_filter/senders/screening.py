"""The sender's quota as a screening rule, and whether the emergency way is open. Both read and advise."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from core.api import Finding, Matter, Reason, Scope, ScreeningRule, Verdict, held, mark, passed, settings_of
from plugins.township_filter.enums import Review
from plugins.township_filter.queries import DECIDE
from plugins.township_filter.senders.enums import Closes, Every
from plugins.township_filter.senders.queries.emergencies import (
    overdue_for_reviewer,
    overdue_of_sender,
    review_of,
)
from plugins.township_filter.senders.queries.quotas import Place, quota_used
from plugins.township_filter.senders.rules import is_full
from plugins.township_filter.settings import FilterSettings

NAME: Final = "township_filter:quota"
FULL: Final[Mapping[Every, str]] = {
    Every.MONTH: mark("本月来文限额已满：已有 %(counted)s 件，限额 %(amount)s 件。这件来文要由县里放行。"),
    Every.QUARTER: mark("本季度来文限额已满：已有 %(counted)s 件，限额 %(amount)s 件。这件来文要由县里放行。"),
}
OVER_QUOTA: Final = mark("来文限额已满，紧急事项照常派发，事后要做合规审查。")
_CLOSED: Final[Mapping[Closes, str]] = {
    Closes.SENDER: mark(
        "紧急方式已停用：本单位有 %(n)s 件紧急事项逾期没有审查。请联系本级有审查权的人补做审查，审查完马上恢复；"
        "这件来文先由人工审定，确实紧急的可以马上审定同意。"
    ),
    Closes.REVIEWER: mark(
        "您的紧急方式已停用：本级有 %(n)s 件紧急事项该由您审查，已经逾期。请到过筛台账补做审查，审查完马上恢复；"
        "这件来文先由人工审定。"
    ),
}
_OBJECTED: Final = mark(
    "事后审查认定这件紧急事项不合规，不能派发。请撤回；确实要办的，按普通来文重新提交，或者申请准入。对审查结论有异议的，请与审查人联系，姓名和说明在过筛台账里。"
)
_UNREVIEWED: Final = mark(
    "这件紧急事项逾期没有审查，暂时不能派发。请联系本级有审查权的人补做审查：县级单位的来文找县级监督员，乡镇的来文找乡镇领导。审查合规后马上可以派发。"
)


async def closed_way(scope: Scope, matter: Matter, settings: FilterSettings) -> Reason | None:
    """Say why the emergency way is closed for whoever hands this in, or None where it is open."""
    closes = Closes(settings.overdue_closes)
    found = 0
    if closes is Closes.SENDER:
        found = await overdue_of_sender(scope, region=matter.region, office=matter.office_id, at=matter.at)
    elif closes is Closes.REVIEWER and scope.may(DECIDE):
        found = await overdue_for_reviewer(scope, region=matter.region, at=matter.at)
    return Reason(_CLOSED[closes], {"n": found}) if found else None


async def only_while_open(scope: Scope, matter: Matter, found: Finding, settings: FilterSettings) -> Finding:
    """Hold what would pass as an emergency alone while the emergency way is closed."""
    reason = await closed_way(scope, matter, settings)
    return found if reason is None else Finding(Verdict.HELD, (reason,), candidates=found.candidates)


async def why_not_dispatched(scope: Scope, incoming: UUID, *, now: datetime) -> str | None:
    """Say why an emergency may not go out (any more): its review objected, or is overdue and nothing else carries the matter.

    Before the review it goes at once.
    """
    found = await review_of(scope, incoming)
    if found is None:
        return None
    if found["review"] == Review.OBJECTED:
        return _OBJECTED
    overdue = found["review"] == Review.DUE and found["review_due_at"] < now
    return _UNREVIEWED if overdue and not found["item_code"] else None


async def screen_quota(scope: Scope, matter: Matter) -> Finding:
    """Hold what exceeds its sender's quota. Emergencies pass and are reviewed; what counts already is not asked again.

    Two at the quota's edge wait for each other: the second counts the first.
    """
    settings = await settings_of(scope, FilterSettings, at=matter.at, region=matter.region)
    place = Place(scope.county, matter.region, matter.office_id)
    used = await quota_used(scope, place, level=matter.level, now=matter.at, matter=matter.id, alone=True)
    if used.known or not is_full(used.counted, used.amount):
        return Finding(Verdict.PASSED, ())
    if await _goes_at_once(scope, matter, settings):
        return passed(OVER_QUOTA)
    return held(FULL[used.every], counted=used.counted, amount=used.amount)


async def _goes_at_once(scope: Scope, matter: Matter, settings: FilterSettings) -> bool:
    told = len(matter.emergency_reason.strip()) >= settings.emergency_words
    open_to_it = matter.emergency and settings.emergency_allowed and told
    return open_to_it and await closed_way(scope, matter, settings) is None


QUOTA: Final = ScreeningRule(NAME, mark("来文限额"), screen_quota)

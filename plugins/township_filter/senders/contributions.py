"""All that the ledger of senders contributes, for the plugin's hooks."""

from typing import Final

from core.api import Grant, Permission, Scope, Step, TransitionGuard, mark
from plugins.township_filter.senders import tables
from plugins.township_filter.senders.actions.quotas import why_not_admitted
from plugins.township_filter.senders.disclosure import SECTION
from plugins.township_filter.senders.jobs import HANDLERS
from plugins.township_filter.senders.notices import TEXTS
from plugins.township_filter.senders.pages import corrections, ledger, quotas
from plugins.township_filter.senders.queries.names import CONFIRM, CORRECTIONS, PROPOSE, QUOTA, SENDERS
from plugins.township_filter.senders.screening import NAME, why_not_dispatched
from plugins.township_filter.senders.screening import QUOTA as QUOTA_RULE
from plugins.township_filter.senders.supervision import MODELS


async def check_quota(scope: Scope, step: Step) -> str | None:
    """Hold back the admission of what a full quota held until the county released it."""
    return await why_not_admitted(scope, step.subject)


async def check_review(scope: Scope, step: Step) -> str | None:
    """Hold back the dispatch of an emergency whose review objected or is overdue."""
    return await why_not_dispatched(scope, step.subject, now=step.at)


TABLES: Final = (tables.Sender, tables.SenderQuota, tables.QuotaHold, tables.Sign, tables.Correction)
PERMISSIONS: Final = (
    Permission(SENDERS, mark("查看来文单位台账")),
    Permission(QUOTA, mark("放行超限来文、另定单位限额")),
    Permission(CORRECTIONS, mark("查看分类纠偏")),
    Permission(PROPOSE, mark("提出分类纠偏")),
    Permission(CONFIRM, mark("确认分类纠偏")),
)
GRANTS: Final = (
    Grant("province_viewer", frozenset({SENDERS})),
    Grant("city_viewer", frozenset({SENDERS})),
    Grant("county_administrator", frozenset({SENDERS, QUOTA, CORRECTIONS, CONFIRM})),
    Grant("county_inspector", frozenset({SENDERS, CORRECTIONS})),
    Grant("township_leader", frozenset({SENDERS, CORRECTIONS, PROPOSE, CONFIRM})),
    Grant("township_staff", frozenset({CORRECTIONS, PROPOSE})),
    Grant("village_secretary", frozenset({CORRECTIONS, PROPOSE})),
    Grant("village_cadre", frozenset({CORRECTIONS, PROPOSE})),
)
RULES: Final = (QUOTA_RULE,)
GUARDS: Final = (
    TransitionGuard(NAME, mark("来文限额"), "incoming", "admit", check_quota),
    TransitionGuard("township_filter:review", mark("紧急事项审查"), "incoming", "dispatch", check_review),
)
PAGES: Final = (*ledger.HANDLERS, *quotas.HANDLERS, *corrections.HANDLERS)
MENUS: Final = (*ledger.MENUS, *corrections.MENUS)
NOTICES: Final = TEXTS
SECTIONS: Final = (SECTION,)
FOLLOWING: Final = HANDLERS
WARNINGS: Final = MODELS

"""What the main job contributes: what follows from its announcements, and where its points come from."""

from collections.abc import Iterable

from core.contracts.disclosure import Section
from core.contracts.events import Handler
from core.contracts.hooks import hook
from core.contracts.scoring import ScoreSource
from core.contracts.settings import SettingsArea
from core.contracts.warnings import WarningModel
from core.kernel.errors import mark
from core.people.corrections import TOPIC as PERSON_CORRECTED
from core.tasks import matter_reactions as m
from core.tasks import reactions as r
from core.tasks.actions.going_on import GOES_ON
from core.tasks.disclosure import FINISHED
from core.tasks.rules import AREA
from core.tasks.supervision import MODELS, OVERDUE_AREA, WAITING_AREA


@hook
def handlers() -> Iterable[Handler]:
    return (
        Handler("task.dispatched", "tasks.dispatched", r.on_dispatched),
        Handler("place.taken", "tasks.taken", r.on_taken, reach=r.sender_of),
        Handler("assignment.submitted", "tasks.submitted", r.on_submitted, reach=r.sender_of),
        Handler("assignment.allocated", "tasks.allocated", r.on_allocated),
        Handler("assignment.returned", "tasks.returned", r.on_returned),
        Handler("assignment.accepted", "tasks.accepted", r.on_accepted),
        Handler("assignment.reversed", "tasks.reversed", r.on_reversed),
        Handler("assignment.reminded", "tasks.reminded", r.on_reminded),
        Handler("assignment.escalated", "tasks.escalated", r.on_escalated),
        Handler("assignment.extended", "tasks.share_extended", r.on_share_extended),
        Handler("task.extended", "tasks.extended", r.on_extended),
        Handler("task.extended", "tasks.extended_parts", r.on_more_time),
        Handler("assignment.extended", "tasks.share_extended_parts", r.on_more_time),
        Handler("task.withdrawn", "tasks.withdrawn", r.on_withdrawn),
        Handler("task.withdrawn", "tasks.withdrawn_parts", r.on_withdrawn_above),
        Handler("assignment.withdrawn", "tasks.share_withdrawn", r.on_share_withdrawn),
        Handler("assignment.withdrawn", "tasks.share_withdrawn_parts", r.on_withdrawn_above),
        Handler(GOES_ON, "tasks.goes_on", r.on_goes_on),
        Handler(GOES_ON, "tasks.told_senders_goes_on", m.on_goes_on, reach=m.top_of),
        Handler("task.due_soon", "tasks.due_soon", r.on_due_soon),
        Handler("task.due", "tasks.due", r.on_due),
        Handler("incoming.decided", "tasks.decided", r.on_decided),
        Handler("incoming.merged", "tasks.merged", m.on_merged),
        Handler("incoming.unmerged", "tasks.unmerged", m.on_unmerged),
        Handler("task.dispatched", "tasks.told_matters", m.on_task),
        Handler("task.withdrawn", "tasks.told_matters_withdrawn", m.on_task),
        Handler("assignment.accepted", "tasks.told_matters_accepted", m.on_share),
        Handler("assignment.withdrawn", "tasks.told_matters_share", m.on_share),
        Handler(PERSON_CORRECTED, "tasks.person_corrected", r.on_person_corrected),
    )


@hook
def score_sources() -> Iterable[ScoreSource]:
    return (ScoreSource("task", mark("任务得分")),)


@hook
def settings() -> Iterable[SettingsArea]:
    return (AREA, OVERDUE_AREA, WAITING_AREA)


@hook
def disclosure_sections() -> Iterable[Section]:
    return (FINISHED,)


@hook
def warning_models() -> Iterable[WarningModel]:
    return MODELS

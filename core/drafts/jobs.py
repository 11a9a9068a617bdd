"""The daily sweep of drafts and answers."""

from datetime import time, timedelta
from typing import Final

from core.contracts.events import Handler, Schedule
from core.drafts.actions import sweep_drafts
from core.kernel.clock import now as clock
from core.kernel.outbox import Event
from core.kernel.scope import Scope

TOPIC: Final = "drafts.sweep"
ANSWERS_KEPT: Final = timedelta(days=14)
DRAFTS_KEPT: Final = timedelta(days=180)


async def _sweep(scope: Scope, event: Event) -> None:  # noqa: ARG001 - a handler's signature
    now = clock()
    await sweep_drafts(scope, answers_before=now - ANSWERS_KEPT, drafts_before=now - DRAFTS_KEPT)


HANDLERS: Final = (Handler(TOPIC, "drafts.sweep", _sweep),)
SCHEDULES: Final = (Schedule("drafts.sweep", TOPIC, at=time(3, 40)),)

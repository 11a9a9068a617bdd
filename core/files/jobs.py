"""Background work on files: inspection that a crash broke off, and the daily sweep."""

from datetime import time
from typing import Final
from uuid import UUID

from core.contracts.events import Handler, Schedule
from core.files.actions import inspect_file
from core.files.sweeping import sweep_files
from core.files.uploads import INSPECT_TOPIC
from core.kernel.clock import now as clock
from core.kernel.errors import NotFound
from core.kernel.outbox import Event
from core.kernel.scope import Scope

SWEEP_TOPIC: Final = "files.sweep"


async def _inspect(scope: Scope, event: Event) -> None:
    try:
        await inspect_file(scope, file_id=UUID(event.payload["file"]), now=clock())
    except NotFound:
        return  # removed meanwhile


async def _sweep(scope: Scope, event: Event) -> None:  # noqa: ARG001 - a handler's signature
    await sweep_files(scope, now=clock())


HANDLERS: Final = (
    Handler(INSPECT_TOPIC, "files.inspect", _inspect, long=True),
    Handler(SWEEP_TOPIC, "files.sweep", _sweep, long=True),
)
SCHEDULES: Final = (Schedule("files.sweep", SWEEP_TOPIC, at=time(3, 30)),)

"""A deed over HTTP has three effects in the background, one of them in a second step; each is a line with its key."""

import asyncio
from typing import Final
from uuid import UUID

from core.contracts.events import Progress
from core.kernel.audit import audit
from core.kernel.clock import now as clock
from core.kernel.database import transaction
from core.kernel.outbox import Event, announce
from core.kernel.scope import Scope
from core.progress.actions import start_job
from web.answers import Answer, Request, see_other
from web.routing import post_form

CHUNKS: Final = 60


async def note(scope: Scope, action: str, key: str) -> None:
    await audit(scope, action, kind="probe", subject=None, now=clock(), data={"key": key})


@post_form("/probe/deeds/{key:uuid}", permission="core:task:read")
async def deed(request: Request, scope: Scope, key: UUID) -> Answer:
    async with transaction(scope):
        await note(scope, "probe.deed", str(key))
        await announce(scope, "probe.deed", {"key": str(key)}, now=clock())
    return see_other(request, "/")


@post_form("/probe/long", permission="core:task:read")
async def begin(request: Request, scope: Scope) -> Answer:
    async with transaction(scope):
        await start_job(scope, kind="probe:long", title="长作业", payload={}, now=clock())
    return see_other(request, "/")


async def first(scope: Scope, event: Event) -> None:
    await note(scope, "probe.first", event.payload["key"])
    await announce(scope, "probe.followed", event.payload, now=clock())


async def second(scope: Scope, event: Event) -> None:
    await note(scope, "probe.second", event.payload["key"])
    await asyncio.sleep(0.02)  # long enough to be killed in the middle


async def third(scope: Scope, event: Event) -> None:
    await note(scope, "probe.third", event.payload["key"])


async def long(progress: Progress) -> None:
    await progress.set_total(CHUNKS)
    for number in range(CHUNKS):

        async def chunk(scope: Scope, number: int = number) -> None:
            await note(scope, "probe.chunk", str(number))
            await asyncio.sleep(0.4)

        await progress.chunk(str(number), chunk, size=1)

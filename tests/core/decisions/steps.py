"""A village deciding, one deed a call; each in a transaction of its own."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from core.decisions.actions.beginning import Matter, begin_decision
from core.decisions.actions.meetings import Held, Told, record_step, tell_meeting
from core.decisions.actions.publishing import Posted, complete_notice, post_step
from core.decisions.procedures import Procedure
from core.decisions.queries import Decision, find_decision, one_decision
from core.decisions.rules import Count
from core.kernel.clock import local
from core.kernel.database import transaction
from core.kernel.scope import Scope, system_scope
from tests.factories.world import NOW
from tests.isolation.rows import put_row

GOOD = Count(45, 40, 38, 1, 1)
DAY = timedelta(days=1)


async def do(scope: Scope, action: Callable[..., Awaitable[Any]], **given: Any) -> Any:
    """Run one action in its own transaction."""
    async with transaction(scope):
        return await action(scope, **{"now": NOW, **given})


def matter(**changes: Any) -> Matter:
    return Matter(**{"title": "修建村口停车场", "text": "占地 300 平方米，投资 12 万元，资金为村集体收入。", "procedure": "four_step", "kind": "project", **changes})


async def begun(scope: Scope, *, now: datetime = NOW, **changes: Any) -> UUID:
    return await do(scope, begin_decision, matter=matter(**changes), now=now)


def held(on: date, **changes: Any) -> Held:
    return Held(**{"text": "会议情况和意见。", "held_on": on, "count": GOOD, "chair": "王建国", "recorder": "李春梅", **changes})


async def seen(scope: Scope, decision: UUID) -> Decision:
    async with transaction(scope):
        return await one_decision(scope, decision)


async def papers(admin: asyncpg.Connection, scope: Scope, decision: UUID, *, sheets: int = 1, photos: int = 1) -> None:
    """Put files on the open record, as uploads do."""
    async with transaction(scope):
        row = await find_decision(scope, decision)
    async with admin.transaction():
        await admin.execute("SET LOCAL session_replication_role = replica")
        for purpose, number in (("decision_sheet", sheets), ("decision_photo", photos)):
            for _ in range(number):
                await put_row(
                    admin, "file", county=scope.county, region=scope.region, membership=scope.membership, purpose=purpose,
                    subject_id=row["record_id"], attached_at=None, removed_at=None, state="received", media_type="image/jpeg",
                )  # fmt: skip


async def step_on(admin: asyncpg.Connection, scope: Scope, decision: UUID, *, now: datetime, **changes: Any) -> datetime:
    """Do whatever the present step wants, waiting for its days. Gives the time afterwards."""
    now_there = await seen(scope, decision)
    step, row = now_there.step, now_there.row
    today = local(now).date()
    await papers(admin, scope, decision, sheets=step.sheets, photos=max(step.photos, 1))
    if step.publishes:
        changed = await do(scope, post_step, decision=decision, posted=Posted(today, text="已办好，花了 11.8 万元。"), now=now)
        if not step.days:
            return now
        now = changed["waits_until"]
        await do(system_scope(scope.region, county=scope.county), complete_notice, decision=decision, now=now)
        return now
    if step.has_notice and row["state"] == "open":
        changed = await do(scope, tell_meeting, decision=decision, told=Told(step.meetings[0].body, today), now=now)
        now = max(now, changed["waits_until"])
        today = local(now).date()
    await do(scope, record_step, decision=decision, held=held(today, **changes), now=now)
    return now


async def until(
    admin: asyncpg.Connection, scope: Scope, decision: UUID, code: str, *, now: datetime = NOW
) -> datetime:
    """Go on until the decision stands at a step, or is finished. Gives the time then."""
    while True:
        there = await seen(scope, decision)
        if not there.is_running or there.step.code == code:
            return now
        now = await step_on(admin, scope, decision, now=now)


def procedure_of(there: Decision) -> Procedure:
    return there.procedure

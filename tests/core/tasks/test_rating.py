"""The receiver says how a task was given: once, after handing in, and never the sender itself."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import asyncpg
import pytest

from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.tasks.actions.work import Rating, rate_task, submit_assignment
from tests.core.tasks.steps import do, in_hand, row_of, submitted
from tests.factories.world import NOW, World


async def test_task_is_rated_once_after_it_was_handed_in(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    secretary, cadre = nan.scope("village_secretary"), nan.scope("village_cadre")
    rating = Rating(clarity=5, time_given=3, need=4, burden_hours=Decimal("6.5"), comment="清楚")
    _, share = await in_hand(admin, nan)
    with pytest.raises(Conflict, match="提交成果以后"):
        await do(secretary, rate_task, assignment=share, rating=rating, now=NOW)
    await do(secretary, submit_assignment, assignment=share, text="办好了", now=NOW)
    with pytest.raises(Invalid) as caught:
        await do(secretary, rate_task, assignment=share, rating=replace(rating, need=6, clarity=0), now=NOW)
    assert set(caught.value.fields) == {"clarity", "need"}
    results = await asyncio.gather(
        *(do(s, rate_task, assignment=share, rating=rating, now=NOW) for s in (secretary, cadre)),
        return_exceptions=True,
    )
    assert sorted(type(r).__name__ for r in results) == ["Conflict", "NoneType"]
    kept = await admin.fetch(
        "SELECT clarity, time_given, need, burden_hours FROM task_rating WHERE assignment_id = $1", share
    )
    assert [tuple(r) for r in kept] == [(5, 3, 4, Decimal("6.5"))]
    assert (await row_of(admin, "assignment", share))["rated_at"] == NOW


async def test_sender_does_not_rate_its_own_task(world: World, admin: asyncpg.Connection) -> None:
    _, share = await submitted(admin, world.nan)
    rating = Rating(clarity=5, time_given=5, need=5)
    with pytest.raises(Forbidden):
        await do(world.nan.scope("township_leader"), rate_task, assignment=share, rating=rating, now=NOW)
    with pytest.raises(NotFound):
        await do(world.zhu.scope("village_secretary"), rate_task, assignment=share, rating=rating, now=NOW)

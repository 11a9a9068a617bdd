"""What rests on a decision: a plugin's step waits until the resolution about its thing was public for its days."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
from xiangzhi_sample.actions import carry_out_note, write_note

from core.decisions.actions.ending import withdraw_decision
from core.decisions.covering import FAILED, NONE, RUNNING
from core.decisions.queries import decision_covering
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Invalid, NotFound
from core.kernel.scope import Scope
from tests.core.decisions.steps import begun, do, seen, until
from tests.factories.world import NOW, World


def using(world: World, role: str = "village_cadre") -> Scope:
    scope = world.nan.scope(role)
    held = scope.permissions | {"sample:note:read", "sample:note:write", "core:decision:begin", "core:decision:end"}
    return replace(scope, plugins={"sample": "on"}, permissions=held)


async def refused(scope: Scope, note: UUID) -> str:
    with pytest.raises(Conflict) as held_back:
        await do(scope, carry_out_note, note=note)
    assert held_back.value.data["guard"] == "先有民主决策"
    return str(held_back.value.data["reason"])


async def test_a_plugins_step_waits_for_the_published_resolution(admin: asyncpg.Connection, world: World) -> None:
    scope = using(world)
    note = await do(scope, write_note, text="村民希望修一条便道")
    assert await refused(scope, note) == NONE
    made = await begun(scope, kind="sample:note", subject=note)
    assert (await seen(scope, made)).row["subject_title"] == "村民希望修一条便道"
    now = await until(admin, scope, made, "publish_resolution")
    assert await refused(scope, note) == RUNNING
    await until(admin, scope, made, "publish_result", now=now)
    await do(scope, carry_out_note, note=note)
    async with transaction(scope):
        found = await decision_covering(scope, "sample:note", note)
    assert found is not None
    assert found.stands
    await do(scope, withdraw_decision, decision=made, reason="资金没有落实", now=NOW + timedelta(days=60))
    assert await refused(scope, note) == FAILED


async def test_a_decision_is_begun_about_things_of_ones_own_village_alone(world: World) -> None:
    scope = using(world)
    with pytest.raises(NotFound):
        await begun(scope, kind="sample:note", subject=uuid4())
    note = await do(using(world, "second_village"), write_note, text="邻村的事")
    with pytest.raises(NotFound):
        await begun(scope, kind="sample:note", subject=note)
    with pytest.raises(NotFound):
        await begun(scope, kind="matter", subject=note)
    with pytest.raises(Invalid) as off:
        await begun(replace(scope, plugins={}), kind="sample:note", subject=note)
    assert set(off.value.fields) == {"kind"}


async def test_another_county_rests_on_nothing_of_ours(admin: asyncpg.Connection, world: World) -> None:
    scope = using(world)
    note = await do(scope, write_note, text="修便道")
    made = await begun(scope, kind="sample:note", subject=note)
    await until(admin, scope, made, "publish_result")
    stranger = world.zhu.scope("county_administrator")
    async with transaction(stranger):
        assert await decision_covering(stranger, "sample:note", note) is None

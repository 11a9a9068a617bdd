"""Open places: who takes, who is told who was faster, and who sees nothing."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, NotFound
from core.kernel.scope import Scope
from core.tasks.actions.places import take_place
from core.tasks.queries.places import open_task, open_tasks
from tests.factories.world import NOW, World, opened

VILLAGES = 50


async def take(scope: Scope, task: object) -> str:
    async with transaction(scope):
        return str((await take_place(scope, task=task, now=NOW)).assignment)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
async def takers(world: World, admin: asyncpg.Connection) -> list[Scope]:
    """Fifty villages of one township, each with a secretary's rights."""
    county = world.nan
    scopes = []
    for number in range(300, 300 + VILLAGES):
        code = f"{county.township}{number}"
        await admin.execute(
            "INSERT INTO region (code, parent, level, name, short_name, opened) VALUES ($1, $2, 5, $3, $3, '2023-06-30')",
            code, county.township, f"第{number}村",
        )  # fmt: skip
        scopes.append(
            Scope(
                region=code,
                county=county.code,
                by_name="王",
                permissions=county.scope("village_secretary").permissions,
            )
        )
    return scopes


async def test_fifty_villages_at_once_one_wins_and_the_others_learn_who(
    world: World, takers: list[Scope], admin: asyncpg.Connection
) -> None:
    task = (await opened(world.nan, places=1)).task

    async def attempt(scope: Scope) -> str:
        try:
            return await take(scope, task)
        except Conflict as late:
            return str(late.data["village"])

    results = await asyncio.gather(*(attempt(scope) for scope in takers))
    winners = await admin.fetch("SELECT region FROM assignment WHERE task_id = $1", task)
    place = await admin.fetchrow("SELECT taken_by, taken_by_name FROM place WHERE task_id = $1", task)
    assert len(winners) == 1
    assert place["taken_by"] == winners[0]["region"]
    assert sorted(r for r in results if r.startswith("第")) == [place["taken_by_name"]] * (VILLAGES - 1)


async def test_as_many_win_as_there_are_places(
    world: World, takers: list[Scope], admin: asyncpg.Connection
) -> None:
    task = (await opened(world.nan, places=7)).task
    results = await asyncio.gather(*(take(scope, task) for scope in takers), return_exceptions=True)
    assert sum(isinstance(r, str) for r in results) == 7
    assert {type(r) for r in results if not isinstance(r, str)} == {Conflict}
    assert await admin.fetchval("SELECT count(DISTINCT taken_by) FROM place WHERE task_id = $1", task) == 7


async def test_a_village_takes_one_place_of_a_task_only(world: World, takers: list[Scope]) -> None:
    task = (await opened(world.nan, places=3)).task
    await take(takers[0], task)
    with pytest.raises(Conflict, match="已经领取过"):
        await take(takers[0], task)


async def test_a_stranger_sees_no_place_and_takes_none(world: World) -> None:
    task = (await opened(world.nan, places=1)).task
    stranger = world.zhu.scope("village_secretary")
    async with transaction(stranger):
        assert [t.task_id for t in await open_tasks(stranger, now=NOW)] == []
    with pytest.raises(NotFound):
        await take(stranger, task)


async def test_a_place_is_not_taken_after_its_time(world: World, takers: list[Scope]) -> None:
    task = (await opened(world.nan, places=1)).task
    scope = takers[0]
    with pytest.raises(Conflict, match="撤回或截止"):
        async with transaction(scope):
            await take_place(scope, task=task, now=NOW + timedelta(days=9))


async def test_taking_needs_the_right(world: World) -> None:
    task = (await opened(world.nan, places=1)).task
    with pytest.raises(Forbidden):
        await take(world.nan.scope("bookkeeper"), task)


async def test_two_people_of_one_village_at_once_get_one_place(
    world: World, admin: asyncpg.Connection
) -> None:
    for _ in range(5):
        task = (await opened(world.nan, places=4)).task
        scopes = [world.nan.scope("village_secretary"), world.nan.scope("village_cadre")]
        results = await asyncio.gather(*(take(scope, task) for scope in scopes * 2), return_exceptions=True)
        assert sum(isinstance(r, str) for r in results) == 1
        assert {str(r) for r in results if not isinstance(r, str)} == {
            "本村已经领取过这件任务，在“我的任务”里办理。"
        }
        assert (
            await admin.fetchval(
                "SELECT count(*) FROM place WHERE task_id = $1 AND taken_by IS NOT NULL", task
            )
            == 1
        )


async def test_open_task_is_read_with_its_brief_before_it_is_taken(world: World) -> None:
    made = await opened(world.nan, places=2)
    for scope in (world.nan.scope("village_secretary"), world.nan.scope("second_village")):
        async with transaction(scope):
            found, brief = await open_task(scope, made.task, now=NOW)
        assert (found.free, found.places, found.mine) == (2, 2, False)
        assert brief["body"] == "逐处检查，有隐患的拍照。"
    await take(world.nan.scope("village_secretary"), made.task)
    async with transaction(world.nan.scope("second_village")):
        found, _ = await open_task(world.nan.scope("second_village"), made.task, now=NOW)
    assert (found.free, found.mine, found.last_taker) == (1, False, "朱家兜")
    async with transaction(world.zhu.scope("village_secretary")):
        with pytest.raises(NotFound):
            await open_task(world.zhu.scope("village_secretary"), made.task, now=NOW)

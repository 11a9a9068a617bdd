"""Matters merged, parted and merged again, sent as one task, finished, and taken back from above one by one."""

from contextlib import suppress
from uuid import UUID

import asyncpg

from core.kernel.database import transaction
from core.kernel.errors import Conflict
from core.scores.rules import ScoreRule
from core.tasks.actions import scoring, steering, work
from core.tasks.actions.dispatching import dispatch_task
from core.tasks.actions.incoming import Handed, find_incoming, hand_in, take_among, withdraw_incoming
from core.tasks.actions.merging import merge_incoming, unmerge_incoming
from core.tasks.enums import Level
from core.tasks.queries.incoming import wordings_of
from core.tasks.queries.merging import mergeable, merged_under, progress_of
from tests.factories.world import NOW, RULE, County, handed, order, sent
from tests.isolation.redrawn import deliver_all


async def _from_above(admin: asyncpg.Connection, county: County) -> tuple[UUID, UUID]:
    """Let a department send a task, and the township take its share among its incoming matters, pressed twice."""
    department, leader = county.scope("county_department"), county.scope("township_leader")
    asked = order(county, regions=(county.township,), level=Level.TOWNSHIP, title="圩堤隐患排查")
    async with transaction(department):
        top = (await dispatch_task(department, asked, rule=RULE, now=NOW)).task
    share = await admin.fetchval("SELECT id FROM assignment WHERE task_id = $1", top)
    async with transaction(leader):
        matter = await take_among(leader, assignment=share, now=NOW)
        assert await take_among(leader, assignment=share, now=NOW) == matter
    return top, matter


async def join(admin: asyncpg.Connection, county: County) -> None:
    """Live through merging; one task stays in hand, one is finished. And a matter is worded again."""
    await _again(county)
    await _part_and_send(admin, county)
    (top, main), (_, source) = await _from_above(admin, county), await _from_above(admin, county)
    leader, department = county.scope("township_leader"), county.scope("county_department")
    async with transaction(leader):
        await merge_incoming(leader, leading=main, sources=[source], reason="同一件事", now=NOW)
    task = (await sent(county, incoming=main, regions=(county.village,))).task
    share = await admin.fetchval("SELECT id FROM assignment WHERE task_id = $1", task)
    for _ in range(2):  # the second time it was chased just now
        with suppress(Conflict):
            async with transaction(leader):
                await steering.remind_assignment(leader, assignment=share, now=NOW)
    async with transaction(department):
        await steering.withdraw_task(department, task=top, reason="改期", now=NOW)
    await deliver_all(admin)


async def _again(county: County) -> None:
    """Hand a held matter in again in other words, twice: the second time there is one already."""
    leader = county.scope("township_leader")
    held = (await handed(county, title="没有列入清单的事")).id
    again = Handed(title="圩堤隐患排查", body="请各村排查。", level=Level.VILLAGE, replaces=held, keep_files=True)
    async with transaction(leader):
        later = (await hand_in(leader, again, now=NOW)).id
    with suppress(Conflict):
        async with transaction(leader):
            await hand_in(leader, again, now=NOW)
    async with transaction(leader):
        for each in (held, later):
            assert any(await wordings_of(leader, await find_incoming(leader, each)))


async def _part_and_send(admin: asyncpg.Connection, county: County) -> None:
    leader, staff = county.scope("township_leader"), county.scope("township_staff")
    _, main = await _from_above(admin, county)
    own = (await handed(county, "township_staff")).id
    last = (await handed(county)).id
    async with transaction(leader):
        await merge_incoming(leader, leading=last, sources=[own], reason="同一件事", now=NOW)
        await withdraw_incoming(leader, incoming=last, reason="不办了", now=NOW)
    async with transaction(leader):
        await mergeable(leader, [main, own])
        await merge_incoming(leader, leading=main, sources=[own], reason="同一件事", now=NOW)
        await unmerge_incoming(leader, leading=main, now=NOW)
        await merge_incoming(leader, leading=main, sources=[own], reason="同一件事", now=NOW)
    await deliver_all(admin)
    task = (await sent(county, incoming=main, regions=(county.village,))).task
    await _finish(admin, county, task)
    await deliver_all(admin)
    async with transaction(leader):
        await merged_under(leader, await find_incoming(leader, main))
    async with transaction(staff):
        row = await find_incoming(staff, own)
        await merged_under(staff, row)
        assert await progress_of(staff, row)


async def _finish(admin: asyncpg.Connection, county: County, task: UUID) -> None:
    secretary, leader = county.scope("village_secretary"), county.scope("township_leader")
    share = await admin.fetchval("SELECT id FROM assignment WHERE task_id = $1", task)
    async with transaction(secretary):
        await work.acknowledge_assignment(secretary, assignment=share, now=NOW)
        await work.submit_assignment(secretary, assignment=share, text="办好了。", now=NOW)
    async with transaction(leader):
        await scoring.accept_submission(leader, assignment=share, grade="good", rule=ScoreRule(), now=NOW)

"""Matters merged in the county, sent down to a township, given on to villages: every level reports to all its senders."""

import json
from dataclasses import replace
from uuid import UUID

import asyncpg
import pytest

from core.kernel.errors import Conflict
from core.kernel.scope import Scope
from core.tasks.actions.dispatching import dispatch_task
from core.tasks.actions.incoming import take_among
from core.tasks.actions.merging import merge_incoming, unmerge_incoming
from core.tasks.actions.scoring import return_submission
from core.tasks.actions.steering import withdraw_task
from core.tasks.actions.work import submit_assignment
from core.tasks.enums import Level
from tests.core.tasks.steps import accept, do, row_of, share_of
from tests.core.tasks.test_merging import finish, parts, states
from tests.factories.world import NOW, RULE, SECOND_VILLAGE, World, handed, order
from tests.isolation.redrawn import deliver_all


class Chain:
    """A province's two tasks and a department's own matter, merged in the county and sent to the township; its matters."""

    def __init__(self, world: World, admin: asyncpg.Connection) -> None:
        self.county, self.admin = world.nan, admin
        self.department = world.nan.scope("county_department")
        rights = self.department.permissions | world.nan.scope("township_leader").permissions
        self.boss = replace(self.department, office=None, by_office="南浔区", permissions=rights)
        self.leader = world.nan.scope("township_leader")
        self.province = replace(self.department, region="33", county="33", office=None, by_office="浙江省", membership=None)
        self.tops: list[UUID] = []
        self.shares: list[UUID] = []
        self.matters: list[UUID] = []

    async def merge(self) -> None:
        """Bring the province's tasks and the own matter together in the county."""
        for _ in range(2):
            asked = order(self.county, regions=(self.county.code,), level=Level.TOWNSHIP, title="防汛抢险", body="请各地落实。")
            top = (await do(self.province, dispatch_task, order=asked, rule=RULE, now=NOW)).task
            share = await share_of(self.admin, top, self.county.code)
            self.tops.append(top)
            self.shares.append(share)
            self.matters.append(await do(self.boss, take_among, assignment=share, now=NOW))
        self.matters.append((await handed(self.county, "county_department", title="防汛抢险")).id)
        await do(self.boss, merge_incoming, leading=self.matters[0], sources=self.matters[1:], reason="同一件事", now=NOW)

    async def send(self) -> tuple[UUID, UUID]:
        """Send it to the township. Gives the county's task and the township's share."""
        asked = order(self.county, regions=(self.county.township,), level=Level.TOWNSHIP, incoming=self.matters[0])
        task = (await do(self.boss, dispatch_task, order=asked, rule=RULE, now=NOW)).task
        return task, await share_of(self.admin, task, self.county.township)

    async def split(self, share: UUID) -> tuple[UUID, UUID]:
        """Merge the township's share with a matter of its own and give both to the villages. Gives the task and the own matter."""
        own = (await handed(self.county)).id
        matter = await do(self.leader, take_among, assignment=share, now=NOW)
        await do(self.leader, merge_incoming, leading=own, sources=[matter], reason="同一件事", now=NOW)
        return (await do(self.leader, dispatch_task, order=order(self.county, incoming=own), rule=RULE, now=NOW)).task, own

    async def done(self, scope: Scope, share: UUID, judge: Scope) -> None:
        await do(scope, submit_assignment, assignment=share, text="办好了。", now=NOW)
        await accept(judge, share)


@pytest.fixture
def chain(world: World, admin: asyncpg.Connection) -> Chain:
    return Chain(world, admin)


async def test_what_villages_did_is_reported_at_every_level_to_all_senders(chain: Chain) -> None:
    admin, nan = chain.admin, chain.county
    await chain.merge()
    task, share = await chain.send()
    part, own = await chain.split(share)
    await deliver_all(admin)
    assert await parts(admin, *chain.shares, share) == [("in_hand", 1, 0), ("in_hand", 1, 0), ("in_hand", 2, 0)]
    for role, village in (("village_secretary", nan.village), ("second_village", nan.code + SECOND_VILLAGE)):
        mine = await share_of(admin, part, village)
        await finish(nan.scope(role), mine)
        if role == "second_village":
            await do(chain.leader, return_submission, assignment=mine, reason="缺一处", now=NOW)
            await do(nan.scope(role), submit_assignment, assignment=mine, text="补上了。", now=NOW)
        await accept(chain.leader, mine)
    assert (await row_of(admin, "task", part))["state"] == "closed"
    assert await parts(admin, share) == [("in_hand", 2, 2)]
    await chain.done(chain.leader, share, chain.boss)
    assert (await row_of(admin, "task", task))["state"] == "closed"
    assert await parts(admin, *chain.shares) == [("in_hand", 1, 1)] * 2
    for top, mine in zip(chain.tops, chain.shares, strict=True):
        await chain.done(chain.boss, mine, chain.province)
        assert (await row_of(admin, "task", top))["state"] == "closed"
    rows = [await row_of(admin, "incoming_task", each) for each in (*chain.matters, own)]
    assert [(row["state"], row["task_id"]) for row in rows] == [*[("dispatched", task)] * 3, ("dispatched", part)]


async def test_merging_is_undone_before_each_dispatch_and_never_after(chain: Chain) -> None:
    admin = chain.admin
    await chain.merge()
    main, second, own = chain.matters
    await do(chain.boss, unmerge_incoming, leading=main, sources=[second], now=NOW)
    assert await states(admin, main, second, own) == [("passed", None), ("passed", None), ("merged", main)]
    task, share = await chain.send()
    # What was parted goes its own way and reports by itself; the other is sent already.
    assert await parts(admin, *chain.shares) == [("in_hand", 1, 0), ("sent", 0, 0)]
    asked = order(chain.county, regions=(chain.county.township,), level=Level.TOWNSHIP, incoming=second)
    await do(chain.boss, dispatch_task, order=asked, rule=RULE, now=NOW)
    assert await parts(admin, *chain.shares) == [("in_hand", 1, 0)] * 2
    mine = await do(chain.leader, take_among, assignment=share, now=NOW)
    also = (await handed(chain.county)).id
    await do(chain.leader, merge_incoming, leading=also, sources=[mine], reason="同一件事", now=NOW)
    await do(chain.leader, unmerge_incoming, leading=also, now=NOW)
    assert await states(admin, also, mine) == [("passed", None)] * 2
    part = (await do(chain.leader, dispatch_task, order=order(chain.county, incoming=mine), rule=RULE, now=NOW)).task
    for scope, leading, source in ((chain.boss, main, own), (chain.leader, mine, also)):
        for sources in (None, [source]):
            with pytest.raises(Conflict):
                await do(scope, unmerge_incoming, leading=leading, sources=sources, now=NOW)
    assert await states(admin, main, own, mine, also) == [("dispatched", None), ("dispatched", main), ("dispatched", None), ("passed", None)]
    assert {row["assignment_id"] for row in await admin.fetch("SELECT assignment_id FROM task_parent WHERE task_id = ANY($1)", [task, part])} == {
        chain.shares[0], share,
    }  # fmt: skip


async def test_sender_at_the_top_that_leaves_ends_nothing_below_while_others_want_it(chain: Chain) -> None:
    admin = chain.admin
    await chain.merge()
    task, share = await chain.send()
    part, own = await chain.split(share)
    await do(chain.province, withdraw_task, task=chain.tops[0], reason="改期", now=NOW)
    while await deliver_all(admin):
        pass
    row = await row_of(admin, "task", task)
    assert (row["state"], row["incoming_id"]) == ("active", chain.matters[1])
    told = "SELECT subject_id FROM audit_line WHERE action = 'task.goes_on' AND subject_id = ANY($1)"
    assert {each["subject_id"] for each in await admin.fetch(told, [task, part, *chain.tops])} == {task, chain.tops[1]}
    assert (await row_of(admin, "assignment", share))["state"] == "in_hand"
    # The department's own matter is the last: with the county's task ends what the township made of it for the county alone.
    await do(chain.province, withdraw_task, task=chain.tops[1], reason="改期", now=NOW)
    await do(chain.boss, withdraw_task, task=task, reason="都不办了", now=NOW)
    while await deliver_all(admin):
        pass
    row = await row_of(admin, "task", part)
    assert (row["state"], row["incoming_id"]) == ("active", own)
    assert await parts(admin, *chain.shares, share) == [("withdrawn", 1, 0), ("withdrawn", 1, 0), ("withdrawn", 2, 0)]


async def test_the_text_that_villages_read_names_all_who_asked(chain: Chain, admin: asyncpg.Connection) -> None:
    await chain.merge()
    task, share = await chain.send()
    part, _ = await chain.split(share)
    rows = await admin.fetch("SELECT t.id, b.asked_by FROM task t JOIN task_brief b ON b.id = t.brief_id WHERE t.id = ANY ($1)", [task, part])
    told = {row["id"]: set(json.loads(row["asked_by"])) for row in rows}
    assert told[task] == {"浙江省", "农业农村局"}
    assert told[part] == {"张三", "南浔区"}  # who gathered a task from above is not its sender

"""A line of history is signed by whoever acts; outside the scope it is an error of ours, never a quiet nothing."""

from uuid import uuid4

import pytest

from core.kernel.database import fetch_one, transaction
from core.kernel.history import history_line, write_history
from tests.factories.world import NOW, World, sent

LINE = history_line("assignment_event", "assignment_id")
SHARE = "SELECT * FROM assignment a WHERE a.region >= $1 AND a.region < $2 AND a.task_id = $3"
READ = "SELECT * FROM assignment_event e WHERE e.region >= $1 AND e.region < $2 AND e.text = $3"


async def test_a_line_says_what_happened_when_and_by_whom(world: World) -> None:
    task = (await sent(world.nan)).task
    leader = world.nan.scope("township_leader")
    async with transaction(leader):
        share = await fetch_one(leader, SHARE, task)
        await write_history(leader, LINE, share, "note", now=NOW, text="已联系农户", data={"photos": 2})
        written = await fetch_one(leader, READ, "已联系农户")
    assert share is not None
    assert written is not None
    told = {name: written[name] for name in ("county", "region", "assignment_id", "at", "kind", "data", "by_name")}
    assert told == {
        "county": share["county"], "region": share["region"], "assignment_id": share["id"], "at": NOW, "kind": "note",
        "data": {"photos": 2}, "by_name": leader.by_name,
    }  # fmt: skip


@pytest.mark.parametrize("region", ["330503", "330503102201", "330681101201"])
async def test_what_lies_outside_the_scope_is_refused_aloud(world: World, region: str) -> None:
    scope = world.nan.scope("village_secretary")
    async with transaction(scope):
        with pytest.raises(RuntimeError, match="inside the scope"):
            await write_history(scope, LINE, {"county": "330503", "region": region, "id": uuid4()}, "note", now=NOW)

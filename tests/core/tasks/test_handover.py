"""Open work follows to a successor of the same place, and to nobody else."""

import asyncpg
import pytest

from core.kernel.database import transaction
from core.kernel.errors import Forbidden, Invalid
from core.tasks.actions.handover import hand_over, successors_of
from core.tasks.actions.work import allocate_assignment
from core.tasks.queries.assignments import open_allocations
from tests.factories.world import NOW, World, sent


async def test_what_is_open_goes_to_the_successor(world: World, admin: asyncpg.Connection) -> None:
    county = world.nan
    made = await sent(county)
    share = await admin.fetchval(
        "SELECT id FROM assignment WHERE task_id = $1 AND region = $2", made.task, county.village
    )
    secretary, cadre = county.scope("village_secretary"), county.scope("village_cadre")
    async with transaction(secretary):
        await allocate_assignment(secretary, assignment=share, membership=cadre.membership, now=NOW)
    boss = county.scope("county_administrator")
    assert cadre.membership is not None
    assert secretary.membership is not None
    async with transaction(boss):
        others = await successors_of(boss, membership=cadre.membership, now=NOW)
        assert secretary.membership in {row["id"] for row in others}
        assert cadre.membership not in {row["id"] for row in others}
        for wrong in (
            county.scope("second_village").membership,
            world.zhu.scope("village_cadre").membership,
            cadre.membership,
        ):
            assert wrong is not None
            with pytest.raises(Invalid):
                await hand_over(boss, membership=cadre.membership, to=wrong, now=NOW)
        handed = await hand_over(boss, membership=cadre.membership, to=secretary.membership, now=NOW)
        assert handed == 1
        assert await open_allocations(boss, membership=cadre.membership) == []
        assert [card.id for card in await open_allocations(boss, membership=secretary.membership)] == [share]
    async with transaction(secretary):
        with pytest.raises(Forbidden):
            await hand_over(secretary, membership=cadre.membership, to=secretary.membership, now=NOW)
    last = await admin.fetchrow(
        "SELECT kind, by_name FROM assignment_event WHERE assignment_id = $1 ORDER BY id DESC LIMIT 1", share
    )
    assert last["kind"] == "allocated"

"""What the database's owner can do to publications once triggers are out of the way, and that the chain names each of it."""

from collections.abc import Iterator
from datetime import timedelta

import asyncpg
import pytest

from core.chain.actions import seal_county
from core.chain.memory import file_of
from core.chain.queries import proof_of
from core.chain.verifying import outside_of, verify_county
from core.kernel.database import transaction
from core.kernel.scope import system_scope
from tests.core.disclosure.test_actions import released
from tests.factories.world import NOW, World

SETTLED = NOW + timedelta(days=1)
CHANGES = {
    "title": "UPDATE publication SET title = '别的标题' WHERE id = $1",
    "content": "UPDATE publication SET content = jsonb_set(content, '{note}', '\"改过\"') WHERE id = $1",
    "a row": "UPDATE publication SET content = jsonb_set(content, '{rows}', '[]') || '{\"rows\": [[1]]}' WHERE id = $1",
    "who": "UPDATE publication SET released_name = '李四' WHERE id = $1",
    "when": "UPDATE publication SET released_at = released_at - interval '1 day' WHERE id = $1",
    "place": "UPDATE publication SET place_name = '别的村' WHERE id = $1",
    "removed": "DELETE FROM publication WHERE id = $1",
}


async def findings(world: World) -> list[str]:
    system = system_scope(world.nan.code)
    tally = await verify_county(system, outside_of(world.nan.code), now=SETTLED)
    return [str(each.fault) for each in tally.findings if not each.fault.is_remark]


@pytest.mark.parametrize("deed", CHANGES)
async def test_every_change_of_a_publication_is_found(world: World, admin: asyncpg.Connection, deed: str) -> None:
    number = list(CHANGES).index(deed)
    made = await released(world.nan.scope("village_secretary"), period=f"20{10 + number}-Q1")
    await seal_county(system_scope(world.nan.code), now=SETTLED, everything=True)
    assert await findings(world) == []
    try:
        async with admin.transaction():
            await admin.execute("SET LOCAL session_replication_role = replica")
            kept = await admin.fetchrow("SELECT * FROM publication WHERE id = $1", made)
            await admin.execute(CHANGES[deed], made)
        assert await findings(world) != [], deed
    finally:
        async with admin.transaction():
            await admin.execute("SET LOCAL session_replication_role = replica")
            await admin.execute("DELETE FROM publication WHERE id = $1", made)
            names = ", ".join(kept.keys())
            places = ", ".join(f"${n}" for n in range(1, len(kept) + 1))
            await admin.execute(f"INSERT INTO publication ({names}) VALUES ({places})", *kept.values())
    assert await findings(world) == []


async def test_two_exchanged_publications_are_found(world: World, admin: asyncpg.Connection) -> None:
    scope = world.nan.scope("village_secretary")
    one, other = await released(scope, period="2020-Q1"), await released(scope, period="2020-Q2")
    await seal_county(system_scope(world.nan.code), now=SETTLED, everything=True)
    swap = "UPDATE publication p SET content = x.content, title = x.title, period = x.period FROM publication x WHERE p.id = ANY ($1) AND x.id = ANY ($1) AND x.id <> p.id"

    async def exchange() -> None:
        async with admin.transaction():
            await admin.execute("SET LOCAL session_replication_role = replica")
            await admin.execute("DROP INDEX publication_stands")
            await admin.execute(swap, [one, other])
            await admin.execute(
                "CREATE UNIQUE INDEX publication_stands ON publication (county, place, section, period, subject_id)"
                " NULLS NOT DISTINCT WHERE ended_at IS NULL"
            )

    assert await findings(world) == []
    await exchange()
    assert len(await findings(world)) >= 2
    await exchange()
    assert await findings(world) == []


@pytest.fixture(autouse=True, scope="module")
def forgotten(world: World) -> Iterator[None]:
    """Forget what this machine remembers of the county's heads: it belongs to other tests."""
    file_of(world.nan.code).unlink(missing_ok=True)
    yield
    file_of(world.nan.code).unlink(missing_ok=True)


async def test_the_same_bytes_are_sealed_that_readers_fetch(world: World) -> None:
    made = await released(world.nan.scope("village_secretary"), period="2021-Q1")
    await seal_county(system_scope(world.nan.code), now=SETTLED, everything=True)
    async with transaction(system := system_scope(world.nan.code)):
        proof = await proof_of(system, made, with_content=True)
    assert proof is not None
    assert list(proof.faults()) == []

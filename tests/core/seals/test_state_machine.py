"""Uses of a seal under random hands: whatever is tried in whatever order, its rules hold."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.kernel.database import transaction
from core.kernel.errors import ProductError
from core.kernel.scope import Scope
from core.seals.actions import keeping, using
from core.seals.actions.using import Used
from core.seals.rules import is_irregular
from core.seals.workflows import SEAL_USE
from tests.core.seals.steps import DAY, PROOF, asked, held_seal, paper
from tests.factories.world import NOW, World

DEEDS: Final = ("approve", "refuse", "withdraw", "use", "use_early", "use_more", "use_slip", "file", "photo", "hand_to")
WHO: Final = ("cadre", "secretary", "bookkeeper", "leader", "stranger")


def deed(name: str, scope: Scope, use: UUID, at: Any) -> Coroutine[Any, Any, None]:
    """Give one person's deed."""
    known: dict[str, Any] = {
        "approve": lambda: using.approve_use(scope, use=use, text="", now=at),
        "refuse": lambda: using.refuse_use(scope, use=use, reason="不同意", now=at),
        "withdraw": lambda: using.withdraw_use(scope, use=use, now=at),
        "use": lambda: using.record_use(scope, use=use, used=Used(at, 1), now=at),
        "use_early": lambda: using.record_use(scope, use=use, used=Used(NOW - DAY, 1), now=at),
        "use_more": lambda: using.record_use(scope, use=use, used=Used(at, 2, text="多盖了", over=True), now=at),
        "use_slip": lambda: using.record_use(scope, use=use, used=Used(at, 2, text="多盖了"), now=at),
        "file": lambda: using.file_use(scope, use=use, place="档案柜", now=at),
    }
    made: Coroutine[Any, Any, None] = known[name]()
    return made


async def row_of(admin: asyncpg.Connection, use: UUID) -> Any:
    return await admin.fetchrow("SELECT * FROM seal_use WHERE id = $1", use)


async def keeper_of(admin: asyncpg.Connection, seal: UUID) -> UUID | None:
    found: UUID | None = await admin.fetchval("SELECT keeper_person FROM seal WHERE id = $1", seal)
    return found


async def handed(leader: Scope, seal: UUID, keeper: Scope, at: Any) -> None:
    """Give the seal to somebody else to keep, where that is somebody who may."""
    if keeper.person is not None and keeper.county == leader.county:
        async with transaction(leader):
            await keeping.hand_over_seal(leader, seal=seal, keeper=keeper.person, now=at)


async def run(world: World, admin: asyncpg.Connection, seal: UUID, asker: str, tried: list[tuple[str, str, int]]) -> None:
    nan = world.nan
    hands = {
        "cadre": nan.scope("village_cadre"), "secretary": nan.scope("village_secretary"), "bookkeeper": nan.scope("bookkeeper"),
        "leader": nan.scope("township_leader"), "stranger": world.zhu.scope("village_secretary"),
    }  # fmt: skip
    await handed(hands["leader"], seal, hands["cadre"], NOW)
    use = await asked(nan, seal, PROOF, role=hands[asker].role)
    at, before, photos = NOW, await row_of(admin, use), 0
    for name, who, days in tried:
        at += days * DAY
        if name == "hand_to":
            await handed(hands["leader"], seal, hands[who], at)
            before = await row_of(admin, use)
            continue
        if name == "photo":
            await paper(admin, hands["cadre"], use)
            photos += 1
            continue
        try:
            async with transaction(hands[who]):
                await deed(name, hands[who], use, at)
        except ProductError:
            assert await row_of(admin, use) == before, (name, who)
            continue
        after = await row_of(admin, use)
        assert who != "stranger"
        holds(before, after, name, hands[who], photos)
        assert name not in {"approve", "refuse"} or hands[who].person != await keeper_of(admin, seal)
        before = after


def holds(before: Any, after: Any, name: str, scope: Scope, photos: int) -> None:
    """Check what is true whatever happened."""
    way = SEAL_USE.by_transition[name.partition("_")[0]]
    assert before["state"] in way.sources
    assert after["state"] == way.target
    if name in {"approve", "refuse"}:
        assert after["decided_person"] == scope.person != after["asked_person"]
        assert scope.level == (4 if after["by_township"] else 5)
    if after["state"] in {"used", "filed"}:
        assert photos >= 1
        assert after["decided_at"] is not None
        assert after["keeper_name"]
        assert after["keeper_person"] != after["decided_person"]
    if name == "withdraw":
        assert scope.person == after["asked_person"]
    assert is_irregular(after) == (after["used_at"] is not None and (after["used_at"] < after["decided_at"] or after["used_copies"] > 1))


async def test_a_use_keeps_its_rules_under_random_hands(world: World, admin: asyncpg.Connection) -> None:
    seal = await held_seal(world.nan)
    loop = asyncio.get_running_loop()
    step = st.tuples(st.sampled_from(DEEDS), st.sampled_from(WHO), st.integers(0, 6))
    usual = [("approve", "secretary", 0), ("photo", "cadre", 0), ("use", "cadre", 1), ("file", "bookkeeper", 1)]
    starts = st.integers(0, len(usual)).map(lambda n: usual[:n])

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.sampled_from(["cadre", "secretary", "bookkeeper"]), starts, st.lists(step, max_size=10))
    @example("cadre", usual, [])
    @example("cadre", [], [("hand_to", "secretary", 0), ("approve", "secretary", 0), ("approve", "leader", 0), ("photo", "cadre", 0), ("use", "secretary", 1)])
    @example("cadre", usual[:2], [("hand_to", "secretary", 0), ("use", "cadre", 1)])
    def tries(asker: str, begun: list[tuple[str, str, int]], more: list[tuple[str, str, int]]) -> None:
        asyncio.run_coroutine_threadsafe(run(world, admin, seal, asker, [*begun, *more]), loop).result(timeout=120)

    await asyncio.to_thread(tries)
    ends = {row["state"] for row in await admin.fetch("SELECT DISTINCT state FROM seal_use")}
    assert "filed" in ends

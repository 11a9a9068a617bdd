"""A campaign under random hands: whatever is tried in whatever order, its rules hold."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.campaigns import actions as a
from core.campaigns.queries import campaign_row
from core.campaigns.workflows import CAMPAIGN, SHARE
from core.kernel.database import transaction
from core.kernel.errors import ProductError
from core.kernel.scope import Scope
from tests.core.campaigns.test_campaigns import DAY, GOOD, opened
from tests.core.seals.steps import paper
from tests.factories.world import NOW, World

DEEDS: Final = ("report", "return", "accept", "close", "paper")
WHO: Final = ("inspector", "leader", "secretary", "second", "stranger")
MINE: Final = {"report": {"secretary", "second"}, "return": {"inspector"}, "accept": {"inspector"}, "close": {"inspector"}}


def deed(name: str, scope: Scope, campaign: UUID, share: UUID, at: Any) -> Coroutine[Any, Any, None]:
    """Give one person's deed."""
    known: dict[str, Any] = {
        "report": lambda: a.report_share(scope, share=share, report=GOOD, now=at),
        "return": lambda: a.return_share(scope, share=share, reason="缺照片", now=at),
        "accept": lambda: a.accept_share(scope, share=share, now=at),
        "close": lambda: a.close_campaign(scope, campaign=campaign, outcome="查完", rule_change="", now=at),
    }
    made: Coroutine[Any, Any, None] = known[name]()
    return made


async def all_of(admin: asyncpg.Connection, campaign: UUID) -> tuple[Any, list[Any]]:
    row = await admin.fetchrow("SELECT * FROM campaign WHERE id = $1", campaign)
    return row, await admin.fetch("SELECT * FROM campaign_share WHERE campaign_id = $1 ORDER BY region", campaign)


async def run(world: World, admin: asyncpg.Connection, tried: list[tuple[str, str, int]]) -> None:
    nan = world.nan
    hands = {
        "inspector": nan.scope("county_inspector"), "leader": nan.scope("township_leader"), "secretary": nan.scope("village_secretary"),
        "second": nan.scope("second_village"), "stranger": world.zhu.scope("county_inspector"),
    }  # fmt: skip
    campaign = await opened(nan)
    before = await all_of(admin, campaign)
    papers: set[UUID] = set()
    for n, (name, who, which) in enumerate(tried):
        share = before[1][which]["id"]
        if name == "paper":
            await paper(admin, hands["secretary" if which == 0 else "second"], share, purpose="campaign_evidence")
            papers.add(share)
            continue
        try:
            async with transaction(hands[who]):
                await deed(name, hands[who], campaign, share, NOW + n * DAY)
        except ProductError:
            assert await all_of(admin, campaign) == before, (name, who)
            continue
        after = await all_of(admin, campaign)
        assert who in MINE[name]
        holds(before, after, name, papers)
        before = after
    async with transaction(hands["inspector"]):
        row = await campaign_row(hands["inspector"], campaign)
    states = [each["state"] for each in before[1]]
    for state in ("sent", "reported", "returned", "accepted", "missed"):
        assert row[state] == states.count(state)


def holds(before: tuple[Any, list[Any]], after: tuple[Any, list[Any]], name: str, papers: set[UUID]) -> None:
    """Check what is true whatever happened."""
    assert before[0]["state"] == "open"
    assert after[0]["state"] in CAMPAIGN.by_state
    closed = after[0]["state"] == "closed"
    assert closed == (name == "close") == (after[0]["closed_at"] is not None)
    for old, new in zip(before[1], after[1], strict=True):
        if old["state"] != new["state"]:
            ways = [way.name for way in SHARE.transitions if old["state"] in way.sources and way.target == new["state"]]
            assert ways == ["miss" if closed else name]
        assert not (closed and new["state"] in {"sent", "returned", "reported"})
        if new["state"] in {"reported", "accepted"}:
            assert new["id"] in papers


async def test_a_campaign_keeps_its_rules_under_random_hands(world: World, admin: asyncpg.Connection) -> None:
    loop = asyncio.get_running_loop()
    step = st.tuples(st.sampled_from(DEEDS), st.sampled_from(WHO), st.integers(0, 1))
    usual = [("paper", "secretary", 0), ("report", "secretary", 0), ("accept", "inspector", 0), ("close", "inspector", 0)]
    starts = st.integers(0, len(usual)).map(lambda n: usual[:n])

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(starts, st.lists(step, max_size=12))
    @example(usual, [])
    @example(usual[:2], [])
    def tries(begun: list[tuple[str, str, int]], more: list[tuple[str, str, int]]) -> None:
        asyncio.run_coroutine_threadsafe(run(world, admin, [*begun, *more]), loop).result(timeout=120)

    await asyncio.to_thread(tries)
    ends = {row["state"] for row in await admin.fetch("SELECT DISTINCT state FROM campaign_share")}
    assert {"accepted", "missed", "reported"} <= ends

"""The closed loop under random hands: whatever is tried in whatever order, its rules hold."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.kernel.database import transaction
from core.kernel.errors import ProductError
from core.kernel.scope import Scope
from core.supervision import actions as a
from core.supervision.workflows import WARNING
from tests.core.supervision.steps import LATE, evidence, inspector, late_share, looked, warning_of
from tests.factories.world import World

DAY: Final = timedelta(days=1)
DEEDS: Final = (
    "take", "ask", "state", "judge_lead", "judge_explained", "judge_no_action", "correct", "return", "verify", "close", "appeal",
    "uphold", "reject", "snooze", "paper", "look", "finish", "reopen",
)  # fmt: skip
WHO: Final = ("handler", "other", "below", "concerned", "stranger")


def deed(name: str, scope: Scope, warning: UUID, at: Any) -> Coroutine[Any, Any, None]:
    """Give one person's deed."""
    known: dict[str, Any] = {
        "take": lambda: a.take_warning(scope, warning=warning, now=at),
        "ask": lambda: a.ask_person(scope, warning=warning, text="请说明", person=None, now=at),
        "state": lambda: a.state_case(scope, warning=warning, text="说明", now=at),
        "correct": lambda: a.correct_warning(scope, warning=warning, text="整改", now=at),
        "return": lambda: a.return_correction(scope, warning=warning, reason="退回", now=at),
        "verify": lambda: a.verify_correction(scope, warning=warning, text="复核", now=at),
        "close": lambda: a.close_warning(scope, warning=warning, recovered=None, rule_change="", now=at),
        "appeal": lambda: a.appeal_verdict(scope, warning=warning, reason="申诉", now=at),
        "uphold": lambda: a.decide_appeal(scope, warning=warning, upheld=True, reason="成立", now=at),
        "reject": lambda: a.decide_appeal(scope, warning=warning, upheld=False, reason="不成立", now=at),
        "snooze": lambda: a.snooze_warning(scope, warning=warning, until=at + 2 * DAY, reason="等材料", now=at),
    }
    if name in known:
        made: Coroutine[Any, Any, None] = known[name]()
        return made
    return a.judge_warning(scope, warning=warning, way=name, text="结论", now=at)


async def run(world: World, admin: asyncpg.Connection, hands: dict[str, Scope], tried: list[tuple[str, str, int]]) -> None:
    share = await late_share(admin, world.nan)
    await looked(world.nan, at=LATE)
    warning: UUID = (await warning_of(admin, share))["id"]
    at, before = LATE, await warning_of(admin, share)
    for name, who, days in tried:
        at += days * DAY
        if name == "paper":
            await evidence(admin, hands["concerned"], warning)
        elif name in {"look", "finish", "reopen"}:
            if name != "look":
                state = "accepted" if name == "finish" else "sent"
                await admin.execute("UPDATE assignment SET state = $2 WHERE id = $1", share, state)
            await looked(world.nan, at=at, region=world.nan.village)
        else:
            try:
                async with transaction(hands[who]):
                    await deed(name, hands[who], warning, at)
            except ProductError:
                assert await warning_of(admin, share) == before, (name, who)
            else:
                assert who != "stranger"
                assert (who == "concerned") == (name in {"state", "correct", "appeal"})
                if name in {"uphold", "reject"}:
                    assert hands[who].level <= before["judged_level"]
                    assert hands[who].person != before["judged_person"]
        after = await warning_of(admin, share)
        if after["state"] in {"corrected", "verified"}:
            assert await admin.fetchval("SELECT count(*) FROM file WHERE subject_id = $1 AND attached_at IS NOT NULL", warning)
        holds(before, after, name)
        before = after


def holds(before: Any, after: Any, name: str) -> None:
    """Check what is true whatever happened."""
    assert after["state"] in WARNING.by_state
    if before["state"] != after["state"]:
        ways = [w for w in WARNING.transitions if before["state"] in w.sources and w.target == after["state"]]
        assert ways, (before["state"], after["state"], name)
    if before["severity"] == "red" and after["severity"] != "red":
        assert name == "verify"
    if before["state"] == "closed":
        assert after == before
    if name in {"return", "reject"} and after != before:
        assert after["due_at"] == after["changed_at"] + before["term_left"]
    if after["state"] == "rectifying":
        assert after["due_at"] - after["changed_at"] <= 15 * DAY
    assert after["appeals"] <= 1
    if after["verdict"] == "lead" and after["state"] == "closed":
        assert after["verified_at"] is not None
    assert (after["closed_at"] is not None) == (after["state"] == "closed")
    if after["verdict"] == "lead":
        assert after["put_at"] is not None


async def test_the_loop_keeps_its_rules_under_random_hands(world: World, admin: asyncpg.Connection) -> None:
    hands = {
        "handler": world.nan.scope("county_inspector"), "other": await inspector(admin, world),
        "below": world.nan.scope("supervision_committee"),
        "concerned": world.nan.scope("village_secretary"), "stranger": world.zhu.scope("county_inspector"),
    }  # fmt: skip
    loop = asyncio.get_running_loop()
    step = st.tuples(st.sampled_from(DEEDS), st.sampled_from(WHO), st.integers(0, 12))
    usual = [("take", "handler", 0), ("ask", "handler", 0), ("state", "concerned", 0), ("judge_lead", "handler", 0),
        ("paper", "concerned", 0), ("correct", "concerned", 1), ("verify", "handler", 1), ("close", "handler", 0),
    ]  # fmt: skip
    starts = st.integers(0, len(usual)).map(lambda n: usual[:n])

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(starts, st.lists(step, max_size=14))
    def tries(begun: list[tuple[str, str, int]], more: list[tuple[str, str, int]]) -> None:
        asyncio.run_coroutine_threadsafe(run(world, admin, hands, [*begun, *more]), loop).result(timeout=120)

    await asyncio.to_thread(tries)

"""Requests under random hands: whatever is tried in whatever order, the workflow's rules hold and a refusal leaves no trace."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.entry_lists.actions import discard_draft, publish_list
from core.kernel.database import transaction
from core.kernel.errors import ProductError
from core.kernel.scope import Scope, system_scope
from plugins.township_filter.requests.actions import asking, deciding, reviewing
from plugins.township_filter.requests.rules import Asked
from plugins.township_filter.requests.workflows import procedure_of
from tests.factories.world import NOW, World
from tests.plugins.township_filter.conftest import Site
from tests.plugins.township_filter.requests.steps import (
    FINANCE,
    ON,
    adjustment,
    admission,
    asked,
    office_of,
    on,
    row_of,
)

DEEDS: Final = ("review", "opine", "conclude", "approve", "refuse", "return", "resubmit", "withdraw", "redraft", "discard", "publish")
WHO: Final = ("boss", "asker", "both", "finance", "leader", "stranger")
FINGERPRINT: Final = """
SELECT md5(string_agg(x::text, '|' ORDER BY x::text)) FROM (
  SELECT q::text AS x FROM township_filter.list_request q UNION ALL SELECT o::text FROM township_filter.request_opinion o
  UNION ALL SELECT e::text FROM township_filter.request_event e UNION ALL SELECT l::text FROM entry_list l
  UNION ALL SELECT i::text FROM entry_item i) y
"""
WAY_OF: Final = {"opine": ("opine", "complete"), "publish": ("list",), "discard": ()}


class Hands:
    """One request, and everybody who may lay hands on it."""

    def __init__(self, world: World, admin: asyncpg.Connection, kind: str, number: int) -> None:
        nan = world.nan
        self.admin, self.world, self.number = admin, world, number
        self.asker = on(nan.scope("county_department" if kind == "admission" else "township_leader"))
        self.boss = on(nan.scope("county_administrator"))
        self.who = {
            "boss": self.boss, "asker": self.asker, "both": replace(self.boss, person=self.asker.person), "finance": on(nan.scope(FINANCE)),
            "leader": on(nan.scope("township_staff")), "stranger": on(world.zhu.scope("county_administrator")),
        }  # fmt: skip
        self.what: Asked = admission(f"事项 {number}") if kind == "admission" else adjustment("T31", why=f"第 {number} 次")

    def deed(self, name: str, scope: Scope, request: UUID, at: Any, list_id: UUID | None) -> Coroutine[Any, Any, Any]:
        """Give one person's deed."""
        given = {"request": request, "now": at}
        draft = list_id or request
        known: dict[str, Any] = {
            "review": lambda: reviewing.begin_review(scope, offices=[office_of(self.world.nan, FINANCE)], **given),
            "opine": lambda: reviewing.say_opinion(scope, opinion="agree", text="", **given),
            "conclude": lambda: reviewing.conclude_review(scope, reason="不等了", **given),
            "approve": lambda: deciding.approve(scope, code=f"T{200 + self.number}", text="", **given),
            "refuse": lambda: deciding.refuse(scope, reason="没有依据", **given),
            "return": lambda: deciding.send_back(scope, reason="请写明经费", **given),
            "resubmit": lambda: asking.resubmit(scope, asked=replace(self.what, why="补正了。"), **given),
            "withdraw": lambda: asking.withdraw(scope, reason="", **given),
            "redraft": lambda: deciding.redraft(scope, **given),
            "discard": lambda: discard_draft(scope, list_id=draft, now=at),
            "publish": lambda: publish_list(scope, list_id=draft, document="县发〔2026〕30号", reason="申请", now=at),
        }
        made: Coroutine[Any, Any, Any] = known[name]()
        return made


async def run(world: World, admin: asyncpg.Connection, kind: str, number: int, tried: list[tuple[str, str]]) -> str:
    await admin.execute("DELETE FROM entry_item i USING entry_list l WHERE l.id = i.list_id AND l.state = 'draft'")
    await admin.execute("DELETE FROM entry_list WHERE state = 'draft'")
    hands = Hands(world, admin, kind, number)
    request = await asked(world.nan, hands.what)
    at, before = NOW, await row_of(admin, request)
    for name, who in tried:
        at += timedelta(minutes=7)
        scope, trace = hands.who[who], await admin.fetchval(FINGERPRINT)
        try:
            async with transaction(scope):
                await hands.deed(name, scope, request, at, before["list_id"])
        except ProductError:
            assert await admin.fetchval(FINGERPRINT) == trace, (name, who)
            continue
        if name == "publish":
            await _listed(world, before, at)
        after = await row_of(admin, request)
        holds(before, after, name, who, scope)
        before = after
    return str(before["state"])


async def _listed(world: World, row: Any, at: Any) -> None:
    system = replace(system_scope(world.nan.code), plugins=ON)
    async with transaction(system):
        await deciding.note_published(system, list_id=row["list_id"], now=at)


def holds(before: Any, after: Any, name: str, who: str, scope: Scope) -> None:
    """Check what is true whatever happened."""
    flow = procedure_of(after["kind"])
    moves = {before["state"]} if name in {"publish", "discard"} else set()
    state = before["state"]
    for way in WAY_OF.get(name, (name,)):
        if state in flow.by_transition[way].sources:
            state = flow.by_transition[way].target
            moves.add(state)
    assert after["state"] in moves, (name, before["state"], after["state"])
    assert who != "stranger"
    if name in {"review", "conclude", "approve", "refuse", "return", "redraft"}:
        assert (who, scope.person != after["asked_person"]) == ("boss", True)
    if name in {"withdraw", "resubmit"}:
        assert scope.region == after["region"]
        assert who in ({"asker"} if after["kind"] == "admission" else {"asker", "leader"})
    if name == "opine":
        assert who == "finance"
    if after["state"] in {"approved", "listed"}:
        assert after["list_id"] is not None
        assert after["in_force_from"] >= max(after["effective_on"], date(2026, 11, 23))
    assert after["round"] == before["round"] + (name == "resubmit")


async def test_a_request_keeps_its_rules_under_random_hands(desk: Site) -> None:
    loop = asyncio.get_running_loop()
    step = st.tuples(st.sampled_from(DEEDS), st.sampled_from(WHO))
    usual = [("review", "boss"), ("opine", "finance"), ("approve", "boss"), ("publish", "boss")]
    ends: dict[str, int] = {}
    count = 0

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.sampled_from(["admission", "admission", "adjustment"]), st.integers(0, 4), st.lists(step, max_size=14))
    @example("admission", 4, [])
    @example("admission", 3, [("discard", "boss"), ("redraft", "boss"), ("publish", "boss")])
    @example("admission", 3, [("discard", "boss"), ("refuse", "boss")])
    @example("adjustment", 0, [("return", "boss"), ("resubmit", "leader"), ("review", "boss"), ("withdraw", "asker")])
    def tries(kind: str, begun: int, more: list[tuple[str, str]]) -> None:
        nonlocal count
        count += 1
        done = run(desk.world, desk.admin, kind, count, [*usual[:begun], *more])
        end = asyncio.run_coroutine_threadsafe(done, loop).result(timeout=120)
        ends[end] = ends.get(end, 0) + 1

    await asyncio.to_thread(tries)
    assert {"listed", "refused", "withdrawn"} <= set(ends), ends

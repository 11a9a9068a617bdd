"""Who sees a warning, and who may touch it: the person concerned when it is put to him and not before, nobody his own as a handler."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from core.kernel.database import transaction
from core.kernel.errors import Forbidden, NotFound
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import Scope, system_scope
from core.supervision import actions as a
from core.supervision.personal import data_of, erase
from core.supervision.queries import (
    Narrowed,
    asked_of_me,
    leads_by_place,
    months_of,
    places_of,
    precision_of_models,
    problems_of,
    put_to_me,
    sums_of,
    waiting,
    warning_row,
    warnings_in,
)
from core.supervision.reactions import on_moved, on_raised
from tests.core.seals.steps import paper
from tests.core.supervision.steps import LATE, evidence, inspector, raised, to_lead
from tests.factories.world import World

DAY = timedelta(days=1)


async def concern(admin: asyncpg.Connection, warning: UUID, scope: Scope) -> None:
    """Make a warning be about somebody."""
    await admin.execute(
        "INSERT INTO warning_concern (county, id, region, warning_id, person_id, name) SELECT county, gen_random_uuid(), region, id, $2, '张三'"
        " FROM warning WHERE id = $1", warning, scope.person,
    )  # fmt: skip


async def counted(scope: Scope) -> dict[str, Any]:
    """Give every figure and list that a handler reads."""
    async with transaction(scope):
        rows, total = await warnings_in(scope, Narrowed(show="all"), now=LATE, size=1000)
        found, _ = await warnings_in(scope, Narrowed(show="all", search=rows[0]["title"] if rows else "x"), now=LATE, size=1000)
        problems, changes = await problems_of(scope)
        return {
            "list": {row["id"] for row in rows}, "total": total, "search": {row["id"] for row in found},
            "sums": sum(row["n"] for row in await sums_of(scope, now=LATE)),
            "waiting": await waiting(scope, now=LATE),
            "places": sum(row["n"] for row in await places_of(scope, digits=9, now=LATE)),
            "precision": sum(each.all for each in (await precision_of_models(scope)).values()),
            "problems": sum(row["leads"] for row in problems), "changes": {row["id"] for row in changes},
            "months": sum(row["raised"] for row in await months_of(scope, since=LATE - 99 * DAY)),
            "leads": sum((await leads_by_place(scope, domain="tasks", model="")).values()),
        }  # fmt: skip


async def test_a_handler_who_is_concerned_finds_no_trace_of_it_in_any_list_or_figure(world: World, admin: asyncpg.Connection) -> None:
    await admin.execute("TRUNCATE warning CASCADE")
    own, other, secretary = await inspector(admin, world), world.nan.scope("county_inspector"), world.nan.scope("village_secretary")
    hidden, shown = await raised(admin, world.nan), await raised(admin, world.nan)
    for warning in (hidden, shown):
        await to_lead(other, secretary, warning)
        await evidence(admin, secretary, warning)
        async with transaction(secretary):
            await a.correct_warning(secretary, warning=warning, text="办好了。", now=LATE)
        async with transaction(other):
            await a.verify_correction(other, warning=warning, text="看过。", now=LATE)
            await a.close_warning(other, warning=warning, recovered=Decimal(10), rule_change="修订办法", now=LATE)
    await raised(admin, world.nan)
    await admin.execute("DELETE FROM warning_concern WHERE person_id = $1", own.person)
    whole = await counted(own)
    await concern(admin, hidden, own)
    without = await counted(own)
    assert whole["list"] - without["list"] == {hidden}
    assert hidden not in without["search"] | without["changes"]
    for name in ("total", "precision", "problems", "months", "leads"):
        assert without[name] == whole[name] - 1, name
    assert await counted(other) == whole


async def test_the_person_concerned_reads_nothing_before_it_is_put_to_him(world: World, admin: asyncpg.Connection) -> None:
    handler, secretary, cadre = (world.nan.scope(role) for role in ("county_inspector", "village_secretary", "village_cadre"))
    warning = await raised(admin, world.nan)

    async def sees(scope: Scope) -> tuple[bool, bool]:
        async with transaction(scope):
            listed = warning in [row["id"] for row in await put_to_me(scope)]
            assert await asked_of_me(scope) >= int(listed)
            try:
                await warning_row(scope, warning)
            except NotFound:
                return listed, False
            return listed, True

    assert await sees(secretary) == (False, False)
    async with transaction(handler):
        await a.take_warning(handler, warning=warning, now=LATE)
    assert await sees(secretary) == (False, False)
    async with transaction(handler):
        await a.ask_person(handler, warning=warning, text="请说明。", person=None, now=LATE)
    assert await sees(secretary) == (True, True)
    assert await sees(cadre) == (False, False)


async def test_what_is_explained_without_asking_is_never_shown_to_him(world: World, admin: asyncpg.Connection) -> None:
    handler, secretary = world.nan.scope("county_inspector"), world.nan.scope("village_secretary")
    warning = await raised(admin, world.nan)
    async with transaction(handler):
        await a.take_warning(handler, warning=warning, now=LATE)
        await a.judge_warning(handler, warning=warning, way="judge_no_action", text="系统时间差", now=LATE)
    async with transaction(secretary):
        assert warning not in [row["id"] for row in await put_to_me(secretary)]
        with pytest.raises(NotFound):
            await warning_row(secretary, warning)
    assert await kinds_for(admin, secretary, warning) == []


async def kinds_for(admin: asyncpg.Connection, scope: Scope, warning: UUID) -> Sequence[str]:
    rows = await admin.fetch(
        "SELECT kind FROM notice WHERE membership_id = $1 AND link = $2 ORDER BY created_at", scope.membership, f"/warnings/{warning}"
    )
    return [row["kind"] for row in rows]


async def fire(world: World, admin: asyncpg.Connection, warning: UUID, topic: str, reaction: Any) -> None:
    row = await admin.fetchrow("SELECT region, state FROM warning WHERE id = $1", warning)
    system = system_scope(world.nan.code)
    payload = {"warning": str(warning), "state": row["state"]}
    async with transaction(system):
        await reaction(system, Event(new_id(), topic, world.nan.code, row["region"], payload, LATE))


async def test_notices_go_to_handlers_who_are_not_concerned_and_to_the_concerned_when_it_is_put_to_them(world: World, admin: asyncpg.Connection) -> None:
    own, handler = await inspector(admin, world), world.nan.scope("county_inspector")
    station, secretary = world.nan.scope("supervision_committee"), world.nan.scope("village_secretary")
    beside = await inspector(admin, world)
    warning = await raised(admin, world.nan)
    await concern(admin, warning, own)
    await admin.execute("UPDATE warning SET severity = 'red' WHERE id = $1", warning)
    await fire(world, admin, warning, "warning.raised", on_raised)
    assert await kinds_for(admin, own, warning) == []
    assert await kinds_for(admin, secretary, warning) == []
    assert await kinds_for(admin, handler, warning) == ["warning_raised"]
    assert await kinds_for(admin, station, warning) == ["warning_raised"]
    async with transaction(handler):
        await a.take_warning(handler, warning=warning, now=LATE)
        await a.ask_person(handler, warning=warning, text="请说明。", person=None, now=LATE)
    assert await kinds_for(admin, secretary, warning) == ["warning_asked"]
    async with transaction(secretary):
        await a.state_case(secretary, warning=warning, text="人手不够。", now=LATE)
    await fire(world, admin, warning, "warning.moved", on_moved)
    assert await kinds_for(admin, handler, warning) == ["warning_raised", "warning_stated"]
    assert await kinds_for(admin, station, warning) == ["warning_raised"]
    async with transaction(handler):
        await a.judge_warning(handler, warning=warning, way="judge_lead", text="属实", now=LATE)
    async with transaction(secretary):
        await a.appeal_verdict(secretary, warning=warning, reason="有误", now=LATE)
    await fire(world, admin, warning, "warning.moved", on_moved)
    assert "warning_appealed" in await kinds_for(admin, beside, warning)
    assert "warning_appealed" not in await kinds_for(admin, station, warning)  # below whose verdict it is
    assert "warning_appealed" not in await kinds_for(admin, handler, warning)
    assert "warning_appealed" not in await kinds_for(admin, own, warning)


async def test_nobody_attaches_papers_to_what_was_not_put_to_him(world: World, admin: asyncpg.Connection) -> None:
    handler, secretary, cadre = (world.nan.scope(role) for role in ("county_inspector", "village_secretary", "village_cadre"))
    warning = await raised(admin, world.nan)
    for scope, error in ((secretary, NotFound), (cadre, NotFound), (handler, NotFound)):
        async with transaction(scope):
            with pytest.raises(error):
                await a.may_attach(scope, warning, "warning_statement")
    async with transaction(handler):
        await a.take_warning(handler, warning=warning, now=LATE)
        await a.ask_person(handler, warning=warning, text="请说明。", person=None, now=LATE)
    async with transaction(secretary):
        assert (await a.may_attach(secretary, warning, "warning_statement"))["id"] == warning
    async with transaction(handler):
        with pytest.raises((Forbidden, NotFound)):
            await a.may_attach(handler, warning, "warning_statement")


async def test_a_persons_words_are_handed_over_and_erased_where_it_came_to_nothing(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    handler, secretary, system = nan.scope("county_inspector"), nan.scope("village_secretary"), system_scope(nan.code)
    explained, kept, secret = [await raised(admin, nan) for _ in range(3)]
    for warning in (explained, kept):
        async with transaction(handler):
            await a.take_warning(handler, warning=warning, now=LATE)
            await a.ask_person(handler, warning=warning, text="请说明。", person=None, now=LATE)
        await paper(admin, secretary, warning, purpose="warning_statement")
        async with transaction(secretary):
            await a.state_case(secretary, warning=warning, text=f"我的说明 {warning}", now=LATE)
        way = "judge_explained" if warning == explained else "judge_lead"
        async with transaction(handler):
            await a.judge_warning(handler, warning=warning, way=way, text="查过", now=LATE)
    person = secretary.person
    assert person is not None
    async with transaction(system):
        words = {text for row in await data_of(system, person) for text in row["words"]}
        assert {f"我的说明 {explained}", f"我的说明 {kept}"} <= words
        assert len(await data_of(system, uuid4())) == 0
        assert await erase(system, person, LATE) > 0
        words = {text for row in await data_of(system, person) for text in row["words"]}
    assert (f"我的说明 {explained}" in words, f"我的说明 {kept}" in words) == (False, True)
    papers = await admin.fetch("SELECT subject_id, removed_at FROM file WHERE subject_id = ANY ($1)", [explained, kept])
    assert {row["subject_id"]: row["removed_at"] is not None for row in papers} == {explained: True, kept: False}
    left = await admin.fetch("SELECT warning_id, name FROM warning_concern WHERE person_id = $1 AND warning_id = ANY ($2)", person, [explained, kept, secret])
    assert {row["warning_id"]: bool(row["name"]) for row in left} == {explained: False, kept: True, secret: True}
    async with transaction(system):
        rows = await data_of(system, person)
        assert await admin.fetchval("SELECT put_at FROM warning WHERE id = $1", secret) is None
        assert len(rows) == await admin.fetchval(
            "SELECT count(DISTINCT w.id) FROM warning w JOIN warning_concern c ON c.warning_id = w.id WHERE c.person_id = $1 AND w.put_at IS NOT NULL",
            person,
        )  # fmt: skip

"""What follows by itself: calls to whose turn it is, days that end, steps that are late, publications that fill a step."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from core.contracts.disclosure import CORRECTED, RELEASED, WANTED, WITHDRAWN
from core.contracts.registry import current
from core.decisions.actions.ending import withdraw_decision
from core.decisions.actions.meetings import RESOLVED, Told, tell_meeting
from core.decisions.actions.moves import LATE, MAY_MEET, SHOWN, TURN
from core.decisions.actions.publishing import PUBLISHED, Posted, post_step
from core.decisions.actions.unpublishing import UNPUBLISHED
from core.decisions.queries import decision_covering
from core.decisions.rules import last_day
from core.jobs.delivery import run_once, scope_of
from core.kernel.clock import local
from core.kernel.database import transaction
from core.kernel.outbox import Event
from tests.core.decisions.steps import begun, do, papers, seen, until
from tests.factories.world import NOW, County, World
from tests.isolation.rich import deliver_all


async def fire(county: County, topic: str, payload: Mapping[str, Any], at: datetime) -> None:
    """Run a topic's handlers as the worker does when a timer fell due."""
    event = Event(uuid4(), topic, county.code, county.village, payload, at)
    for handler in current().subscriptions.by_topic[topic]:
        if handler.name.startswith("decisions."):
            await run_once(handler, await scope_of(event, handler.region_of(event)), event)


async def notices(admin: asyncpg.Connection, decision: UUID) -> list[tuple[str, str]]:
    rows = await admin.fetch(
        "SELECT n.kind, m.role FROM notice n JOIN membership m ON m.county = n.county AND m.id = n.membership_id"
        " WHERE n.link = $1 ORDER BY n.kind, m.role",
        f"/decisions/{decision}",
    )
    return [(row["kind"], row["role"]) for row in rows]


async def timers(admin: asyncpg.Connection, decision: UUID) -> dict[str, datetime]:
    rows = await admin.fetch(
        "SELECT topic, due_at FROM timer WHERE subject_id = $1 AND cancelled_at IS NULL AND fired_at IS NULL", decision
    )
    return {row["topic"]: row["due_at"] for row in rows}


async def payload_of(world: World, decision: UUID) -> dict[str, str]:
    there = await seen(world.nan.scope("village_secretary"), decision)
    return {"decision": str(decision), "record": str(there.row["record_id"])}


async def test_whose_turn_it_is_is_told_once(admin: asyncpg.Connection, world: World) -> None:
    made = await begun(world.nan.scope("village_secretary"))
    await deliver_all(admin)
    assert await notices(admin, made) == [("decision_turn", "village_secretary")]
    await fire(world.nan, TURN, {**await payload_of(world, made), "record": str(uuid4())}, NOW)
    assert await notices(admin, made) == [("decision_turn", "village_secretary")]


async def test_the_days_of_a_notice_end_by_themselves(admin: asyncpg.Connection, world: World) -> None:
    secretary = world.nan.scope("village_secretary")
    made = await begun(secretary)
    now = await until(admin, secretary, made, "review")
    changed = await do(secretary, tell_meeting, decision=made, told=Told("", local(now).date()), now=now)
    assert (await timers(admin, made))[MAY_MEET] == changed["waits_until"]
    await fire(world.nan, MAY_MEET, await payload_of(world, made), changed["waits_until"])
    assert ("decision_may_meet", "village_cadre") in await notices(admin, made)


async def test_the_days_of_a_publication_end_by_themselves(admin: asyncpg.Connection, world: World) -> None:
    secretary = world.nan.scope("village_secretary")
    made = await begun(secretary)
    now = await until(admin, secretary, made, "publish_resolution")
    await papers(admin, secretary, made, sheets=0)
    changed = await do(secretary, post_step, decision=made, posted=Posted(local(now).date()), now=now)
    assert await timers(admin, made) == {SHOWN: changed["waits_until"]}
    told = await payload_of(world, made)
    await fire(world.nan, SHOWN, told, changed["waits_until"])
    there = await seen(secretary, made)
    assert there.step.code == "publish_result"
    await fire(world.nan, SHOWN, told, changed["waits_until"])
    assert (await seen(secretary, made)).step.code == "publish_result"


async def test_a_late_step_is_told_to_the_village_and_its_township_once(admin: asyncpg.Connection, world: World) -> None:
    secretary = world.nan.scope("village_secretary")
    made = await begun(secretary, now=NOW - timedelta(days=60))
    due = (await timers(admin, made))[LATE]
    assert due.astimezone(local(NOW).tzinfo).date() == local(NOW - timedelta(days=60)).date() + timedelta(days=31)
    for _ in range(2):
        await fire(world.nan, LATE, await payload_of(world, made), NOW)
    told = await notices(admin, made)
    assert told.count(("decision_late_above", "township_leader")) == 1
    assert ("decision_late", "village_secretary") in told
    assert [each["kind"] for each in (await seen(secretary, made)).events] == ["begun", "late"]


async def test_what_ends_is_told_above_and_its_clocks_stop(admin: asyncpg.Connection, world: World) -> None:
    secretary = world.nan.scope("village_secretary")
    made = await begun(secretary)
    await do(secretary, withdraw_decision, decision=made, reason="写错了")
    await deliver_all(admin)
    assert ("decision_ended", "township_leader") in await notices(admin, made)
    assert await timers(admin, made) == {}


async def test_a_resolution_asks_to_be_published_and_its_release_fills_the_step(
    admin: asyncpg.Connection, world: World
) -> None:
    secretary = world.nan.scope("village_secretary")
    made = await begun(secretary)
    now = await until(admin, secretary, made, "publish_resolution")
    topics = {
        row["topic"] for row in await admin.fetch("SELECT topic FROM outbox WHERE payload::text LIKE $1", f"%{made}%")
    }
    assert {RESOLVED, WANTED} <= topics
    # The calendar of what is to be published has the days of the step, and no other.
    asked = json.loads(await admin.fetchval("SELECT payload FROM outbox WHERE topic = $1 AND payload::text LIKE $2", WANTED, f"%{made}%"))
    assert asked["due_on"] == last_day((await seen(secretary, made)).row["due_at"]).isoformat()
    assert PUBLISHED not in topics
    publication = uuid4()
    released = {"publication": str(publication), "section": "decision_resolution", "subject": str(made)}
    await fire(world.nan, RELEASED, released, now)
    there = await seen(secretary, made)
    assert (there.row["state"], there.record["publication_id"]) == ("posted", publication)
    await fire(world.zhu, RELEASED, {**released, "publication": str(uuid4())}, now)
    assert (await seen(secretary, made)).record["publication_id"] == publication


async def online(admin: asyncpg.Connection, world: World, made: UUID) -> tuple[dict[str, str], datetime]:
    """Bring a decision to its resolution, released online. Gives the payload and the time."""
    now = await until(admin, world.nan.scope("village_secretary"), made, "publish_resolution")
    told = {"publication": str(uuid4()), "section": "decision_resolution", "subject": str(made)}
    await fire(world.nan, RELEASED, told, now)
    return told, now


async def test_a_withdrawn_resolution_waits_again(admin: asyncpg.Connection, world: World) -> None:
    """Its days were half over: nothing is public now, and the next release counts from its own day."""
    secretary = world.nan.scope("village_secretary")
    made = await begun(secretary)
    told, now = await online(admin, world, made)
    await fire(world.nan, WITHDRAWN, {**told, "publication": str(uuid4()), "reason": "别的"}, now)
    assert (await seen(secretary, made)).row["state"] == "posted"
    for _ in range(2):
        await fire(world.nan, WITHDRAWN, {**told, "reason": "数字写错了"}, now + timedelta(days=2))
    there = await seen(secretary, made)
    assert (there.row["state"], there.step.code, there.record["publication_id"]) == ("open", "publish_resolution", None)
    assert [(each["kind"], each["text"]) for each in there.events][-1] == ("unshown", "数字写错了")
    assert set(await timers(admin, made)) == {LATE}
    again = {**told, "publication": str(uuid4())}
    await fire(world.nan, RELEASED, again, now + timedelta(days=3))
    there = await seen(secretary, made)
    assert there.row["state"] == "posted"
    assert there.record["posted_on"] == local(now + timedelta(days=3)).date()


async def test_what_rested_on_a_withdrawn_resolution_rests_on_nothing(admin: asyncpg.Connection, world: World) -> None:
    secretary, thing = world.nan.scope("village_secretary"), uuid4()
    made = await begun(secretary)
    await admin.execute("UPDATE decision SET subject_id = $2 WHERE id = $1", made, thing)
    told, _ = await online(admin, world, made)
    row = (await seen(secretary, made)).row
    await fire(world.nan, SHOWN, await payload_of(world, made), row["waits_until"])
    async with transaction(secretary):
        found = await decision_covering(secretary, row["subject_kind"], thing)
        assert found is not None
        assert found.stands
    await fire(world.nan, WITHDRAWN, {**told, "reason": "数字写错了"}, row["waits_until"] + timedelta(days=1))
    async with transaction(secretary):
        found = await decision_covering(secretary, row["subject_kind"], thing)
        assert found is not None
        assert not found.stands
    there = await seen(secretary, made)
    assert (there.step.code, there.row["published_at"]) == ("publish_resolution", None)
    count = "SELECT count(*) FROM outbox WHERE topic = $1 AND payload ->> 'decision' = $2"
    assert await admin.fetchval(count, UNPUBLISHED, str(made)) == 1


async def test_a_resolution_that_hangs_on_the_board_keeps_its_days(admin: asyncpg.Connection, world: World) -> None:
    secretary = world.nan.scope("village_secretary")
    made = await begun(secretary)
    now = await until(admin, secretary, made, "publish_resolution")
    await papers(admin, secretary, made, sheets=0)
    changed = await do(secretary, post_step, decision=made, posted=Posted(local(now).date()), now=now)
    told = {"publication": str(uuid4()), "section": "decision_resolution", "subject": str(made)}
    await fire(world.nan, RELEASED, told, now)
    await fire(world.nan, WITHDRAWN, {**told, "reason": "重复"}, now)
    there = await seen(secretary, made)
    assert (there.row["state"], there.row["waits_until"]) == ("posted", changed["waits_until"])
    assert there.record["publication_id"] is None


async def test_a_corrected_publication_takes_the_old_ones_place(admin: asyncpg.Connection, world: World) -> None:
    secretary, newer = world.nan.scope("village_secretary"), uuid4()
    made = await begun(secretary)
    told, now = await online(admin, world, made)
    await fire(world.nan, CORRECTED, {**told, "publication": str(newer), "corrects": told["publication"], "reason": "补充"}, now)
    there = await seen(secretary, made)
    assert (there.row["state"], there.record["publication_id"]) == ("posted", newer)


async def test_what_is_finished_stays_finished(admin: asyncpg.Connection, world: World) -> None:
    secretary = world.nan.scope("village_secretary")
    made = await begun(secretary)
    told, _ = await online(admin, world, made)
    row = (await seen(secretary, made)).row
    await fire(world.nan, SHOWN, await payload_of(world, made), row["waits_until"])
    now = await until(admin, secretary, made, "none", now=row["waits_until"])
    await fire(world.nan, WITHDRAWN, {**told, "reason": "重复"}, now)
    there = await seen(secretary, made)
    assert there.row["state"] == "finished"
    assert there.events[-1]["kind"] == "unshown"

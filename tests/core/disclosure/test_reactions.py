"""What follows by itself: due dates, what is missing, the end of a notice, contacts that are forgotten."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from core.contracts.disclosure import MISSING, NOTICE_ENDED, WANTED
from core.disclosure.actions import NOTICE_DUE, Wanted, object_to, release_publication, withdraw_publication
from core.disclosure.drafting import draft_of
from core.disclosure.periods import today
from core.disclosure.queries import dues_about, dues_in
from core.disclosure.reactions import CALENDAR, on_calendar, on_notice_due, on_wanted
from core.kernel import clock
from core.kernel.database import transaction
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import Scope, system_scope
from tests.core.disclosure.notices import NOTICE, PHONE, with_sections
from tests.factories.world import County, World

OPEN = "SELECT * FROM publication_due WHERE county = $1 AND section = $2 ORDER BY region"


@pytest.fixture(autouse=True)
def sections(world: World) -> Iterator[None]:
    assert world
    with with_sections(NOTICE):
        yield


async def run_calendar(county: County) -> None:
    scope = system_scope(county.code)
    async with transaction(scope):
        await on_calendar(scope, Event(new_id(), CALENDAR, county.code, county.code, {}, clock.now()))


async def want(county: County, subject: UUID, **more: str) -> None:
    scope = system_scope(county.village, county=county.code)
    told = {"section": NOTICE.name, "subject": str(subject), "title": "三季度救助对象", "at": clock.now().isoformat(), **more}
    async with transaction(scope):
        await on_wanted(scope, Event(new_id(), WANTED, county.code, county.village, told, clock.now()))


async def put_up(scope: Scope, subject: UUID) -> UUID:
    now = clock.now()
    async with transaction(scope):
        draft = await draft_of(
            scope, section=NOTICE.name, region=scope.region, period="", subject=subject, note="", now=now
        )
    async with transaction(scope):
        wanted = Wanted(NOTICE.name, scope.region, "", subject, "", draft.digest)
        return (await release_publication(scope, wanted=wanted, now=now)).id


async def test_every_village_gets_its_due_date_once(world: World, admin: asyncpg.Connection) -> None:
    await run_calendar(world.nan)
    first = await admin.fetch(OPEN, world.nan.code, "tasks")
    villages = await admin.fetch(
        "SELECT code FROM region WHERE level = 5 AND closed IS NULL AND NOT pseudo AND code LIKE $1 ORDER BY code", f"{world.nan.code}%"
    )
    assert [row["region"] for row in first] == [row["code"] for row in villages]
    await run_calendar(world.nan)
    assert await admin.fetch(OPEN, world.nan.code, "tasks") == first
    assert await admin.fetch(OPEN, world.zhu.code, "tasks") == []


async def test_what_is_missing_is_announced_once(world: World, admin: asyncpg.Connection) -> None:
    await run_calendar(world.zhu)
    late = "UPDATE publication_due SET due_on = current_date - 2, opens_on = current_date - 9 WHERE county = $1 AND region = $2"
    await admin.execute(late, world.zhu.code, world.zhu.village)
    for _ in range(2):
        await run_calendar(world.zhu)
    told = await admin.fetch("SELECT * FROM outbox WHERE topic = $1 AND county = $2", MISSING, world.zhu.code)
    late_ones = "SELECT count(*) FROM publication_due WHERE county = $1 AND missing_at IS NOT NULL"
    assert {row["region"] for row in told} == {world.zhu.village}
    assert len(told) == await admin.fetchval(late_ones, world.zhu.code) > 0


async def test_what_is_due_today_is_told_to_the_villages_people_once(world: World, admin: asyncpg.Connection) -> None:
    await run_calendar(world.nan)
    last = "UPDATE publication_due SET due_on = (now() AT TIME ZONE 'Asia/Shanghai')::date, opens_on = current_date - 9 WHERE county = $1 AND region = $2"
    await admin.execute(last, world.nan.code, world.nan.village)
    for _ in range(2):
        await run_calendar(world.nan)
    told = await admin.fetch("SELECT m.role FROM notice n JOIN membership m ON m.id = n.membership_id WHERE n.kind = 'publication_last' AND n.county = $1 ORDER BY 1", world.nan.code)
    assert [row["role"] for row in told] == ["bookkeeper", "village_secretary"]


async def test_a_wanted_publication_is_due_done_and_due_again_when_withdrawn(world: World) -> None:
    scope, subject = world.nan.scope("village_secretary"), new_id()
    await want(world.nan, subject)
    await want(world.nan, subject)

    async def due() -> list[tuple[str, UUID | None]]:
        now = clock.now()
        async with transaction(scope):
            found = await dues_in(scope, sections=[NOTICE.name], now=now, done_since=now - timedelta(days=1))
        return [(each.title, each.publication_id) for each in found if each.subject_id == subject]

    assert await due() == [("三季度救助对象", None)]
    made = await put_up(scope, subject)
    assert await due() == [("三季度救助对象", made)]
    async with transaction(scope):
        await withdraw_publication(scope, publication=made, reason="有误", now=clock.now())
    assert await due() == [("三季度救助对象", None)]


async def test_who_asks_may_say_the_last_day(world: World) -> None:
    scope, subject, plain = world.nan.scope("village_secretary"), new_id(), new_id()
    last = today(clock.now()) + timedelta(days=9)
    await want(world.nan, subject, due_on=last.isoformat())
    await want(world.nan, plain)
    async with transaction(scope):
        asked = [
            each.due_on
            for one in (subject, plain)
            for each in await dues_about(scope, region=scope.region, sections=[NOTICE.name], subject=one)
        ]
    assert asked == [last, today(clock.now()) + timedelta(days=5)]
    await put_up(scope, subject)
    async with transaction(scope):
        assert await dues_about(scope, region=scope.region, sections=[NOTICE.name], subject=subject) == []


async def test_wanting_what_nobody_publishes_is_a_fault(world: World) -> None:
    scope = system_scope(world.nan.village, county=world.nan.code)
    told = {"section": "unknown", "subject": str(new_id()), "title": "x", "at": clock.now().isoformat()}
    with pytest.raises(ValueError, match="nobody publishes"):
        async with transaction(scope):
            await on_wanted(scope, Event(new_id(), WANTED, world.nan.code, world.nan.village, told, clock.now()))


async def test_the_end_of_a_notice_says_how_it_went(world: World, admin: asyncpg.Connection) -> None:
    scope = world.nan.scope("village_secretary")
    made = await put_up(scope, new_id())
    timer = await admin.fetchrow("SELECT * FROM timer WHERE subject_id = $1", made)
    assert (timer["topic"], timer["fired_at"], timer["cancelled_at"]) == (NOTICE_DUE, None, None)
    system = system_scope(world.nan.village, county=world.nan.code)
    async with transaction(system):
        await object_to(system, publication=made, body="有意见", contact=PHONE, now=clock.now())
        await on_notice_due(system, Event(new_id(), NOTICE_DUE, world.nan.code, world.nan.village, {"publication": str(made)}, clock.now()))
    told = await admin.fetchval("SELECT payload FROM outbox WHERE topic = $1 ORDER BY created_at DESC LIMIT 1", NOTICE_ENDED)
    assert ('"objections": 1' in told, '"unanswered": 1' in told) == (True, True)


async def test_contacts_are_forgotten_after_their_term(world: World, admin: asyncpg.Connection) -> None:
    made = await put_up(world.nan.scope("village_secretary"), new_id())
    system = system_scope(world.nan.village, county=world.nan.code)
    async with transaction(system):
        receipt = await object_to(system, publication=made, body="请核实", contact=PHONE, now=clock.now())
    stored = "SELECT contact FROM publication_objection WHERE receipt = $1"
    await run_calendar(world.nan)
    assert await admin.fetchval(stored, receipt) is not None
    await admin.execute("UPDATE publication_objection SET answered_at = now() - interval '366 days' WHERE receipt = $1", receipt)
    await run_calendar(world.nan)
    assert await admin.fetchval(stored, receipt) is None

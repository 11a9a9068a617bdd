"""A joining never loses a deadline: the earliest one counts for all that are handled together, until they part again."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core.contracts.warnings import Look
from core.jobs.connections import Pool, open_relay_pool
from core.jobs.ticker import Ticker
from core.kernel.database import transaction
from core.kernel.errors import Conflict
from core.kernel.scope import system_scope
from core.notices.queries import notices_of
from core.petitions.actions import following, handling, joining
from core.petitions.actions.handling import Answer, Desk
from core.petitions.public import followed, following_scope
from core.petitions.queries import figures_in, one_petition
from core.petitions.supervision import OverdueRule, overdue_petitions
from tests.core.petitions.steps import answered, raised
from tests.core.petitions.test_recusal import added, named
from tests.databases import DatabaseUrls
from tests.factories.world import NOW, County, World
from tests.isolation.rich import deliver_all

DAY = timedelta(days=1)
LATER = NOW + 2 * DAY
_ROW = "SELECT * FROM petition WHERE id = $1"
_CLOCKS = """
SELECT due_at FROM timer WHERE subject_id = $1 AND topic = 'petition.due' AND fired_at IS NULL AND cancelled_at IS NULL
"""


@pytest.fixture(scope="module")
async def relay(database_urls: DatabaseUrls) -> AsyncIterator[Pool]:
    opened = await open_relay_pool(database_urls.relay, size=2)
    yield opened
    await opened.close()


async def row_of(admin: asyncpg.Connection, petition: UUID) -> Any:
    """Give the row, once its clock was found to strike when it is due."""
    row = await admin.fetchrow(_ROW, petition)
    waits = row["state"] in {"raised", "in_hand"} and row["overdue_at"] is None
    assert [each["due_at"] for each in await admin.fetch(_CLOCKS, petition)] == ([row["due_at"]] if waits else [])
    return row


async def join(county: County, petition: UUID, into: UUID, *, by: str = "village_secretary", now: datetime = LATER) -> None:
    scope = county.scope(by)
    async with transaction(scope):
        await joining.merge_petition(scope, petition=petition, into=into, now=now)


async def part(county: County, petition: UUID, *, now: datetime = LATER) -> None:
    scope = county.scope("village_secretary")
    async with transaction(scope):
        await joining.unmerge_petition(scope, petition=petition, now=now)


async def three(admin: asyncpg.Connection, county: County) -> list[UUID]:
    """Raise three on three days, so that each is due later than the one before."""
    return [(await raised(admin, county, phone="", now=NOW + n * DAY))[0] for n in range(3)]


async def test_the_earliest_deadline_counts_for_all_and_parting_gives_each_its_own_back(world: World, admin: asyncpg.Connection) -> None:
    oldest, older, main = await three(admin, world.nan)
    dues = [(await row_of(admin, each))["due_at"] for each in (oldest, older, main)]
    assert dues == sorted(set(dues))
    await join(world.nan, older, main)
    assert (await row_of(admin, main))["due_at"] == dues[1]
    await join(world.nan, oldest, main)
    assert (await row_of(admin, main))["due_at"] == dues[0]
    await part(world.nan, oldest)
    assert (await row_of(admin, main))["due_at"] == dues[1]
    assert (await row_of(admin, oldest))["due_at"] == dues[0]
    await part(world.nan, older)
    row = await row_of(admin, main)
    assert (row["due_at"], row["own_due_at"]) == (dues[2], None)
    kinds = [each["kind"] for each in await admin.fetch("SELECT kind FROM petition_event WHERE petition_id = $1 ORDER BY at, id", main)]
    assert kinds == ["raised", "hastened", "hastened", "relaxed", "relaxed"]


async def test_a_later_one_lends_nothing_and_which_one_leaves_first_does_not_matter(world: World, admin: asyncpg.Connection) -> None:
    main, later, latest = await three(admin, world.nan)
    due = (await row_of(admin, main))["due_at"]
    for each in (later, latest):
        await join(world.nan, each, main)
    for each in (later, latest):
        await part(world.nan, each)
    row = await row_of(admin, main)
    assert (row["due_at"], row["own_due_at"]) == (due, None)
    assert await admin.fetchval("SELECT count(*) FROM petition_event WHERE petition_id = $1", main) == 1


async def test_nearly_late_joined_to_a_new_one_is_said_when_its_own_day_passes(
    world: World, admin: asyncpg.Connection, relay: Pool
) -> None:
    nan, ticker = world.nan, Ticker(relay, ())
    old, _ = await raised(admin, nan, phone="", now=NOW - 30 * DAY)
    main, _ = await raised(admin, nan, phone="", now=NOW)
    own = (await row_of(admin, main))["due_at"]
    await join(nan, old, main, now=NOW)
    assert (await row_of(admin, main))["due_at"] < NOW  # it is late already, and joining does not hide that
    await ticker.fire_timers(NOW)
    await deliver_all(admin)
    row = await row_of(admin, main)
    assert row["overdue_at"] is not None
    told = {each["kind"] for each in await admin.fetch("SELECT kind FROM notice WHERE link = $1", f"/petitions/{main}")}
    assert {"petition_overdue", "petition_overdue_above"} <= told
    assert main in await warned(nan, NOW)
    await part(nan, old, now=NOW)
    row = await row_of(admin, main)  # its own clock runs again
    assert (row["due_at"], row["overdue_at"]) == (own, None)
    assert main not in await warned(nan, NOW)
    assert old in await warned(nan, NOW)
    await ticker.fire_timers(NOW)
    await deliver_all(admin)
    assert (await row_of(admin, old))["overdue_at"] is not None


async def warned(county: County, at: datetime) -> set[UUID]:
    scope = system_scope(county.code)
    async with transaction(scope):
        found = await overdue_petitions(scope, Look(county.code, county.code, at, at, OverdueRule()))
    return {UUID(hit.key) for hit in found.hits}


async def test_what_the_warning_rests_on_is_looked_at_again_when_the_deadline_moves(world: World, admin: asyncpg.Connection) -> None:
    older, main, _ = await three(admin, world.nan)
    for deed in (join(world.nan, older, main), part(world.nan, older)):
        await deliver_all(admin)
        await deed
        told = await admin.fetchval(
            "SELECT count(*) FROM outbox WHERE topic = 'petition.moved' AND done_at IS NULL AND payload->>'petition' = $1", str(main)
        )
        assert told == 1


async def test_late_is_counted_by_the_deadline_that_counted(world: World, admin: asyncpg.Connection, relay: Pool) -> None:
    zhu = world.zhu
    place = {"starts": NOW - 40 * DAY, "ends": NOW + 40 * DAY}
    leader = zhu.scope("township_leader")

    async def late() -> int:
        async with transaction(leader):
            return sum(row["overdue"] for row in await figures_in(leader, **place))

    before = await late()
    old, _ = await raised(admin, zhu, phone="", now=NOW - 30 * DAY)
    main, _ = await raised(admin, zhu, phone="", now=NOW)
    await join(zhu, old, main, now=NOW)
    await Ticker(relay, ()).fire_timers(NOW)
    await deliver_all(admin)
    assert await late() - before == 1
    await part(zhu, old, now=NOW)
    assert await late() - before == 0  # the one was late by the other's clock alone; the other's strikes now
    await join(zhu, old, main, now=NOW)
    await Ticker(relay, ()).fire_timers(NOW)
    await deliver_all(admin)
    await answered(admin, zhu, main)
    assert await late() - before == 2  # both were answered late, by the one deadline


async def test_another_level_has_its_own_time_for_all_and_nothing_is_lent_there(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    older, main, newer = await three(admin, nan)
    await join(nan, older, main)
    secretary = nan.scope("village_secretary")
    async with transaction(secretary):
        assert await handling.transfer_petition(secretary, petition=main, to=Desk(nan.township), reason="请办理", now=LATER)
    moved = await row_of(admin, main)
    assert moved["own_due_at"] is None
    assert moved["due_at"] > (await row_of(admin, newer))["due_at"]
    await part(nan, older)
    assert (await row_of(admin, main))["due_at"] == moved["due_at"]
    row = await row_of(admin, older)
    assert row["due_at"] < moved["due_at"]  # it waits where it was, with the deadline it had
    assert row["lent_due_at"] is None


async def test_within_one_village_the_time_runs_on_also_the_lent_one(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    older, main, _ = await three(admin, nan)
    own, lent = (await row_of(admin, main))["due_at"], (await row_of(admin, older))["due_at"]
    await join(nan, older, main)
    secretary, worker = nan.scope("village_secretary"), nan.scope("grid_worker")
    async with transaction(secretary):
        anew = await handling.transfer_petition(secretary, petition=main, to=Desk(nan.village, grid=nan.grid), reason="近", now=LATER)
    row = await row_of(admin, main)
    assert (anew, row["grid_id"], row["due_at"], row["own_due_at"]) == (False, nan.grid, lent, own)
    async with transaction(worker):
        await handling.accept_petition(worker, petition=main, now=LATER)
    await part(nan, older)
    row = await row_of(admin, main)
    assert (row["due_at"], row["own_due_at"]) == (own, None)


async def test_passed_round_within_one_authority_it_is_late_all_the_same(
    world: World, admin: asyncpg.Connection, relay: Pool
) -> None:
    nan, ticker = world.nan, Ticker(relay, ())
    await named(admin, nan.posts["grid_worker"], "南宫石头")
    made, receipt = await raised(admin, nan, phone="", now=NOW - 20 * DAY)
    due = (await row_of(admin, made))["due_at"]
    secretary = nan.scope("village_secretary")
    for at, desk in ((NOW - 19 * DAY, Desk(nan.village, grid=nan.grid)), (NOW - 18 * DAY, Desk(nan.village))):
        async with transaction(secretary):
            await handling.transfer_petition(secretary, petition=made, to=desk, reason="转", now=at)
        assert (await row_of(admin, made))["due_at"] == due
    await ticker.fire_timers(NOW)
    await deliver_all(admin)
    late = (await row_of(admin, made))["overdue_at"]
    assert late is not None
    async with transaction(secretary):
        await handling.transfer_petition(secretary, petition=made, to=Desk(nan.village, grid=nan.grid), reason="转", now=NOW)
    assert (await row_of(admin, made))["overdue_at"] == late  # what is late is not less late elsewhere in the village
    await added(receipt, "南宫石头不肯来看。")  # the one grid worker is named, and the village takes it back
    await deliver_all(admin)
    row = await row_of(admin, made)
    assert (row["grid_id"], row["due_at"], row["overdue_at"]) == (None, due, late)
    async with transaction(secretary):
        await handling.transfer_petition(secretary, petition=made, to=Desk(nan.township), reason="镇里修", now=NOW)
    row = await row_of(admin, made)
    assert row["due_at"] > NOW
    assert row["overdue_at"] is None


async def test_answered_late_together_and_opened_again_it_stays_late_in_the_figures(world: World, admin: asyncpg.Connection) -> None:
    zhu = world.zhu
    leader = zhu.scope("township_leader")

    async def late() -> int:
        async with transaction(leader):
            return sum(row["overdue"] for row in await figures_in(leader, starts=NOW - 50 * DAY, ends=NOW + 50 * DAY))

    before = await late()
    old, receipt = await raised(admin, zhu, phone="", now=NOW - 2 * DAY)
    main, _ = await raised(admin, zhu, phone="", now=NOW + 20 * DAY)
    await join(zhu, old, main, now=NOW + 20 * DAY)
    await answered(admin, zhu, main, now=NOW + 20 * DAY)
    counted = await late()
    assert counted > before
    mine = following_scope((await followed(receipt))[0])
    async with transaction(mine):
        await following.reopen_petition(mine, receipt=receipt, reason="没修好", now=NOW + 21 * DAY)
    await deliver_all(admin)
    assert await late() == counted
    assert [step.kind for step in (await followed(receipt))[1]].count("overdue") == 1


async def test_what_is_added_to_a_joined_one_reaches_whoever_answers_it(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    old, receipt = await raised(admin, nan, phone="")
    main, _ = await raised(admin, nan, phone="")
    await join(nan, old, main, now=NOW)
    secretary, leader = nan.scope("village_secretary"), nan.scope("township_leader")
    async with transaction(secretary):
        await handling.transfer_petition(secretary, petition=main, to=Desk(nan.township), reason="镇里修", now=NOW)
    await deliver_all(admin)
    await added(receipt, "又坏了一盏。")
    await deliver_all(admin)
    async with transaction(leader):
        notices, _ = await notices_of(leader, limit=500)
        seen = await one_petition(leader, old)
    assert ("petition_added", f"/petitions/{old}") in {(each.kind, each.link) for each in notices}
    assert "又坏了一盏。" in {each["text"] for each in seen.events}
    async with transaction(leader):
        await handling.transfer_petition(leader, petition=main, to=Desk(nan.village, grid=nan.grid), reason="近", now=NOW)
    await added(receipt, "第三盏也坏了。")
    await deliver_all(admin)
    async with transaction(secretary):  # a grid worker cannot open it
        notices, _ = await notices_of(secretary, limit=500)
        seen = await one_petition(secretary, old)
    assert ("petition_added", f"/petitions/{old}") in {(each.kind, each.link) for each in notices}
    assert "第三盏也坏了。" in {each["text"] for each in seen.events}
    _, steps = await followed(receipt)
    assert [(step.kind, step.text) for step in steps] == [
        ("added", "第三盏也坏了。"), ("added", "又坏了一盏。"), ("merged", ""), ("raised", ""),
    ]  # fmt: skip


async def test_opened_again_it_has_a_time_of_its_own(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    older, _ = await raised(admin, nan, phone="", now=NOW)
    main, receipt = await raised(admin, nan, phone="", now=NOW + DAY)
    await join(nan, older, main)
    secretary = nan.scope("village_secretary")
    async with transaction(secretary):
        await handling.accept_petition(secretary, petition=main, now=LATER)
        await handling.answer_petition(secretary, petition=main, answer=Answer("修好了。", solved=True), now=LATER)
    mine = following_scope((await followed(receipt))[0])
    async with transaction(mine):
        await following.reopen_petition(mine, receipt=receipt, reason="没修好", now=LATER)
    row = await row_of(admin, main)
    assert row["own_due_at"] is None
    assert row["due_at"] > LATER + 4 * DAY
    async with transaction(secretary):
        assert (await one_petition(secretary, main)).row["state"] == "raised"


async def test_parting_and_answering_at_once_end_in_one_of_the_two(world: World, admin: asyncpg.Connection) -> None:
    secretary = world.zhu.scope("village_secretary")

    async def answer(petition: UUID) -> None:
        async with transaction(secretary):
            await handling.answer_petition(secretary, petition=petition, answer=Answer("修好了。", solved=True), now=LATER)

    for n in range(6):
        old, main, _ = await three(admin, world.zhu)
        await join(world.zhu, old, main)
        async with transaction(secretary):
            await handling.accept_petition(secretary, petition=main, now=LATER)
        deeds = [part(world.zhu, old), answer(main)]
        done = await asyncio.gather(*(deeds if n % 2 else reversed(deeds)), return_exceptions=True)
        assert all(each is None or isinstance(each, Conflict) for each in done), done
        parted = (await row_of(admin, old))["state"] == "raised"
        assert (await row_of(admin, main))["state"] == "answered"
        assert parted or (await admin.fetchrow(_ROW, old))["state"] == "answered"

"""Major matters written by hand run by the law's clock from the day they happened: due, due soon, missing, a warning."""

from datetime import date, timedelta
from uuid import UUID

import asyncpg
import pytest

from core.contracts.disclosure import MISSING, UNWANTED, WANTED
from core.contracts.warnings import Look
from core.disclosure.actions import withdraw_publication
from core.disclosure.entries import change_entry, remove_entry
from core.disclosure.enums import Standing
from core.disclosure.periods import today
from core.disclosure.queries import Due, dues_in
from core.disclosure.reactions import CALENDAR, on_calendar, on_wanted
from core.disclosure.supervision import MODELS, MissingRule, missing_publications
from core.kernel import clock
from core.kernel.database import transaction
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import Scope, system_scope
from tests.core.disclosure.test_by_hand import read, release, write
from tests.factories.world import World

SECTIONS = ["finance_by_hand", "major_by_hand"]


def matter(day: date) -> dict[str, str]:
    return {"what": "仓库出租续约", "day": day.isoformat(), "amount": "72000", "person": "吴春生", "text": "续租三年。"}


async def dues(scope: Scope, entry: UUID) -> list[Due]:
    now = clock.now()
    async with transaction(scope):
        found = await dues_in(scope, sections=SECTIONS, now=now, done_since=now - timedelta(days=1))
    return [each for each in found if each.subject_id == entry]


@pytest.mark.parametrize(("section", "days"), [("finance_by_hand", 5), ("major_by_hand", 2)])
async def test_a_matter_is_due_from_the_day_it_happened(world: World, section: str, days: int) -> None:
    scope, day = world.nan.scope("village_secretary"), today(clock.now())
    made = (await write(scope, section, "", matter(day - timedelta(days=1))))[0]
    due = (await dues(scope, made))[0]
    assert (due.title, due.due_on, due.standing(clock.now(), 1)) == (
        "仓库出租续约", day + timedelta(days=days - 1), Standing.SOON if days == 2 else Standing.OPEN,
    )  # fmt: skip
    published = await release(scope, section, subject=made)
    assert [(each.publication_id, each.standing(clock.now(), 1)) for each in await dues(scope, made)] == [(published, Standing.DONE)]
    async with transaction(scope):
        await withdraw_publication(scope, publication=published, reason="有误", now=clock.now())
    assert [each.publication_id for each in await dues(scope, made)] == [None]


async def test_what_nobody_published_in_time_is_missing_and_becomes_a_warning(world: World, admin: asyncpg.Connection) -> None:
    scope, now = world.zhu.scope("village_secretary"), clock.now()
    made = (await write(scope, "finance_by_hand", "", matter(today(now) - timedelta(days=6))))[0]
    due = (await dues(scope, made))[0]
    assert due.standing(now, 1) is Standing.MISSING
    county = system_scope(world.zhu.code)
    async with transaction(county):
        await on_calendar(county, Event(new_id(), CALENDAR, world.zhu.code, world.zhu.code, {}, now))
        look = Look(county.region, world.zhu.code, now - timedelta(days=1), now, MissingRule())
        hits = (await missing_publications(county, look)).hits
    told = await admin.fetch("SELECT payload FROM outbox WHERE topic = $1 AND county = $2", MISSING, world.zhu.code)
    assert sum(str(made) in row["payload"] for row in told) == 1
    assert [hit.title for hit in hits if hit.key == str(due.id)] == ["仓库出租续约"]


async def test_the_due_date_moves_with_its_line_and_goes_with_it(world: World, admin: asyncpg.Connection) -> None:
    scope, day = world.nan.scope("village_secretary"), today(clock.now())
    made = (await write(scope, "finance_by_hand", "", matter(day - timedelta(days=9))))[0]
    later, _ = read("finance_by_hand", {**matter(day), "what": "仓库出租"})
    async with transaction(scope):
        await change_entry(scope, entry=made, line=later, version=1, now=clock.now())
    assert [(each.title, each.due_on) for each in await dues(scope, made)] == [("仓库出租", day + timedelta(days=5))]
    async with transaction(scope):
        await remove_entry(scope, entry=made, now=clock.now())
    assert await dues(scope, made) == []
    topics = [row["topic"] for row in await admin.fetch("SELECT topic FROM outbox WHERE payload::text LIKE $1 ORDER BY id", f"%{made}%")]
    assert topics == [WANTED, WANTED, UNWANTED]
    assert {UNWANTED, WANTED} <= {listen.topic for listen in MODELS[0].listens}
    system = system_scope(world.nan.village, county=world.nan.code)
    payload = {"section": "finance_by_hand", "subject": str(made), "title": "仓库出租", "at": clock.now().isoformat()}
    async with transaction(system):  # the announcement is worked off after the line is gone
        await on_wanted(system, Event(new_id(), WANTED, world.nan.code, world.nan.village, payload, clock.now()))
    assert await dues(scope, made) == []


async def test_what_was_withdrawn_after_its_line_went_is_not_due_again(world: World) -> None:
    scope, day = world.nan.scope("village_secretary"), today(clock.now())
    made = (await write(scope, "finance_by_hand", "", matter(day)))[0]
    published = await release(scope, "finance_by_hand", subject=made)
    async with transaction(scope):
        await remove_entry(scope, entry=made, now=clock.now())
        await withdraw_publication(scope, publication=published, reason="写错了", now=clock.now())
    assert [each.standing(clock.now(), 1) for each in await dues(scope, made)] == [Standing.DONE]

"""Persons in lines written by hand: nobody reads a full name but for a reason that is logged, and none is kept for ever."""

from uuid import UUID

import asyncpg
import pytest

from core.disclosure import names
from core.disclosure.entries import add_entries, change_entry, entry_of, entry_rows, remove_entry, show_names
from core.disclosure.names import FORGET, on_forget
from core.disclosure.periods import AREA
from core.disclosure.queries import content_of_publication
from core.kernel import clock, database
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import Scope, system_scope
from core.tenancy.settings import set_values
from tests.core.disclosure.notices import PHONE
from tests.core.disclosure.test_by_hand import draft, read, release, write
from tests.factories.world import NOW, County, World

NAMES = ("闵阿毛", "徐小琴", "沈大明")
AID = {"household": "闵阿毛", "kind": "高龄津贴", "amount": "600"}
LABOUR = {"person": "徐小琴、沈大明", "what": "扫地", "amount": "80"}


async def everything_of(admin: asyncpg.Connection, entry: UUID) -> str:
    """Give the stored row as a text, with what is encrypted as the bytes say it."""
    row = await admin.fetchrow("SELECT e.*, encode(e.names, 'escape') AS seen FROM board_entry e WHERE id = $1", entry)
    return str(dict(row))


async def forget(county: County) -> None:
    scope = system_scope(county.code)
    async with transaction(scope):
        await on_forget(scope, Event(new_id(), FORGET, county.code, county.code, {}, clock.now()))


async def shown(scope: Scope, entry: UUID, reason: str = "核对名单") -> dict[str, str]:
    async with transaction(scope):
        return dict(await show_names(scope, entry=entry, reason=reason, now=NOW))


async def test_a_line_is_stored_masked_and_every_reader_sees_it_so(world: World, admin: asyncpg.Connection) -> None:
    aid = (await write(world.nan.scope("bookkeeper"), "aid_by_hand", "2026-Q3", AID))[0]
    labour = (await write(world.nan.scope("bookkeeper"), "labour_by_hand", "2026-09", LABOUR))[0]
    for entry in (aid, labour):
        stored = await everything_of(admin, entry)
        assert [name for name in NAMES if name in stored] == []
    for role in ("bookkeeper", "village_secretary", "grid_worker", "township_leader", "county_administrator"):
        scope = world.nan.scope(role)
        async with transaction(scope):
            assert (await entry_of(scope, aid))["data"]["household"] == "闵**户"
            rows = await entry_rows(scope, region=world.nan.village, section="labour_by_hand", period="2026-09")
        assert [row["data"]["person"] for row in rows] == ["徐**、沈**"]


async def test_names_are_shown_in_full_for_a_reason_that_stands_in_the_trail_first(world: World, admin: asyncpg.Connection) -> None:
    made = (await write(world.nan.scope("bookkeeper"), "aid_by_hand", "2026-Q3", AID))[0]
    clerk = world.nan.scope("bookkeeper")
    assert await shown(clerk, made, f"核对，电话{PHONE}") == {"household": "闵阿毛"}
    line = await admin.fetchrow("SELECT * FROM audit_line WHERE action = 'board_entry.unmasked' AND subject_id = $1", made)
    assert (line["membership"], "核对" in line["data"], PHONE in line["data"], "闵" in line["data"]) == (clerk.membership, True, False, False)
    for reason in ("", "  ", "长" * 201):
        with pytest.raises(Invalid):
            await shown(clerk, made, reason)
    with pytest.raises(Forbidden):
        await shown(world.nan.scope("grid_worker"), made)
    for stranger in (world.nan.scope("second_village"), world.zhu.scope("township_leader")):
        with pytest.raises((NotFound, Forbidden)):
            await shown(stranger, made)


async def test_whoever_is_left_masked_in_a_change_stays_who_he_is(world: World) -> None:
    clerk = world.nan.scope("bookkeeper")
    made = (await write(clerk, "aid_by_hand", "2026-Q3", AID))[0]
    kept, _ = read("aid_by_hand", {**AID, "household": "闵**户", "amount": "650"})
    async with transaction(clerk):
        await change_entry(clerk, entry=made, line=kept, version=1, now=NOW)
    assert await shown(clerk, made) == {"household": "闵阿毛"}
    other, _ = read("aid_by_hand", {**AID, "household": "潘建林"})
    async with transaction(clerk):
        await change_entry(clerk, entry=made, line=other, version=2, now=NOW)
    assert await shown(clerk, made) == {"household": "潘建林"}
    nobody, _ = read("aid_by_hand", {**AID, "household": "李*户"})
    async with transaction(clerk):
        with pytest.raises(Invalid) as refused:
            await change_entry(clerk, entry=made, line=nobody, version=3, now=NOW)
    assert set(refused.value.fields) == {"household"}


async def test_full_names_go_after_their_term_and_what_was_published_stays(world: World, admin: asyncpg.Connection) -> None:
    clerk, boss = world.zhu.scope("bookkeeper"), world.zhu.scope("county_administrator")
    old, new = await write(clerk, "aid_by_hand", "2026-Q3", AID, AID)
    publication = await release(world.zhu.scope("village_secretary"), "aid_by_hand", "2026-Q3")
    now = clock.now()
    async with transaction(boss):
        await set_values(boss, AREA, {"names_days": 90}, valid_from=now, reason="本县规定", now=now)
        before = await content_of_publication(boss, publication)
    written = await admin.fetchrow("SELECT data, version FROM board_entry WHERE id = $1", old)
    await admin.execute("UPDATE board_entry SET changed_at = now() - interval '91 days' WHERE id = $1", old)
    await admin.execute("UPDATE board_entry SET changed_at = now() - interval '89 days' WHERE id = $1", new)
    await forget(world.nan)
    assert await shown(clerk, old) == {"household": "闵阿毛"}
    await forget(world.zhu)
    await forget(world.zhu)
    with pytest.raises(Conflict, match="保存期限"):
        await shown(clerk, old)
    assert await shown(clerk, new) == {"household": "闵阿毛"}
    assert await admin.fetchrow("SELECT data, version FROM board_entry WHERE id = $1", old) == written
    async with transaction(boss):
        assert await content_of_publication(boss, publication) == before
    assert (await draft(clerk, "aid_by_hand", "2026-Q3")).content["rows"] == before["rows"]
    told = await admin.fetch("SELECT data FROM audit_line WHERE action = 'board_entry.names_erased' AND county = $1", world.zhu.code)
    assert [row["data"] for row in told] == ['{"lines": 1}']


async def test_a_county_with_more_than_one_days_lines_goes_on(world: World, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    clerk = world.zhu.scope("bookkeeper")
    made = await write(clerk, "aid_by_hand", "2026-Q2", AID, AID, AID)
    await admin.execute("UPDATE board_entry SET changed_at = now() - interval '4000 days' WHERE id = ANY ($1)", made)
    monkeypatch.setattr(names, "AT_ONCE", 2)
    again = "SELECT count(*) FROM outbox WHERE topic = $1 AND county = $2"
    await forget(world.zhu)
    assert await admin.fetchval(again, FORGET, world.zhu.code) == 1
    await forget(world.zhu)
    assert await admin.fetchval("SELECT count(*) FROM board_entry WHERE id = ANY ($1) AND names IS NOT NULL", made) == 0
    assert await admin.fetchval(again, FORGET, world.zhu.code) == 1


async def test_a_line_that_is_taken_away_takes_its_names_along(world: World, admin: asyncpg.Connection) -> None:
    clerk = world.nan.scope("bookkeeper")
    made = (await write(clerk, "aid_by_hand", "2026-Q3", AID))[0]
    async with transaction(clerk):
        await remove_entry(clerk, entry=made, now=NOW)
    assert await admin.fetchval("SELECT names FROM board_entry WHERE id = $1", made) is None


async def test_two_who_change_one_line_do_not_overwrite_each_other(world: World) -> None:
    clerk, secretary = world.nan.scope("bookkeeper"), world.nan.scope("village_secretary")
    made = (await write(clerk, "aid_by_hand", "2026-Q3", AID))[0]
    first, _ = read("aid_by_hand", {**AID, "amount": "700"})
    second, _ = read("aid_by_hand", {**AID, "amount": "800"})
    async with transaction(clerk):
        await change_entry(clerk, entry=made, line=first, version=1, now=NOW)
    with pytest.raises(Conflict, match="别人改过这一行"):
        async with transaction(secretary):
            await change_entry(secretary, entry=made, line=second, version=1, now=NOW)
    async with transaction(secretary):
        row = await entry_of(secretary, made)
        assert (row["data"]["amount"], row["version"]) == ("700", 2)


async def test_many_lines_are_one_statement(world: World) -> None:
    clerk = world.nan.scope("bookkeeper")
    lines = [read("aid_by_hand", {**AID, "amount": str(n)})[0] for n in range(1, 301)]
    counted = []
    for some in (lines[:1], lines):
        token = database.trips.set([])
        try:
            async with transaction(clerk):
                await add_entries(clerk, section="aid_by_hand", period="2026-Q1", lines=some, now=NOW)
            counted.append(len(database.trips.get() or []))
        finally:
            database.trips.reset(token)
    assert counted[0] == counted[1]
    async with transaction(clerk):
        rows = await entry_rows(clerk, region=world.nan.village, section="aid_by_hand", period="2026-Q1")
    assert [row["data"]["amount"] for row in rows][1:] == [str(n) for n in range(1, 301)]


async def test_names_of_another_county_cannot_be_read_in_this_one(world: World, admin: asyncpg.Connection) -> None:
    ours = (await write(world.nan.scope("bookkeeper"), "aid_by_hand", "2026-Q3", AID))[0]
    theirs = (await write(world.zhu.scope("bookkeeper"), "aid_by_hand", "2026-Q1", AID))[0]
    await admin.execute("UPDATE board_entry SET names = (SELECT names FROM board_entry WHERE id = $2) WHERE id = $1", ours, theirs)
    with pytest.raises(Exception, match="cannot be read"):
        await shown(world.nan.scope("bookkeeper"), ours)



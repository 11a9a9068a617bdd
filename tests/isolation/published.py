"""What a county publishes: a release, a correction, a withdrawal, a notice with an objection, the law's clock."""

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from core.contracts.disclosure import CLOSED, OBJECTED, WANTED
from core.disclosure.actions import (
    NOTICE_DUE,
    Wanted,
    answer_objection,
    close_publication,
    correct_publication,
    object_to,
    release_publication,
    show_contact,
    withdraw_publication,
)
from core.disclosure.closing import on_closed
from core.disclosure.drafting import draft_of
from core.disclosure.entries import add_entries, change_entry, matters_of, remove_entry, show_names
from core.disclosure.names import FORGET, on_forget
from core.disclosure.queries import (
    content_of_publication,
    left_of,
    objections_to,
    publications_in,
    standing_one,
)
from core.disclosure.reactions import CALENDAR, on_calendar, on_notice_due, on_objected, on_wanted
from core.disclosure.sealing import stored
from core.kernel.database import transaction
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import Scope, system_scope
from tests.core.disclosure.notices import NOTICE, PHONE, with_sections
from tests.factories.world import NOW, County


async def _wanted(
    scope: Scope, section: str, period: str, subject: UUID | None = None, note: str = "", now: datetime = NOW
) -> Wanted:
    async with transaction(scope):
        draft = await draft_of(
            scope, section=section, region=scope.region, period=period, subject=subject, note=note, now=now
        )
        await standing_one(scope, place=scope.region, section=section, period=draft.period, subject=subject)
    return Wanted(section, scope.region, period, subject, note, draft.digest)


async def _release(
    scope: Scope, section: str, period: str, subject: UUID | None = None, now: datetime = NOW
) -> UUID:
    wanted = await _wanted(scope, section, period, subject, now=now)
    async with transaction(scope):
        return (await release_publication(scope, wanted=wanted, now=now)).id


async def publish(admin: asyncpg.Connection, county: County) -> None:
    """Publish, correct, withdraw; object and answer; let the clock run and something be missing."""
    scope = county.scope("village_secretary")
    before = await admin.fetchval("SELECT count(*) FROM publication WHERE county = $1 AND section = 'powers'", county.code)
    year = 2026 - before  # a county that lives again publishes another year
    await _clock(admin, county)
    await _release(scope, "powers", "", now=NOW + timedelta(days=before))
    old = await _release(scope, "tasks", f"{year}-Q3")
    wanted = await _wanted(scope, "tasks", f"{year}-Q3", note="更正")
    gone = await _release(scope, "tasks", f"{year}-Q2")
    async with transaction(scope):
        new = await correct_publication(scope, publication=old, wanted=wanted, reason="补充", now=NOW)
        assert [each.id for each in await left_of(scope, new.id)] == [old]
        await withdraw_publication(scope, publication=gone, reason="重复", now=NOW)
        await close_publication(scope, publication=gone, reason="有电话号码", others=True, now=NOW)
        await content_of_publication(scope, old)
        assert len(await stored(scope, [old, gone])) == 2
        await publications_in(scope, section="tasks")
    await _wanted(scope, "tasks", "2026-Q4")
    await _by_hand(admin, county, scope)
    async with transaction(scope):
        assert await content_of_publication(scope, gone)
    await on_closed(system_scope(county.village, county=county.code), _event(county, CLOSED, {"publication": str(gone)}))
    with with_sections(NOTICE):
        await _notice(county, scope)
    await admin.execute("DELETE FROM notice WHERE county = $1 AND kind LIKE 'publication%'", county.code)
    old_answers = "UPDATE publication_objection SET answered_at = now() - interval '2 years' WHERE county = $1 AND answered_at IS NOT NULL"
    await admin.execute(old_answers, county.code)
    await _clock(admin, county)


async def _by_hand(admin: asyncpg.Connection, county: County, scope: Scope) -> None:
    """Write lines and matters by hand, change some and take some away, look at names and drafts, publish, and let names go."""
    line = {"what": f"{scope.county} 买扫帚", "side": "支出", "amount": "120.00", "day": "2026-10-08", "person": "沈大明"}
    async with transaction(scope):
        made = await add_entries(scope, section="money_by_hand", period="2026-10", lines=[line, line, line], now=NOW)
        await change_entry(scope, entry=made[1], line={**line, "amount": "130.00"}, version=1, now=NOW)
        await show_names(scope, entry=made[1], reason="核对", now=NOW)
        await remove_entry(scope, entry=made[2], now=NOW)
        await add_entries(scope, section="money_by_hand", period="2026-10", lines=[line], now=NOW)  # counts those before
        words = [{"what": f"{scope.county} 停水通知", "text": "周六停水。"}]
        matter = (await add_entries(scope, section="own_matter", period="", lines=words, now=NOW))[0]
        major = {"what": f"{scope.county} 仓库出租", "day": "2026-11-20", "amount": "72000", "text": "租三年。"}
        pair = await add_entries(scope, section="finance_by_hand", period="", lines=[major, major], now=NOW)
        await change_entry(scope, entry=pair[0], line={**major, "day": "2026-11-21"}, version=1, now=NOW)
        await remove_entry(scope, entry=pair[1], now=NOW)
    await _wanted(scope, "money_by_hand", "2026-10")
    await _release(scope, "own_matter", "", matter)
    await _release(scope, "finance_by_hand", "", pair[0])
    await admin.execute("UPDATE board_entry SET changed_at = now() - interval '9 years' WHERE id = $1", made[0])
    async with transaction(system := system_scope(county.code)):
        await on_forget(system, _event(county, FORGET, {}))
    async with transaction(scope):
        assert any(row["publication"] for row in await matters_of(scope, region=scope.region, section="own_matter"))


async def _notice(county: County, scope: Scope) -> None:
    one = new_id()
    system = system_scope(county.village, county=county.code)
    asked = {"section": NOTICE.name, "subject": str(one), "title": "救助对象", "at": NOW.isoformat()}
    async with transaction(system):
        await on_wanted(system, _event(county, WANTED, asked))
    made = await _release(scope, NOTICE.name, "", one)
    async with transaction(system):
        await object_to(system, publication=made, body=f"{county.code} 有意见", contact=PHONE, now=NOW)
        await object_to(system, publication=made, body="还有意见", contact=PHONE, now=NOW)
    rows = await _objections(scope, made)
    async with transaction(scope):
        await show_contact(scope, objection=rows[0], reason="核实", now=NOW)
        await answer_objection(scope, objection=rows[0], answer="已核实。", upheld=False, now=NOW)
    told = {"publication": str(made), "objection": str(rows[0])}
    async with transaction(system):
        await on_objected(system, _event(county, OBJECTED, told))
        await on_notice_due(system, _event(county, NOTICE_DUE, {"publication": str(made)}))
    other = new_id()
    await _release(scope, NOTICE.name, "", other)
    async with transaction(system):
        await on_wanted(system, _event(county, WANTED, {**asked, "subject": str(other)}))
    late = await _release(scope, NOTICE.name, "", third := new_id())
    async with transaction(system):
        await on_wanted(system, _event(county, WANTED, {**asked, "subject": str(third)}))
    async with transaction(scope):
        await withdraw_publication(scope, publication=late, reason="重复", now=NOW)


async def _objections(scope: Scope, publication: UUID) -> list[UUID]:
    async with transaction(scope):
        return [each.id for each in await objections_to(scope, publication) if each.has_contact]


async def _clock(admin: asyncpg.Connection, county: County) -> None:
    """Make due dates, let some lie in the past and some fall due soon, and look again."""
    system = system_scope(county.code)
    async with transaction(system):
        await on_calendar(system, _event(county, CALENDAR, {}))
    late = "UPDATE publication_due SET opens_on = $2, due_on = $3 WHERE county = $1 AND region = $4"
    await admin.execute(late, county.code, NOW.date() - timedelta(days=30), NOW.date() - timedelta(days=30), county.village)
    for days in (0, 5):
        soon = (
            "UPDATE publication_due d SET opens_on = x.day, due_on = x.day + $2::integer"
            " FROM (SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date AS day) x WHERE county = $1 AND region = $3"
        )
        await admin.execute(soon, county.code, days, f"{county.code}101202")
        async with transaction(system):
            await on_calendar(system, _event(county, CALENDAR, {}))


def _event(county: County, topic: str, payload: dict[str, str]) -> Event:
    return Event(new_id(), topic, county.code, county.village, payload, NOW)

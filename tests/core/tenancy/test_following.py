"""What follows a merge beside open work: settings that agree, and rows that arrive while it runs or after it."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg

from core.kernel.database import execute, fetch_value, transaction
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import Scope
from core.scores.rules import AREA as SCORES
from core.scores.rules import ScoreRule
from core.tenancy.actions.calendar import set_day
from core.tenancy.actions.following import carry_settings, follow_change
from core.tenancy.actions.regions import Document, Wish, change_regions
from core.tenancy.enums import ChangeKind
from core.tenancy.settings import set_values, settings_history, settings_of
from tests.core.tenancy.conftest import LIANSHI, NAN, NOW, SHUANGLIN, county_scope
from tests.core.tenancy.test_changes import DOCUMENT, ON

SHANLIAN, QIANJIN, SHICONG = "330503103", "330503107", "330503108"
_SHARE = (
    "INSERT INTO assignment (county, id, region, task_id, brief_id, sender_region, sender_name, receiver_name, title,"
    " points, due_at, evidence, state, created_at, changed_at)"
    " SELECT $3, $4, $5, $6, $6, left($5, 9), '党政办', '某村', '防汛', 5, now(), '{}', 'sent', now(), now() WHERE $1 < $2"
)


async def share(scope: Scope, region: str) -> UUID:
    """Add an open share as the application does, in the open transaction."""
    made = new_id()
    await execute(scope, _SHARE, NAN, made, region, new_id())
    return made


async def changed(wish: Wish, document: Document = DOCUMENT) -> UUID:
    scope = county_scope()
    async with transaction(scope):
        return await change_regions(scope, wish, document, now=NOW)


async def follow(change: UUID) -> None:
    scope = county_scope()
    async with transaction(scope):
        event = Event(new_id(), "region.changed", scope.county, scope.region, {"change": str(change)}, NOW)
        await follow_change(scope, event)
        await carry_settings(scope, event)


async def announced(admin: asyncpg.Connection) -> list[str]:
    """Take what waits of changes to be followed, as the relay would."""
    rows = await admin.fetch("DELETE FROM outbox WHERE topic = 'region.changed' RETURNING payload ->> 'change' AS change")
    return sorted({row["change"] for row in rows})


async def put(region: str, values: dict[str, Any]) -> None:
    scope = county_scope(region)
    async with transaction(scope):
        await set_values(scope, SCORES, values, valid_from=NOW, reason="本镇试行", now=NOW)


async def where(admin: asyncpg.Connection, row: UUID) -> str:
    return str(await admin.fetchval("SELECT region FROM assignment WHERE id = $1", row))


async def test_new_township_takes_the_settings_on_which_the_old_ones_agree(admin: asyncpg.Connection) -> None:
    await put(LIANSHI, {"good": "0.95", "fair": "0.7"})
    await put(SHANLIAN, {"good": "0.95", "fair": "0.6", "poor": "0.4"})
    scope = county_scope()
    for place, working in ((LIANSHI, True), (SHANLIAN, True)):
        place_scope = county_scope(place)
        async with transaction(place_scope):
            await set_day(place_scope, day=ON.replace(month=12), working=working, note="镇庙会", now=NOW)
    made = await changed(Wish(ChangeKind.MERGE, sources=[LIANSHI, SHANLIAN], name="练善镇"))
    await follow(made)
    new = await admin.fetchval("SELECT successor FROM region WHERE code = $1", LIANSHI)
    async with transaction(scope):
        rule = await settings_of(scope, ScoreRule, at=NOW, region=new)
        county = await settings_of(scope, ScoreRule, at=NOW)
        told = {(e.key, e.value, e.reason) for e in await settings_history(scope, SCORES, region=new) if e.region == new}
        kept = [e.key for e in await settings_history(scope, SCORES, region=LIANSHI) if e.region == LIANSHI]
    assert (str(rule.good), str(rule.poor), rule.fair) == ("0.95", "0.4", county.fair)
    assert told == {
        ("good", "0.95", f"承接自练市镇、善琏镇（{DOCUMENT.number}）"),
        ("poor", "0.4", f"承接自善琏镇（{DOCUMENT.number}）"),
    }
    assert sorted(kept) == ["fair", "good"]
    assert await admin.fetchval("SELECT count(*) FROM calendar_day WHERE region = $1", new) == 1
    await follow(made)
    async with transaction(scope):
        again = [e for e in await settings_history(scope, SCORES, region=new) if e.region == new]
    assert len(again) == len(told)


async def test_township_that_was_there_keeps_its_own_way(admin: asyncpg.Connection) -> None:
    await put(SHICONG, {"good": "0.9"})
    await put(QIANJIN, {"poor": "0.3"})
    await follow(await changed(Wish(ChangeKind.MERGE, sources=[SHICONG], successor=QIANJIN)))
    own = await admin.fetch("SELECT key, value #>> '{}' AS value FROM setting WHERE region = $1", QIANJIN)
    assert [tuple(row) for row in own] == [("poor", "0.3")]
    assert await admin.fetchval("SELECT count(*) FROM setting WHERE region = $1", SHICONG) == 1


async def test_change_waits_for_rows_that_are_being_written(admin: asyncpg.Connection) -> None:
    village, other = f"{SHUANGLIN}200", f"{SHUANGLIN}201"
    scope, written, go_on = county_scope(SHUANGLIN), asyncio.Event(), asyncio.Event()

    async def writer() -> UUID:
        async with transaction(scope):
            made = await share(scope, village)
            written.set()
            await go_on.wait()
        return made

    writing = asyncio.create_task(writer())
    await written.wait()
    changing = asyncio.create_task(changed(Wish(ChangeKind.CLOSE, region=village, successor=other)))
    waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    while not await admin.fetchval(waits):
        assert not changing.done()
        await asyncio.sleep(0)
    go_on.set()
    made = await writing
    await follow(await changing)
    assert await where(admin, made) == other


async def test_rows_that_arrive_late_are_fetched_after(admin: asyncpg.Connection) -> None:
    village, other, last = f"{SHUANGLIN}202", f"{SHUANGLIN}203", f"{SHUANGLIN}204"
    first = await changed(Wish(ChangeKind.CLOSE, region=village, successor=other))
    await follow(first)
    await announced(admin)
    stale = county_scope(village)
    async with transaction(stale):  # the page was opened before: its scope is the old village
        late = await share(stale, village)
        await share(stale, village)
    assert await announced(admin) == [str(first)]
    await follow(first)
    assert await where(admin, late) == other
    second = await changed(Wish(ChangeKind.CLOSE, region=other, successor=last))
    await follow(second)
    await announced(admin)
    async with transaction(stale):
        later = await share(stale, village)
    assert await announced(admin) == [str(first)]
    await follow(first)
    assert await announced(admin) == [str(second)]  # the successor has ended as well
    await follow(second)
    assert await where(admin, later) == last


async def test_rows_at_open_places_announce_nothing(admin: asyncpg.Connection) -> None:
    await announced(admin)
    scope = county_scope()
    async with transaction(scope):
        await share(scope, f"{SHUANGLIN}206")
        assert await fetch_value(scope, "SELECT count(*) FROM assignment x WHERE x.region >= $1 AND x.region < $2") > 0
    assert await announced(admin) == []

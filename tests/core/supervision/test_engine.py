"""Models run from announcements, at set moments and in full: each way ends with the same warnings, however often."""

import asyncio
from contextvars import copy_context
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from core.contracts.registry import current
from core.contracts.warnings import LOOK
from core.kernel.database import transaction
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import system_scope
from core.scores.rules import ScoreRule
from core.supervision import actions as a
from core.supervision.reactions import NIGHTLY, on_nightly, on_raised
from core.tasks.actions import work
from core.tasks.actions.scoring import accept_submission
from tests.core.supervision.steps import LATE, late_share, looked, raised, warning_of
from tests.factories.world import NOW, World, handed, sent

DAY = timedelta(days=1)


async def finish(world: World, share: Any) -> None:
    secretary, leader = world.nan.scope("village_secretary"), world.nan.scope("township_leader")
    async with transaction(secretary):
        await work.acknowledge_assignment(secretary, assignment=share, now=NOW)
        await work.submit_assignment(secretary, assignment=share, text="办好了。", now=NOW)
    async with transaction(leader):
        await accept_submission(leader, assignment=share, grade="good", rule=ScoreRule(), now=LATE)


async def test_looking_twice_changes_nothing(world: World, admin: asyncpg.Connection) -> None:
    share = await late_share(admin, world.nan)
    assert (await looked(world.nan, at=NOW)).raised == 0
    first, again = await looked(world.nan), await looked(world.nan)
    assert first.raised >= 1
    assert (again.raised, again.refreshed, again.ended) == (0, 0, 0)
    row = await warning_of(admin, share)
    assert (row["severity"], row["state"], row["region"]) == ("yellow", "raised", world.nan.village)
    worse = await looked(world.nan, at=LATE + 4 * DAY)
    assert worse.refreshed >= 1
    assert (await warning_of(admin, share))["severity"] == "orange"


async def test_what_is_corrected_before_anybody_took_it_ends_and_red_does_not(world: World, admin: asyncpg.Connection) -> None:
    mild, grave = await late_share(admin, world.nan), await late_share(admin, world.nan)
    await looked(world.nan)
    await admin.execute("UPDATE warning SET severity = 'red' WHERE key = $1", str(grave))
    for share in (mild, grave):
        await finish(world, share)
    ended = await looked(world.nan)
    assert ended.ended == 2
    assert (await warning_of(admin, mild))["state"] == "ended"
    red = await warning_of(admin, grave)
    assert (red["state"], red["severity"], red["gone_at"] is not None) == ("raised", "red", True)


async def test_an_incremental_run_ends_with_what_the_nightly_run_finds(world: World, admin: asyncpg.Connection) -> None:
    for _ in range(3):
        await late_share(admin, world.zhu)
    async def standing() -> list[Any]:
        rows = await admin.fetch(
            "SELECT model, key, severity FROM warning WHERE county = $1 AND gone_at IS NULL ORDER BY 1, 2", world.zhu.code
        )
        return [tuple(row) for row in rows]

    for region in (world.zhu.village, f"{world.zhu.code}101202"):
        await looked(world.zhu, region=region)
    small = await standing()
    assert len(small) == 3
    await looked(world.zhu)
    assert await standing() == small
    await admin.execute("TRUNCATE warning CASCADE")
    await looked(world.zhu)
    assert await standing() == small


async def test_a_deed_asks_its_models_and_time_asks_again(world: World, admin: asyncpg.Connection) -> None:
    names = [handler.name for handler in current().subscriptions.by_topic["task.dispatched"]]
    assert "warning:overdue_task:task.dispatched" in names
    share = await late_share(admin, world.nan)
    await looked(world.nan, at=NOW, region=world.nan.village, alarm=True)
    due = await admin.fetchval("SELECT due_at FROM assignment WHERE id = $1", share)
    timers = await admin.fetch("SELECT due_at, region FROM timer WHERE topic = $1 AND cancelled_at IS NULL", LOOK)
    assert (due, world.nan.village) in [tuple(each) for each in timers]
    await looked(world.nan, at=NOW, region=world.nan.village, alarm=True)
    again = await admin.fetch("SELECT 1 FROM timer WHERE topic = $1 AND cancelled_at IS NULL AND region = $2", LOOK, world.nan.village)
    assert len(again) == 1


async def test_a_matter_that_waits_48_hours_is_raised_and_its_decision_ends_it(world: World, admin: asyncpg.Connection) -> None:
    made = await handed(world.nan, title="组织干部关注公众号并每日打卡")
    assert await admin.fetchval("SELECT state FROM incoming_task WHERE id = $1", made.id) == "held"
    await looked(world.nan, name="waiting_approval", at=NOW + timedelta(hours=47))
    assert await warning_of(admin, made.id) is None
    await looked(world.nan, name="waiting_approval", at=NOW + timedelta(hours=49))
    row = await warning_of(admin, made.id)
    assert (row["severity"], row["region"]) == ("orange", world.nan.township)
    await admin.execute("UPDATE incoming_task SET state = 'refused' WHERE id = $1", made.id)
    await looked(world.nan, name="waiting_approval", at=NOW + timedelta(hours=50))
    assert (await warning_of(admin, made.id))["state"] == "ended"


async def test_a_missing_publication_is_raised_until_it_is_published(world: World, admin: asyncpg.Connection) -> None:
    due = new_id()
    await admin.execute(
        "INSERT INTO publication_due (county, id, region, section, period, at, opens_on, due_on) VALUES ($1, $2, $3, 'tasks', '2026-Q3',"
        " now(), '2026-10-01', '2026-10-15')", world.nan.code, due, world.nan.village,
    )  # fmt: skip
    await looked(world.nan, name="missing_publication", at=NOW)
    assert (await warning_of(admin, due))["severity"] == "red"
    await admin.execute("UPDATE publication_due SET done_at = now() WHERE id = $1", due)
    await looked(world.nan, name="missing_publication", at=NOW)
    row = await warning_of(admin, due)
    assert row["gone_at"] is not None


async def test_the_night_looks_with_every_model_and_handlers_hear_of_it(world: World, admin: asyncpg.Connection) -> None:
    await admin.execute("TRUNCATE warning CASCADE")
    share = await late_share(admin, world.nan)
    await admin.execute("UPDATE assignment SET due_at = now() - interval '2 days' WHERE id = $1", share)
    scope = system_scope(world.nan.code)
    await on_nightly(scope, Event(new_id(), NIGHTLY, world.nan.code, world.nan.code, {}, NOW))
    row = await warning_of(admin, share)
    assert row is not None
    async with transaction(scope):
        event = Event(new_id(), "warning.raised", world.nan.code, row["region"], {"warning": str(row["id"])}, NOW)
        await on_raised(scope, event)
    roles = await admin.fetch(
        "SELECT m.role FROM notice n JOIN membership m ON m.county = n.county AND m.id = n.membership_id WHERE n.kind = 'warning_raised'"
        " AND n.link = $1", f"/warnings/{row['id']}",
    )  # fmt: skip
    assert {each["role"] for each in roles} == {"supervision_committee"}


async def test_the_other_county_has_none_of_it(world: World, admin: asyncpg.Connection) -> None:
    await admin.execute("TRUNCATE warning CASCADE")
    await sent(world.zhu)
    await looked(world.nan)
    assert await admin.fetchval("SELECT count(*) FROM warning WHERE county = $1", world.zhu.code) == 0


@pytest.mark.parametrize(("gone", "severity"), [(False, "orange"), (True, "yellow")])
async def test_what_somebody_does_while_a_model_looks_is_not_undone_by_the_look(
    world: World, admin: asyncpg.Connection, severity: str, *, gone: bool
) -> None:
    await admin.execute("TRUNCATE warning CASCADE")
    warning, handler = await raised(admin, world.nan), world.nan.scope("county_inspector")
    share = await admin.fetchval("SELECT key::uuid FROM warning WHERE id = $1", warning)
    if gone:
        await finish(world, share)
    outside = copy_context()  # of the handler's transaction
    async with transaction(handler):
        await a.take_warning(handler, warning=warning, now=LATE)
        look = asyncio.create_task(looked(world.nan, at=LATE + 4 * DAY), context=outside)
        await waits_for_a_row(admin)
    await look
    row = await warning_of(admin, share)
    assert (row["state"], row["severity"], row["gone_at"] is not None) == ("taken", severity, gone)
    assert row["taken_name"]
    assert row["due_at"] is not None


async def waits_for_a_row(admin: asyncpg.Connection) -> None:
    """Wait until the look has read what stands and wants to write it."""
    for _ in range(200):
        if await admin.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple'))"):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the look waited for nobody")

"""A year lived day by day: deeds and alarms lead to small looks, some nights look at all of it, people close what they judged.

However the two mix, what stands is what one look at everything would find; nothing is raised twice, and what was closed stays closed.
"""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core.contracts.registry import current
from core.contracts.warnings import LOOK, RAISED, WarningModel
from core.extension.manager import boot
from core.kernel import clock
from core.kernel.database import close_pool, open_pool, transaction
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import Scope, system_scope
from core.people.roles import ready_roles
from core.supervision import reactions
from core.supervision.actions import judge_warning, take_warning
from core.supervision.reactions import NIGHTLY, on_look, on_nightly
from tests.databases import DatabaseUrls
from tests.factories.replay import Replay
from tests.factories.year import Size, make_year, standing

COUNTY = "339922"
SIZE = Size(townships=2, villages=6, tasks=1, incoming=2, petitions=6, decisions=4, uses=4, events=2_000, faults=30)
STEPS = 30
STEP = timedelta(days=12)
_DUE = """
UPDATE timer SET fired_at = $1 WHERE topic = $2 AND county = $3 AND due_at <= $1 AND fired_at IS NULL AND cancelled_at IS NULL
RETURNING id, region, payload::text
"""
_HISTORY = """
SELECT w.key, w.model, array_agg(e.kind ORDER BY e.at, e.id) FILTER (WHERE e.kind IN ('raised', 'gone', 'back')) AS told,
       (SELECT count(*) FROM outbox o WHERE o.topic = $2 AND o.payload ->> 'warning' = w.id::text) AS announced
FROM warning w JOIN warning_event e ON e.county = w.county AND e.warning_id = w.id WHERE w.county = $1 GROUP BY w.county, w.id
"""
Closed = dict[UUID, Any]


@pytest.fixture(scope="module")
async def end(database_urls: DatabaseUrls, admin: asyncpg.Connection) -> AsyncIterator[datetime]:
    """Make a small year; gives when it ends."""
    boot()
    await open_pool(database_urls.app, size=4)
    moment = clock.now()
    await make_year(admin, county=COUNTY, now=moment, size=SIZE)
    try:
        yield moment
    finally:
        await admin.execute("RESET session_replication_role")
        await close_pool()


class Supervised:
    """The county's supervision through the year, at a moment that the test sets."""

    def __init__(self, admin: asyncpg.Connection, dice: Random, patch: pytest.MonkeyPatch) -> None:
        self.admin, self.dice, self.moment, self.nights = admin, dice, clock.now(), 0
        self.closed: Closed = {}
        patch.setattr(reactions, "clock_now", lambda: self.moment)

    async def small_looks(self, events: Sequence[Event]) -> None:
        """Look where something happened, each place once, and where an alarm was set for a moment that has come."""
        asked = {
            (model.name, listen.range_of(event), listen.subject_of(event)): None
            for event in events for model in current().all(WarningModel) for listen in model.listens if listen.topic == event.topic
        }  # fmt: skip
        for name, region, subject in asked:
            await self._look(region, {"model": name, "subject": subject})
        for row in await self.admin.fetch(_DUE, self.moment, LOOK, COUNTY):
            await self._look(row["region"], json.loads(row["payload"]))

    async def _look(self, region: str, told: dict[str, Any]) -> None:
        scope = system_scope(COUNTY)
        async with transaction(scope):
            await on_look(scope, Event(new_id(), LOOK, COUNTY, region, told, self.moment))

    async def night(self) -> None:
        self.nights += 1
        await on_nightly(system_scope(COUNTY), Event(new_id(), NIGHTLY, COUNTY, COUNTY, {}, self.moment))

    async def judge_some(self, inspector: Scope) -> None:
        """Have a person take three that stand, and close two of them."""
        rows = await self.admin.fetch("SELECT id FROM warning WHERE county = $1 AND state = 'raised' AND gone_at IS NULL ORDER BY model, key", COUNTY)
        for n, row in enumerate(self.dice.sample(rows, 3)):
            async with transaction(inspector):
                await take_warning(inspector, warning=row["id"], now=self.moment)
                if n < 2:
                    await judge_warning(inspector, warning=row["id"], way="judge_no_action", text="查过，不用处置。", now=self.moment)
            if n < 2:
                self.closed[row["id"]] = await self.row(row["id"])

    async def row(self, warning: UUID) -> Any:
        return await self.admin.fetchrow("SELECT * FROM warning WHERE id = $1", warning)

    async def stands(self) -> set[tuple[str, str, str]]:
        """Give what stands and is not closed."""
        keys = await self.closed_keys()
        return {each for each in await standing(self.admin, COUNTY) if each[:2] not in keys}

    async def closed_keys(self) -> set[tuple[str, str]]:
        compared = {model.name for model in current().all(WarningModel) if model.compares}
        rows = await self.admin.fetch("SELECT model, key, basis -> 0 ->> 'id' AS rests_on FROM warning WHERE id = ANY ($1)", list(self.closed))
        return {(row["model"], row["rests_on"] if row["model"] in compared else row["key"]) for row in rows}


async def inspector_of(admin: asyncpg.Connection) -> Scope:
    """Give an inspector of the county, whom no warning is about."""
    person, post = new_id(), new_id()
    await admin.execute("INSERT INTO person (county, id, region, name, created_at) VALUES ($1, $2, $1, '周监察', now())", COUNTY, person)
    await admin.execute(
        "INSERT INTO membership (county, id, region, person_id, person_name, role, valid_from, granted_by_name, created_at)"
        " VALUES ($1, $2, $1, $3, '周监察', 'county_inspector', now() - interval '2 years', '系统', now())", COUNTY, post, person,
    )  # fmt: skip
    permissions = ready_roles()["county_inspector"].permissions
    return Scope(COUNTY, COUNTY, "周监察", person=person, membership=post, role="county_inspector", permissions=frozenset(permissions))


@pytest.mark.parametrize("seed", [20261122])
async def test_small_looks_and_nights_in_any_order_end_with_what_one_full_look_finds(
    end: datetime, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    dice = Random(seed)
    replay = Replay(admin, COUNTY, end=end, dice=dice)
    await replay.put_aside()
    inspector, county = await inspector_of(admin), Supervised(admin, dice, monkeypatch)
    since = end - timedelta(days=2_000)
    for step in range(STEPS, -1, -1):
        county.moment = end - step * STEP
        await county.small_looks(await replay.live(since, county.moment))
        since = county.moment
        if dice.random() < 0.4 and step:
            before = await county.stands()
            await county.night()
            assert await county.stands() == before, step
        if step in {12, 6, 2}:
            await county.judge_some(inspector)
    assert county.nights > 5
    mixed, judged = await county.stands(), await county.closed_keys()
    assert len(county.closed) == len(judged) == 6
    for warning, row in county.closed.items():
        assert await county.row(warning) == row
    history = await admin.fetch(_HISTORY, COUNTY, RAISED)
    for row in history:
        assert row["announced"] == 1, row
        assert row["told"] == (["raised"] + ["gone", "back"] * len(row["told"]))[: len(row["told"])], row
    assert sum("gone" in row["told"] for row in history) > 50
    assert {row["model"] for row in history} == {model.name for model in current().all(WarningModel) if not model.plugin}
    await admin.execute("TRUNCATE warning CASCADE")
    await county.night()
    full = {each for each in await standing(admin, COUNTY) if each[:2] not in judged}
    assert mixed == full
    assert len(full) > 15

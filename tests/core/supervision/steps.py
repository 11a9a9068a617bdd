"""Short words for tests: late shares, looks, and the posts that handle warnings."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from core.contracts.registry import current
from core.contracts.warnings import WarningModel
from core.kernel.database import transaction
from core.kernel.scope import Scope, system_scope
from core.supervision import actions as a
from core.supervision.engine import Outcome, look
from tests.core.seals.steps import paper
from tests.factories.world import NOW, SOON, County, World, add_post, sent

LATE = SOON + timedelta(hours=1)


def model(name: str = "overdue_task") -> WarningModel:
    found = current().named(WarningModel, name)
    assert found is not None
    return found


async def looked(
    county: County, *, at: datetime = LATE, name: str = "overdue_task", region: str = "", alarm: bool = False
) -> Outcome:
    """Look at a range of the county."""
    scope = system_scope(county.code)
    async with transaction(scope):
        return await look(scope, model(name), region=region or county.code, now=at, alarm=alarm)


async def late_share(admin: asyncpg.Connection, county: County) -> UUID:
    """Send a task to one village that will be late, and give its share."""
    task = (await sent(county, regions=(county.village,))).task
    found: UUID = await admin.fetchval("SELECT id FROM assignment WHERE task_id = $1", task)
    return found


async def warning_of(admin: asyncpg.Connection, key: object) -> Any:
    return await admin.fetchrow("SELECT * FROM warning WHERE key = $1", str(key))


async def raised(admin: asyncpg.Connection, county: County, *, at: datetime = LATE) -> UUID:
    """Have one overdue share raised, and give the warning."""
    share = await late_share(admin, county)
    await looked(county, at=at)
    found: UUID = (await warning_of(admin, share))["id"]
    return found




async def inspector(admin: asyncpg.Connection, world: World) -> Scope:
    """Give another inspector of the first county."""
    made = await add_post(admin, county=world.nan, role="county_inspector", region=world.nan.code)
    return made.scope


async def evidence(admin: asyncpg.Connection, scope: Scope, warning: UUID) -> None:
    """Send a photo up that proves a correction."""
    await paper(admin, scope, warning, purpose="warning_correction")


async def to_lead(scope: Scope, concerned: Scope, warning: UUID, *, at: datetime = LATE) -> None:
    """Bring a warning to the verdict that it is a lead."""
    async with transaction(scope):
        await a.take_warning(scope, warning=warning, now=at)
        await a.ask_person(scope, warning=warning, text="为什么没有办？", person=None, now=at)
    async with transaction(concerned):
        await a.state_case(concerned, warning=warning, text="人手不够。", now=at)
    async with transaction(scope):
        await a.judge_warning(scope, warning=warning, way="judge_lead", text="属实，限期办结。", now=at)


__all__ = ["LATE", "NOW", "SOON"]

"""Tasks around the real clock, which is the one that pages go by; and what stands in the main part of a page."""

import html
import re
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from core.kernel import clock
from core.tasks.actions.dispatching import Dispatched, dispatch_task
from core.tasks.actions.work import acknowledge_assignment, submit_assignment
from core.tasks.enums import Mode
from tests.core.tasks.steps import accept, do, share_of
from tests.factories.world import RULE, County, order

_MAIN = re.compile(r"<main\b.*?</main>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def soon(days: float = 3) -> datetime:
    """Give a time some days from now."""
    return clock.now() + timedelta(days=days)


async def sent(county: County, role: str = "township_leader", **changes: object) -> Dispatched:
    """Send a task now, due in three days."""
    sending = order(county, **{"due_at": soon(), **changes})
    return await do(county.scope(role), dispatch_task, order=sending, rule=RULE, now=clock.now())


async def opened(county: County, places: int = 1, **changes: object) -> UUID:
    """Open a task with places to take."""
    return (await sent(county, mode=Mode.OPEN, regions=(), places=places, **changes)).task


async def in_village(admin: asyncpg.Connection, county: County, **changes: object) -> UUID:
    """Send a task to the first village alone. Gives its share."""
    made = await sent(county, **{"regions": (county.village,), **changes})
    return await share_of(admin, made.task, county.village)


async def in_hand(admin: asyncpg.Connection, county: County, **changes: object) -> UUID:
    """Give a share that was acknowledged."""
    share = await in_village(admin, county, **changes)
    await do(county.scope("village_secretary"), acknowledge_assignment, assignment=share, now=clock.now())
    return share


async def submitted(admin: asyncpg.Connection, county: County, **changes: object) -> UUID:
    """Give a share whose result was handed in."""
    share = await in_hand(admin, county, **changes)
    secretary = county.scope("village_secretary")
    await do(secretary, submit_assignment, assignment=share, text="查了三处。", now=clock.now())
    return share


async def accepted(admin: asyncpg.Connection, county: County, grade: str = "good") -> UUID:
    """Give a share whose result was accepted."""
    share = await submitted(admin, county)
    await accept(county.scope("township_leader"), share, grade, now=clock.now())
    return share


async def task_of(admin: asyncpg.Connection, share: UUID) -> UUID:
    """Give the task of a share."""
    return await admin.fetchval("SELECT task_id FROM assignment WHERE id = $1", share)


def main_part(page: str) -> str:
    """Give the markup of a page's own content, without the shell around it."""
    found = _MAIN.search(page)
    assert found is not None
    return found.group()


def words_of(page: str) -> str:
    """Give what a person reads in a page's main part."""
    return re.sub(r"\s+", " ", html.unescape(_TAG.sub(" ", main_part(page))))

"""Steps of the main job, each in a transaction of its own, and what the superuser sees of them."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from core.files.actions import finish_upload
from core.files.uploads import put_part, start_upload
from core.kernel.database import transaction
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.scores.rules import ScoreRule
from core.tasks.actions.scoring import accept_submission
from core.tasks.actions.work import acknowledge_assignment, submit_assignment
from tests.factories.world import NOW, County, sent

RULE = ScoreRule()


async def do(scope: Scope, action: Callable[..., Awaitable[Any]], **given: Any) -> Any:
    """Let a post do one thing."""
    async with transaction(scope):
        return await action(scope, **given)


async def share_of(admin: asyncpg.Connection, task: UUID, region: str) -> UUID:
    """Give the share of a task that a region got."""
    return await admin.fetchval("SELECT id FROM assignment WHERE task_id = $1 AND region = $2", task, region)


async def row_of(admin: asyncpg.Connection, table: str, made: UUID) -> asyncpg.Record:
    """Give a row as it stands."""
    return await admin.fetchrow(f"SELECT * FROM {table} WHERE id = $1", made)


async def events_of(admin: asyncpg.Connection, share: UUID) -> list[str]:
    """Name the lines of a share's history in their order."""
    rows = await admin.fetch(
        "SELECT kind FROM assignment_event WHERE assignment_id = $1 ORDER BY at, id", share
    )
    return [row["kind"] for row in rows]


async def in_village(admin: asyncpg.Connection, county: County, **changes: object) -> tuple[UUID, UUID]:
    """Send a task to the first village alone. Gives the task and the share."""
    task = (await sent(county, **{"regions": (county.village,), **changes})).task
    return task, await share_of(admin, task, county.village)


async def in_hand(admin: asyncpg.Connection, county: County, **changes: object) -> tuple[UUID, UUID]:
    """Send a task to the first village and have it acknowledged."""
    task, share = await in_village(admin, county, **changes)
    await do(county.scope("village_secretary"), acknowledge_assignment, assignment=share, now=NOW)
    return task, share


async def submitted(
    admin: asyncpg.Connection, county: County, *, at: datetime = NOW, **changes: object
) -> tuple[UUID, UUID]:
    """Send a task to the first village and have its result handed in."""
    task, share = await in_hand(admin, county, **changes)
    await do(
        county.scope("village_secretary"),
        submit_assignment,
        assignment=share,
        text="查了三处，没有隐患。",
        now=at,
    )
    return task, share


async def accepted(
    admin: asyncpg.Connection, county: County, *, grade: str = "good", **changes: object
) -> tuple[UUID, UUID]:
    """Send a task to the first village and have its result accepted."""
    task, share = await submitted(admin, county, **changes)
    await accept(county.scope("township_leader"), share, grade)
    return task, share


async def accept(scope: Scope, share: UUID, grade: str = "good", *, now: datetime = NOW) -> Any:
    """Accept a result by the rule that counties begin with."""
    return await do(scope, accept_submission, assignment=share, grade=grade, rule=RULE, now=now)


async def points_of(admin: asyncpg.Connection, region: str) -> tuple[Decimal, Decimal]:
    """Give a region's points as its ledger adds up, and as its total says."""
    ledger = await admin.fetchval(
        "SELECT coalesce(sum(points), 0) FROM ledger_line WHERE region = $1", region
    )
    total = await admin.fetchval("SELECT coalesce(sum(points), 0) FROM score_total WHERE region = $1", region)
    return ledger, total


async def other_office(admin: asyncpg.Connection, region: str) -> UUID:
    """Make one more office of a region."""
    made = new_id()
    await admin.execute(
        "INSERT INTO office (county, id, region, name, short_name, created_at) VALUES ($1, $2, $3, $4, $4, now())",
        region[:6], made, region, f"办公室 {made}",
    )  # fmt: skip
    return made


async def uploaded(
    scope: Scope, content: bytes, *, name: str, purpose: str = "evidence", subject: UUID | None = None
) -> UUID:
    """Send a small file up and have it looked into."""
    media_type = "image/jpeg" if name.endswith(".jpg") else "application/pdf"
    async with transaction(scope):
        upload = await start_upload(
            scope, name=name, size=len(content), media_type=media_type, purpose=purpose, subject=subject, sha256=None, now=NOW
        )  # fmt: skip
        await put_part(
            scope, upload_id=upload.id, part=0, body=content, sha256=hashlib.sha256(content).digest(), now=NOW
        )
    return (await finish_upload(scope, upload_id=upload.id, now=NOW)).id

"""Long works as people see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core.kernel.database import fetch, fetch_as, fetch_one
from core.kernel.errors import NotFound
from core.kernel.scope import Scope
from core.progress.enums import OPEN
from core.progress.rules import is_stalled, percent_done, time_left

_JOBS = """
SELECT j.id, j.county, j.region, j.membership, j.by_name, j.kind, j.title, j.state, j.done, j.total, j.failed,
       j.result, j.error, j.created_at, j.started_at, j.beat_at, j.finished_at
  FROM job_row j WHERE j.region >= $1 AND j.region < $2
"""
_NEWEST = " ORDER BY j.created_at DESC, j.id DESC"
_MINE = _JOBS + " AND j.county = $3 AND j.membership = $4" + _NEWEST + " LIMIT $5"
_ONE = _JOBS + " AND j.id = $3"
_LAST = _JOBS + " AND j.county = $3 AND j.region = $1 AND j.kind = $4" + _NEWEST + " LIMIT 1"
_RECENT = _JOBS + " AND (j.finished_at IS NULL OR j.finished_at > $3)" + _NEWEST + " LIMIT $4"


@dataclass(frozen=True, slots=True)
class Job:
    """One long work with its bar."""

    id: UUID
    county: str
    region: str
    membership: UUID | None
    by_name: str
    kind: str
    title: str
    state: str
    done: int
    total: int
    failed: int
    result: Mapping[str, Any]
    error: str
    created_at: datetime
    started_at: datetime | None
    beat_at: datetime | None
    finished_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def percent(self) -> int | None:
        return percent_done(done=self.done, total=self.total, state=self.state)

    def left(self, now: datetime) -> timedelta | None:
        """Give the time it will still take, as far as the pace so far tells."""
        return time_left(done=self.done, total=self.total, started_at=self.started_at, now=now)

    def stalled(self, now: datetime) -> bool:
        return is_stalled(state=self.state, beat_at=self.beat_at, created_at=self.created_at, now=now)


async def jobs_of_mine(scope: Scope, *, limit: int = 50) -> list[Job]:
    """Give what this post started, the newest first."""
    if scope.membership is None:
        return []
    return await fetch_as(scope, Job, _MINE, scope.county, scope.membership, limit)


async def job_for(scope: Scope, *, job_id: UUID) -> Job:
    """Give one work to whoever started it or may see the county's works. Raises NotFound for all others."""
    row = await fetch_one(scope, _ONE, job_id)
    if row is None:
        raise NotFound
    job = Job(**row)
    if job.membership != scope.membership and not scope.may("core:job:read"):
        raise NotFound
    return job


async def recent_jobs(scope: Scope, *, since: datetime, limit: int = 100) -> list[Job]:
    """Give the region's works that are open or ended after ``since``."""
    scope.require("core:job:read")
    return [Job(**row) for row in await fetch(scope, _RECENT, since, limit)]


async def last_job(scope: Scope, *, kind: str) -> Job | None:
    """Give the newest work of a kind that was started at this very place. Who may see it is the caller's to decide."""
    row = await fetch_one(scope, _LAST, scope.county, kind)
    return Job(**row) if row else None

"""Long work as the worker runs it: chunk by chunk, going on where a crash left it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from threading import Event as Flag
from typing import Any, Final
from uuid import UUID

import asyncpg
import structlog

from core.contracts.events import Chunk, Handler, LongWork, Stopping
from core.kernel.clock import now as clock
from core.kernel.database import execute, fetch_one, transaction
from core.kernel.errors import ProductError, mark
from core.kernel.outbox import Event
from core.kernel.scope import Scope
from core.notices.actions import tell
from core.progress.actions import TOPIC
from core.progress.enums import JobState

_log = structlog.get_logger(__name__)

BEAT_SECONDS: Final = 15.0

_START = """
UPDATE job_row SET state = 'running', started_at = coalesce(started_at, $5), beat_at = $5, error = ''
 WHERE region >= $1 AND region < $2 AND county = $3 AND id = $4 AND state IN ('waiting', 'running')
RETURNING kind, payload, result
"""
_ONCE = "INSERT INTO inbox (key) SELECT $3 WHERE $1 < $2 ON CONFLICT DO NOTHING"
# One statement for bar, sign of life, total and result; what does not change is NULL.
_CHANGE = """
UPDATE job_row SET done = done + coalesce($5, 0), failed = failed + coalesce($6, 0), beat_at = $7,
       total = coalesce($8, total), result = result || coalesce($9, '{}'::jsonb)
 WHERE region >= $1 AND region < $2 AND county = $3 AND id = $4 AND state = 'running'
"""
_END = """
UPDATE job_row SET state = $5, error = $6, finished_at = $7, beat_at = $7
 WHERE region >= $1 AND region < $2 AND county = $3 AND id = $4 AND state IN ('waiting', 'running')
RETURNING membership, title
"""

# Set when this process was told to end; read between two chunks.
stopping: Final = Flag()


class Run:
    """One run of one long work; ``core.contracts.events.Progress`` says what its methods promise."""

    def __init__(self, scope: Scope, event: Event, job_id: UUID, payload: Mapping[str, Any]) -> None:
        self.scope: Scope = scope
        self.payload: Mapping[str, Any] = payload
        self.job_id: UUID = job_id
        self._event = event

    async def chunk(self, key: str, run: Chunk, *, size: int) -> bool:
        if stopping.is_set():
            raise Stopping
        scope = self.scope
        async with transaction(scope):
            # The announcement's id leads the key: the marks are cleaned away with it, not while it is open.
            if not await execute(scope, _ONCE, f"{self._event.id}:chunk:{key}"):
                return False
            failed = await run(scope) or 0
            await self._change(done=size, failed=failed)
        return True

    async def set_total(self, total: int) -> None:
        async with transaction(self.scope):
            await self._change(total=total)

    async def set_result(self, result: Mapping[str, Any]) -> None:
        async with transaction(self.scope):
            await self._change(result=result)

    async def beat(self) -> None:
        """Show a sign of life while one chunk takes long."""
        async with transaction(self.scope):
            await self._change()

    async def _change(
        self,
        *,
        done: int | None = None,
        failed: int | None = None,
        total: int | None = None,
        result: Mapping[str, Any] | None = None,
    ) -> None:
        more = None if result is None else dict(result)
        await execute(self.scope, _CHANGE, self.scope.county, self.job_id, done, failed, clock(), total, more)

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """Beat in the background as long as the block lasts."""
        task = asyncio.create_task(self._beat_on())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _beat_on(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            try:
                await self.beat()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                _log.warning("a beat was lost", job=str(self.job_id))


def long_work_handler(works: Callable[[], Mapping[str, LongWork]]) -> Handler:
    """Make the one handler that runs all kinds of long work; ``works`` gives them by kind, once all are known."""

    async def run(scope: Scope, event: Event) -> None:
        await run_work(works(), scope, event)

    async def gave_up(scope: Scope, event: Event) -> None:
        text = mark("系统多次尝试后仍没有完成，已转管理员查看。已完成的部分已保留。")
        await _end(scope, UUID(event.payload["job"]), JobState.FAILED, text)

    return Handler(TOPIC, "progress.run", run, long=True, gave_up=gave_up)


async def run_work(works: Mapping[str, LongWork], scope: Scope, event: Event) -> None:
    """Run or resume one work. An error meant for people ends it; any other is tried again later."""
    job_id = UUID(event.payload["job"])
    async with transaction(scope):
        row = await fetch_one(scope, _START, scope.county, job_id, clock())
    if row is None:
        return
    state, text = JobState.DONE, ""
    work = works.get(row["kind"])
    if work is None or (work.plugin and scope.plugins.get(work.plugin) != "on"):
        state, text = JobState.FAILED, mark("这项功能已停用，没有继续办理。已完成的部分已保留。")
    else:
        running = Run(scope, event, job_id, row["payload"])
        try:
            async with running.beating():
                await work.run(running)
        except ProductError as error:
            state, text = JobState.FAILED, error.message % dict(error.data) if error.data else error.message
    async with transaction(scope):
        await _end(scope, job_id, state, text)


async def _end(scope: Scope, job_id: UUID, state: JobState, text: str) -> None:
    """End the work and tell who started it, who may have left the page long ago."""
    now = clock()
    row = await fetch_one(scope, _END, scope.county, job_id, state, text, now)
    if row is None or row["membership"] is None:
        return
    await tell(
        scope,
        memberships=[row["membership"]],
        kind=f"job.{state}",
        key=f"job:{job_id}",
        data={"title": row["title"]},
        link=f"/jobs/{job_id}",
        now=now,
    )

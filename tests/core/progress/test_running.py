"""Long work goes on where a crash left it, and its bar never tells more than was committed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from core.contracts.events import LongWork, Progress, Stopping
from core.kernel.audit import audit
from core.kernel.database import close_pool, open_pool, transaction
from core.kernel.errors import Invalid, NotFound
from core.kernel.outbox import Event
from core.kernel.scope import Scope, system_scope
from core.progress import running
from core.progress.actions import start_job
from core.progress.queries import Job, job_for, jobs_of_mine, recent_jobs
from core.progress.rules import is_stalled, percent_done, time_left
from core.progress.running import long_work_handler
from tests.databases import DatabaseUrls, connected

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
HERE = Scope(region="330503", county="330503", by_name="管理员", membership=uuid4())
STRANGER = Scope(region="330681", county="330681", by_name="诸暨", membership=uuid4())


class Crashed(Exception):
    """Stands for whatever may go wrong in the middle."""


@pytest.fixture(scope="module", autouse=True)
async def pool(database_urls: DatabaseUrls) -> AsyncIterator[DatabaseUrls]:
    await open_pool(database_urls.app, size=4)
    yield database_urls
    await close_pool()


async def started(urls: DatabaseUrls, kind: str) -> tuple[UUID, Event]:
    async with transaction(HERE):
        job_id = await start_job(HERE, kind=kind, title="导入人员", payload={"rows": 10}, now=NOW)
    async with connected(urls.admin) as admin:
        row = await admin.fetchrow("SELECT * FROM outbox WHERE payload->>'job' = $1", str(job_id))
    payload = {"job": str(job_id), "kind": kind}
    return job_id, Event(row["id"], row["topic"], row["county"], row["region"], payload, NOW)


async def seen(job_id: UUID) -> Job:
    async with transaction(HERE):
        return await job_for(HERE, job_id=job_id)


async def run(event: Event, work: LongWork) -> None:
    await long_work_handler(lambda: {work.kind: work}).run(
        system_scope(event.region, county=event.county), event
    )


async def test_work_resumed_after_a_crash_does_each_chunk_once(pool: DatabaseUrls) -> None:
    crashes = iter([True, False])

    async def work(progress: Progress) -> None:
        crash = next(crashes)
        await progress.set_total(10)
        for number in range(5):

            async def chunk(scope: Scope, number: int = number) -> int:
                await audit(scope, "test.row", kind="row", subject=job_id, now=NOW, data={"n": number})
                if crash and number == 3:
                    raise Crashed
                return 1 if number == 0 else 0

            await progress.chunk(str(number), chunk, size=2)
        await progress.set_result({"made": 9})

    job_id, event = await started(pool, "import")
    made = LongWork("import", "导入", work)
    with pytest.raises(Crashed):
        await run(event, made)
    half = await seen(job_id)
    assert (half.state, half.done, half.total, half.failed, half.percent) == ("running", 6, 10, 1, 60)
    await run(event, made)
    await run(event, made)
    done = await seen(job_id)
    assert (done.state, done.done, done.failed, done.percent, done.result) == (
        "done",
        10,
        1,
        100,
        {"made": 9},
    )
    async with connected(pool.admin) as admin:
        counted = "SELECT count(*) FROM audit_line WHERE subject_id = $1 AND action = 'test.row'"
        assert await admin.fetchval(counted, job_id) == 5


async def test_work_that_is_told_to_stop_ends_between_chunks_and_goes_on_later(pool: DatabaseUrls) -> None:
    async def work(progress: Progress) -> None:
        async def chunk(_: Scope) -> None:
            running.stopping.set()

        await progress.chunk("a", chunk, size=1)
        await progress.chunk("b", chunk, size=1)

    job_id, event = await started(pool, "stop")
    try:
        with pytest.raises(Stopping):
            await run(event, LongWork("stop", "x", work))
    finally:
        running.stopping.clear()
    assert ((await seen(job_id)).state, (await seen(job_id)).done) == ("running", 1)


async def test_error_meant_for_people_ends_the_work_with_its_words(pool: DatabaseUrls) -> None:
    async def work(_: Progress) -> None:
        raise Invalid("第 %(n)s 行不对。", n=3)

    job_id, event = await started(pool, "bad")
    await run(event, LongWork("bad", "x", work))
    assert ((await seen(job_id)).state, (await seen(job_id)).error) == ("failed", "第 3 行不对。")


async def test_work_given_up_is_shown_as_failed(pool: DatabaseUrls) -> None:
    job_id, event = await started(pool, "never")
    handler = long_work_handler(dict)
    scope = system_scope(event.region)
    assert handler.gave_up is not None
    async with transaction(scope):
        await handler.gave_up(scope, event)
    assert (await seen(job_id)).state == "failed"


async def test_work_is_seen_by_its_starter_and_whoever_may_see_the_countys(pool: DatabaseUrls) -> None:
    job_id, _ = await started(pool, "seen")
    colleague = replace(HERE, membership=uuid4())
    administrator = replace(colleague, permissions=frozenset({"core:job:read"}))
    for scope in (STRANGER, colleague):
        async with transaction(scope):
            with pytest.raises(NotFound):
                await job_for(scope, job_id=job_id)
            assert await jobs_of_mine(scope) == []
    async with transaction(administrator):
        assert (await job_for(administrator, job_id=job_id)).id == job_id
        assert job_id in [job.id for job in await recent_jobs(administrator, since=NOW)]
    async with transaction(HERE):
        assert (await jobs_of_mine(HERE))[0].id == job_id


def test_bar_tells_no_lies() -> None:
    assert [percent_done(done=d, total=t, state=s) for d, t, s in ((0, 0, "running"), (1, 3, "running"), (0, 0, "done"))] == [
        None, 33, 100,
    ]  # fmt: skip
    left = time_left(done=25, total=100, started_at=NOW, now=NOW + timedelta(seconds=10))
    assert left == timedelta(seconds=30)
    late = NOW + timedelta(minutes=5)
    assert is_stalled(state="running", beat_at=NOW, created_at=NOW, now=late)
    assert not is_stalled(state="done", beat_at=NOW, created_at=NOW, now=late)

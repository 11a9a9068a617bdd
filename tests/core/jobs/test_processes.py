"""Worker and ticker as processes: they work, end when told to, and do not outlive their parent."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

import pytest

from core.kernel.clock import now as clock
from core.kernel.database import transaction
from core.kernel.outbox import announce
from core.kernel.scope import Scope
from tests.databases import SECRET_KEY, DatabaseUrls, connected
from tests.measured import measured
from tests.patience import patience
from web.supervisor import processes

PARENT = "import subprocess, sys, time; p = subprocess.Popen(sys.argv[1:]); print(p.pid, flush=True); time.sleep(99)"


def environment(urls: DatabaseUrls) -> dict[str, str]:
    return {
        **measured(),
        "XIANGZHI_DATABASE_URL": urls.app,
        "XIANGZHI_RELAY_DATABASE_URL": urls.relay,
        "XIANGZHI_SECRET_KEY": SECRET_KEY,
        "XIANGZHI_DEMO": "0",
    }


async def within(seconds: float, condition: Callable[[], bool]) -> bool:
    return await asyncio.to_thread(processes.wait_until, condition, seconds * patience())


async def done(urls: DatabaseUrls, event_id: UUID) -> bool:
    async with connected(urls.admin) as admin:
        for _ in range(int(300 * patience())):
            if await admin.fetchval("SELECT done_at FROM outbox WHERE id = $1", event_id):
                return True
            await asyncio.sleep(0.1)
    return False


async def test_worker_works_off_what_waits_and_what_comes_and_ends_when_told(
    pool: DatabaseUrls, scope: Scope
) -> None:
    async with transaction(scope):
        before = await announce(scope, "nobody.listens", {}, now=clock())
    command = [sys.executable, "-m", "core.jobs.worker"]
    with subprocess.Popen(command, env=environment(pool)) as worker:  # noqa: ASYNC220 - watched from threads
        try:
            assert await done(pool, before)
            async with transaction(scope):
                after = await announce(scope, "nobody.listens", {}, now=clock())
            assert await done(pool, after)
            worker.send_signal(signal.SIGTERM)
            assert await within(15, lambda: worker.poll() is not None)
            assert worker.returncode == 0
        finally:
            worker.kill()


@pytest.mark.parametrize("module", ["core.jobs.worker", "core.jobs.ticker"])
async def test_process_ends_after_its_parent_was_killed(pool: DatabaseUrls, module: str) -> None:
    command = [sys.executable, "-c", PARENT, sys.executable, "-m", module]
    with subprocess.Popen(command, env=environment(pool), stdout=subprocess.PIPE, text=True) as parent:  # noqa: ASYNC220
        assert parent.stdout is not None
        child = int(await asyncio.to_thread(parent.stdout.readline))
        try:
            while "ready" not in await asyncio.to_thread(parent.stdout.readline):
                assert processes.start_time(child) is not None
            parent.kill()
            assert await within(20, lambda: processes.start_time(child) is None)
        finally:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)

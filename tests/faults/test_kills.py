"""Web, worker, database and supervisor are killed thirty times while work is done: nothing is lost, nothing doubled.

A deed counts from the moment its answer arrived; what was cut off may or may not have happened, but if it did, then with
all its effects, each once.
"""

import asyncio
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from core.extension.manager import boot
from core.kernel import settings as kernel_settings
from core.kernel.embedded import DATABASE, LOGIN_ROLES, SUPERUSER, DataFolder, database_url, load_secrets
from core.kernel.roles import prepare_database
from core.kernel.settings import Settings, complete
from core.people.sessions import hash_of
from core.tenancy.load import SOURCE, VERSION
from tests.databases import connected
from tests.factories.world import County, Post, add_post
from tests.patience import patience
from tests.web.supervisor.served import Served, free_port
from web.guards import csrf_token
from web.supervisor import processes
from web.supervisor.cluster import Cluster
from web.supervisor.migrate import migrate

pytestmark = pytest.mark.fault

JOBS = 600
KILLS = ["web"] * 11 + ["worker"] * 10 + ["database"] * 6 + ["supervisor"] * 3
SENDERS = 4
DRAIN_SECONDS = 60.0
CHUNKS = 60
SEE_OTHER, OK = 303, 200
EFFECTS = ("probe.first", "probe.second", "probe.third")
COUNTY = "330503"


@dataclass
class Site:
    """One product under fire."""

    folder: DataFolder
    port: int
    post: Post
    token: str
    served: Served
    done: list[str] = field(default_factory=list)
    killed: dict[str, int] = field(default_factory=dict)

    @property
    def admin_url(self) -> str:
        return database_url(self.folder, SUPERUSER, DATABASE)


@pytest.fixture
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """Serve one county with one person; the country's other regions are left out."""
    folder = DataFolder(Path(tempfile.mkdtemp(prefix="xz-")) / "d")
    port = free_port()
    boot()
    settings = complete(Settings(data=folder.root, port=port, demo=False))
    monkeypatch.setattr(kernel_settings, "get_settings", lambda: settings)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "probe"))
    post, session = await _prepared(settings)
    token = csrf_token(settings, SimpleNamespace(id=session))
    site = Site(folder, port, post, token, Served(folder, port))
    site.served.wait_ready()
    try:
        yield site
    finally:
        site.served.stop()
        shutil.rmtree(folder.root.parent)


async def _prepared(settings: Settings) -> tuple[Post, UUID]:
    cluster = Cluster(settings.folder)
    cluster.prepare()
    server = cluster.start()
    try:
        cluster.wait_ready(server)
        passwords = load_secrets(settings.folder).passwords
        await prepare_database(cluster.url(), DATABASE, {role: passwords[role] for role in LOGIN_ROLES})
        await migrate(settings)
        async with connected(database_url(settings.folder, SUPERUSER, DATABASE)) as admin:
            post = await _county(admin)
            token_hash = hash_of(post.token)
            return post, await admin.fetchval("SELECT id FROM session WHERE token_hash = $1", token_hash)
    finally:
        cluster.stop(server)


async def _county(admin: asyncpg.Connection) -> Post:
    """Make a county whose regions look loaded, with the probe switched on."""
    await admin.execute(
        "INSERT INTO region (code, parent, level, name, short_name, opened)"
        " VALUES ($1, '3305', 3, '南浔区', '南浔', '2023-06-30')",
        COUNTY,
    )
    await admin.execute(
        "INSERT INTO region_source (source, version, dated, regions) VALUES ($1, $2, '2023-06-30', 1)",
        SOURCE,
        VERSION,
    )
    await admin.execute(
        "INSERT INTO county (county, code, name, opened_at) VALUES ($1, $1, '南浔区', now())", COUNTY
    )
    await admin.execute("INSERT INTO plugin_allowance VALUES ($1, 'probe', '平台', now())", COUNTY)
    await admin.execute(
        "INSERT INTO plugin_state (county, id, region, plugin, state, reason, by_name, changed_at)"
        " VALUES ($1, gen_random_uuid(), $1, 'probe', 'on', '测试', '测试', now())",
        COUNTY,
    )
    return await add_post(admin, county=County(COUNTY), role="county_department", region=COUNTY)


async def test_nothing_is_lost_and_nothing_doubled_by_thirty_kills(site: Site) -> None:
    began = time.monotonic()
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{site.port}",
        cookies={"xz": site.post.token},
        headers={"origin": f"http://127.0.0.1:{site.port}", "x-csrf-token": site.token},
        timeout=5,
    ) as client:
        assert (await client.post("/probe/long")).status_code == SEE_OTHER
        killing = asyncio.create_task(_kill_all(site))
        await asyncio.gather(killing, *(_send(site, client, killing) for _ in range(SENDERS)))
    counted = await _drained(site)
    print(f"{site.killed} killed, {len(site.done)} deeds answered, {time.monotonic() - began:.1f} s")
    deeds = counted["probe.deed"]
    assert len(site.done) >= JOBS
    assert sum(site.killed.values()) == len(KILLS)
    assert set(site.done) <= set(deeds), "an answered deed is missing"
    assert max(deeds.values()) == 1
    for effect in EFFECTS:
        lost = sorted(set(deeds) - set(counted[effect]))
        doubled = sorted(key for key, times in counted[effect].items() if times > 1)
        assert (lost, doubled) == ([], []), effect
    assert sorted(counted["probe.chunk"].values()) == [1] * CHUNKS


async def _send(site: Site, client: httpx.AsyncClient, killing: "asyncio.Task[None]") -> None:
    """Send deeds until there are enough and the last kill is over; what got no answer is not sent again."""
    while not killing.done() or len(site.done) < JOBS:
        key = str(uuid4())
        try:
            answer = await client.post(f"/probe/deeds/{key}")
        except httpx.HTTPError:
            await asyncio.sleep(0.2)
            continue
        if answer.status_code == SEE_OTHER:
            site.done.append(key)
        await asyncio.sleep(0.15)


async def _kill_all(site: Site) -> None:
    order = list(KILLS)
    random.Random(20261122).shuffle(order)
    for name in order:
        await asyncio.sleep(0.3)
        await asyncio.to_thread(_kill, site, name)
        site.killed[name] = site.killed.get(name, 0) + 1


def _kill(site: Site, name: str) -> None:
    """Kill one part without warning; for the next kill its successor must be there, and an answering page."""
    if name == "supervisor":
        site.served.process.kill()
        site.served.process.wait()
        site.served = Served(site.folder, site.port)
        site.served.wait_ready()
        return
    part = random.choice(["web-1", "web-2"]) if name == "web" else name
    before = site.served.pids()[part]
    os.kill(before, signal.SIGKILL)

    def replaced() -> bool:
        try:
            return site.served.pids()[part] != before and (name != "database" or site.served.status() == OK)
        except (OSError, ValueError, IndexError, KeyError):
            return False

    assert processes.wait_until(replaced, 30.0 * patience()), site.served.text()


async def _drained(site: Site) -> dict[str, Counter[str]]:
    """Wait until everything announced is worked off, and count each action's lines by their key."""
    open_ones = "SELECT count(*) FROM outbox WHERE done_at IS NULL"
    lines = "SELECT action, data->>'key' AS key FROM audit_line WHERE action LIKE 'probe.%'"
    async with connected(site.admin_url) as admin:
        for _ in range(int(DRAIN_SECONDS * patience() / 0.2)):
            if not await admin.fetchval(open_ones):
                break
            await asyncio.sleep(0.2)
        left = await admin.fetch(
            "SELECT topic, attempts, last_error, lease_until FROM outbox WHERE done_at IS NULL"
        )
        assert left == [], site.served.text()[-3000:]
        assert await admin.fetchval("SELECT state FROM job_row") == "done"
        counted: dict[str, Counter[str]] = defaultdict(Counter)
        for row in await admin.fetch(lines):
            counted[row["action"]][row["key"]] += 1
        return counted

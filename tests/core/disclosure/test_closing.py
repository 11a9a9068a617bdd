"""Files of what is closed go after the commit, as often as it takes: a deed that failed loses none, a crash leaves none in public."""

import asyncio
import io
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from core.contracts.disclosure import CLOSED
from core.disclosure import public
from core.disclosure.actions import close_publication, withdraw_publication
from core.disclosure.attachments import key_of
from core.disclosure.closing import on_closed
from core.disclosure.printing import sheets_of
from core.disclosure.queries import publication_of
from core.kernel import clock
from core.kernel.database import transaction
from core.kernel.errors import Conflict
from core.kernel.outbox import Event
from core.kernel.scope import system_scope
from core.kernel.storage import FolderStorage
from tests.core.disclosure.test_by_hand import release, write
from tests.core.files import samples
from tests.databases import SECRET_KEY, DatabaseUrls
from tests.factories.world import County, World

ROOT = Path(__file__).parents[3]
_FILE = """
INSERT INTO file (county, id, region, name, media_type, size, sha256, state, refusal, storage_key, preview_key, purpose, subject_id,
                  membership, by_name, created_at, inspected_at)
SELECT $1, gen_random_uuid(), $2, '平面图.jpg', 'image/jpeg', $3, sha256($4), 'kept', '', $5, '', 'board_file', $6, $7, '王建国', now(), now()
"""


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FolderStorage]:
    made = FolderStorage(tmp_path / "files")
    for module in ("core.disclosure.attachments", "core.disclosure.cleaning", "core.disclosure.closing"):
        monkeypatch.setattr(f"{module}.get_storage", lambda: made)
    return made


async def published(admin: asyncpg.Connection, county: County, store: FolderStorage) -> tuple[UUID, list[str]]:
    """Publish a matter with a photo and a printed sheet; gives where they lie."""
    scope = county.scope("village_secretary")
    matter = (await write(scope, "own_matter", "", {"what": "停车场方案", "text": "见附件。"}))[0]
    content, key = samples.photo(), f"{county.code}/files/2026/{matter}"
    store.put(key, io.BytesIO(content))
    await admin.execute(_FILE, county.code, scope.region, len(content), content, key, matter, scope.membership)
    made = await release(scope, "own_matter", subject=matter)
    async with transaction(scope):
        sheet = sheets_of(await publication_of(scope, made))[0]
    store.put(sheet, io.BytesIO(b"%PDF-"))
    keys = [key_of(county.code, made, 1), sheet]
    assert all(store.exists(each) for each in keys)
    return made, keys


async def work_off(admin: asyncpg.Connection, publication: UUID) -> int:
    """Do what the worker does with the announcements of a closing; gives how many there are."""
    told = await admin.fetch("SELECT * FROM outbox WHERE topic = $1 AND payload::text LIKE $2", CLOSED, f"%{publication}%")
    for row in told:
        scope = system_scope(row["region"], county=row["county"])
        await on_closed(scope, Event(row["id"], CLOSED, row["county"], row["region"], json.loads(row["payload"]), row["created_at"]))
    return len(told)


async def seen(admin: asyncpg.Connection, publication: UUID) -> bool:
    """Tell whether readers without an account get its content."""
    token = await admin.fetchval("SELECT token FROM publication WHERE id = $1", publication)
    return (await public.shown(token)).content is not None


async def test_a_withdrawal_that_failed_loses_nothing(world: World, admin: asyncpg.Connection, store: FolderStorage) -> None:
    made, keys = await published(admin, world.nan, store)
    scope = world.nan.scope("village_secretary")
    with pytest.raises(Conflict):
        async with transaction(scope):
            await withdraw_publication(scope, publication=made, reason="有电话", hide=True, now=clock.now())
            raise Conflict
    assert await work_off(admin, made) == 0
    assert [store.exists(key) for key in keys] == [True, True]
    assert await seen(admin, made)


async def killed(urls: DatabaseUrls, world: World, publication: UUID, moment: str, data: Path) -> int:
    scope = world.nan.scope("village_secretary")
    told = {
        "region": scope.region, "county": scope.county, "by_name": scope.by_name, "by_office": scope.by_office,
        "membership": str(scope.membership), "role": scope.role, "permissions": sorted(scope.permissions),
    }  # fmt: skip
    environment = {**os.environ, "XIANGZHI_DATA": str(data), "XIANGZHI_SECRET_KEY": SECRET_KEY, "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(Path(__file__).with_name("dies.py")), urls.app, json.dumps(told), str(publication), moment, env=environment, cwd=ROOT
    )
    return await process.wait()


async def test_a_process_killed_before_the_commit_has_done_nothing(
    world: World, admin: asyncpg.Connection, store: FolderStorage, database_urls: DatabaseUrls, tmp_path: Path
) -> None:
    made, keys = await published(admin, world.nan, store)
    assert await killed(database_urls, world, made, "before", tmp_path) == -signal.SIGKILL
    assert await work_off(admin, made) == 0
    assert [store.exists(key) for key in keys] == [True, True]
    assert await seen(admin, made)


async def test_a_process_killed_after_the_commit_leaves_nothing_in_public_and_the_worker_takes_the_files(
    world: World, admin: asyncpg.Connection, store: FolderStorage, database_urls: DatabaseUrls, tmp_path: Path
) -> None:
    made, keys = await published(admin, world.nan, store)
    assert await killed(database_urls, world, made, "after", tmp_path) == -signal.SIGKILL
    assert not await seen(admin, made)
    assert await work_off(admin, made) == 1
    assert [store.exists(key) for key in keys] == [False, False]
    assert await work_off(admin, made) == 1  # once more: nothing happens


async def test_what_was_corrected_or_withdrawn_openly_keeps_its_files_until_it_is_closed(
    world: World, admin: asyncpg.Connection, store: FolderStorage
) -> None:
    made, keys = await published(admin, world.nan, store)
    scope = world.nan.scope("village_secretary")
    async with transaction(scope):
        await withdraw_publication(scope, publication=made, reason="重复", now=clock.now())
    told = Event(made, CLOSED, scope.county, scope.region, {"publication": str(made)}, clock.now())
    await on_closed(system_scope(scope.region, county=scope.county), told)  # nobody closed it: a stray announcement does no harm
    assert [store.exists(key) for key in keys] == [True, True]
    async with transaction(scope):
        await close_publication(scope, publication=made, reason="有电话", now=clock.now())
    assert await work_off(admin, made) == 1
    assert [store.exists(key) for key in keys] == [False, False]



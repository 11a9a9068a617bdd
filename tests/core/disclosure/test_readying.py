"""What lies ready for a release: made outside transactions, taken by one release or by the timer, and left behind by nobody."""

import asyncio
import hashlib
import io
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from piccolo.engine.exceptions import TransactionError

from core.disclosure import cleaning
from core.disclosure.actions import Released, Wanted, release_publication
from core.disclosure.attachments import UNUSED, Ready, key_of
from core.disclosure.closing import on_unused
from core.disclosure.drafting import whole_draft
from core.disclosure.readying import KEPT, ready_files
from core.disclosure.workflows import RELEASE
from core.jobs.connections import Pool, open_relay_pool
from core.jobs.ticker import Ticker
from core.kernel import clock
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Invalid
from core.kernel.outbox import Event
from core.kernel.scope import Scope, system_scope
from core.kernel.storage import FolderStorage
from tests.core.disclosure import documents
from tests.core.disclosure.gates import Gate
from tests.core.disclosure.test_by_hand import write
from tests.databases import SECRET_KEY, DatabaseUrls
from tests.factories.world import World

ROOT = Path(__file__).parents[3]
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_FILE = """
INSERT INTO file (county, id, region, name, media_type, size, sha256, state, refusal, storage_key, preview_key, purpose, subject_id,
                  membership, by_name, created_at, inspected_at)
SELECT $1, gen_random_uuid(), $2, $3, $4, $5, sha256($6), 'kept', '', $7, '', 'board_file', $8, $9, '王建国', now(), now()
"""


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FolderStorage]:
    made = FolderStorage(tmp_path / "files")
    for module in ("core.disclosure.attachments", "core.disclosure.cleaning", "core.disclosure.closing"):
        monkeypatch.setattr(f"{module}.get_storage", lambda: made)
    monkeypatch.setattr(cleaning, "_known", type(cleaning._known)())
    return made


@pytest.fixture(scope="module")
async def ticker(database_urls: DatabaseUrls) -> AsyncIterator[Ticker]:
    pool: Pool = await open_relay_pool(database_urls.relay, size=2)
    yield Ticker(pool, [])
    await pool.close()


class Matter:
    """A matter with documents, about to be published."""

    def __init__(self, world: World, admin: asyncpg.Connection, store: FolderStorage) -> None:
        self.county, self.admin, self.store, self.id = world.nan, admin, store, UUID(int=0)
        self.scope = self.county.scope("village_secretary")

    async def write(self, *files: tuple[str, str, bytes]) -> Wanted:
        """Write it with (name, type, content) of its documents; gives what a person would release."""
        self.id = (await write(self.scope, "own_matter", "", {"what": "停车场合同", "text": "见附件。"}))[0]
        for number, (name, kind, content) in enumerate(files):
            key = f"{self.county.code}/files/2026/{self.id}-{number}"
            self.store.put(key, io.BytesIO(content))
            membership = self.scope.membership
            await self.admin.execute(_FILE, self.county.code, self.scope.region, name, kind, len(content), content, key, self.id, membership)
        return await self.look()

    async def look(self) -> Wanted:
        """Look at the draft; gives what a person would release."""
        draft = await whole_draft(self.scope, section="own_matter", region=self.scope.region, period="", subject=self.id, note="", now=clock.now())
        return Wanted("own_matter", self.scope.region, "", self.id, "", draft.digest)

    def copies(self) -> list[str]:
        """Give what lies ready or published, of any matter of the county."""
        try:
            return list(self.store.list(f"{self.county.code}/published/"))
        except FileNotFoundError:
            return []


@pytest.fixture
def matter(world: World, admin: asyncpg.Connection, store: FolderStorage) -> Matter:
    return Matter(world, admin, store)


async def readied(scope: Scope, wanted: Wanted) -> Ready:
    return await ready_files(scope, permission=RELEASE, wanted=wanted, now=clock.now())


async def release(scope: Scope, wanted: Wanted, ready: Ready) -> Released:
    async with transaction(scope):
        return await release_publication(scope, wanted=wanted, ready=ready, now=clock.now())


async def an_hour_later(admin: asyncpg.Connection, ticker: Ticker) -> int:
    """Fire what is due in an hour, and do what the worker does with it; gives how many there were."""
    await ticker.fire_timers(clock.now() + KEPT + timedelta(seconds=1))
    told = await admin.fetch("DELETE FROM outbox WHERE topic = $1 RETURNING *", UNUSED)
    for row in told:
        event = Event(row["id"], UNUSED, row["county"], row["region"], json.loads(row["payload"]), row["created_at"])
        for _ in range(2):  # once more: nothing happens
            await on_unused(system_scope(row["region"], county=row["county"]), event)
    return len(told)


async def test_of_two_who_release_at_once_one_is_told_and_leaves_nothing(
    matter: Matter, admin: asyncpg.Connection, ticker: Ticker
) -> None:
    wanted = await matter.write(("合同.docx", DOCX, documents.docx()), ("图纸.pdf", "application/pdf", documents.pdf()))
    leader = matter.county.scope("township_leader")
    lots = await asyncio.gather(readied(matter.scope, wanted), readied(leader, wanted))
    assert len(matter.copies()) == 4
    done = await asyncio.gather(*(release(who, wanted, ready) for who, ready in zip((matter.scope, leader), lots, strict=True)), return_exceptions=True)
    made = [each for each in done if isinstance(each, Released)]
    refused = [each for each in done if isinstance(each, Conflict)]
    assert (len(made), len(refused)) == (1, 1)
    assert "已经公开过了" in refused[0].message
    assert await an_hour_later(admin, ticker) == 1
    assert matter.copies() == [key_of(matter.county.code, made[0].id, number) for number in (1, 2)]
    content = await admin.fetchval("SELECT content FROM publication WHERE id = $1", made[0].id)
    for number, told in enumerate(json.loads(content)["files"], start=1):
        with matter.store.open(key_of(matter.county.code, made[0].id, number)) as copy:
            written = copy.read()
        assert (len(written), hashlib.sha256(written).hexdigest()) == (told["size"], told["sha256"])
        assert documents.AUTHOR.encode() not in documents.everything_in(written)


@pytest.mark.parametrize("moment", ["readied", "released"])
async def test_a_process_that_dies_before_the_commit_leaves_nothing_for_ever(
    matter: Matter, admin: asyncpg.Connection, ticker: Ticker, database_urls: DatabaseUrls, tmp_path: Path, moment: str
) -> None:
    before = await admin.fetchval("SELECT count(*) FROM publication")
    await matter.write(("合同.docx", DOCX, documents.docx()), ("平面图.txt", "text/plain", "停车场".encode()))
    scope = matter.scope
    told = {
        "region": scope.region, "county": scope.county, "by_name": scope.by_name, "by_office": scope.by_office,
        "membership": str(scope.membership), "role": scope.role, "permissions": sorted(scope.permissions),
    }  # fmt: skip
    environment = {**os.environ, "XIANGZHI_DATA": str(tmp_path), "XIANGZHI_SECRET_KEY": SECRET_KEY, "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(Path(__file__).with_name("dies_releasing.py")), database_urls.app, json.dumps(told), str(matter.id), moment,
        env=environment, cwd=ROOT,
    )  # fmt: skip
    assert await process.wait() == -signal.SIGKILL
    assert await admin.fetchval("SELECT count(*) FROM publication") == before
    assert len(matter.copies()) == 2
    assert await an_hour_later(admin, ticker) == 1
    assert matter.copies() == []
    wanted = await matter.look()
    assert (await release(scope, wanted, await readied(scope, wanted))).title == "停车场合同"


async def test_copies_that_were_given_up_are_not_released(matter: Matter, admin: asyncpg.Connection, ticker: Ticker) -> None:
    wanted = await matter.write(("合同.docx", DOCX, documents.docx()))
    ready = await readied(matter.scope, wanted)
    assert await an_hour_later(admin, ticker) == 1
    with pytest.raises(Conflict, match="附件放得太久"):
        await release(matter.scope, wanted, ready)
    assert (await release(matter.scope, wanted, await readied(matter.scope, wanted))).id != ready.publication
    assert await an_hour_later(admin, ticker) == 0


async def test_a_stray_timer_leaves_what_was_released(matter: Matter) -> None:
    wanted = await matter.write(("合同.docx", DOCX, documents.docx()))
    made = await release(matter.scope, wanted, await readied(matter.scope, wanted))
    event = Event(made.id, UNUSED, matter.county.code, matter.scope.region, {"publication": str(made.id), "files": 1}, clock.now())
    await on_unused(system_scope(matter.scope.region, county=matter.county.code), event)
    assert key_of(matter.county.code, made.id, 1) in matter.copies()


async def test_a_draft_with_files_is_not_released_without_what_was_readied_of_exactly_these(
    matter: Matter, admin: asyncpg.Connection
) -> None:
    wanted = await matter.write(("合同.docx", DOCX, documents.docx()))
    with pytest.raises(Conflict, match="附件有增减"):
        await release(matter.scope, wanted, Ready())
    ready = await readied(matter.scope, wanted)
    await admin.execute("UPDATE file SET name = '补充合同.docx' WHERE subject_id = $1", matter.id)
    with pytest.raises(Conflict, match="附件有增减"):
        await release(matter.scope, wanted, ready)


async def test_what_is_refused_is_stored_nowhere_and_said_at_the_release(matter: Matter, admin: asyncpg.Connection) -> None:
    tracked = documents.docx(body='<w:ins w:id="1" w:author="x"><w:r><w:t>x</w:t></w:r></w:ins>')
    wanted = await matter.write(("合同.docx", DOCX, tracked), ("图纸.pdf", "application/pdf", documents.pdf()))
    before = matter.copies()
    ready = await readied(matter.scope, wanted)
    assert matter.copies() == before
    with pytest.raises(Invalid) as refused:
        await release(matter.scope, wanted, ready)
    assert "合同.docx" in refused.value.message
    assert "修订痕迹" in refused.value.message
    assert await admin.fetchval("SELECT count(*) FROM publication WHERE subject_id = $1", matter.id) == 0


@pytest.mark.parametrize(("name", "kind", "content"), [("合同.docx", DOCX, documents.docx()), ("说明.txt", "text/plain", b"as sent")])
async def test_a_file_that_is_not_what_was_sent_up_is_not_published(matter: Matter, name: str, kind: str, content: bytes) -> None:
    wanted = await matter.write((name, kind, content))
    matter.store.put(f"{matter.county.code}/files/2026/{matter.id}-0", io.BytesIO(documents.docx(comment=True)))
    with pytest.raises(Invalid, match="不能公开"):
        await release(matter.scope, wanted, await readied(matter.scope, wanted))


async def test_cleaning_inside_a_transaction_is_refused(matter: Matter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(tmp_path)
    monkeypatch.setattr(cleaning, "_PROGRAM", gate.program)
    gate.open()
    wanted = await matter.write(("合同.docx", DOCX, documents.docx()))
    file = (await readied(matter.scope, wanted)).sources[0]
    ran = gate.begun
    async with transaction(matter.scope):
        with pytest.raises(TransactionError):
            await cleaning.look_into(file)
        with pytest.raises(TransactionError):
            await cleaning.store_copy(file, key_of(matter.county.code, matter.id, 1))
    assert gate.begun == ran > 0

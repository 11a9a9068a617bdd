"""Uploads survive broken lines and repeated parts, and belong to the post that began them."""

import asyncio
import hashlib
import io
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from core.files.actions import attach_files, copy_files, finish_upload, inspect_file, remove_file
from core.files.queries import StoredFile, UploadSeen, file_for, files_of, upload_for
from core.files.rules import PART_BYTES, clean_name, name_as
from core.files.sweeping import sweep_files
from core.files.uploads import cancel_upload, drop_parts, put_part, receive_whole, start_upload
from core.kernel.database import execute, fetch, transaction
from core.kernel.errors import Conflict, Invalid, NotFound
from core.kernel.scope import Scope, system_scope
from core.kernel.storage import FolderStorage, NotStored
from tests.core.files import samples as s
from tests.databases import DatabaseUrls, connected

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("pool")


async def begun(
    scope: Scope, content: bytes, *, name: str = "a.pdf", purpose: str = "brief", whole: bool = True
) -> UploadSeen:
    async with transaction(scope):
        return await start_upload(
            scope,
            name=name,
            size=len(content),
            media_type="application/pdf",
            purpose=purpose,
            subject=None,
            sha256=hashlib.sha256(content).digest() if whole else None,
            now=NOW,
        )


async def sent(scope: Scope, upload: UploadSeen, content: bytes, parts: Iterable[int]) -> UploadSeen:
    for part in parts:
        body = content[part * PART_BYTES : (part + 1) * PART_BYTES]
        async with transaction(scope):
            upload = await put_part(
                scope,
                upload_id=upload.id,
                part=part,
                body=body,
                sha256=hashlib.sha256(body).digest(),
                now=NOW,
            )
    return upload


async def uploaded(scope: Scope, content: bytes = s.PDF, name: str = "a.pdf") -> StoredFile:
    upload = await sent(scope, await begun(scope, content, name=name), content, [0])
    return await finish_upload(scope, upload_id=upload.id, now=NOW)


def big_pdf(parts: int) -> bytes:
    return s.PDF[:9] + b"%" + b"x" * (PART_BYTES * parts - 200) + b"\n" + s.PDF[9:]


async def test_broken_line_goes_on_where_it_stopped(here: Scope, store: FolderStorage) -> None:
    content = big_pdf(3)
    upload = await begun(here, content)
    assert list((await sent(here, upload, content, [0, 2])).received) == [0, 2]
    with pytest.raises(Conflict, match="没有传完"):
        await finish_upload(here, upload_id=upload.id, now=NOW)
    assert list((await sent(here, upload, content, [0, 1, 1, 2])).received) == [0, 1, 2]
    files = await asyncio.gather(*(finish_upload(here, upload_id=upload.id, now=NOW) for _ in range(4)))
    assert len({file.id for file in files}) == 1
    file = files[0]
    assert (file.state, file.size, file.sha256) == ("kept", len(content), hashlib.sha256(content).digest())
    with store.open(file.storage_key) as kept:
        assert kept.read() == content
    assert list(store.list("330503/")) == [file.storage_key]


async def test_part_sent_with_a_wrong_hash_is_not_taken(here: Scope) -> None:
    upload = await begun(here, s.PDF)
    with pytest.raises(Invalid, match="损坏"):
        async with transaction(here):
            await put_part(here, upload_id=upload.id, part=0, body=s.PDF, sha256=b"0" * 32, now=NOW)
    async with transaction(here):
        assert list((await upload_for(here, upload_id=upload.id)).received) == []


async def test_part_sent_again_with_other_content_is_a_conflict(here: Scope) -> None:
    upload = await sent(here, await begun(here, s.PDF), s.PDF, [0])
    with pytest.raises(Conflict, match="不一样"):
        await sent(here, upload, s.PDF[::-1], [0])


async def test_whole_with_another_hash_than_announced_must_be_sent_again(here: Scope) -> None:
    upload = await begun(here, s.PDF)
    other = s.PDF.replace(b"1.4", b"1.5")
    await sent(here, upload, other, [0])
    with pytest.raises(Conflict, match="再传一次"):
        await finish_upload(here, upload_id=upload.id, now=NOW)
    await sent(here, upload, s.PDF, [0])
    assert (await finish_upload(here, upload_id=upload.id, now=NOW)).state == "kept"


async def test_upload_of_another_post_is_unknown(here: Scope, neighbour: Scope, stranger: Scope) -> None:
    upload = await begun(here, s.PDF)
    for other in (neighbour, stranger):
        for upload_id in (upload.id, uuid4()):
            with pytest.raises(NotFound):
                await sent(other, UploadSeen(**{**_fields(upload), "id": upload_id}), s.PDF, [0])
            with pytest.raises(NotFound):
                await finish_upload(other, upload_id=upload_id, now=NOW)
            with pytest.raises(NotFound):
                async with transaction(other):
                    await cancel_upload(other, upload_id=upload_id)


def _fields(upload: UploadSeen) -> dict[str, object]:
    return {name: getattr(upload, name) for name in UploadSeen.__dataclass_fields__}


async def test_loose_file_is_its_senders_alone_and_an_attached_one_is_the_villages(
    here: Scope, neighbour: Scope, stranger: Scope
) -> None:
    file = await uploaded(here)
    subject = uuid4()
    for other in (neighbour, stranger):
        async with transaction(other):
            with pytest.raises(NotFound):
                await file_for(other, file_id=file.id)
            with pytest.raises(NotFound):
                await attach_files(other, file_ids=[file.id], subject=subject, now=NOW)
    for _ in range(2):
        async with transaction(here):
            assert [f.id for f in await attach_files(here, file_ids=[file.id], subject=subject, now=NOW)] == [
                file.id
            ]
    async with transaction(here):
        with pytest.raises(NotFound):
            await attach_files(here, file_ids=[file.id], subject=uuid4(), now=NOW)
        with pytest.raises(Conflict):
            await remove_file(here, file_id=file.id, now=NOW)
    async with transaction(neighbour):
        assert [f.id for f in await files_of(neighbour, subject=subject)] == [file.id]
    async with transaction(stranger):
        assert await files_of(stranger, subject=subject) == []


async def test_evidence_is_seen_and_handed_in_by_colleagues_on_its_share_alone(
    here: Scope, neighbour: Scope, stranger: Scope
) -> None:
    share = uuid4()
    async with transaction(here):
        file_id = await receive_whole(
            here, name="a.pdf", media_type="", purpose="evidence", subject=share, content=io.BytesIO(s.PDF), now=NOW
        )  # fmt: skip
    await inspect_file(here, file_id=file_id, now=NOW)
    for scope, subject in ((stranger, share), (neighbour, uuid4())):
        async with transaction(scope):
            with pytest.raises(NotFound):
                await attach_files(scope, file_ids=[file_id], subject=subject, now=NOW)
    async with transaction(neighbour):
        with pytest.raises(Conflict):
            await remove_file(neighbour, file_id=file_id, now=NOW)
        assert [f.id for f in await files_of(neighbour, subject=share)] == [file_id]
        assert len(await attach_files(neighbour, file_ids=[file_id], subject=share, now=NOW)) == 1


async def test_photo_is_stored_without_its_place_and_audited_with_both_hashes(
    here: Scope, store: FolderStorage
) -> None:
    content = s.photo(1600, 1200)
    file = await uploaded(here, content, "IMG_1.png")
    assert (file.name, file.media_type, file.width, file.height) == ("IMG_1.jpg", "image/jpeg", 1200, 1600)
    with store.open(file.storage_key) as kept:
        stored = kept.read()
    assert b"SECRET" not in stored
    assert hashlib.sha256(stored).digest() == file.sha256
    assert store.exists(file.preview_key)
    async with transaction(here):
        lines = await fetch(
            here, "SELECT data FROM audit_line WHERE region >= $1 AND region < $2 AND subject_id = $3 AND action = $4",
            file.id, "file.stored",
        )  # fmt: skip
    assert lines[0]["data"]["sha256"] == file.sha256.hex() if file.sha256 else False
    assert lines[0]["data"]["sha256_received"] == hashlib.sha256(content).hexdigest()


async def test_refused_file_keeps_its_reason_and_leaves_no_content(here: Scope, store: FolderStorage) -> None:
    upload = await sent(here, await begun(here, s.HTML, name="a.jpg"), s.HTML, [0])
    for _ in range(2):
        file = await finish_upload(here, upload_id=upload.id, now=NOW)
        assert (file.state, file.refusal) == ("refused", "type")
    assert list(store.list("330503/")) == []
    async with transaction(here):
        with pytest.raises(NotFound):
            await attach_files(here, file_ids=[file.id], subject=uuid4(), now=NOW)


async def test_inspection_that_a_crash_broke_off_is_done_by_the_timer(
    here: Scope, pool: DatabaseUrls
) -> None:
    async with transaction(here):
        file_id = await receive_whole(
            here, name="a.pdf", media_type="", purpose="evidence", subject=None, content=io.BytesIO(s.PDF), now=NOW
        )  # fmt: skip
    async with connected(pool.admin) as admin:
        timer = await admin.fetchrow("SELECT * FROM timer WHERE subject_id = $1", file_id)
    assert (timer["topic"], timer["due_at"], timer["region"]) == (
        "file.inspect", NOW + timedelta(minutes=2), here.region,
    )  # fmt: skip
    system = system_scope(here.region)
    files = await asyncio.gather(*(inspect_file(system, file_id=file_id, now=NOW) for _ in range(3)))
    assert {file.state for file in files} == {"kept"}
    async with connected(pool.admin) as admin:
        assert (
            await admin.fetchval("SELECT cancelled_at FROM timer WHERE subject_id = $1", file_id) is not None
        )
        lines = "SELECT count(*) FROM audit_line WHERE subject_id = $1 AND action = 'file.stored'"
        assert await admin.fetchval(lines, file_id) == 1


async def test_file_on_a_brief_is_read_by_its_receivers_and_nobody_else(
    pool: DatabaseUrls, here: Scope
) -> None:
    township = Scope(region="330503105", county="330503", by_name="镇", membership=uuid4())
    other_village = Scope(region="330503105202", county="330503", by_name="村", membership=uuid4())
    file = await uploaded(township)
    brief = uuid4()
    async with transaction(township):
        await attach_files(township, file_ids=[file.id], subject=brief, now=NOW)
    async with connected(pool.admin) as admin:
        await brief_for(admin, brief, here.region)
    async with transaction(here):
        assert (await file_for(here, file_id=file.id)).id == file.id
    async with transaction(other_village):
        with pytest.raises(NotFound):
            await file_for(other_village, file_id=file.id)
    second = uuid4()
    async with transaction(township):
        assert len(await copy_files(township, source=brief, subject=second, now=NOW)) == 1


async def test_loose_file_is_not_copied_for_its_content_will_be_swept(here: Scope) -> None:
    """An upload may name a thing without hanging on it: its content goes after two months, and a copy would be empty."""
    source, subject = uuid4(), uuid4()
    file = await uploaded(here)
    async with transaction(here):
        await execute(
            here, "UPDATE file SET subject_id = $4 WHERE region >= $1 AND region < $2 AND id = $3", file.id, source
        )
        assert [found.id for found in await files_of(here, subject=source)] == [file.id]
        assert await copy_files(here, source=source, subject=subject, now=NOW) == []


async def brief_for(admin: object, brief: UUID, village: str) -> None:
    execute = admin.execute  # type: ignore[attr-defined]
    await execute(
        "INSERT INTO task_brief (county, id, region, body, created_at, changed_at) "
        "VALUES ('330503', $1, '330503105', '', now(), now())", brief,
    )  # fmt: skip
    await execute(
        "INSERT INTO assignment (county, id, region, task_id, brief_id, sender_region, sender_name, receiver_name, "
        "title, points, due_at, evidence, state, created_at, changed_at) VALUES ('330503', gen_random_uuid(), $2, "
        "gen_random_uuid(), $1, '330503105', '', '', '', 1, now(), '{}', 'sent', now(), now())", brief, village,
    )  # fmt: skip


async def test_sweep_deletes_what_nobody_asks_for(here: Scope, store: FolderStorage) -> None:
    content = big_pdf(2)
    upload = await sent(here, await begun(here, content), content, [0])
    removed, attached = await uploaded(here), await uploaded(here)
    async with transaction(here):
        await remove_file(here, file_id=removed.id, now=NOW)
        await attach_files(here, file_ids=[attached.id], subject=uuid4(), now=NOW)
    await sweep_files(system_scope("330503"), now=NOW + timedelta(days=90))
    assert list(store.list("330503/")) == [attached.storage_key]
    async with transaction(here):
        with pytest.raises(NotFound):
            await upload_for(here, upload_id=upload.id)


async def test_cancelled_upload_leaves_no_parts(here: Scope, store: FolderStorage) -> None:
    content = big_pdf(2)
    upload = await sent(here, await begun(here, content), content, [0])
    async with transaction(here):
        gone = await cancel_upload(here, upload_id=upload.id)
    await drop_parts(gone)
    assert list(store.list("330503/")) == []


@pytest.mark.parametrize(
    ("name", "size", "purpose", "told"),
    [
        ("a.exe", 5, "evidence", "不收"),
        ("a.svg", 5, "evidence", "不收"),
        ("a.pdf", 5, "import", "不收"),
        ("a.pdf", 0, "evidence", "空文件"),
        ("a.jpg", 21 * 1024 * 1024, "evidence", "太大"),
        ("a.pdf", 51 * 1024 * 1024, "evidence", "太大"),
        ("a.pdf", 5, "unknown", "不知道"),
    ],
)
async def test_what_would_be_refused_is_refused_at_the_start(
    here: Scope, name: str, size: int, purpose: str, told: str
) -> None:
    async with transaction(here):
        with pytest.raises(Invalid, match=told):
            await start_upload(
                here, name=name, size=size, media_type="", purpose=purpose, subject=None, sha256=None, now=NOW
            )


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("C:\\fakepath\\照片.jpg", "照片.jpg"),
        ("../../etc/passwd", "passwd"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a<b>\n.pdf", "a_b_.pdf"),
        ("", "file"),
        ("长" * 200 + ".pdf", "长" * 116 + ".pdf"),
    ],
)
def test_names_are_safe_to_show(name: str, shown: str) -> None:
    assert clean_name(name) == shown


def test_name_follows_the_true_type() -> None:
    assert [name_as(name, "jpg") for name in ("a.jpeg", "a.png", "a", "a.JPG")] == [
        "a.jpeg", "a.jpg", "a.jpg", "a.JPG",
    ]  # fmt: skip


def test_store_refuses_keys_outside_of_a_county(store: FolderStorage) -> None:
    for key in ("../x", "330503/../x", "/etc/passwd", "330503", "330503//x", "x/y", "330503/.x"):
        with pytest.raises(ValueError, match="storage key"):
            store.put(key, io.BytesIO(b"x"))
    with pytest.raises(NotStored):
        store.open("330503/none")

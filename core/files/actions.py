"""What becomes of a file: inspected, hung on something, copied, removed."""

import hashlib
import shutil
from asyncio import to_thread
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from core.files.enums import FileState
from core.files.inspection import Verdict, inspect
from core.files.queries import COLUMNS, StoredFile, file_for, files_of, upload_for
from core.files.rules import SHARED, extension_of, name_as
from core.files.uploads import drop_parts, seal_upload
from core.kernel.apart import workspace
from core.kernel.audit import audit
from core.kernel.database import execute, fetch, fetch_one, transaction
from core.kernel.errors import Conflict, NotFound, mark
from core.kernel.ids import new_id
from core.kernel.outbox import cancel_timers
from core.kernel.scope import Scope
from core.kernel.storage import NotStored, get_storage

_READY = """
UPDATE file SET state = $5, refusal = $6, name = $7, media_type = $8, size = $9, sha256 = $10, storage_key = $11,
       preview_key = $12, width = $13, height = $14, inspected_at = $15
 WHERE region >= $1 AND region < $2 AND county = $3 AND id = $4 AND state = 'received' RETURNING id
"""
_ATTACH = (
    """
UPDATE file f SET subject_id = $5, attached_at = coalesce(f.attached_at, $6), region = coalesce($7, f.region)
 WHERE f.region >= $1 AND f.region < $2 AND f.county = $3 AND f.id = ANY ($4::uuid[])
   AND f.removed_at IS NULL AND f.state <> 'refused' AND (f.membership = $8 OR $9 OR (f.purpose = ANY ($10) AND f.subject_id = $5))
   AND (f.attached_at IS NULL OR f.subject_id = $5) RETURNING
"""
    + COLUMNS
)
# What hangs on a brief is copied by whoever the brief was sent to as well: it goes along where he sends the matter on.
_COPY = """
INSERT INTO file (county, id, region, name, media_type, size, sha256, state, refusal, storage_key, preview_key, width,
                  height, purpose, subject_id, membership, by_name, created_at, inspected_at, attached_at)
SELECT $9, $5, $6, f.name, f.media_type, f.size, f.sha256, f.state, f.refusal, f.storage_key, f.preview_key,
       f.width, f.height, f.purpose, $7, f.membership, f.by_name, f.created_at, f.inspected_at, $8
  FROM file f WHERE f.county = $3 AND f.id = $4 AND f.state = 'kept' AND f.removed_at IS NULL AND f.attached_at IS NOT NULL
   AND ((f.region >= $1 AND f.region < $2)
        OR EXISTS (SELECT 1 FROM assignment a WHERE a.brief_id = f.subject_id AND a.region >= $1 AND a.region < $2))
"""
_REMOVE = """
UPDATE file SET removed_at = $5
 WHERE region >= $1 AND region < $2 AND county = $3 AND id = $4 AND removed_at IS NULL AND attached_at IS NULL
   AND membership = $6
"""
_SET_ASIDE = """
UPDATE file SET set_aside_at = $6
 WHERE region >= $1 AND region < $2 AND county = $3 AND id = $4 AND subject_id = $5 AND removed_at IS NULL
   AND attached_at IS NOT NULL AND set_aside_at IS NULL
"""
# What hung on a thing whose personal data is erased: the row stays without its name, the next sweep deletes the content.
_FORGET: Final = """
UPDATE file SET removed_at = $5, attached_at = NULL, name = ''
 WHERE region >= $1 AND region < $2 AND county = $3 AND subject_id = $4 AND removed_at IS NULL RETURNING id, region
"""
_PUT_BACK = """
UPDATE file SET set_aside_at = NULL
 WHERE region >= $1 AND region < $2 AND county = $3 AND id = $4 AND subject_id = $5 AND removed_at IS NULL
   AND attached_at IS NOT NULL AND set_aside_at IS NOT NULL
"""
MOST_FILES: Final = 30


async def finish_upload(scope: Scope, *, upload_id: UUID, now: datetime) -> StoredFile:
    """Put an upload together and look into it; asked again it gives the same file. Opens its own transactions.

    Raises ``Conflict`` while parts are missing, and when the whole has another hash than was announced.
    """
    async with transaction(scope):
        upload = await upload_for(scope, upload_id=upload_id)
        file_id = await seal_upload(scope, upload_id=upload_id, now=now)
    await drop_parts(upload)
    if file_id is None:
        raise Conflict(mark("文件在路上变了样，没有受理。请再传一次。"))
    return await inspect_file(scope, file_id=file_id, now=now)


async def inspect_file(scope: Scope, *, file_id: UUID, now: datetime) -> StoredFile:
    """Take a file out of quarantine, or refuse it. Opens transactions of its own: looking takes seconds.

    Done twice, or by two processes at once, it has one effect. Gives the file as it is afterwards.
    """
    async with transaction(scope):
        file = await file_for(scope, file_id=file_id)
    if file.state != FileState.RECEIVED:
        return file
    try:
        done = await _looked_into(file, now)
    except NotStored:
        async with transaction(scope):  # another process was faster
            return await file_for(scope, file_id=file_id)
    async with transaction(scope):
        row = await fetch_one(
            scope, _READY, done.county, done.id, done.state, done.refusal, done.name, done.media_type, done.size,
            done.sha256, done.storage_key, done.preview_key, done.width, done.height, now,
        )  # fmt: skip
        if row is not None:
            await cancel_timers(scope, subject=file_id, county=file.county)
            await _audit_verdict(scope, file, done, now)
        done = await file_for(scope, file_id=file_id)
    await to_thread(get_storage().delete, file.storage_key)
    return done


async def _looked_into(file: StoredFile, now: datetime) -> StoredFile:
    async with workspace() as folder:
        source, target, preview = (folder / name for name in ("source", "target", "preview"))
        await to_thread(_fetch, file.storage_key, source)
        verdict = await inspect(
            source, target=target, preview=preview, extension=extension_of(file.name), purpose=file.purpose
        )
        return await to_thread(_kept, file, verdict, source, target, preview, now)


def _kept(
    file: StoredFile, verdict: Verdict, source: Path, target: Path, preview: Path, now: datetime
) -> StoredFile:
    """Store what is kept under its final keys, and give the file as it will stand in its row."""
    if verdict.refusal:
        return replace(file, state=FileState.REFUSED, refusal=verdict.refusal, storage_key="")
    kept = target if verdict.is_picture else source
    key = f"{file.county}/files/{now:%Y}/{file.id}"
    with kept.open("rb") as content:
        size = get_storage().put(key, content)
    with kept.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").digest()
    preview_key = ""
    if verdict.is_picture:
        preview_key = f"{file.county}/previews/{now:%Y}/{file.id}"
        with preview.open("rb") as content:
            get_storage().put(preview_key, content)
    return replace(
        file, state=FileState.KEPT, name=name_as(file.name, verdict.extension), media_type=verdict.media_type,
        size=size, sha256=digest, storage_key=key, preview_key=preview_key, width=verdict.width, height=verdict.height,
    )  # fmt: skip


def _fetch(key: str, path: Path) -> None:
    with get_storage().open(key) as content, path.open("wb") as copy:
        shutil.copyfileobj(content, copy)


async def _audit_verdict(scope: Scope, before: StoredFile, after: StoredFile, now: datetime) -> None:
    received = before.sha256.hex() if before.sha256 else ""
    if after.state == FileState.REFUSED:
        data = {"refusal": after.refusal, "sha256_received": received}
        await audit(
            scope, "file.refused", kind="file", subject=after.id, now=now, region=after.region, data=data
        )
        return
    stored = after.sha256.hex() if after.sha256 else ""
    data = {"sha256": stored, "sha256_received": received, "media_type": after.media_type}
    await audit(scope, "file.stored", kind="file", subject=after.id, now=now, region=after.region, data=data)


async def attach_files(
    scope: Scope, *, file_ids: Collection[UUID], subject: UUID, now: datetime, region: str | None = None
) -> list[StoredFile]:
    """Hang this post's own files on a thing (shared ones: of colleagues too); from then on they stay.

    ``region`` moves them to where the thing belongs. What hangs on a task's brief is read by the brief's receivers.
    Raises NotFound for files of others, and for refused ones. Files already hanging there are left as they are.
    """
    wanted = list(dict.fromkeys(file_ids))
    if len(wanted) > MOST_FILES:
        raise Conflict(mark("一次最多 %(most)s 个文件。"), most=MOST_FILES)
    if not wanted:
        return []
    rows = await fetch(
        scope, _ATTACH, scope.county, wanted, subject, now, region, scope.membership, scope.system, SHARED
    )
    if len(rows) != len(wanted):
        raise NotFound(mark("有文件没有找到或没有通过检查。请刷新页面，重新上传后再提交。"))
    return sorted((StoredFile(**row) for row in rows), key=lambda file: wanted.index(file.id))


async def copy_files(
    scope: Scope, *, source: UUID, subject: UUID, now: datetime, region: str | None = None
) -> list[StoredFile]:
    """Hang the files of one thing on another one as well. The content is shared.

    Those of an incoming task go on to its brief, those of a brief to the brief of whoever splits the share.
    """
    for file in await files_of(scope, subject=source):
        place = region or scope.region
        await execute(scope, _COPY, file.county, file.id, new_id(), place, subject, now, scope.county)
    return await files_of(scope, subject=subject)


async def remove_file(scope: Scope, *, file_id: UUID, now: datetime) -> None:
    """Take back a file of one's own that hangs on nothing yet; its content is swept later."""
    file = await file_for(scope, file_id=file_id)
    if not await execute(scope, _REMOVE, file.county, file.id, now, scope.membership):
        raise Conflict(mark("这个文件已经提交，不能删除。"))
    await cancel_timers(scope, subject=file_id)
    await audit(scope, "file.removed", kind="file", subject=file_id, now=now, region=file.region)


async def forget_files(scope: Scope, *, county: str, subject: UUID, now: datetime) -> None:
    """Remove the files of a thing whose personal data is erased; for whoever erases it, who holds no file of his own."""
    for file in await fetch(scope, _FORGET, county, subject, now):
        await audit(scope, "file.removed", kind="file", subject=file["id"], now=now, region=file["region"], county=county)


async def set_file_aside(scope: Scope, *, file_id: UUID, subject: UUID, now: datetime) -> StoredFile:
    """Leave a file of a thing out of what is handed in next; it stays with what it was handed in with. Gives the file.

    Raises ``NotFound`` for a file of another thing, ``Conflict`` for one that is not part of it any more.
    """
    file = await _hanging_on(scope, file_id, subject)
    if not await execute(scope, _SET_ASIDE, file.county, file_id, subject, now):
        raise Conflict(mark("“%(name)s”已经换下了。"), name=file.name)
    await audit(scope, "file.set_aside", kind="file", subject=file_id, now=now, region=file.region)
    return file


async def put_file_back(scope: Scope, *, file_id: UUID, subject: UUID, now: datetime) -> StoredFile:
    """Take a file that was set aside into what is handed in next again. Gives the file.

    Raises ``NotFound`` for a file of another thing, ``Conflict`` for one that was not set aside (any more).
    """
    file = await _hanging_on(scope, file_id, subject)
    if not await execute(scope, _PUT_BACK, file.county, file_id, subject):
        raise Conflict(mark("“%(name)s”没有换下，不用放回。"), name=file.name)
    await audit(scope, "file.put_back", kind="file", subject=file_id, now=now, region=file.region)
    return file


async def _hanging_on(scope: Scope, file_id: UUID, subject: UUID) -> StoredFile:
    file = await file_for(scope, file_id=file_id)
    if file.subject_id != subject:
        raise NotFound
    return file

"""A file on its way: announced, received in parts, put together. Each step may be repeated."""

import hashlib
import io
import tempfile
from asyncio import to_thread
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import IO, BinaryIO, Final, cast
from uuid import UUID

from core.files.enums import FileState
from core.files.queries import UploadSeen, upload_for
from core.files.rules import PART_BYTES, check_offer, clean_name, part_bytes, parts_of
from core.kernel.audit import audit
from core.kernel.database import execute, fetch, fetch_value
from core.kernel.errors import Conflict, Invalid, NotFound, TooMany, mark
from core.kernel.ids import new_id
from core.kernel.outbox import set_timer
from core.kernel.scope import Scope
from core.kernel.storage import get_storage

INSPECT_TOPIC: Final = "file.inspect"
# Inspection follows at once; the timer is for the case that the process died before it.
INSPECT_AGAIN: Final = timedelta(minutes=2)
MOST_OPEN: Final = 60

_OPEN = """
SELECT count(*) FROM upload u
 WHERE u.region >= $1 AND u.region < $2 AND u.county = $3 AND u.membership = $4 AND u.finished_at IS NULL
   AND u.created_at > $5
"""
_BEGIN = """
INSERT INTO upload (county, id, region, membership, name, media_type, size, purpose, subject_id, part_size, sha256,
                    created_at)
SELECT $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14 WHERE $5 >= $1 AND $5 < $2
"""
_KNOWN_PART = """
SELECT p.sha256 FROM upload_part p
 WHERE p.region >= $1 AND p.region < $2 AND p.county = $3 AND p.upload_id = $4 AND p.part = $5
"""
_PART = """
INSERT INTO upload_part (county, id, region, upload_id, part, size, sha256, received_at)
SELECT $3, $4, $5, $6, $7, $8, $9, $10 WHERE $5 >= $1 AND $5 < $2 ON CONFLICT (county, upload_id, part) DO NOTHING
"""
_LOCK = """
SELECT u.id FROM upload u WHERE u.region >= $1 AND u.region < $2 AND u.county = $3 AND u.id = $4 FOR UPDATE
"""
_PARTS = """
SELECT p.part, p.size, p.sha256 FROM upload_part p
 WHERE p.region >= $1 AND p.region < $2 AND p.county = $3 AND p.upload_id = $4 ORDER BY p.part
"""
_DROP_PARTS = """
DELETE FROM upload_part WHERE region >= $1 AND region < $2 AND county = $3 AND upload_id = $4
"""
_DROP = "DELETE FROM upload WHERE region >= $1 AND region < $2 AND county = $3 AND id = $4 AND finished_at IS NULL"
_FINISH = """
UPDATE upload SET finished_at = $5, file_id = $6
 WHERE region >= $1 AND region < $2 AND county = $3 AND id = $4 AND file_id IS NULL
"""
_FILE = """
INSERT INTO file (county, id, region, name, media_type, size, sha256, state, storage_key, purpose, subject_id,
                  membership, by_name, created_at)
SELECT $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16 WHERE $5 >= $1 AND $5 < $2
"""


async def start_upload(
    scope: Scope,
    *,
    name: str,
    size: int,
    media_type: str,
    purpose: str,
    subject: UUID | None,
    sha256: bytes | None,
    now: datetime,
) -> UploadSeen:
    """Begin an upload of this post. Raises ``Invalid`` for what would be refused anyway."""
    membership = _sender(scope)
    check_offer(purpose=purpose, name=name, size=size)
    running = await fetch_value(scope, _OPEN, scope.county, membership, now - timedelta(days=1))
    if running >= MOST_OPEN:
        raise TooMany(mark("没有传完的文件太多了。请先把它们传完或取消。"))
    upload_id = new_id()
    await execute(
        scope, _BEGIN, scope.county, upload_id, scope.region, membership, clean_name(name), media_type[:200], size,
        purpose, subject, PART_BYTES, sha256, now,
    )  # fmt: skip
    return await upload_for(scope, upload_id=upload_id)


async def put_part(
    scope: Scope, *, upload_id: UUID, part: int, body: bytes, sha256: bytes, now: datetime
) -> UploadSeen:
    """Take one part. Sent again it changes nothing; with other content under the same number it is a ``Conflict``."""
    upload = await upload_for(scope, upload_id=upload_id)
    if upload.file_id is not None:
        return upload
    if not 0 <= part < parts_of(upload.size, upload.part_size):
        raise Invalid(mark("文件分段的序号不对，请重新上传。"))
    if len(body) != part_bytes(part, size=upload.size, part_size=upload.part_size):
        raise Invalid(mark("文件分段的长度不对，请重试。"))
    if hashlib.sha256(body).digest() != sha256:
        raise Invalid(mark("文件分段在路上损坏了，请重试。"))
    known = await fetch_value(scope, _KNOWN_PART, upload.county, upload.id, part)
    if known is not None and known != sha256:
        raise Conflict(mark("这一段和先前传的不一样，文件可能被改过。请删除后重新上传。"))
    if known is None:
        await to_thread(get_storage().put, part_key(upload, part, sha256), io.BytesIO(body))
        await execute(
            scope, _PART, upload.county, new_id(), upload.region, upload.id, part, len(body), sha256, now
        )
    return await upload_for(scope, upload_id=upload_id)


async def seal_upload(scope: Scope, *, upload_id: UUID, now: datetime) -> UUID | None:
    """Put the parts together and give the file's id; the file waits in quarantine for ``inspect_file``.

    Asked again it gives the same id. None: the whole has another hash than was announced, and all parts were
    forgotten, so let the transaction be kept. Raises ``Conflict`` while parts are missing.
    """
    await fetch_value(scope, _LOCK, scope.county, upload_id)
    upload = await upload_for(scope, upload_id=upload_id)
    if upload.file_id is not None:
        return upload.file_id
    parts = await fetch(scope, _PARTS, upload.county, upload.id)
    if len(parts) != parts_of(upload.size, upload.part_size):
        raise Conflict(mark("文件还没有传完，请继续上传。"))
    keys = [part_key(upload, row["part"], row["sha256"]) for row in parts]
    with await to_thread(_joined, keys) as whole:
        digest = await to_thread(digest_of, whole)
        if upload.sha256 is not None and digest != upload.sha256:
            await execute(scope, _DROP_PARTS, upload.county, upload.id)
            return None
        file_id = await quarantine(
            scope, name=upload.name, media_type=upload.media_type, purpose=upload.purpose,
            subject=upload.subject_id, content=whole, sha256=digest, now=now,
        )  # fmt: skip
    await execute(scope, _FINISH, upload.county, upload.id, now, file_id)
    await execute(scope, _DROP_PARTS, upload.county, upload.id)
    return file_id


async def quarantine(
    scope: Scope,
    *,
    name: str,
    media_type: str,
    purpose: str,
    subject: UUID | None,
    content: BinaryIO,
    sha256: bytes,
    now: datetime,
) -> UUID:
    """Store a whole file where nobody reads it yet, and give its id."""
    file_id = new_id()
    key = f"{scope.county}/quarantine/{file_id}"
    size = await to_thread(get_storage().put, key, content)
    await execute(
        scope, _FILE, scope.county, file_id, scope.region, name, media_type, size, sha256, FileState.RECEIVED, key,
        purpose, subject, scope.membership, scope.by_name, now,
    )  # fmt: skip
    data = {"sha256": sha256.hex(), "size": size, "purpose": purpose}
    await audit(scope, "file.received", kind="file", subject=file_id, now=now, data=data)
    payload = {"file": str(file_id)}
    await set_timer(scope, INSPECT_TOPIC, subject=file_id, due_at=now + INSPECT_AGAIN, payload=payload)
    return file_id


async def receive_whole(
    scope: Scope,
    *,
    name: str,
    media_type: str,
    purpose: str,
    subject: UUID | None,
    content: BinaryIO,
    now: datetime,
) -> UUID:
    """Take a file that came in one piece, as forms without scripts send it."""
    _sender(scope)
    size = await to_thread(content.seek, 0, io.SEEK_END)
    check_offer(purpose=purpose, name=name, size=size)
    digest = await to_thread(digest_of, content)
    return await quarantine(
        scope, name=clean_name(name), media_type=media_type[:200], purpose=purpose, subject=subject,
        content=content, sha256=digest, now=now,
    )  # fmt: skip


async def cancel_upload(scope: Scope, *, upload_id: UUID) -> UploadSeen:
    """Forget an upload that is not finished. Its parts go with it: delete them by ``drop_parts`` after the commit."""
    upload = await upload_for(scope, upload_id=upload_id)
    await execute(scope, _DROP, upload.county, upload.id)
    return upload


async def drop_parts(upload: UploadSeen) -> None:
    """Delete the stored parts of an upload that is finished or forgotten."""
    await to_thread(delete_below, f"{upload.county}/uploads/{upload.id}/")


def part_key(upload: UploadSeen, part: int, sha256: bytes) -> str:
    """Give the key of a part; its hash is in it, so that two senders cannot mix their content."""
    return f"{upload.county}/uploads/{upload.id}/{part}-{sha256.hex()[:16]}"


def _sender(scope: Scope) -> UUID:
    if scope.membership is None:
        raise NotFound
    return scope.membership


def _joined(keys: Iterable[str]) -> BinaryIO:
    whole: IO[bytes] = tempfile.TemporaryFile(prefix="xz-whole-")  # noqa: SIM115 - the caller closes it
    for key in keys:
        with get_storage().open(key) as part:
            whole.write(part.read())
    return cast("BinaryIO", whole)


def digest_of(content: BinaryIO) -> bytes:
    content.seek(0)
    digest = hashlib.sha256()
    while block := content.read(1024 * 1024):
        digest.update(block)
    content.seek(0)
    return digest.digest()


def delete_below(prefix: str) -> None:
    """Delete all that is stored below a prefix."""
    storage = get_storage()
    with suppress(FileNotFoundError):
        for key in list(storage.list(prefix)):
            storage.delete(key)

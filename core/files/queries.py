"""Files and uploads as their people see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from core.files.enums import FileState
from core.files.rules import SHARED
from core.kernel.database import ABOVE, fetch, fetch_one
from core.kernel.errors import NotFound
from core.kernel.scope import Scope

COLUMNS: Final = (
    "f.county, f.id, f.region, f.name, f.media_type, f.size, f.sha256, f.state, f.refusal, f.storage_key, "
    "f.preview_key, f.width, f.height, f.purpose, f.subject_id, f.membership, f.by_name, f.created_at, f.attached_at, "
    "f.set_aside_at"
)
# What hangs on nothing yet is its sender's alone, but for shared purposes; what hangs on a brief is read by the
# brief's receivers too: the same three ways as the brief itself.
_SEEN = f"""
 WHERE f.removed_at IS NULL AND (f.attached_at IS NOT NULL OR f.membership = $4 OR $5 OR f.purpose = ANY ($6))
   AND ((f.region >= $1 AND f.region < $2) OR (f.attached_at IS NOT NULL
        AND EXISTS (SELECT 1 FROM task_brief b WHERE b.id = f.subject_id AND ((b.region >= $1 AND b.region < $2)
             OR EXISTS (SELECT 1 FROM assignment a WHERE a.brief_id = b.id AND a.region >= $1 AND a.region < $2)
             OR EXISTS (SELECT 1 FROM place p WHERE p.brief_id = b.id AND p.region = ANY {ABOVE})))))
"""  # noqa: S608 - no value is put into the text
_FILES = "SELECT " + COLUMNS + " FROM file f" + _SEEN  # noqa: S608 - built from our own text
_ONE = _FILES + " AND f.id = $3"
# What was refused hangs on nothing: whoever sent it was told why, and nobody else ever sees it.
_OF = _FILES + " AND f.subject_id = $3 AND f.state <> 'refused' ORDER BY f.created_at, f.id"
_MANY = _FILES + " AND f.id = ANY ($3::uuid[]) ORDER BY f.created_at, f.id"
_SEVERAL = _FILES + " AND f.county = $7 AND f.subject_id = ANY ($3::uuid[]) AND f.state <> 'refused' ORDER BY f.created_at, f.id"
_UPLOAD = """
SELECT u.county, u.id, u.region, u.name, u.media_type, u.size, u.purpose, u.subject_id, u.part_size, u.sha256,
       u.file_id, ARRAY(SELECT p.part FROM upload_part p WHERE p.county = u.county AND p.upload_id = u.id
                           AND p.region >= $1 AND p.region < $2 ORDER BY p.part) AS received
  FROM upload u
 WHERE u.region >= $1 AND u.region < $2 AND u.county = $3 AND u.id = $4 AND u.membership = $5
"""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file. ``refusal`` is a key of ``enums.REFUSALS``."""

    county: str
    id: UUID
    region: str
    name: str
    media_type: str
    size: int
    sha256: bytes | None
    state: str
    refusal: str
    storage_key: str
    preview_key: str
    width: int | None
    height: int | None
    purpose: str
    subject_id: UUID | None
    membership: UUID | None
    by_name: str
    created_at: datetime
    attached_at: datetime | None
    set_aside_at: datetime | None

    @property
    def is_kept(self) -> bool:
        return self.state == FileState.KEPT

    @property
    def is_picture(self) -> bool:
        return self.media_type.startswith("image/")

    @property
    def url(self) -> str:
        return f"/files/{self.id}"

    @property
    def thumb(self) -> str:
        """Give the address of the small picture; empty where there is none."""
        return f"/files/{self.id}/preview" if self.preview_key else ""


@dataclass(frozen=True, slots=True)
class UploadSeen:
    """A file on its way, with the parts that have arrived."""

    county: str
    id: UUID
    region: str
    name: str
    media_type: str
    size: int
    purpose: str
    subject_id: UUID | None
    part_size: int
    sha256: bytes | None
    file_id: UUID | None
    received: Sequence[int]


async def file_for(scope: Scope, *, file_id: UUID) -> StoredFile:
    """Give a file to whoever may see its row. Raises NotFound for all others."""
    row = await fetch_one(scope, _ONE, file_id, scope.membership, scope.system, SHARED)
    if row is None:
        raise NotFound
    return StoredFile(**row)


async def files_of(scope: Scope, *, subject: UUID) -> list[StoredFile]:
    """Give what hangs on a thing, in the order it was sent up; what was refused never is among it."""
    rows = await fetch(scope, _OF, subject, scope.membership, scope.system, SHARED)
    return [StoredFile(**row) for row in rows]


async def files_of_several(
    scope: Scope, *, subjects: Sequence[UUID], county: str = ""
) -> dict[UUID, list[StoredFile]]:
    """Give what hangs on several things of one county (the scope's own), in one question; things without files are left out."""
    found: dict[UUID, list[StoredFile]] = {}
    for row in await fetch(
        scope, _SEVERAL, list(subjects), scope.membership, scope.system, SHARED, county or scope.county
    ):
        found.setdefault(row["subject_id"], []).append(StoredFile(**row))
    return found


async def files_by_id(scope: Scope, *, file_ids: Sequence[UUID]) -> list[StoredFile]:
    """Give those of the ids that this scope may see."""
    rows = await fetch(scope, _MANY, list(file_ids), scope.membership, scope.system, SHARED)
    return [StoredFile(**row) for row in rows]


async def upload_for(scope: Scope, *, upload_id: UUID) -> UploadSeen:
    """Give an upload to the post that began it. Raises NotFound for all others."""
    row = await fetch_one(scope, _UPLOAD, scope.county, upload_id, scope.membership)
    if row is None:
        raise NotFound
    return UploadSeen(**row)

"""What nobody asks for any more: broken-off uploads, files that hang on nothing, content of removed files."""

from asyncio import to_thread
from datetime import datetime, timedelta
from typing import Final

from core.files.rules import SHARED
from core.files.uploads import delete_below
from core.kernel.database import fetch, transaction
from core.kernel.scope import Scope
from core.kernel.storage import get_storage

UPLOAD_KEPT: Final = timedelta(days=7)
LOOSE_KEPT: Final = timedelta(days=60)
_AT_ONCE: Final = 500

_OLD_UPLOADS = """
DELETE FROM upload u USING (
  SELECT o.county, o.id FROM upload o
   WHERE o.region >= $1 AND o.region < $2 AND o.county = $3 AND o.created_at < $4 LIMIT $5) old
 WHERE u.region >= $1 AND u.region < $2 AND u.county = old.county AND u.id = old.id RETURNING u.county, u.id
"""
# The row stays, for audit lines name it; its keys go, so that nothing points to what is deleted.
_LOOSE = """
UPDATE file f SET removed_at = coalesce(f.removed_at, $5), storage_key = '', preview_key = '' FROM (
  SELECT o.county, o.id, o.storage_key, o.preview_key FROM file o
   WHERE o.region >= $1 AND o.region < $2 AND o.county = $3 AND o.attached_at IS NULL AND o.storage_key <> ''
     AND (o.removed_at IS NOT NULL OR (o.created_at < $4 AND o.purpose <> ALL ($7))) LIMIT $6) old
 WHERE f.region >= $1 AND f.region < $2 AND f.county = old.county AND f.id = old.id
RETURNING old.storage_key, old.preview_key
"""


async def sweep_files(scope: Scope, *, now: datetime) -> int:
    """Delete a county's leftovers; gives how many. Opens its own transaction.

    Rows go first: content without a row only takes room, a row without content is an error on somebody's page.
    """
    async with transaction(scope):
        uploads = await fetch(scope, _OLD_UPLOADS, scope.county, now - UPLOAD_KEPT, _AT_ONCE)
        files = await fetch(scope, _LOOSE, scope.county, now - LOOSE_KEPT, now, _AT_ONCE, SHARED)
    for upload in uploads:
        await to_thread(delete_below, f"{upload['county']}/uploads/{upload['id']}/")
    for file in files:
        for key in filter(None, (file["storage_key"], file["preview_key"])):
            await to_thread(get_storage().delete, key)
    return len(uploads) + len(files)

"""Files of publications: they hang on a matter written by hand, are copied for its release, and are read by anybody from then on.

The copies lie under the publication's id, so that nothing done to the matter later changes what was published; what was
published of them, name, size and SHA-256, stands in the snapshot. They are made before the release (``readying``).
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, Final
from uuid import UUID

from core.contracts.disclosure import Attachment
from core.disclosure.cleaning import NO_LOOKS, Looks
from core.disclosure.entries import own_entry
from core.files.actions import attach_files, remove_file
from core.files.queries import StoredFile, files_of
from core.kernel.errors import Conflict, mark
from core.kernel.outbox import cancel_timers
from core.kernel.scope import Scope
from core.kernel.storage import get_storage

PURPOSE: Final = "board_file"
MOST: Final = 6
UNUSED: Final = "publication.copies_unused"


@dataclass(frozen=True, slots=True)
class Ready:
    """Copies that lie ready for one release: under whose id, of which files as they were sent up, and what was found in each."""

    publication: UUID | None = None
    sources: tuple[Attachment, ...] = ()
    looks: Looks = field(default_factory=lambda: NO_LOOKS)


NOTHING: Final = Ready()


def attachment_of(file: StoredFile) -> Attachment:
    """Give a stored file as sections hand it over."""
    return Attachment(file.id, file.name, file.media_type, file.size, file.sha256 or b"", file.storage_key)


async def files_of_entry(scope: Scope, entry: UUID) -> list[StoredFile]:
    """Give what hangs on a matter, in the order it was sent up; what is still looked into is among it."""
    return [file for file in await files_of(scope, subject=entry) if file.purpose == PURPOSE]


async def may_attach(scope: Scope, entry: UUID) -> None:
    """Raise where this post may not add a file to the matter now."""
    await own_entry(scope, entry)
    if len(await files_of_entry(scope, entry)) >= MOST:
        raise Conflict(mark("一件事最多 %(most)s 个附件。"), most=MOST)


async def remove_attachment(scope: Scope, *, file: StoredFile, now: datetime) -> None:
    """Take a file back that was not published yet."""
    if file.subject_id is not None:
        await own_entry(scope, file.subject_id)
    await remove_file(scope, file_id=file.id, now=now)


async def keep_copies(scope: Scope, ready: Ready, *, subject: UUID | None, now: datetime) -> None:
    """Let the copies that lie ready stay for good, and the originals where they hang. Raises ``Conflict`` where they went already."""
    if ready.publication is None:
        return
    if not await cancel_timers(scope, subject=ready.publication, topic=UNUSED):
        raise Conflict(mark("附件放得太久，没有公开。请再看一遍草稿。"))
    if subject is not None:
        await attach_files(scope, file_ids=[file.id for file in ready.sources], subject=subject, now=now)


def key_of(county: str, publication: UUID, number: int) -> str:
    """Give where the copy of a publication's file lies."""
    return f"{county}/published/{publication}/{number}"


async def drop_copies(county: str, publication: UUID, *, count: int) -> None:
    """Delete the copies that lie under a publication's id; done twice it is done once."""
    for number in range(1, count + 1):
        await asyncio.to_thread(get_storage().delete, key_of(county, publication, number))


def open_file(county: str, publication: UUID, number: int) -> BinaryIO:
    """Open a copy. Raises ``NotStored``."""
    return get_storage().open(key_of(county, publication, number))

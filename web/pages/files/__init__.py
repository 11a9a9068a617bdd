"""Files, served to whoever may see their row. Nothing of them runs in our pages' name."""

from asyncio import to_thread
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, BinaryIO, Final
from urllib.parse import quote
from uuid import UUID

from litestar import Response
from litestar.response import Stream

from core.campaigns.queries import share_row
from core.campaigns.rules import EVIDENCE
from core.campaigns.workflows import READ as CAMPAIGNS
from core.files.queries import StoredFile, file_for
from core.kernel.database import transaction
from core.kernel.errors import NotFound
from core.kernel.scope import Scope
from core.kernel.storage import NotStored, get_storage
from core.petitions.queries import petition_row
from core.petitions.rules import ENTERED_PHOTO, PHOTO
from core.seals.queries import use_row
from core.seals.rules import PHOTO as STAMPED
from core.seals.workflows import READ as SEALS
from core.supervision.papers import CORRECTION, STATEMENT
from core.supervision.queries import warning_row
from core.tasks.queries.papers import paper_seen
from web.answers import Request
from web.routing import get_page

_BLOCK: Final = 256 * 1024
# Shown in the browser; everything else is offered for download.
_SHOWN: Final = frozenset({"image/jpeg", "image/png", "image/webp"})


@get_page("/files/{file_id:uuid}", permission="any")
async def whole_file(request: Request, scope: Scope, file_id: UUID) -> Response[Any]:  # noqa: ARG001 - a handler's signature
    file = await _seen(scope, file_id)
    return await _answer(file.storage_key, file, file.media_type)


@get_page("/files/{file_id:uuid}/preview", permission="any")
async def preview(request: Request, scope: Scope, file_id: UUID) -> Response[Any]:  # noqa: ARG001 - a handler's signature
    file = await _seen(scope, file_id)
    return await _answer(file.preview_key, file, "image/jpeg")


async def _use_seen(scope: Scope, subject: UUID) -> None:
    scope.require(SEALS)
    await use_row(scope, subject)


async def _share_seen(scope: Scope, subject: UUID) -> None:
    scope.require(CAMPAIGNS)
    await share_row(scope, subject)


# Who may see what hangs on these is who may see the thing itself.
_NARROWED: Final[Mapping[str, Callable[[Scope, UUID], Awaitable[Any]]]] = {
    EVIDENCE: _share_seen, PHOTO: petition_row, ENTERED_PHOTO: petition_row, STAMPED: _use_seen, CORRECTION: warning_row, STATEMENT: warning_row,
    "incoming": paper_seen, "brief": paper_seen, "evidence": paper_seen,
}  # fmt: skip
# Their sender's alone until what they go with is sent.
_LOOSE: Final = frozenset({ENTERED_PHOTO, "incoming", "brief"})


async def _seen(scope: Scope, file_id: UUID) -> StoredFile:
    async with transaction(scope):
        file = await file_for(scope, file_id=file_id)
        loose = file.purpose in _LOOSE and file.subject_id is None
        if (asks := _NARROWED.get(file.purpose)) is not None and not loose:
            await asks(scope, file.subject_id or file.id)
    if not file.is_kept:
        raise NotFound
    return file


async def _answer(key: str, file: StoredFile, media_type: str) -> Response[Any]:
    if not key:
        raise NotFound
    try:
        content = await to_thread(get_storage().open, key)
    except NotStored:
        raise NotFound from None
    kind = "inline" if media_type in _SHOWN else "attachment"
    headers = {
        "content-disposition": f"{kind}; filename*=UTF-8''{quote(file.name, safe='')}",
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
        "cross-origin-resource-policy": "same-origin",
    }
    return Stream(_blocks(content), media_type=media_type, headers=headers)


async def _blocks(content: BinaryIO) -> AsyncIterator[bytes]:
    with content:
        while block := await to_thread(content.read, _BLOCK):
            yield block


ROUTES: Final = [whole_file, preview]

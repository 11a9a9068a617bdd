"""Files of a publication: the very bytes that were released, for anybody."""

from asyncio import to_thread
from collections.abc import AsyncIterator
from typing import Any, BinaryIO, Final
from urllib.parse import quote

from litestar import Response
from litestar.response import Stream

from core.disclosure import public
from core.disclosure.attachments import open_file
from core.kernel.errors import NotFound
from core.kernel.storage import NotStored
from web.answers import Request
from web.pages.public.answering import FRESH_SECONDS, REASON
from web.routing import get_page

_BLOCK: Final = 256 * 1024
_SHOWN: Final = frozenset({"image/jpeg", "image/png", "image/webp"})


@get_page("/p/{token:str}/files/{number:int}", public=REASON)
async def attachment(request: Request, token: str, number: int) -> Response[Any]:  # noqa: ARG001 - a handler's signature
    """Send one file of a publication. Raises ``NotFound`` where there is none, and where the content was closed."""
    one = await public.shown(token)
    files = one.content.get("files", []) if one.content else []
    if not 0 < number <= len(files):
        raise NotFound
    file = files[number - 1]
    try:
        content = await to_thread(open_file, one.county, one.id, number)
    except NotStored:
        raise NotFound from None
    kind = "inline" if file["type"] in _SHOWN else "attachment"
    headers = {
        "content-disposition": f"{kind}; filename*=UTF-8''{quote(file['name'], safe='')}",
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
        "cache-control": f"public, max-age={FRESH_SECONDS}",
    }
    return Stream(_blocks(content), media_type=file["type"], headers=headers)


async def _blocks(content: BinaryIO) -> AsyncIterator[bytes]:
    with content:
        while block := await to_thread(content.read, _BLOCK):
            yield block


ROUTES: Final = [attachment]

"""Built files: compressed at build, named by their content, kept by browsers for a year."""

import asyncio
from typing import Final

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.params import FromPath

from core.kernel.errors import NotFound
from web.manifest import CACHE_CONTROL, PREFIX, stored_form


@get(f"{PREFIX}{{name:str}}", opt={"public": "the same files for everybody"})
async def static_file(request: Request[None, None, State], name: FromPath[str]) -> Response[bytes]:
    """Send the smallest stored form that the browser takes."""
    found = stored_form(name, request.headers.get("accept-encoding", ""))
    if found is None:
        raise NotFound
    body = await asyncio.to_thread(found.path.read_bytes)
    headers = {"cache-control": CACHE_CONTROL, "vary": "Accept-Encoding"}
    if found.encoding:
        headers["content-encoding"] = found.encoding
    return Response(body, media_type=found.media_type.partition(";")[0], headers=headers)


ROUTES: Final = [static_file]

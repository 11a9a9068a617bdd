"""Importing people: the sheet, a look at what would happen, the work with its bar, and what came of it."""

import hmac
from typing import Final
from urllib.parse import quote
from uuid import UUID

from litestar import Response
from litestar.datastructures import UploadFile

from core.kernel.database import transaction
from core.kernel.errors import Invalid, ProductError, mark
from core.kernel.scope import Scope
from core.kernel.sheets import LIMITS
from core.kernel.sheets_out import MEDIA_TYPES, XLSX
from core.people import importing
from core.progress.actions import start_job
from web.api import Answer, Request, get_page, page, post_form, request_now, say, see_other
from web.guards import ForeignOrigin, csrf_token, session_of

IMPORT: Final = "core:person:import"
SHOWN: Final = 20
_MEGABYTE: Final = 1024 * 1024


@get_page("/people/import", permission=IMPORT)
async def import_page(request: Request, scope: Scope) -> Answer:
    """Ask for the sheet, and lead back to those that were looked through."""
    return await _ask(request, scope)


async def _ask(request: Request, scope: Scope, error: ProductError | None = None) -> Answer:
    async with transaction(scope):
        latest = await importing.latest_imports(scope)
    return page(
        request,
        "people/import.html",
        title=mark("批量导入人员"),
        back="/people",
        status=error.status if error else 200,
        errors=error,
        latest=latest,
        rows=LIMITS.rows,
        megabytes=LIMITS.size // _MEGABYTE,
    )


@get_page("/people/import/template", permission=IMPORT)
async def template(scope: Scope) -> Response[bytes]:
    """Give the empty sheet."""
    async with transaction(scope):
        content = await importing.sheet_template(scope)
    return _file(content, "人员导入模板.xlsx")


@post_form("/people/import", permission=IMPORT, token="by_handler", most_bytes=LIMITS.size + _MEGABYTE)  # noqa: S106 (no secret)
async def look_through(request: Request, scope: Scope) -> Answer:
    """Read the sheet and keep its rows. Session and origin were checked before the body is read."""
    form = await request.form()
    held = csrf_token(request.app.state.settings, session_of(request))
    if not hmac.compare_digest(str(form.get("csrf_token", "")).encode(), held.encode()):
        raise ForeignOrigin
    try:
        name, content = await _sent(form.get("file"))
        async with transaction(scope):
            made = await importing.look_through(scope, content=content, name=name, now=request_now(request))
    except Invalid as error:
        return await _ask(request, scope, error)
    return see_other(request, f"/people/import/{made}")


async def _sent(file: object) -> tuple[str, bytes]:
    """Give the file's name and content, one byte more than allowed at most.

    Raises ``Invalid`` without one.
    """
    if not isinstance(file, UploadFile) or not file.filename:
        raise Invalid(fields={"file": mark("请选择要导入的文件。")})
    return file.filename, await file.read(LIMITS.size + 1)


@get_page("/people/import/{import_id:uuid}", permission=IMPORT)
async def import_state(request: Request, scope: Scope, import_id: UUID) -> Answer:
    """Show what would happen, or what has happened."""
    async with transaction(scope):
        counts = await importing.counts_of(scope, import_id=import_id)
        bad = await importing.bad_rows(scope, import_id=import_id, limit=SHOWN)
    return page(
        request,
        "people/import_state.html",
        title=mark("批量导入人员"),
        back="/people/import",
        counts=counts,
        path=f"/people/import/{import_id}",
        bad=[
            {
                "n": row.n,
                "name": row.cells.get("name", ""),
                "role": row.cells.get("role", ""),
                "place": " ".join((row.cells.get("township", ""), row.cells.get("village", ""))).strip(),
                "reason": " ".join(say(request, reason) for reason in row.reason.split("\n")),
            }
            for row in bad
        ],
    )


@post_form("/people/import/{import_id:uuid}/start", permission=IMPORT)
async def start(request: Request, scope: Scope, import_id: UUID) -> Answer:
    """Start the work; its page has the bar and can be left."""
    now = request_now(request)
    async with transaction(scope):
        counts = await importing.check_start(scope, import_id=import_id, now=now)
        job = await start_job(
            scope,
            kind=importing.KIND,
            title=importing.IMPORT.title,
            payload=importing.payload_of(scope, import_id, counts),
            total=counts.good,
            now=now,
        )
    return see_other(request, f"/jobs/{job}")


@get_page("/people/import/{import_id:uuid}/bad", permission=IMPORT)
async def bad_sheet(scope: Scope, import_id: UUID) -> Response[bytes]:
    """Give the rows that were not taken, each with its reason."""
    async with transaction(scope):
        content = await importing.bad_sheet(scope, import_id=import_id)
    return _file(content, "未通过的行.xlsx")


@post_form("/people/import/{import_id:uuid}/codes", permission="core:person:invite")
async def codes_sheet(request: Request, scope: Scope, import_id: UUID) -> Response[bytes]:
    """Give names and codes to hand out; that it was taken is written down, so it is no plain link."""
    async with transaction(scope):
        content = await importing.codes_sheet(scope, import_id=import_id, now=request_now(request))
    return _file(content, "邀请码.xlsx")


def _file(content: bytes, name: str) -> Response[bytes]:
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(content, media_type=MEDIA_TYPES[XLSX], headers=headers)

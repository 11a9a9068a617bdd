"""Handing outside data in: the sheet with what for and until when, a look at what is right or wrong, the work with its bar."""

import hmac
from datetime import date, timedelta
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote
from uuid import UUID

from litestar import Response
from litestar.datastructures import UploadFile
from pydantic import Field

from core.datasets import importing
from core.datasets.actions import IMPORT
from core.datasets.enums import KIND_HINTS, KIND_TITLES, DataKind
from core.datasets.rules import DatasetSettings
from core.kernel.clock import local
from core.kernel.database import transaction
from core.kernel.errors import Invalid, mark
from core.kernel.scope import Scope
from core.kernel.sheets import LIMITS
from core.kernel.sheets_out import MEDIA_TYPES, XLSX
from core.progress.actions import start_job
from core.tenancy.settings import settings_of
from web.answers import Answer, Request, page, request_now, say, see_other
from web.deeds import drawn
from web.forms import Form, FormModel, first, form_of, parse
from web.guards import ForeignOrigin, csrf_token, session_of
from web.routing import get_page, post_form

_MEGABYTE: Final = 1024 * 1024
_USUAL: Final = timedelta(days=90)


class DatasetForm(FormModel):
    """What is said of a list when it is handed in."""

    kind: DataKind
    source: Annotated[str, Field(max_length=200)]
    purpose: Annotated[str, Field(max_length=200)]
    basis: Annotated[str, Field(max_length=200)]
    expires_on: date
    way: Literal["adds", "replaces"] = "adds"


@get_page("/datasets/import", permission=IMPORT)
async def import_page(request: Request, scope: Scope) -> Answer:
    """Ask for a list and what it is for."""
    return await _ask(request, scope)


async def _ask(request: Request, scope: Scope, *, form: Form | None = None, error: Invalid | None = None) -> Answer:
    now = request_now(request)
    async with transaction(scope):
        rule = await settings_of(scope, DatasetSettings, at=now)
    today = local(now).date()
    kind = first(form or {}, "kind") or str(request.query_params.get("kind", ""))
    return page(
        request, "datasets/import.html", title=mark("导入外部数据"), back="/datasets", **drawn(error),
        form=form, sent_form="import" if error else "", kind=kind if kind in KIND_TITLES else "", rows=LIMITS.rows, megabytes=LIMITS.size // _MEGABYTE,
        kinds=[(name, say(request, title), say(request, KIND_HINTS[name])) for name, title in KIND_TITLES.items()],
        usual=today + min(_USUAL, timedelta(days=rule.most_days)), first_day=today, last_day=today + timedelta(days=rule.most_days),
        most_days=rule.most_days,
    )  # fmt: skip


@get_page("/datasets/template/{set_kind:str}", permission=IMPORT)
async def template(scope: Scope, set_kind: str) -> Response[bytes]:
    """Give the empty sheet of a kind."""
    async with transaction(scope):
        content = await importing.sheet_template(scope, set_kind)
    return _file(content, f"{KIND_TITLES[set_kind]}模板.xlsx")


@post_form("/datasets/import", permission=IMPORT, token="by_handler", most_bytes=LIMITS.size + _MEGABYTE)  # noqa: S106 (no secret)
async def look_through(request: Request, scope: Scope) -> Answer:
    """Read the sheet and keep its lines. Session and origin were checked before the body is read."""
    read = await request.form()
    held = csrf_token(request.app.state.settings, session_of(request))
    if not hmac.compare_digest(str(read.get("csrf_token", "")).encode(), held.encode()):
        raise ForeignOrigin
    form = await form_of(request)
    try:
        told, (name, content) = _told(form, read.get("file")), await _sent(read.get("file"))
        async with transaction(scope):
            made = await importing.look_through(scope, told, content=content, name=name, now=request_now(request))
    except Invalid as error:
        return await _ask(request, scope, form=form, error=error)
    return see_other(request, f"/datasets/{made}")


def _told(form: Form, file: Any) -> importing.Told:
    """Check what was said, and name a missing file along with all else that is missing."""
    try:
        asked = parse(DatasetForm, form)
    except Invalid as error:
        if not _is_file(file):
            raise Invalid(fields={**error.fields, "file": NO_FILE}) from None
        raise
    return importing.Told(asked.kind, asked.source, asked.purpose, asked.basis, asked.expires_on, asked.way == "replaces")


NO_FILE: Final = mark("请选择要导入的文件。")


def _is_file(file: Any) -> bool:
    return isinstance(file, UploadFile) and bool(file.filename)


async def _sent(file: Any) -> tuple[str, bytes]:
    """Give the file's name and content, one byte more than allowed at most. Raises ``Invalid`` without one."""
    if not _is_file(file):
        raise Invalid(fields={"file": NO_FILE})
    return file.filename, await file.read(LIMITS.size + 1)


@post_form("/datasets/{dataset_id:uuid}/start", permission=IMPORT)
async def start(request: Request, scope: Scope, dataset_id: UUID) -> Answer:
    """Start the work; its page has the bar and can be left."""
    now = request_now(request)
    async with transaction(scope):
        total, payload = await importing.check_start(scope, dataset=dataset_id, now=now)
        job = await start_job(scope, kind=importing.KIND, title=importing.IMPORT_WORK.title, payload=payload, total=total, now=now)
    return see_other(request, f"/jobs/{job}")


@post_form("/datasets/{dataset_id:uuid}/bad", permission=IMPORT)
async def bad_sheet(request: Request, scope: Scope, dataset_id: UUID) -> Response[bytes]:
    """Give the refused lines back; that they were taken is written down, so it is no plain link."""
    async with transaction(scope):
        content = await importing.bad_sheet(scope, dataset=dataset_id, now=request_now(request))
    return _file(content, "未通过的行.xlsx")


def _file(content: bytes, name: str) -> Response[bytes]:
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}", "cache-control": "no-store"}
    return Response(content, media_type=MEDIA_TYPES[XLSX], headers=headers)

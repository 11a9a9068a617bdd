"""Entry lists as files: export, the template to fill in, and the import with its preview."""

import asyncio
from typing import Final
from urllib.parse import quote
from uuid import UUID

from litestar import Response
from litestar.datastructures import UploadFile

from core.entry_lists.actions import store_import
from core.entry_lists.enums import LEVEL_TITLES
from core.entry_lists.queries import EDIT, Item, ListVersion, items_of, list_by_id
from core.entry_lists.rules import FIELD_TITLES, fingerprint
from core.entry_lists.sheets import ImportPlan, list_sheet, list_template, pack, plan_import, unpack
from core.kernel.database import transaction
from core.kernel.errors import Invalid, NotFound, mark
from core.kernel.scope import Scope
from core.kernel.sheets import SMALL, Sheet, read_sheet
from core.kernel.sheets_out import MEDIA_TYPES, XLSX
from web.api import Answer, Request, first, form_of, get_page, page, post_form, request_now, see_other
from web.pages.entry_lists.editing import draft_to_edit
from web.pages.entry_lists.reading import READ
from web.pages.entry_lists.views import level_for, version_facts

SHOWN_ROWS: Final = 200


@get_page("/entry-lists/{list_id:uuid}/export/{kind:str}", permission=READ)
async def export(scope: Scope, list_id: UUID, kind: str) -> Response[bytes]:
    """Give a version as a sheet that can be imported again as it is."""
    if kind not in MEDIA_TYPES:
        raise NotFound
    async with transaction(scope):
        version = await list_by_id(scope, list_id)
        items = await items_of(scope, list_id)
    content = await asyncio.to_thread(list_sheet, items, kind=kind, level=version.level, title=version.title)
    return _file(content, kind, f"{version.title}-v{version.version}.{kind}")


@get_page("/entry-lists/template", permission=EDIT)
async def template_sheet(scope: Scope, level: str = "") -> Response[bytes]:
    """Give the empty sheet of a level."""
    chosen = level_for(scope, level)
    title = LEVEL_TITLES[chosen]
    return _file(await asyncio.to_thread(list_template, chosen, title), XLSX, f"{title}.xlsx")


@get_page("/entry-lists/{list_id:uuid}/import", permission=EDIT)
async def import_page(request: Request, scope: Scope, list_id: UUID) -> Answer:
    """Ask for the sheet."""
    async with transaction(scope):
        version = await draft_to_edit(scope, list_id)
    return _ask(request, version)


@post_form("/entry-lists/{list_id:uuid}/import", permission=EDIT)
async def preview(request: Request, scope: Scope, list_id: UUID) -> Answer:
    """Say what the sheet would change, row by row. Stores nothing."""
    form = await request.form()
    async with transaction(scope):
        version = await draft_to_edit(scope, list_id)
        current = await items_of(scope, list_id)
    removes = form.get("removes") == "1"
    try:
        plan = await _planned(form.get("file"), version, current, removes=removes)
    except Invalid as error:
        return _ask(request, version, error=error, removes=removes)
    return _preview(request, version, plan, fingerprint(current))


@post_form("/entry-lists/{list_id:uuid}/import/store", permission=EDIT)
async def store(request: Request, scope: Scope, list_id: UUID) -> Answer:
    """Store what was previewed, unless somebody changed the draft since."""
    form = await form_of(request)
    async with transaction(scope):
        version = await draft_to_edit(scope, list_id)
        items = unpack(first(form, "items"), level=version.level)
        await store_import(
            scope, list_id=list_id, items=items, seen=first(form, "seen"), now=request_now(request)
        )
    return see_other(request, f"/entry-lists/{list_id}", flash=mark("已导入到草稿，核对后再发布。"))


async def _planned(file: object, version: ListVersion, current: list[Item], *, removes: bool) -> ImportPlan:
    if not isinstance(file, UploadFile) or not file.filename:
        raise Invalid(fields={"file": mark("请选择要导入的文件。")})
    content = await file.read(SMALL.size + 1)
    name = file.filename

    def work() -> ImportPlan:
        sheet: Sheet = read_sheet(content, name=name, limits=SMALL)
        return plan_import(current, sheet, level=version.level, removes=removes)

    return await asyncio.to_thread(work)


def _ask(
    request: Request, version: ListVersion, *, error: Invalid | None = None, removes: bool = False
) -> Answer:
    facts = version_facts(version)
    return page(
        request,
        "entry_lists/import.html",
        title=mark("导入清单"),
        back=facts["path"],
        status=422 if error else 200,
        errors=error,
        removes=removes,
        **facts,
    )


def _preview(request: Request, version: ListVersion, plan: ImportPlan, seen: str) -> Answer:
    facts = version_facts(version)
    return page(
        request,
        "entry_lists/preview.html",
        title=mark("导入前核对"),
        back=f"{facts['path']}/import",
        plan=plan,
        told=plan.difference,
        packed=pack(plan),
        seen=seen,
        problems=plan.problems[:SHOWN_ROWS],
        fields=FIELD_TITLES,
        **facts,
    )


def _file(content: bytes, kind: str, name: str) -> Response[bytes]:
    """Answer with a download. The plain name is for browsers that do not read the encoded one."""
    shown = f"attachment; filename=\"list.{kind}\"; filename*=UTF-8''{quote(name)}"
    return Response(
        content,
        media_type=MEDIA_TYPES[kind],
        headers={"content-disposition": shown, "cache-control": "no-store"},
    )

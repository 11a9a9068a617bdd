"""Changing drafts of entry lists: begun, edited, items added, changed and taken out, drafts deleted."""

from datetime import date
from uuid import UUID

from pydantic import Field

from core.entry_lists.actions import create_draft, discard_draft, edit_draft, remove_item, save_item
from core.entry_lists.enums import KIND_TITLES, KINDS_OF_LEVEL
from core.entry_lists.queries import EDIT, ListVersion, item_of, list_by_id, may_edit
from core.entry_lists.rules import FIELD_TITLES, values_of
from core.entry_lists.sheets import columns_for
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Invalid, NotFound, mark
from core.kernel.scope import Scope
from web.api import (
    Answer,
    Form,
    FormModel,
    Request,
    first,
    form_of,
    get_page,
    page,
    parse,
    post_form,
    request_now,
    see_other,
)
from web.pages.entry_lists.views import TOWNSHIP_LEVEL, WORDS, level_for, version_facts


class DraftForm(FormModel):
    """What a draft says of itself."""

    title: str = Field(default="", max_length=100)
    note: str = Field(default="", max_length=2000)
    valid_from: date | None = None
    valid_to: date | None = None


async def draft_to_edit(scope: Scope, list_id: UUID) -> ListVersion:
    """Give a version for editing. Raises ``NotFound`` out of one's range, ``Conflict`` when it is no draft."""
    version = await list_by_id(scope, list_id)
    if not may_edit(scope, version.region):
        raise NotFound
    if not version.draft:
        raise Conflict(mark("这一版已经发布，不能再改。要修改，请从现行版本新建草稿。"))
    return version


@get_page("/entry-lists/new", permission=EDIT)
async def new_draft_page(request: Request, scope: Scope, level: str = "") -> Answer:
    """Ask for the name of a list that has no version yet."""
    return _ask_new(request, scope, level_for(scope, level))


@post_form("/entry-lists", permission=EDIT)
async def begin_draft(request: Request, scope: Scope) -> Answer:
    """Begin a draft from the newest version; without one, ask for the list's name first.

    ``region`` names another place below, where the county renews a township's special list.
    """
    form = await form_of(request)
    level = level_for(scope, first(form, "level"))
    try:
        async with transaction(scope):
            made = await create_draft(
                scope,
                level=level,
                region=first(form, "region") or None,
                title=first(form, "title"),
                now=request_now(request),
            )
    except Invalid as error:
        return _ask_new(request, scope, level, error=error, form=form)
    return see_other(request, f"/entry-lists/{made}", flash=mark("草稿已建好，发布之前不影响现行清单。"))


def _ask_new(
    request: Request, scope: Scope, level: str, *, error: Invalid | None = None, form: Form | None = None
) -> Answer:
    return page(
        request,
        "entry_lists/new.html",
        title=mark("新建清单"),
        back="/entry-lists",
        status=422 if error else 200,
        errors=error,
        form=form,
        level=level,
        special=scope.level == TOWNSHIP_LEVEL,
        **WORDS,
    )


@get_page("/entry-lists/{list_id:uuid}/edit", permission=EDIT)
async def draft_page(request: Request, scope: Scope, list_id: UUID) -> Answer:
    """Show the form of what a draft says of itself."""
    async with transaction(scope):
        version = await draft_to_edit(scope, list_id)
    return _draft_form(request, version)


@post_form("/entry-lists/{list_id:uuid}/edit", permission=EDIT)
async def change_draft(request: Request, scope: Scope, list_id: UUID) -> Answer:
    """Store what a draft says of itself."""
    form = await form_of(request)
    try:
        given = parse(DraftForm, form)
        async with transaction(scope):
            await edit_draft(
                scope,
                list_id=list_id,
                title=given.title,
                note=given.note,
                valid_from=given.valid_from,
                valid_to=given.valid_to,
                now=request_now(request),
            )
    except Invalid as error:
        async with transaction(scope):
            version = await draft_to_edit(scope, list_id)
        return _draft_form(request, version, error=error, form=form)
    return see_other(request, f"/entry-lists/{list_id}", flash=mark("已保存。"))


def _draft_form(
    request: Request, version: ListVersion, *, error: Invalid | None = None, form: Form | None = None
) -> Answer:
    facts = version_facts(version)
    return page(
        request,
        "entry_lists/edit.html",
        title=mark("清单信息"),
        back=facts["path"],
        status=422 if error else 200,
        errors=error,
        form=form or {},
        **facts,
    )


@get_page("/entry-lists/{list_id:uuid}/items/new", permission=EDIT)
async def new_item_page(request: Request, scope: Scope, list_id: UUID) -> Answer:
    """Show the empty form of an item."""
    async with transaction(scope):
        version = await draft_to_edit(scope, list_id)
    return _item_form(request, version, {"text": "是", "points": "1", "photos": "0", "files": "0"})


@post_form("/entry-lists/{list_id:uuid}/items/new", permission=EDIT)
async def new_item(request: Request, scope: Scope, list_id: UUID) -> Answer:
    """Add an item to a draft."""
    return await _save(request, scope, list_id, None)


@get_page("/entry-lists/{list_id:uuid}/items/{item_id:uuid}/edit", permission=EDIT)
async def edit_item_page(request: Request, scope: Scope, list_id: UUID, item_id: UUID) -> Answer:
    """Show the form of an item."""
    async with transaction(scope):
        version = await draft_to_edit(scope, list_id)
        item = await item_of(scope, list_id, item_id)
    return _item_form(request, version, values_of(item), item_id=item_id)


@post_form("/entry-lists/{list_id:uuid}/items/{item_id:uuid}/edit", permission=EDIT)
async def change_item(request: Request, scope: Scope, list_id: UUID, item_id: UUID) -> Answer:
    """Store an item of a draft."""
    return await _save(request, scope, list_id, item_id)


@post_form("/entry-lists/{list_id:uuid}/items/{item_id:uuid}/remove", permission=EDIT)
async def take_item_out(request: Request, scope: Scope, list_id: UUID, item_id: UUID) -> Answer:
    """Take an item out of a draft."""
    async with transaction(scope):
        await draft_to_edit(scope, list_id)
        await remove_item(scope, list_id=list_id, item_id=item_id, now=request_now(request))
    return see_other(request, f"/entry-lists/{list_id}", flash=mark("已从草稿里删去。"))


@post_form("/entry-lists/{list_id:uuid}/discard", permission=EDIT)
async def delete_draft(request: Request, scope: Scope, list_id: UUID) -> Answer:
    """Delete a draft; the list in force stays."""
    async with transaction(scope):
        version = await draft_to_edit(scope, list_id)
        await discard_draft(scope, list_id=list_id, now=request_now(request))
    return see_other(
        request, f"/entry-lists?level={version.level}", flash=mark("草稿已删除，现行清单没有变化。")
    )


async def _save(request: Request, scope: Scope, list_id: UUID, item_id: UUID | None) -> Answer:
    form = await form_of(request)
    values = {name: first(form, name) for name in FIELD_TITLES if name != "text"}
    values["text"] = "是" if first(form, "text") else "否"
    try:
        async with transaction(scope):
            await draft_to_edit(scope, list_id)
            await save_item(scope, list_id=list_id, item_id=item_id, values=values, now=request_now(request))
    except Invalid as error:
        async with transaction(scope):
            version = await draft_to_edit(scope, list_id)
        return _item_form(request, version, values, item_id=item_id, error=error)
    return see_other(request, f"/entry-lists/{list_id}", flash=mark("事项已保存到草稿。"))


def _item_form(
    request: Request,
    version: ListVersion,
    values: dict[str, str],
    *,
    item_id: UUID | None = None,
    error: Invalid | None = None,
) -> Answer:
    facts = version_facts(version)
    return page(
        request,
        "entry_lists/item_form.html",
        title=mark("编辑事项") if item_id else mark("添加事项"),
        back=facts["path"],
        status=422 if error else 200,
        errors=error,
        values=values,
        item_id=item_id,
        hints={column.key: column.hint for column in columns_for(version.level)},
        kinds=[(KIND_TITLES[kind], KIND_TITLES[kind]) for kind in KINDS_OF_LEVEL[version.level]],
        fields=FIELD_TITLES,
        **facts,
    )

"""Handing a matter in: a department's or the township's own. The verdict is there in the answer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from core.drafts.actions import drop_draft, once
from core.drafts.queries import draft_for
from core.files.queries import StoredFile, files_of
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Invalid, NotFound, ProductError, mark
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.tasks.actions.incoming import Handed, can_be_reworded, hand_in, wrong_in
from core.tasks.queries.incoming import one_incoming
from web.answers import Answer, Request, page, request_now, see_other
from web.filters import Formats
from web.forms import Form, FormModel, first, form_of, legible, parse, uuid_of, with_more
from web.pages.tasks.attachments import attached_of, with_attachments, wrong_attachments
from web.pages.tasks.dispatching import level_below
from web.pages.work.judging import in_china
from web.routing import get_page, post_form

DRAFT = "incoming"
_TOLD = {
    "passed": mark("已通过过筛，可以派发。"),
    "held": mark("已收到，需要人工审定，审定后会通知您。"),
    "refused": mark("没有通过过筛，原因见下面。"),
}
_TONES = {"passed": "good", "held": "notice", "refused": "danger"}


class IncomingForm(FormModel):
    title: Annotated[str, Field(min_length=1, max_length=120)]
    body: Annotated[str, Field(min_length=1, max_length=10_000)]
    number: Annotated[str, Field(max_length=60)] = ""
    due_at: datetime | None = None
    item_code: Annotated[str, Field(max_length=40)] = ""
    emergency: bool = False
    emergency_reason: Annotated[str, Field(max_length=500)] = ""
    attachments: list[UUID] = Field(default_factory=list)
    replaces: UUID | None = None
    keep_files: bool = False


@get_page("/incoming/new", permission="core:incoming:create")
async def hand_in_form(request: Request, scope: Scope) -> Answer:
    again = uuid_of(str(request.query_params.get("again", "")))
    async with transaction(scope):
        earlier = await _earlier(scope, again) if again else None
        draft = await draft_for(scope, form=DRAFT, subject=str(again or ""))
        form = draft.values if draft else _reworded(earlier[0], request_now(request)) if earlier else {}
        attached = await attached_of(request, scope, form)
    return show_form(request, form, attached, draft_at=draft.saved_at if draft else None, earlier=earlier)


async def _earlier(scope: Scope, matter: UUID) -> tuple[Any, list[StoredFile]]:
    """Give a matter that may be worded again, and its files. Raises ``NotFound`` for any other."""
    row = await one_incoming(scope, matter)
    if not can_be_reworded(scope, row):
        raise NotFound
    return row, await files_of(scope, subject=matter)


def _reworded(row: Any, now: datetime) -> dict[str, list[str]]:
    """Fill the form with a matter as it was handed in. A time that has gone by is left out: it would only be refused."""
    due = row["due_at"]
    given = {
        "title": row["title"], "body": row["body"], "number": row["number"], "item_code": row["item_code"],
        "due_at": Formats("zh").iso(due) if due and due > now else "", "emergency": "1" if row["emergency"] else "",
        "emergency_reason": row["emergency_reason"], "replaces": str(row["id"]), "keep_files": "1",
    }  # fmt: skip
    return {name: [value] for name, value in given.items()}


def show_form(
    request: Request,
    form: Form,
    attached: list[StoredFile],
    *,
    errors: ProductError | None = None,
    draft_at: datetime | None = None,
    earlier: tuple[Any, list[StoredFile]] | None = None,
) -> Answer:
    """Draw the form as it was sent or left."""
    return page(
        request, "incoming/new.html", title=mark("写来文"), back=f"/incoming/{earlier[0]['id']}" if earlier else "/incoming",
        status=errors.status if errors else 200, earlier=earlier[0] if earlier else None, kept_files=earlier[1] if earlier else [],
        errors=errors, form=form, values={name: first(form, name) for name in IncomingForm.model_fields},
        key=first(form, "_key") or str(new_id()), draft_at=draft_at, attached=attached, onward=with_attachments(f"/incoming/new?again={earlier[0]['id']}" if earlier else "/incoming/new", attached),
    )  # fmt: skip


@post_form("/incoming/new", permission="core:incoming:create")
async def hand_in_now(request: Request, scope: Scope) -> Answer:
    """Hand in and lead to the verdict. Pressed twice it hands in once."""
    form = await form_of(request)
    now = request_now(request)
    left_out = await wrong_attachments(request, scope, form)
    try:
        data = parse(IncomingForm, form, found=left_out)
        async with transaction(scope):
            done = await once(
                scope, key=first(form, "_key"), form=DRAFT, request=form, now=now,
                run=lambda: _hand_in(scope, data, now=now),
            )  # fmt: skip
    except Invalid as error:
        async with transaction(scope):
            found = await wrong_in(scope, _handed(scope, legible(IncomingForm, form)), now=now)
            attached = await attached_of(request, scope, form)
            again = uuid_of(first(form, "replaces"))
            earlier = await _earlier(scope, again) if again else None
        return show_form(request, form, attached, errors=with_more(error, found), earlier=earlier)
    except Conflict as error:  # somebody was faster with the earlier one: what was written stays, to be handed in by itself
        async with transaction(scope):
            attached = await attached_of(request, scope, form)
        return show_form(request, form, attached, errors=error)
    state = done.result["state"]
    return see_other(request, f"/incoming/{done.result['id']}", flash=_TOLD[state], tone=_TONES[state])


async def _hand_in(scope: Scope, data: IncomingForm, *, now: datetime) -> dict[str, str]:
    await drop_draft(scope, form=DRAFT, subject=str(data.replaces or ""))
    received = await hand_in(scope, _handed(scope, data.model_dump()), now=now)
    return {"id": str(received.id), "state": received.state}


def _handed(scope: Scope, data: Mapping[str, Any]) -> Handed:
    """Make a matter of what the form says, or of what can be read of it."""
    due = data.get("due_at")
    return Handed(**{"title": "", "body": "", **data, "due_at": in_china(due) if due else None}, level=level_below(scope))

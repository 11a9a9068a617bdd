"""Handing a matter in: a department's or the township's own. The verdict is there in the answer."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from core.kernel.database import transaction
from core.kernel.errors import Invalid, mark
from core.kernel.scope import Scope
from core.tasks.actions.incoming import Handed, hand_in
from web.answers import Answer, Request, page, request_now, see_other
from web.forms import Form, FormModel, form_of, parse
from web.pages.tasks.dispatching import level_below
from web.pages.work.judging import in_china
from web.routing import get_page, post_form

_TOLD = {
    "passed": mark("已通过过筛，可以派发。"),
    "held": mark("已收到，需要人工审定，审定后会通知您。"),
    "refused": mark("没有通过过筛，原因见下面。"),
}


class IncomingForm(FormModel):
    title: Annotated[str, Field(min_length=1, max_length=120)]
    body: Annotated[str, Field(min_length=1, max_length=10_000)]
    number: Annotated[str, Field(max_length=60)] = ""
    due_at: datetime | None = None
    item_code: Annotated[str, Field(max_length=40)] = ""
    emergency: bool = False
    emergency_reason: Annotated[str, Field(max_length=500)] = ""


@get_page("/incoming/new", permission="core:incoming:create")
async def hand_in_form(request: Request, scope: Scope) -> Answer:
    return show_form(request, scope, None)


def show_form(request: Request, _scope: Scope, form: Form | None, *, errors: Invalid | None = None) -> Answer:
    values = {name: (form or {}).get(name, [""])[0] for name in IncomingForm.model_fields}
    return page(
        request, "incoming/new.html", title=mark("写来文"), back="/incoming", status=422 if errors else 200,
        errors=errors, form=form, values=values,
    )  # fmt: skip


@post_form("/incoming/new", permission="core:incoming:create")
async def hand_in_now(request: Request, scope: Scope) -> Answer:
    form = await form_of(request)
    try:
        data = parse(IncomingForm, form)
        async with transaction(scope):
            received = await hand_in(
                scope,
                Handed(
                    title=data.title, body=data.body, level=level_below(scope), number=data.number,
                    due_at=in_china(data.due_at) if data.due_at else None, item_code=data.item_code,
                    emergency=data.emergency, emergency_reason=data.emergency_reason,
                ),
                now=request_now(request),
            )  # fmt: skip
    except Invalid as error:
        return show_form(request, scope, form, errors=error)
    return see_other(request, f"/incoming/{received.id}", flash=_TOLD[received.state])

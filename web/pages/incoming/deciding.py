"""Deciding what the rules held, and taking a matter back. A person decides, with a reason that the sender reads."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from core.contracts.screening import Candidate
from core.entry_lists.queries import find_item
from core.kernel.database import transaction
from core.kernel.errors import Invalid, mark
from core.kernel.scope import Scope
from core.tasks.actions.incoming import decide_incoming, withdraw_incoming
from core.tasks.queries.incoming import one_incoming
from web.answers import Answer, Request, request_now, see_other
from web.forms import Form, FormModel, form_of, legible, parse, with_more
from web.pages.incoming.lists import show
from web.routing import post_form


class DecideForm(FormModel):
    decision: Literal["admit", "turn_down"]
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    item: UUID | None = None


class ReasonForm(FormModel):
    reason: Annotated[str, Field(min_length=1, max_length=500)]


@post_form("/incoming/{incoming_id:uuid}/decide", permission="core:incoming:decide")
async def decide(request: Request, scope: Scope, incoming_id: UUID) -> Answer:
    form = await form_of(request)
    now = request_now(request)
    try:
        data = parse(DecideForm, form)
        async with transaction(scope):
            chosen = await _chosen(scope, incoming_id, data.item, now) if data.item else None
            await decide_incoming(
                scope,
                incoming=incoming_id,
                transition=data.decision,
                reason=data.reason,
                item=chosen,
                now=now,
            )
    except Invalid as error:
        wrong = with_more(error, await _wrong_item(scope, incoming_id, form, now))
        return await show(request, scope, incoming_id, errors=wrong, form=form, sent="decide")
    admitted = data.decision == "admit"
    told = mark("已同意，可以派发。") if admitted else mark("已驳回，来文人会看到理由。")
    return see_other(request, f"/incoming/{incoming_id}", flash=told, tone="good" if admitted else "notice")


async def _chosen(scope: Scope, incoming: UUID, wanted: UUID, now: datetime) -> Candidate:
    """Give the entry that the matter is taken for. Raises Invalid for one that is not in force for its level."""
    row = await one_incoming(scope, incoming)
    item = await find_item(scope, level=row["level"], at=now, item_id=wanted)
    if item is None:
        raise Invalid(fields={"item": mark("请从列表里选择。")})
    return Candidate(item.id, item.code, item.title, str(item.kind), item.list_title)


async def _wrong_item(scope: Scope, incoming: UUID, form: Form, now: datetime) -> dict[str, str]:
    """Say that the entry cannot be chosen, also where something else was refused first."""
    wanted = legible(DecideForm, form).get("item")
    if wanted is None:
        return {}
    async with transaction(scope):
        try:
            await _chosen(scope, incoming, wanted, now)
        except Invalid as error:
            return dict(error.fields)
    return {}


@post_form("/incoming/{incoming_id:uuid}/withdraw", permission="core:incoming:create")
async def withdraw(request: Request, scope: Scope, incoming_id: UUID) -> Answer:
    form = await form_of(request)
    try:
        data = parse(ReasonForm, form)
        async with transaction(scope):
            await withdraw_incoming(scope, incoming=incoming_id, reason=data.reason, now=request_now(request))
    except Invalid as error:
        return await show(request, scope, incoming_id, errors=error, form=form, sent="withdraw")
    return see_other(request, f"/incoming/{incoming_id}", flash=mark("来文已撤回。"))

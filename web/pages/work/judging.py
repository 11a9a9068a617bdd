"""What the sender does with one share: score, return, remind, extend, escalate, take points back."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from core.kernel.clock import SHANGHAI
from core.kernel.database import transaction
from core.kernel.errors import Invalid, mark
from core.kernel.scope import Scope
from core.scores.rules import GRADES, ScoreRule
from core.tasks.actions.scoring import accept_submission, return_submission, reverse_score
from core.tasks.actions.steering import (
    escalate_assignment,
    extend_assignment,
    remind_assignment,
    withdraw_assignment,
)
from core.tasks.queries.assignments import one_share
from core.tasks.queries.counts import waiting
from core.tasks.rules import wrong_extension
from core.tenancy.settings import settings_of
from web.answers import Answer, Request, fragment, is_fragment, request_now, say, see_other
from web.forms import Form, FormModel, first, form_of, legible, parse, with_more
from web.pages.counts import count_words
from web.pages.work.share import show
from web.pages.work.words import formats
from web.routing import post_form


class ReasonForm(FormModel):
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class ExtendForm(ReasonForm):
    due_at: datetime


def _known(grade: str) -> str:
    if grade not in GRADES:
        raise ValueError(mark("请选择质量等级。"))
    return grade


Grade = Annotated[str, AfterValidator(_known), Field(validate_default=True)]


class AcceptForm(FormModel):
    grade: Grade = ""
    text: Annotated[str, Field(max_length=500)] = ""


def in_china(moment: datetime) -> datetime:
    """Read a time that a form sent without a zone as China's."""
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def with_due(error: Invalid, form: Form, *, before: datetime, now: datetime) -> Invalid:
    """Say of a refused extension what is wrong with its time as well, where only the reason was looked at."""
    due = legible(ExtendForm, form).get("due_at")
    wrong = wrong_extension(in_china(due), before, now) if due is not None else None
    return with_more(error, {"due_at": wrong} if wrong else {})


@post_form("/assignments/{assignment_id:uuid}/accept", permission="core:task:score")
async def accept(request: Request, scope: Scope, assignment_id: UUID) -> Answer:
    """Score one result; in the scoring list the answer replaces its row, or says beside its grades what is wrong."""
    form = await form_of(request)
    now = request_now(request)
    try:
        data = parse(AcceptForm, form)
        async with transaction(scope):
            rule = await settings_of(scope, ScoreRule, at=now)
            row = await accept_submission(
                scope, assignment=assignment_id, grade=data.grade, rule=rule, text=data.text, now=now
            )
            left = (await waiting(scope))["scoring"] if is_fragment(request) else 0
    except Invalid as error:
        if is_fragment(request):
            return fragment(
                request, "tasks/_grade.html", status=422, errors=error, id=assignment_id,
                grades=[(name, say(request, title)) for name, title in GRADES.items()],
                headers={"hx-retarget": f"#grade-{assignment_id}"},
            )  # fmt: skip
        return await show(request, scope, assignment_id, errors=error, form=form, sent="accept")
    told = say(
        request,
        mark("%(name)s：已评分，得 %(score)s 分。"),
        name=row["receiver_name"],
        score=formats(request).number(row["score"]),
    )
    if is_fragment(request):
        return fragment(
            request, "tasks/_scored.html", row=row, id=assignment_id, told=told, waiting=left,
            menu_words=count_words(left),
        )  # fmt: skip
    # Only the list of results asks to be led back to; any other address would lead out of the product.
    onward = "/scoring" if first(form, "next") == "/scoring" else f"/assignments/{assignment_id}"
    return see_other(request, onward, flash=told)


@post_form("/assignments/{assignment_id:uuid}/return", permission="core:task:score")
async def give_back(request: Request, scope: Scope, assignment_id: UUID) -> Answer:
    form = await form_of(request)
    try:
        data = parse(ReasonForm, form)
        async with transaction(scope):
            await return_submission(
                scope, assignment=assignment_id, reason=data.reason, now=request_now(request)
            )
    except Invalid as error:
        return await show(request, scope, assignment_id, errors=error, form=form, sent="return")
    return see_other(request, f"/assignments/{assignment_id}", flash=mark("已退回，对方会看到原因。"))


@post_form("/assignments/{assignment_id:uuid}/reverse", permission="core:task:score")
async def reverse(request: Request, scope: Scope, assignment_id: UUID) -> Answer:
    form = await form_of(request)
    try:
        data = parse(ReasonForm, form)
        async with transaction(scope):
            await reverse_score(scope, assignment=assignment_id, reason=data.reason, now=request_now(request))
    except Invalid as error:
        return await show(request, scope, assignment_id, errors=error, form=form, sent="reverse")
    return see_other(request, f"/assignments/{assignment_id}", flash=mark("得分已冲销，两笔都留在账上。"))


@post_form("/assignments/{assignment_id:uuid}/remind", permission="core:task:remind")
async def remind(request: Request, scope: Scope, assignment_id: UUID) -> Answer:
    """Chase one share. Pressed on the task's page, it leads back there."""
    form = await form_of(request)
    async with transaction(scope):
        row = await remind_assignment(scope, assignment=assignment_id, now=request_now(request))
    onward = f"/tasks/{row['task_id']}" if first(form, "next") == "task" else f"/assignments/{assignment_id}"
    told = say(request, mark("已催办%(name)s，对方会收到消息。"), name=row["receiver_name"])
    return see_other(request, onward, flash=told)


@post_form("/assignments/{assignment_id:uuid}/extend", permission="core:task:extend")
async def extend_share(request: Request, scope: Scope, assignment_id: UUID) -> Answer:
    form = await form_of(request)
    try:
        data = parse(ExtendForm, form)
        async with transaction(scope):
            await extend_assignment(
                scope,
                assignment=assignment_id,
                due_at=in_china(data.due_at),
                reason=data.reason,
                now=request_now(request),
            )
    except Invalid as error:
        async with transaction(scope):
            before = (await one_share(scope, assignment_id)).row["due_at"]
        told = with_due(error, form, before=before, now=request_now(request))
        return await show(request, scope, assignment_id, errors=told, form=form, sent="extend")
    return see_other(request, f"/assignments/{assignment_id}", flash=mark("已延期。"))


@post_form("/assignments/{assignment_id:uuid}/withdraw", permission="core:task:withdraw")
async def withdraw_share(request: Request, scope: Scope, assignment_id: UUID) -> Answer:
    """Withdraw one receiver's share; the others stay."""
    form = await form_of(request)
    try:
        data = parse(ReasonForm, form)
        async with transaction(scope):
            row = await withdraw_assignment(
                scope, assignment=assignment_id, reason=data.reason, now=request_now(request)
            )
    except Invalid as error:
        return await show(request, scope, assignment_id, errors=error, form=form, sent="withdraw")
    told = say(request, mark("已撤回%(name)s的这一件，其他单位不受影响。"), name=row["receiver_name"])
    return see_other(request, f"/assignments/{assignment_id}", flash=told)


@post_form("/assignments/{assignment_id:uuid}/escalate", permission="core:task:escalate")
async def escalate(request: Request, scope: Scope, assignment_id: UUID) -> Answer:
    form = await form_of(request)
    try:
        data = parse(ReasonForm, form)
        async with transaction(scope):
            await escalate_assignment(
                scope, assignment=assignment_id, reason=data.reason, now=request_now(request)
            )
    except Invalid as error:
        return await show(request, scope, assignment_id, errors=error, form=form, sent="escalate")
    return see_other(request, f"/assignments/{assignment_id}", flash=mark("已列入督办。"))

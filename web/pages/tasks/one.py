"""One task for its sender: villages with their state, late ones first, and what can be done about it."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.files.queries import files_of
from core.kernel.database import transaction
from core.kernel.errors import Invalid, mark
from core.kernel.scope import Scope
from core.tasks.actions.steering import extend_task, remind_late, remind_open, withdraw_task
from core.tasks.enums import Happened
from core.tasks.forms import fields_of_form
from core.tasks.queries.tasks import TaskPage, one_task
from core.tasks.queries.times import free_day
from core.tasks.rules import EvidenceWanted
from core.tasks.workflows import ASSIGNMENT
from web.answers import Answer, Request, page, request_now, say, say_n, see_other
from web.forms import Form, first, form_of, parse
from web.lists import list_behind
from web.pages.tasks.answered import answers_of
from web.pages.tasks.lists import TASK_STATES, TASK_TONES
from web.pages.work.filling import asked_words
from web.pages.work.judging import ExtendForm, ReasonForm, in_china, with_due
from web.pages.work.share import chart_of
from web.pages.work.words import TONES, formats, may_remind, remind_at, wanted_words
from web.routing import get_page, post_form
from web.slots import slot_parts
from web.wording import person_of

EVENTS = {
    "task.dispatched": mark("派发给 %(n)s 个单位，每个 %(points)s 分"),
    "task.dispatched.open": mark("开放 %(n)s 个名额，每个 %(points)s 分"),
    "task.withdrawn": mark("撤回了任务"),
    "task.withdrawn.above": mark("上级撤回，一并撤回"),
    "task.extended": mark("延期到 %(due_at)s"),
    "task.share_withdrawn": mark("撤回了%(name)s的一件"),
    "task.reminded": mark("催办%(name)s"),
    "task.goes_on": mark("%(name)s撤回了自己的一件，任务为%(others)s继续办理"),
    "task.goes_on.led": mark("%(name)s撤回了自己的一件，任务为%(others)s继续办理，由%(lead)s的来文作主件"),
    "task.goes_on.below": mark("%(receiver)s归并办理的来文里，%(name)s撤回了自己的一件，继续为%(others)s办理"),
}
_MOVES = {
    Happened.SUBMITTED: mark("%(name)s提交了成果"),
    Happened.RETURNED: mark("退回了%(name)s的成果"),
    Happened.ACCEPTED: mark("给%(name)s评分：%(score)s 分"),
    Happened.ESCALATED: mark("把%(name)s列入督办"),
}
# Stands in the field as the sender's own words; villages read it in Chinese, whatever the sender's page speaks.
FROM_ABOVE = "上级已延期"


@get_page("/tasks/{task_id:uuid}", permission="core:task:read")
async def task_page(request: Request, scope: Scope, task_id: UUID) -> Answer:
    return await show(request, scope, task_id)


async def show(
    request: Request,
    scope: Scope,
    task: UUID,
    *,
    errors: Invalid | None = None,
    form: Form | None = None,
    sent: str = "",
) -> Answer:
    now = request_now(request)
    async with transaction(scope):
        found = await one_task(scope, task, now=now)
        parts = await slot_parts(request, scope, "task", task=task)
        free = await free_day(scope, found.row["due_at"])
        attachments = await files_of(scope, subject=found.row["brief_id"])
        answers = await answers_of(request, scope, task, found.brief.get("form"))
    row = found.row
    receivers = [_receiver(request, each, now) for each in found.receivers]
    return page(
        request,
        "tasks/one.html",
        title=mark("任务"),
        back=list_behind(request, "/", "/tasks", "/notices", "/search", otherwise="/tasks", row=task),
        status=422 if errors else 200,
        errors=errors,
        form=form,
        sent_form=sent,
        row=row,
        parts=parts,
        attachments=attachments,
        free_day=free,
        more_time=found.more_time,
        above=found.above,
        reason_above=FROM_ABOVE if found.more_time else "",
        brief=found.brief,
        state=say(request, TASK_STATES[row["state"]]),
        state_tone=TASK_TONES[row["state"]],
        receivers=receivers,
        answers=answers,
        asked=asked_words(request, fields_of_form(found.brief.get("form"))),
        wanted=wanted_words(request, EvidenceWanted.of(row["evidence"])),
        late_count=sum(each["late"] and each["may_remind"] for each in receivers),
        slow_count=sum(each["may_remind"] for each in receivers),
        remind_next=min((each["remind_at"] for each in receivers if each["remind_at"]), default=None),
        taken=sum(p["taken_at"] is not None for p in found.places),
        places=found.places,
        free=sum(p["taken_at"] is None and p["withdrawn_at"] is None for p in found.places),
        ratings=found.ratings,
        history=_history(request, found),
        chart=chart_of(request),
        own=row["region"] == scope.region,
    )


def _receiver(request: Request, row: Any, now: datetime) -> dict[str, Any]:
    state = ASSIGNMENT.by_state[row["state"]]
    late = row["due_at"] < now and row["state"] in {"sent", "in_hand", "returned"}
    deadline = formats(request).deadline(row["due_at"], now)
    return {
        "id": row["id"],
        "href": f"/assignments/{row['id']}",
        "name": row["receiver_name"],
        "state": say(request, state.title),
        "state_tone": state.tone,
        "left": deadline.text if row["closed_at"] is None and row["state"] != "submitted" else "",
        "left_tone": deadline.tone,
        "who": row["allocated_name"],
        "score": formats(request).number(row["score"]) if row["score"] is not None else "",
        "reminders": row["reminders"],
        "may_remind": may_remind(row["state"], row["reminded_at"], now),
        "remind_at": remind_at(row["state"], row["reminded_at"], now),
        "parts": (row["parts_done"], row["parts"]),
        "late": late,
        "escalated": row["escalated_at"] is not None,
        "tone": "danger" if late else "",
    }


def _history(request: Request, found: TaskPage) -> list[dict[str, Any]]:
    """Give what happened to the whole task and to single shares of it, the latest first."""
    lines = [_event(request, event) for event in reversed(found.events)]
    lines += [_move(request, move) for move in found.moves]
    return sorted(lines, key=lambda line: line["at"], reverse=True)


def _move(request: Request, move: Any) -> dict[str, Any]:
    data = dict(move["data"] or {})
    score = formats(request).number(Decimal(data["score"])) if "score" in data else ""
    what = say(request, _MOVES[move["kind"]], name=move["name"], score=score)
    # A result is read on the share's own page; the others are reasons, which belong to the line.
    note = None if move["kind"] == Happened.SUBMITTED else move["text"] or None
    who = person_of(request, move["by_name"], move["by_office"])
    return {"who": who, "what": what, "at": move["at"], "note": note, "tone": TONES.get(move["kind"])}


def _event(request: Request, event: Any) -> dict[str, Any]:
    data, action = dict(event["data"] or {}), event["action"]
    if "points" in data:
        data["points"] = formats(request).number(Decimal(data["points"]))
    if "to" in data:
        data["due_at"] = formats(request).moment(datetime.fromisoformat(data["to"]))
    kinds = {"open": data.get("mode") == "open", "above": data.get("above"), "led": data.get("lead"), "below": data.get("receiver")}
    for more in (name for name, holds in kinds.items() if holds):
        action += f".{more}" if f"{action}.{more}" in EVENTS else ""
    text = EVENTS.get(action, action)
    try:
        what = say_n(request, text, data.get("receivers", 0), **data)
    except KeyError:
        what = say(request, text)
    who = person_of(request, event["by_name"], event["by_office"])
    return {"who": who, "what": what, "at": event["at"], "note": data.get("reason"), "tone": None}


@post_form("/tasks/{task_id:uuid}/withdraw", permission="core:task:withdraw")
async def withdraw(request: Request, scope: Scope, task_id: UUID) -> Answer:
    form = await form_of(request)
    try:
        data = parse(ReasonForm, form)
        async with transaction(scope):
            await withdraw_task(scope, task=task_id, reason=data.reason, now=request_now(request))
    except Invalid as error:
        return await show(request, scope, task_id, errors=error, form=form, sent="withdraw")
    return see_other(request, f"/tasks/{task_id}", flash=mark("任务已撤回，接收单位会收到消息。"))


@get_page("/tasks/{task_id:uuid}/extend", permission="core:task:read")
async def extend_page(request: Request, scope: Scope, task_id: UUID) -> Answer:
    """Lead from the form's own address, which a browser keeps after a mistake in it, back to the page it stands on."""
    async with transaction(scope):
        await one_task(scope, task_id, now=request_now(request))
    return see_other(request, f"/tasks/{task_id}")


@post_form("/tasks/{task_id:uuid}/extend", permission="core:task:extend")
async def extend(request: Request, scope: Scope, task_id: UUID) -> Answer:
    form = await form_of(request)
    try:
        data = parse(ExtendForm, form)
        async with transaction(scope):
            moved = await extend_task(
                scope,
                task=task_id,
                due_at=in_china(data.due_at),
                reason=data.reason,
                now=request_now(request),
            )
    except Invalid as error:
        async with transaction(scope):
            before = (await one_task(scope, task_id, now=request_now(request))).row["due_at"]
        told = with_due(error, form, before=before, now=request_now(request))
        return await show(request, scope, task_id, errors=told, form=form, sent="extend")
    return see_other(
        request,
        f"/tasks/{task_id}",
        flash=say_n(request, mark("已延期，%(n)s 个单位的截止时间一并调整。"), moved),
    )


@post_form("/tasks/{task_id:uuid}/remind", permission="core:task:remind")
async def remind_all(request: Request, scope: Scope, task_id: UUID) -> Answer:
    """Chase those that are late, or with ``which`` all that have not handed in. Who was chased just now is left out."""
    everybody = first(await form_of(request), "which") == "open"
    async with transaction(scope):
        deed = remind_open if everybody else remind_late
        told = await deed(scope, task=task_id, now=request_now(request))
    if told:
        text = mark("已催办 %(n)s 个单位。") if everybody else mark("已催办 %(n)s 个超期单位。")
        flash = say_n(request, text, told)
    else:
        flash = mark("没有要催办的单位：都已提交，或者刚催办过。") if everybody else mark("没有超期的单位，不用催办。")
    return see_other(request, f"/tasks/{task_id}", flash=flash)

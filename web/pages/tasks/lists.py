"""Lists of a sender: tasks, shares by village, and results to score in a row."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from core.kernel.database import transaction
from core.kernel.errors import Invalid, mark
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.scores.rules import GRADES
from core.tasks.queries.assignments import Card, Result, results_of, sent_shares
from core.tasks.queries.filters import Filters
from core.tasks.queries.tasks import TaskRow, tasks_of
from core.tasks.queries.views import views_of
from core.tenancy.queries.regions import region_now
from web.answers import Answer, Request, page, request_now, say
from web.forms import Form
from web.lists import as_list, filters_of, paging
from web.pages.work.filling import answers_shown
from web.pages.work.words import card_of, formats, tags_of
from web.routing import get_page

TASK_STATES = {"active": mark("进行中"), "closed": mark("已办结"), "withdrawn": mark("已撤回")}
TASK_TONES = {"active": "action", "closed": "good", "withdrawn": "plain"}


def task_row(request: Request, task: TaskRow, now: Any) -> dict[str, Any]:
    """Give what a list of tasks draws."""
    deadline = formats(request).deadline(task.due_at, now)
    late = task.state == "active" and task.due_at < now
    return {
        "id": task.id,
        "title": task.title,
        "href": f"/tasks/{task.id}",
        "item": task.item_code,
        "points": formats(request).number(task.points),
        "due_at": task.due_at,
        "left": deadline.text if task.state == "active" else "",
        "left_tone": deadline.tone,
        "state": say(request, TASK_STATES[task.state]),
        "state_tone": TASK_TONES[task.state],
        "open": task.mode == "open",
        "finished": task.finished,
        "receivers": task.receivers,
        "places": task.places,
        "sender": task.sender_name,
        "tone": "danger" if late else "",
    }


@get_page("/tasks", permission="core:task:read")
async def tasks_page(request: Request, scope: Scope) -> Answer:
    return as_list(request, await show_tasks(request, scope, filters_of(request), request.url.query))


async def show_tasks(
    request: Request,
    scope: Scope,
    filters: Filters,
    address: str,
    *,
    errors: Invalid | None = None,
    form: Form | None = None,
) -> Answer:
    """List the tasks sent, with this post's saved views beside them. ``address`` holds the filters as they stand in the address."""
    now = request_now(request)
    async with transaction(scope):
        tasks, total = await tasks_of(scope, filters, now=now)
        views = await views_of(scope, page="tasks")
    pages = paging(request, filters, total)
    if errors is not None:  # drawn at the form's own address
        pages["next"] = f"/tasks?{address}&p=2" if pages["next"] else None
    return page(
        request,
        "tasks/list.html",
        title=mark("进度"),
        status=422 if errors else 200,
        errors=errors,
        form=form,
        sent_form="view" if errors else "",
        rows=[task_row(request, task, now) for task in tasks],
        total=total,
        filters=filters,
        paging=pages,
        views=views,
        address=address,
        show_sender=scope.level < 4,  # noqa: PLR2004 - above the township, tasks of several senders stand in one list
    )


@get_page("/shares", permission="core:task:read")
async def shares_page(request: Request, scope: Scope) -> Answer:
    return as_list(request, await show_shares(request, scope))


async def show_shares(
    request: Request,
    scope: Scope,
    *,
    outcome: Any = None,
    errors: Invalid | None = None,
    form: Form | None = None,
) -> Answer:
    """List the shares sent, each receiver's on its own: what is late, who has it. ``outcome``: what became of several."""
    now = request_now(request)
    filters = filters_of(request)
    async with transaction(scope):
        if filters.region:
            place = await region_now(scope, filters.region)
            filters = replace(filters, region=place.code)
        cards, total = await sent_shares(scope, filters, now=now)
    rows = [
        {**card_of(request, card, now), "receiver": card.receiver_name, "tags": tags_of(request, card, now)}
        for card in cards
    ]
    return page(
        request,
        "tasks/shares.html",
        title=mark("各村在办"),
        back="/tasks",
        status=422 if errors else 200,
        errors=errors,
        form=form,
        outcome=outcome,
        chosen=(form or {}).get("shares", ()),
        address=request.url.query,
        key=new_id(),
        rows=rows,
        total=total,
        filters=filters,
        paging=paging(request, filters, total),
    )


def _to_score(request: Request, card: Card, result: Result | None, now: datetime) -> dict[str, Any]:
    """Give what a row of the scoring list draws: enough to judge without opening it."""
    files = [file for file in result.files if file.is_kept] if result else []
    return {
        **card_of(request, card, now),
        "receiver": card.receiver_name,
        "points": card.points,
        "submitted_at": card.submitted_at,
        "by": result.by_name if result else "",
        "text": result.text if result else "",
        "answers": answers_shown(request, result.answers) if result else [],
        "photos": [file for file in files if file.thumb],
        "files": [file for file in files if not file.thumb],
    }


@get_page("/scoring", permission="core:task:score")
async def scoring_page(request: Request, scope: Scope) -> Answer:
    return as_list(request, await show_scoring(request, scope))


async def show_scoring(
    request: Request,
    scope: Scope,
    *,
    outcome: Any = None,
    errors: Invalid | None = None,
    form: Form | None = None,
) -> Answer:
    """List results that wait for their score; each is scored in its row, by mouse or by keys, or several at once."""
    now = request_now(request)
    filters = Filters(state="submitted", page=filters_of(request).page)
    async with transaction(scope):
        cards, total = await sent_shares(scope, filters, now=now)
        results = await results_of(scope, [card.id for card in cards]) if cards else {}
    return page(
        request,
        "tasks/scoring.html",
        title=mark("评分"),
        status=422 if errors else 200,
        errors=errors,
        form=form,
        outcome=outcome,
        chosen=(form or {}).get("shares", ()),
        key=new_id(),
        cards=[_to_score(request, card, results.get(card.id), now) for card in cards],
        total=total,
        paging=paging(request, filters, total),
        grades=[(name, say(request, title)) for name, title in GRADES.items()],
    )

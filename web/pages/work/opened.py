"""Open tasks: what a village may take, and taking it, with the answer in place."""

from collections.abc import Iterable
from uuid import UUID

from core.files.queries import files_of
from core.kernel.database import transaction
from core.kernel.errors import Conflict, mark
from core.kernel.scope import Scope
from core.tasks.actions.places import take_place
from core.tasks.forms import fields_of_form
from core.tasks.queries.places import OpenTask, open_task, open_tasks, places_left
from core.tasks.rules import EvidenceWanted
from web.answers import Answer, Request, fragment, is_fragment, page, request_now, say, see_other
from web.lists import as_list, list_behind
from web.pages.work.filling import asked_words
from web.pages.work.words import formats, wanted_words
from web.routing import get_page, post_form


@get_page("/open", permission="core:place:take")
async def open_page(request: Request, scope: Scope) -> Answer:
    async with transaction(scope):
        tasks = await open_tasks(scope, now=request_now(request))
    wanted = wanted_by(request, tasks)
    answer = page(request, "work/open.html", title=mark("可领任务"), tasks=tasks, wanted=wanted)
    return as_list(request, answer)


def wanted_by(request: Request, tasks: Iterable[OpenTask]) -> dict[UUID, str]:
    """Say for each open task what will have to be handed in."""
    return {task.task_id: wanted_words(request, EvidenceWanted.of(task.evidence)) for task in tasks}


@get_page("/open/{task_id:uuid}", permission="core:place:take")
async def open_task_page(request: Request, scope: Scope, task_id: UUID) -> Answer:
    async with transaction(scope):
        task, brief = await open_task(scope, task_id, now=request_now(request))
        attachments = await files_of(scope, subject=task.brief_id)
    return page(
        request,
        "work/open_task.html",
        title=mark("可领任务"),
        back=list_behind(request, "/", "/open", "/notices", otherwise="/open"),
        task=task,
        wanted=wanted_by(request, [task])[task_id],
        brief=brief,
        asked_words=asked_words(request, fields_of_form(brief["form"])) if brief else "",
        attachments=attachments,
    )


@post_form("/open/{task_id:uuid}/take", permission="core:place:take")
async def take(request: Request, scope: Scope, task_id: UUID) -> Answer:
    """Take a place. The answer stands where the button was: taken, or who was faster; and says what is left."""
    now = request_now(request)
    try:
        async with transaction(scope):
            taken = await take_place(scope, task=task_id, now=now)
    except Conflict as late:
        if not is_fragment(request):
            raise
        async with transaction(scope):
            left = await places_left(scope, task_id, now=now)
        text = say(request, late.message, **late.data)
        return fragment(
            request, "work/_taken.html", status=409, task_id=task_id, link="", text=text, task=left
        )
    told = say(request, mark("已领取，请在 %(due)s 前办结。"), due=formats(request).moment(taken.due_at))
    link = f"/assignments/{taken.assignment}"
    if is_fragment(request):
        return fragment(request, "work/_taken.html", task_id=task_id, link=link, text=told, task=taken)
    return see_other(request, link, flash=told)

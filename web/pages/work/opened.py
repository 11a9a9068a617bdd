"""Open tasks: what a village may take, and taking it, with the answer in place."""

from uuid import UUID

from core.files.queries import files_of
from core.kernel.database import transaction
from core.kernel.errors import Conflict, mark
from core.kernel.scope import Scope
from core.tasks.actions.places import take_place
from core.tasks.queries.places import open_task, open_tasks
from web.answers import Answer, Request, fragment, is_fragment, page, request_now, say, see_other
from web.pages.work.words import formats
from web.routing import get_page, post_form


@get_page("/open", permission="core:place:take")
async def open_page(request: Request, scope: Scope) -> Answer:
    async with transaction(scope):
        tasks = await open_tasks(scope, now=request_now(request))
    return page(request, "work/open.html", title=mark("可领任务"), tasks=tasks)


@get_page("/open/{task_id:uuid}", permission="core:place:take")
async def open_task_page(request: Request, scope: Scope, task_id: UUID) -> Answer:
    async with transaction(scope):
        task, brief = await open_task(scope, task_id, now=request_now(request))
        attachments = await files_of(scope, subject=task.brief_id)
    return page(
        request,
        "work/open_task.html",
        title=mark("可领任务"),
        back="/open",
        task=task,
        brief=brief,
        attachments=attachments,
    )


@post_form("/open/{task_id:uuid}/take", permission="core:place:take")
async def take(request: Request, scope: Scope, task_id: UUID) -> Answer:
    """Take a place. The answer stands where the button was: taken, or who was faster."""
    try:
        async with transaction(scope):
            taken = await take_place(scope, task=task_id, now=request_now(request))
    except Conflict as late:
        if not is_fragment(request):
            raise
        return fragment(
            request,
            "work/_taken.html",
            status=409,
            task_id=task_id,
            link="",
            text=say(request, late.message, **late.data),
        )
    told = say(request, mark("已领取，请在 %(due)s 前办结。"), due=formats(request).moment(taken.due_at))
    link = f"/assignments/{taken.assignment}"
    if is_fragment(request):
        return fragment(request, "work/_taken.html", task_id=task_id, link=link, text=told)
    return see_other(request, link, flash=told)

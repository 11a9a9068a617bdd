"""Saving and dropping a view of the list of tasks."""

from urllib.parse import urlencode
from uuid import UUID

from core.kernel.database import transaction
from core.kernel.errors import Invalid, mark
from core.kernel.scope import Scope
from core.tasks.actions import views
from core.tasks.queries.filters import Filters
from web.answers import Answer, Request, request_now, see_other
from web.forms import first, form_of
from web.pages.tasks.lists import show_tasks
from web.routing import post_form

_KEPT = ("q", "state_is", "category", "late")


@post_form("/tasks/views", permission="core:view:save")
async def save_view(request: Request, scope: Scope) -> Answer:
    form = await form_of(request)
    query = urlencode({name: first(form, name) for name in _KEPT if first(form, name)})
    try:
        async with transaction(scope):
            await views.save_view(
                scope, page="tasks", name=first(form, "name"), query=query, now=request_now(request)
            )
    except Invalid as error:
        filters = Filters(first(form, "q"), first(form, "state_is"), category=first(form, "category"), late=first(form, "late") == "1")
        return await show_tasks(request, scope, filters, query, errors=error, form=form)
    return see_other(request, f"/tasks?{query}", flash=mark("已保存这组筛选。"))


@post_form("/tasks/views/{view_id:uuid}/drop", permission="core:view:save")
async def drop_view(request: Request, scope: Scope, view_id: UUID) -> Answer:
    async with transaction(scope):
        await views.drop_view(scope, view=view_id)
    return see_other(request, "/tasks", flash=mark("已删除这组筛选。"))

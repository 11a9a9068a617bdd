"""Publishing a draft: what changes is shown, the document and the reason are asked for, then it is in force."""

from uuid import UUID

from core.entry_lists.actions import PUBLISH, changes_nothing, publish_list
from core.entry_lists.enums import ListState
from core.entry_lists.queries import items_of, list_by_id, versions_of
from core.entry_lists.rules import FIELD_TITLES, difference
from core.kernel.clock import local
from core.kernel.database import transaction
from core.kernel.errors import Invalid, filled, mark
from core.kernel.scope import Scope
from web.api import (
    Answer,
    Form,
    Request,
    first,
    form_of,
    get_page,
    language_of,
    page,
    post_form,
    request_now,
    see_other,
)
from web.filters import Formats
from web.pages.entry_lists.editing import draft_to_edit
from web.pages.entry_lists.views import version_facts


@get_page("/entry-lists/{list_id:uuid}/publish", permission=PUBLISH)
async def publish_page(request: Request, scope: Scope, list_id: UUID) -> Answer:
    """Say what publishing will change, and ask for the document and the reason."""
    return await _ask(request, scope, list_id)


@post_form("/entry-lists/{list_id:uuid}/publish", permission=PUBLISH)
async def publish_version(request: Request, scope: Scope, list_id: UUID) -> Answer:
    """Put the draft in force."""
    form = await form_of(request)
    try:
        async with transaction(scope):
            version = await list_by_id(scope, list_id)
            await publish_list(
                scope,
                list_id=list_id,
                document=first(form, "document"),
                reason=first(form, "reason"),
                again=first(form, "again") == "1",
                now=request_now(request),
            )
    except Invalid as error:
        return await _ask(request, scope, list_id, error=error, form=form)
    now, begins = request_now(request), version.valid_from
    told: str = mark("已发布。过筛和派任务从现在起按这一版。")
    if begins is not None and begins > local(now).date():
        day = Formats(language_of(request)).day(begins, now)
        told = filled(mark("已发布。%(day)s起，过筛和派任务按这一版；在那之前照旧。"), day=day)
    return see_other(request, f"/entry-lists/{list_id}", flash=told)


async def _ask(
    request: Request, scope: Scope, list_id: UUID, *, error: Invalid | None = None, form: Form | None = None
) -> Answer:
    async with transaction(scope):
        version = await draft_to_edit(scope, list_id)
        versions = await versions_of(scope, version)
        before = next((each for each in versions if each.state == ListState.PUBLISHED), None)
        old = await items_of(scope, before.id) if before else []
        told = difference(old, await items_of(scope, list_id))
        same = await changes_nothing(scope, version)
    facts = version_facts(version)
    return page(
        request,
        "entry_lists/publish.html",
        title=mark("发布清单"),
        back=facts["path"],
        status=422 if error else 200,
        errors=error,
        form=form,
        before=before,
        told=told,
        same=same,
        fields=FIELD_TITLES,
        **facts,
    )

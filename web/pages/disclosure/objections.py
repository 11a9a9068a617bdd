"""Objections to public notices: answered once, in time; the author's contact is shown for a reason that is logged."""

from typing import Final
from uuid import UUID

from core.disclosure.actions import answer_objection, show_contact
from core.disclosure.entries import acts_for
from core.disclosure.periods import today
from core.disclosure.queries import objection_of, open_objections
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Invalid, ProductError, mark
from core.kernel.scope import Scope
from web.answers import Answer, Request, page, request_now, see_other
from web.forms import Form, first, form_of
from web.pages.disclosure.calendar import READ
from web.routing import get_page, post_form

ANSWER: Final = "core:disclosure:answer"


@get_page("/objections", permission=READ)
async def objections_page(request: Request, scope: Scope) -> Answer:
    """List what has to be answered, the most urgent first."""
    async with transaction(scope):
        found = await open_objections(scope)
    return page(
        request, "disclosure/objections.html", title=mark("待答复的意见"), back="/disclosure", rows=found,
        today=today(request_now(request)),
    )  # fmt: skip


@get_page("/objections/{objection_id:uuid}", permission=READ)
async def objection_page(request: Request, scope: Scope, objection_id: UUID) -> Answer:
    """Show one objection with the form for the answer."""
    return await _shown(request, scope, objection_id)


@post_form("/objections/{objection_id:uuid}/answer", permission=ANSWER)
async def answer(request: Request, scope: Scope, objection_id: UUID) -> Answer:
    """Answer an objection. What is upheld is then corrected or withdrawn on the publication's own page."""
    form = await form_of(request)
    try:
        async with transaction(scope):
            publication = await answer_objection(
                scope, objection=objection_id, answer=first(form, "answer"), upheld=first(form, "upheld") == "1",
                now=request_now(request),
            )  # fmt: skip
    except (Invalid, Conflict) as error:
        return await _shown(request, scope, objection_id, error=error, form=form)
    return see_other(request, f"/publications/{publication}", flash=mark("已答复，提意见的人可以看到。"))


@post_form("/objections/{objection_id:uuid}/contact", permission=ANSWER)
async def contact(request: Request, scope: Scope, objection_id: UUID) -> Answer:
    """Show the contact once; who looked and why is in the audit trail."""
    form = await form_of(request)
    try:
        async with transaction(scope):
            found = await show_contact(
                scope, objection=objection_id, reason=first(form, "reason"), now=request_now(request)
            )
    except (Invalid, Conflict) as error:
        return await _shown(request, scope, objection_id, error=error, form=form)
    return await _shown(request, scope, objection_id, told=found)


async def _shown(
    request: Request, scope: Scope, objection: UUID, *, error: ProductError | None = None, form: Form | None = None, told: str = ""
) -> Answer:  # fmt: skip
    async with transaction(scope):
        one = await objection_of(scope, objection)
    return page(
        request, "disclosure/objection.html", title=mark("公示的意见"), back="/objections", one=one, told=told, acts=acts_for(scope, one.region),
        status=error.status if error else 200, errors=error, form=form, late=today(request_now(request)) > one.answer_on,
        unsent=first(form or {}, "answer") if isinstance(error, Conflict) else "",
    )  # fmt: skip

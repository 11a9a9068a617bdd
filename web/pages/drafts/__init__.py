"""Drafts of forms: saved while somebody writes. The form asks ``draft_for`` when it is drawn again."""

from typing import Any, Final

from litestar import Response

from core.drafts.actions import save_draft
from core.kernel.clock import local
from core.kernel.database import transaction
from core.kernel.scope import Scope
from web.answers import Request, request_now
from web.forms import form_of
from web.routing import post_form


@post_form("/drafts/{form_name:str}", permission="any")
async def save(request: Request, scope: Scope, form_name: str) -> Response[Any]:
    """Keep what was written and tell the time, for the mark beside the form."""
    form = await form_of(request)
    subject = request.query_params.get("subject", "")
    async with transaction(scope):
        saved = await save_draft(scope, form=form_name, subject=subject, data=form, now=request_now(request))
    return Response({"saved": f"{local(saved):%H:%M}"}, media_type="application/json")


ROUTES: Final = [save]

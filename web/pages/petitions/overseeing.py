"""What those above a desk do on a petition's page: remind it, find abuse, and take that back."""

from uuid import UUID

from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.petitions.actions import overseeing
from core.petitions.workflows import BLOCK, PRESS
from web.answers import Answer, Request, request_now
from web.forms import Form, first
from web.pages.petitions.one import do
from web.routing import post_form


@post_form("/petitions/{petition_id:uuid}/press", permission=PRESS)
async def press(request: Request, scope: Scope, petition_id: UUID) -> Answer:
    async def run(_form: Form) -> None:
        await overseeing.press_petition(scope, petition=petition_id, now=request_now(request))

    return await do(request, scope, petition_id, "press", run, mark("已催办，办理单位和反映人都能看到。"))


@post_form("/petitions/{petition_id:uuid}/abuse", permission=BLOCK)
async def abuse(request: Request, scope: Scope, petition_id: UUID) -> Answer:
    async def run(form: Form) -> None:
        await overseeing.mark_abuse(
            scope, petition=petition_id, reason=first(form, "reason"), block=first(form, "block") == "1", now=request_now(request)
        )

    return await do(request, scope, petition_id, "abuse", run, mark("已认定为滥用，原因反映人看得到。认定错了可以撤销。"))


@post_form("/petitions/{petition_id:uuid}/clear", permission=BLOCK)
async def clear(request: Request, scope: Scope, petition_id: UUID) -> Answer:
    async def run(form: Form) -> None:
        await overseeing.clear_abuse(scope, petition=petition_id, reason=first(form, "reason"), now=request_now(request))

    return await do(request, scope, petition_id, "clear", run, mark("已撤销，来源恢复，办理期限重新计算。"))

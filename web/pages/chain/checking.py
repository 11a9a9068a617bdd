"""The check of the whole chain: started by a person, done in the background, its findings kept for all who may see them."""

from collections.abc import Mapping
from typing import Any

from core.chain.findings import WORDS, Fault
from core.chain.jobs import CHECK
from core.chain.witness import NOTE, READ
from core.kernel.database import transaction
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.progress.actions import start_job
from core.progress.queries import last_job
from web.api import Answer, Request, get_page, language_of, page, post_form, request_now, say, see_other


@get_page("/chain/check", permission=READ)
async def check_page(request: Request, scope: Scope) -> Answer:
    """Show what the last check found."""
    async with transaction(scope):
        job = await last_job(scope, kind=CHECK)
    result = job.result if job is not None and job.result else {}
    return page(
        request, "chain/check.html", title=mark("核对存证链"), back="/chain", job=job, result=result,
        findings=[_words(request, each) for each in result.get("findings", ())],
    )  # fmt: skip


@post_form("/chain/check", permission=NOTE)
async def start_check(request: Request, scope: Scope) -> Answer:
    async with transaction(scope):
        job = await start_job(scope, kind=CHECK, title=mark("核对存证链"), payload={}, now=request_now(request))
    return see_other(request, f"/jobs/{job}")


def _words(request: Request, told: Mapping[str, Any]) -> dict[str, Any]:
    """Write one finding in the reader's language; it was stored as figures."""
    fault = Fault(told["fault"])
    values = {name: say(request, value) if name == "kind" else value for name, value in told["told"].items()}
    text = WORDS[fault][language_of(request) == "en"] % {"height": told["height"], "id": told["id"], **values}
    return {"text": text, "remark": fault.is_remark}

"""Objections to a public notice: anybody may say something while it stands, and follow the answer by a receipt."""

from typing import Final

from core.disclosure import public
from core.disclosure.actions import object_to
from core.kernel.database import transaction
from core.kernel.errors import Invalid, mark
from web.answers import Answer, Request, request_now
from web.answers import see_other as _see_other
from web.forms import Form, first, form_of
from web.pages.public.answering import REASON, Look, public_page, public_say
from web.pages.public.petition_forms import client_key
from web.pages.public.publications import facts, seen
from web.routing import get_page, post_form

_HOUR: Final = 3_600
_A_READER: Final = 5
_A_NOTICE: Final = 60


@get_page("/p/{token:str}/object", public=REASON)
async def object_page(request: Request, token: str) -> Answer:
    """Show the form; where the notice is over it says whom to turn to."""
    return await _form(request, token)


@post_form("/p/{token:str}/object", public="whoever lives there may object to a notice", token="by_handler")  # noqa: S106 - says who asks for it
async def send_objection(request: Request, token: str) -> Answer:
    """Take an objection and lead to its receipt. Limited for each reader and each notice."""
    form = await form_of(request)
    one, _ = await seen(token)
    await public.count_use(f"object:{client_key(request)}", seconds=_HOUR, most=_A_READER)
    await public.count_use(f"objections:{one.id}", seconds=_HOUR, most=_A_NOTICE)
    scope = public.scope_at(one)
    try:
        async with transaction(scope):
            receipt = await object_to(
                scope, publication=one.id, body=first(form, "body"), contact=first(form, "contact"), now=request_now(request)
            )
    except Invalid as error:
        return await _form(request, token, error=error, form=form)
    return _see_other(request, Look.of(request).go(f"/public/receipts/{receipt}"))


@get_page("/public/receipts/{receipt:str}", public=REASON)
async def receipt_page(request: Request, receipt: str) -> Answer:
    """Show an objection and its answer to whoever kept the address."""
    found = await public.receipt_of(receipt)
    place = await public.place_of(found.place)
    title = public_say(request, mark("我提的意见"))
    return public_page(request, "public/receipt.html", title=title, place=place, found=found, fresh=False)


async def _form(
    request: Request, token: str, *, error: Invalid | None = None, form: Form | None = None
) -> Answer:
    one, place = await seen(token)
    said = error.fields if error else {}
    wrong = {name: public_say(request, said[name]) if name in said else "" for name in ("body", "contact")}
    sent = {name: first(form, name) if form else "" for name in ("body", "contact")}
    return public_page(
        request, "public/object.html", title=public_say(request, mark("对公示提意见")), place=place, wrong=wrong, sent=sent,
        status=422 if error else 200, fresh=False, **facts(request, one),
    )  # fmt: skip


ROUTES: Final = [object_page, send_objection, receipt_page]

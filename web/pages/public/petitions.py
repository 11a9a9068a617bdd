"""Raising a matter without an account, and following it by its receipt."""

from datetime import datetime
from typing import Any, Final

from core.disclosure import public
from core.disclosure.public import Place
from core.files.rules import MEGABYTE, SIMPLE_BYTES
from core.kernel.database import transaction
from core.kernel.errors import Invalid, NotFound, ProductError, mark
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.petitions.actions.raising import raise_petition
from core.petitions.enums import ABOUT_TITLES, KIND_TITLES, About
from core.petitions.public import is_known, raising_scope
from core.petitions.queries import place_rule
from core.petitions.rules import PetitionSettings, Raised, Sender, checked, receipt_from
from web.answers import Answer, Request, request_now, see_other
from web.forms import Form, first, form_of
from web.pages.public.answering import REASON, Look, public_page, public_say
from web.pages.public.petition_codes import LONGEST_CODE, deliver_code, require_code
from web.pages.public.petition_forms import client_of, count_raising, count_sending, seed_of, token_for
from web.pages.public.petition_photos import FIELD, keep_photos, photos_of
from web.routing import get_page, post_form

ANYBODY: Final = "whoever lives there may raise a matter"
FIELDS: Final = ("kind", "title", "body", "spot", "about", "about_name", "name", "phone")
_SHOWN: Final = (*FIELDS, "may_publish", "code")
_LEAST: Final = 4
_VILLAGE: Final = 5


@get_page("/public/{code:str}/petitions/new", public=REASON)
async def raise_page(request: Request, code: str) -> Answer:
    """Show the form of one village or township."""
    return await _form(request, await _place(code), form=None)


@post_form(
    "/public/{code:str}/petitions/new", public=ANYBODY, token="by_handler", most_bytes=SIMPLE_BYTES + MEGABYTE  # noqa: S106 - no secret
)
async def send_petition(request: Request, code: str) -> Answer:
    """Take what is raised and lead to the page that follows it. Sent twice it is one matter."""
    place = await _place(code)
    await count_sending(request)  # before the body is read
    form = await form_of(request)
    try:
        receipt = await _take(request, place, form)
    except ProductError as error:
        if isinstance(error, NotFound):
            raise
        return await _form(request, place, form=form, error=error)
    return see_other(request, Look.of(request).go(f"/petition/{receipt}"))


async def _take(request: Request, place: Place, form: Form) -> str:
    now, scope = request_now(request), raising_scope(place.code, place.county)
    receipt = receipt_from(seed_of(form, f"raise:{place.code}", now))
    if await is_known(receipt):
        return receipt
    try:
        await _raise(request, scope, form, receipt, now)
    except ProductError:
        if not await is_known(receipt):
            raise
        # The same form, sent twice at once, was faster: it has spent the code, and its matter is this one.
    return receipt


async def _raise(request: Request, scope: Scope, form: Form, receipt: str, now: datetime) -> None:
    raised, sender = _raised(form), Sender(first(form, "code")[:LONGEST_CODE], client_of(request))
    await count_raising(request, scope.region)
    async with transaction(scope):
        rule = await place_rule(scope, now=now)
        plain = checked(raised, rule, level=scope.level)
    if plain.phone and rule.proves_phones:
        await require_code(scope, plain.phone, sender.code, now)
    made = new_id()
    files = await keep_photos(request, scope, await photos_of(request), made)
    async with transaction(scope):
        await raise_petition(scope, raised=raised, receipt=receipt, now=now, files=files, made=made, sender=sender)


async def _place(code: str) -> Place:
    place = await public.place_of(code)
    if place.level < _LEAST or place.closed:
        raise NotFound
    return place


def _raised(form: Form) -> Raised:
    kind, title, body, spot, about, about_name, name, phone = (first(form, field) for field in FIELDS)
    return Raised(kind, title, body, spot, about, about_name, name, phone, may_publish=first(form, "may_publish") == "1")


async def _form(
    request: Request, place: Place, *, form: Form | None, error: ProductError | None = None, told_code: str = ""
) -> Answer:
    """Draw the form; ``form`` is what was sent, kept to the letter."""
    now, said = request_now(request), getattr(error, "fields", {})
    scope = raising_scope(place.code, place.county)
    async with transaction(scope):
        rule: PetitionSettings = await place_rule(scope, now=now)
    seed = _kept_seed(form, place.code, request)
    told: dict[str, Any] = {name: first(form, name) if form else "" for name in _SHOWN}
    abouts = ABOUT_TITLES if place.level == _VILLAGE else {About.TOWNSHIP: ABOUT_TITLES[About.TOWNSHIP]}
    return public_page(
        request, "public/petition_new.html", title=public_say(request, mark("向%(place)s反映"), place=place.name), place=place,
        status=error.status if error else 200, fresh=False, rule=rule, sent=told, action=f"/public/{place.code}/petitions/new",
        wrong={name: public_say(request, said[name]) if name in said else "" for name in (*_SHOWN, FIELD)},
        problem=public_say(request, error.message, **error.data) if error else "",
        told_code=told_code, path=f"/public/{place.code}/petitions/new",
        token=token_for(f"raise:{place.code}", now, seed),
        kinds=[(name, public_say(request, title)) for name, title in KIND_TITLES.items()],
        abouts=[(name, public_say(request, title)) for name, title in abouts.items()],
    )  # fmt: skip


@post_form(
    "/public/{code:str}/petitions/new/code", public=ANYBODY, token="by_handler", most_bytes=SIMPLE_BYTES + MEGABYTE  # noqa: S106 - no secret
)
async def send_code(request: Request, code: str) -> Answer:
    """Send a code to the phone that stands in the form, and show the form again as it was."""
    place, now = await _place(code), request_now(request)
    await count_sending(request)
    form = await form_of(request)
    try:
        seed_of(form, f"raise:{place.code}", now)
        masked = await deliver_code(request, raising_scope(place.code, place.county), first(form, "phone"), now)
    except ProductError as error:
        if isinstance(error, NotFound):
            raise
        return await _form(request, place, form=form, error=error)
    told = mark("验证码已发到 %(phone)s，10 分钟内有效。收到后填在下面，再提交。")
    return await _form(request, place, form=form, told_code=public_say(request, told, phone=masked))


def _kept_seed(form: Form | None, code: str, request: Request) -> str:
    """Keep the seed of a form that is shown again, so that it still counts as the same one."""
    if form is None:
        return ""
    try:
        return seed_of(form, f"raise:{code}", request_now(request))
    except Invalid:
        return ""


ROUTES: Final = [raise_page, send_petition, send_code]

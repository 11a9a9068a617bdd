"""Entering what villagers said elsewhere: in the WeChat group, by 12345, in person."""

from datetime import datetime
from typing import Any, Final

from core.drafts.actions import drop_draft
from core.drafts.queries import draft_for
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, ProductError, mark
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.petitions.actions.raising import enter_petition
from core.petitions.enums import ABOUT_TITLES, KIND_TITLES, SOURCE_TITLES, Kind, Source
from core.petitions.rules import MOST_ENTERED_PHOTOS, Raised, receipt_from, sees_supervision, shown_receipt
from core.petitions.workflows import ENTER
from core.tenancy.enums import Level
from core.tenancy.queries.regions import children_of
from web.answers import Answer, Request, page, request_now, say
from web.forms import Form, first, form_of, uuid_of
from web.pages.tasks.attachments import NAME, attached_of, with_attachments
from web.routing import get_page, post_form

DRAFT: Final = "petition_entry"
_TEXTS: Final = ("kind", "title", "body", "spot", "about", "about_name", "source")
_RAISER: Final = {"name": "raiser_name", "phone": "raiser_phone"}  # by names of their own: no draft keeps them
_FIELDS: Final = (*_TEXTS, *_RAISER.values(), "place", "may_publish", "identity_seen")


@get_page("/petitions/new", permission=ENTER)
async def enter_page(request: Request, scope: Scope) -> Answer:
    """Show the form as it was left; who raised it is not kept."""
    async with transaction(scope):
        draft = await draft_for(scope, form=DRAFT)
    return await _form(request, scope, draft.values if draft else {}, draft_at=draft.saved_at if draft else None)


@post_form("/petitions/new", permission=ENTER)
async def enter(request: Request, scope: Scope) -> Answer:
    """Enter it and show the code for whoever raised it, this once. Pressed twice it is one matter."""
    form = await form_of(request)
    told = {name: first(form, name) for name in _TEXTS} | {name: first(form, field) for name, field in _RAISER.items()}
    place = first(form, "place") if scope.level < Level.VILLAGE else scope.region
    receipt = receipt_from(f"{scope.membership}:{first(form, '_key')}")
    try:
        _require_chosen(told["source"], place)
        raised = Raised(**told, may_publish=first(form, "may_publish") == "1", identity_seen=first(form, "identity_seen") == "1")
        files = [known for text in form.get(NAME, ()) if (known := uuid_of(text))]
        async with transaction(scope):
            await enter_petition(scope, raised=raised, region=place, receipt=receipt, now=request_now(request), files=files)
            await drop_draft(scope, form=DRAFT)
    except (Invalid, Conflict, Forbidden) as error:
        return await _form(request, scope, form, error)
    return page(
        request, "petitions/entered.html", title=mark("已登记"), back="/petitions", code=shown_receipt(receipt), matter=told["title"],
        supervised=told["kind"] == Kind.SUPERVISION,
    )  # fmt: skip


def _require_chosen(source: str, place: str) -> None:
    wrong = {}
    if source not in set(Source) - {Source.WEB}:
        wrong["source"] = mark("请选择是从哪里来的。")
    if not place:
        wrong["place"] = mark("请选择是哪里的事。")
    if wrong:
        raise Invalid(fields=wrong)


async def _form(
    request: Request, scope: Scope, form: Form, error: ProductError | None = None, *, draft_at: datetime | None = None
) -> Answer:
    async with transaction(scope):
        places = await children_of(scope, scope.region) if scope.level < Level.VILLAGE else []
        photos = await attached_of(request, scope, form)
    own = [(scope.region, say(request, mark("本乡镇（街道）")))] if scope.level == Level.TOWNSHIP else []
    values: dict[str, Any] = {name: first(form, name) for name in _FIELDS}
    supervising = sees_supervision(scope)
    return page(
        request, "petitions/new.html", title=mark("登记反映"), back="/petitions", status=error.status if error else 200, errors=error,
        form=form, key=first(form, "_key") or str(new_id()), values=values, supervising=supervising, draft_at=draft_at,
        photos=photos, onward=with_attachments("/petitions/new", photos), most=MOST_ENTERED_PHOTOS,
        places=[("", say(request, mark("请选择"))), *own, *((place.code, place.short_name) for place in places if not place.pseudo)] if places else [],
        sources=[(name, say(request, title)) for name, title in SOURCE_TITLES.items() if name != Source.WEB],
        kinds=[(name, say(request, title)) for name, title in KIND_TITLES.items() if name != Kind.SUPERVISION or supervising],
        abouts=[("", say(request, mark("不针对某个人")))] + [(name, say(request, title)) for name, title in ABOUT_TITLES.items()],
    )  # fmt: skip

"""Viewers of provinces and cities: only the operator can invite them, for no county stands above another."""

from pydantic import Field, field_validator

from core.kernel.errors import Conflict, Invalid, NotFound, ProductError, mark
from core.people import platform
from web.api import (
    Answer,
    Form,
    FormModel,
    Request,
    first,
    form_of,
    get_page,
    page,
    parse,
    post_form,
    request_now,
)
from web.pages.platform.counties import operator_of

PERMISSION = "platform:account:create"


class ViewerForm(FormModel):
    """Whom to invite, and for which province or city."""

    region: str = Field(pattern=r"^\d{2}(\d{2})?$")
    name: str = Field(min_length=1, max_length=50)
    phone: str = Field(min_length=1, max_length=20)

    @field_validator("phone")
    @classmethod
    def _digits(cls, phone: str) -> str:
        return "".join(phone.split())


@get_page("/platform/viewers", permission=PERMISSION)
async def viewers_page(request: Request) -> Answer:
    return await _draw(request, {})


@post_form("/platform/viewers", permission=PERMISSION)
async def invite_viewer(request: Request) -> Answer:
    """Invite a viewer and show the code to pass on."""
    form = await form_of(request)
    try:
        sent = parse(ViewerForm, form)
        if sent.region not in {row["code"] for row in await platform.places_above()}:
            raise NotFound
        made = await platform.invite_first(
            operator_of(request), region=sent.region, name=sent.name, phone=sent.phone, now=request_now(request)
        )
    except (Invalid, Conflict) as error:
        return await _draw(request, form, error=error)
    return await _draw(request, {}, code=made.code or "—")


async def _draw(request: Request, form: Form, *, code: str = "", error: ProductError | None = None) -> Answer:
    return page(
        request,
        "platform/viewers.html",
        title=mark("省市查看人员"),
        back="/platform",
        status=error.status if error else 200,
        errors=error,
        values={name: first(form, name) for name in ViewerForm.model_fields},
        places=[(row["code"], row["name"]) for row in await platform.places_above()],
        fresh=code,
    )

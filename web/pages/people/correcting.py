"""Correcting what was registered wrongly about a person."""

from typing import Final
from uuid import UUID

from pydantic import Field

from core.kernel.database import transaction
from core.kernel.errors import Conflict, Invalid, ProductError, mark
from core.kernel.scope import Scope
from core.people.corrections import CORRECT, Corrected, correct_person
from core.people.queries import person_for
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
    see_other,
)

REFUSED: Final = (Invalid, Conflict)
_DONE: Final = mark("已更正，本人会收到消息。")
_FOLLOWS: Final = mark("已更正。本人已退出登录，以后请用新手机号和原来的密码登录。")
_STAYS: Final = mark("登记的手机号已更正。这个账号也在别处使用，或者新号码已用于另一个账号，所以登录方式没有变，请告诉本人仍照原来的方式登录。")
_NEW_CODE: Final = mark("已更正。给原手机号的邀请码已作废，请重新生成邀请码。")


class CorrectForm(FormModel):
    """The right name; the right number, where it was wrong; and why."""

    name: str = Field(min_length=1, max_length=50)
    phone: str = Field(default="", max_length=20)
    reason: str = Field(min_length=2, max_length=200)


@get_page("/people/{person:uuid}/correct", permission=CORRECT)
async def correct_page(request: Request, scope: Scope, person: UUID) -> Answer:
    """Show what is registered and ask for what is right."""
    async with transaction(scope):
        return await _ask(request, scope, person)


@post_form("/people/{person:uuid}/correct", permission=CORRECT)
async def correct(request: Request, scope: Scope, person: UUID) -> Answer:
    """Correct it, and say how the person signs in from now on."""
    form = await form_of(request)
    try:
        sent = parse(CorrectForm, form)
        async with transaction(scope):
            facts = await person_for(scope, person=person)
            done = await correct_person(
                scope,
                person=person,
                name=sent.name,
                phone=sent.phone,
                reason=sent.reason,
                now=request_now(request),
            )
    except REFUSED as error:
        async with transaction(scope):
            return await _ask(request, scope, person, error, form)
    return see_other(request, f"/people/{person}", flash=_told(done, has_account=facts.has_account))


def _told(done: Corrected, *, has_account: bool) -> str:
    if not done.phone:
        return _DONE
    if not has_account:
        return _NEW_CODE
    return _FOLLOWS if done.login else _STAYS


async def _ask(
    request: Request, scope: Scope, person: UUID, error: ProductError | None = None, form: Form | None = None
) -> Answer:
    facts = await person_for(scope, person=person)
    return page(
        request,
        "people/correct.html",
        title=mark("更正登记信息"),
        back=f"/people/{person}",
        status=error.status if error else 200,
        errors=error,
        person=facts,
        sent={
            "name": first(form, "name") if form is not None else facts.name,
            "phone": first(form or {}, "phone"),
            "reason": first(form or {}, "reason"),
        },
    )

"""One person: posts in time, sign-in, codes, and the question why they can see something."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import Field

from core.kernel.database import transaction
from core.kernel.errors import Invalid, NotFound, ProductError, mark
from core.kernel.scope import Scope
from core.people import codes
from core.people.actions import outranks, unmask
from core.people.enums import Purpose
from core.people.queries import (
    PersonFacts,
    PostFacts,
    account_behind,
    invitations_of,
    person_for,
    posts_of,
)
from core.people.sessions import role_title_of
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
    say,
)

PURPOSES: Final = {
    Purpose.INVITE: mark("邀请码"),
    Purpose.PASSWORD: mark("密码重置码"),
    Purpose.FACTOR: mark("验证器重置码"),
}


class UnmaskForm(FormModel):
    """Which number, and why."""

    field: str = Field(pattern="^(phone|id_number)$")
    reason: str = Field(min_length=2, max_length=200)


@get_page("/people/{person:uuid}", permission="core:person:read")
async def person_page(request: Request, scope: Scope, person: UUID) -> Answer:
    """Show one person."""
    async with transaction(scope):
        return await draw(request, scope, person)


@post_form("/people/{person:uuid}/unmask", permission="core:person:unmask")
async def show_number(request: Request, scope: Scope, person: UUID) -> Answer:
    """Show a full number once; who asked and why is written down first."""
    form = await form_of(request)
    try:
        asked = parse(UnmaskForm, form)
        async with transaction(scope):
            number = await unmask(
                scope, person=person, field=asked.field, reason=asked.reason, now=request_now(request)
            )
            return await draw(request, scope, person, shown=(asked.field, number))
    except Invalid as error:
        async with transaction(scope):
            return await draw(request, scope, person, error=error, form=form)


async def draw(
    request: Request,
    scope: Scope,
    person: UUID,
    *,
    shown: tuple[str, str] | None = None,
    code: tuple[Purpose, str] | None = None,
    error: ProductError | None = None,
    form: Form | None = None,
) -> Answer:
    """Draw the page inside the open transaction. ``code`` is a fresh code with what it is for, shown this once."""
    now = request_now(request)
    posts = await posts_of(scope, person=person)
    facts = await _facts(scope, person, posts)
    account = await account_behind(scope, county=facts["county"], person=person)
    made = await invitations_of(scope, person=person) if facts["here"] else []
    again = bool(made) and scope.may("core:person:invite") and await outranks(scope, posts=posts)
    return page(
        request,
        "people/one.html",
        title=facts["name"],
        back="/people",
        status=error.status if error else 200,
        errors=error,
        person=facts,
        account=account,
        myself=scope.person == person,
        held=[_post(request, post, now) for post in posts if post.is_held(now)],
        past=[_post(request, post, now) for post in posts if not post.is_held(now)],
        codes=[_code(request, row, now, again=again) for row in made],
        fresh=(say(request, PURPOSES[code[0]]), code[1], code[0]) if code else None,
        shown=shown,
        sent={"field": first(form or {}, "field", "phone"), "reason": first(form or {}, "reason")},
    )


async def _facts(scope: Scope, person: UUID, posts: list[PostFacts]) -> dict[str, Any]:
    """Give the person's own row, or what their posts here say where it lies outside the scope."""
    try:
        found: PersonFacts = await person_for(scope, person=person)
    except NotFound:
        if not posts:
            raise
        return {"id": person, "county": posts[0].county, "name": posts[0].person_name, "phone": "", "here": False,
                "has_id_number": False, "has_account": None}  # fmt: skip
    return {
        "id": found.id,
        "county": found.county,
        "name": found.name,
        "phone": found.masked,
        "here": True,
        "has_id_number": found.has_id_number,
        "has_account": found.has_account,
    }


def _post(request: Request, post: PostFacts, now: datetime) -> dict[str, Any]:
    return {
        "id": post.id,
        "role": say(request, role_title_of(post.role, post.own_title)),
        "place": post.place,
        "office": post.office,
        "since": post.valid_from,
        "until": post.valid_to,
        "granted_by": post.granted_by_name,
        "ended_by": post.ended_by_name,
        "reason": post.end_reason,
        "held": post.is_held(now),
    }


def _code(request: Request, row: Any, now: datetime, *, again: bool) -> dict[str, Any]:
    """Tell of a code. With ``again`` one in force may be withdrawn, and an invitation is shown once more; a reset never."""
    state, tone, usable = state_of(row, now)
    shown = again and usable and row["purpose"] == Purpose.INVITE
    return {
        "id": row["id"],
        "purpose": say(request, PURPOSES[Purpose(row["purpose"])]),
        "made": row["created_at"],
        "by": row["by_name"],
        "until": row["expires_at"],
        "state": say(request, state),
        "tone": tone,
        "usable": usable,
        "ours": again,
        "code": codes.code_of(row["id"]) if shown else "",
    }


def state_of(row: Any, now: datetime) -> tuple[str, str, bool]:
    """Say where a one-time code stands: the word for it, its tone, whether it can still be used."""
    if row["redeemed_at"] is not None:
        return mark("已使用"), "good", False
    if row["withdrawn_at"] is not None:
        return mark("已撤回"), "plain", False
    if row["expires_at"] <= now:
        return mark("已过期"), "plain", False
    if row["tries"] >= 5:  # noqa: PLR2004 (the number of wrong tries in open_invitation)
        return mark("输错太多已失效"), "danger", False
    return mark("待使用"), "notice", True

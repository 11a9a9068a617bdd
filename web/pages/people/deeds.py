"""Forms about one person: inviting, one more post, ending a post with its handover, codes and resets."""

from typing import Any, Final
from uuid import UUID

from pydantic import Field

from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, ProductError, mark
from core.kernel.scope import Scope
from core.people.actions import (
    end_membership,
    grant_membership,
    invite_again,
    invite_person,
    start_reset,
    withdraw_invitation,
)
from core.people.enums import Purpose
from core.people.queries import person_for, post_for
from core.people.sessions import role_title_of
from core.tasks.actions.handover import hand_over, successors_of
from core.tasks.queries.assignments import open_allocations
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
    see_other,
)
from web.pages.people.one import draw
from web.pages.people.posts import PostForm, place_choices, role_choices

REFUSED: Final = (Invalid, Conflict)
INVITE: Final = "core:person:invite"
APPOINT: Final = "core:membership:edit"
RESET: Final = "core:account:reset"


class InviteForm(PostForm):
    """A new person with a first post."""

    name: str = Field(min_length=1, max_length=50)
    phone: str = Field(min_length=1, max_length=20)
    id_number: str = Field(default="", max_length=20)


class EndForm(FormModel):
    """Why a post ends, and who takes over what is open."""

    reason: str = Field(min_length=2, max_length=200)
    to: UUID | None = None


class ResetForm(FormModel):
    """What is reset, and why."""

    purpose: Purpose
    reason: str = Field(min_length=2, max_length=200)


@get_page("/people/invite", permission=INVITE)
async def invite_page(request: Request, scope: Scope, role: str = "") -> Answer:
    """Ask for the role, then for the person and the place."""
    async with transaction(scope):
        return await _ask_post(request, scope, "people/invite.html", mark("邀请人员"), role)


@post_form("/people/invite", permission=INVITE)
async def invite(request: Request, scope: Scope) -> Answer:
    """Invite, and show the code to pass on."""
    form = await form_of(request)
    try:
        sent = parse(InviteForm, form)
        async with transaction(scope):
            made = await invite_person(
                scope,
                name=sent.name,
                phone=sent.phone,
                id_number=sent.id_number,
                post=sent.post(),
                now=request_now(request),
            )
            return await draw(request, scope, made.person, code=(Purpose.INVITE, made.code))
    except REFUSED as error:
        async with transaction(scope):
            template, title = "people/invite.html", mark("邀请人员")
            return await _ask_post(request, scope, template, title, first(form, "role"), error, form)


async def _ask_post(
    request: Request,
    scope: Scope,
    template: str,
    title: str,
    role: str,
    error: ProductError | None = None,
    form: Form | None = None,
    **more: Any,
) -> Answer:
    return page(
        request,
        template,
        title=title,
        status=error.status if error else 200,
        errors=error,
        form=form,
        roles=await role_choices(request, scope),
        chosen=await place_choices(request, scope, role) if role else None,
        sent={
            name: first(form or {}, name)
            for name in ("name", "phone", "id_number", "region", "office", "grid")
        },
        **{"back": "/people", **more},
    )


@get_page("/people/{person:uuid}/grant", permission=APPOINT)
async def grant_page(request: Request, scope: Scope, person: UUID, role: str = "") -> Answer:
    """Ask for one more post."""
    async with transaction(scope):
        return await _ask_grant(request, scope, person, role)


@post_form("/people/{person:uuid}/grant", permission=APPOINT)
async def grant(request: Request, scope: Scope, person: UUID) -> Answer:
    """Appoint to one more post."""
    form = await form_of(request)
    try:
        sent = parse(PostForm, form)
        async with transaction(scope):
            await grant_membership(scope, person=person, post=sent.post(), now=request_now(request))
    except REFUSED as error:
        async with transaction(scope):
            return await _ask_grant(request, scope, person, first(form, "role"), error, form)
    return see_other(request, f"/people/{person}", flash=mark("已授予岗位。"))


async def _ask_grant(
    request: Request,
    scope: Scope,
    person: UUID,
    role: str,
    error: ProductError | None = None,
    form: Form | None = None,
) -> Answer:
    facts = await person_for(scope, person=person)
    return await _ask_post(
        request, scope, "people/grant.html", mark("授予岗位"), role, error, form,
        person=facts, back=f"/people/{person}",
    )  # fmt: skip


@get_page("/people/posts/{membership:uuid}/end", permission=APPOINT)
async def end_page(request: Request, scope: Scope, membership: UUID) -> Answer:
    """Name what ends with the post, and ask who takes over what is open."""
    async with transaction(scope):
        return await _ask_end(request, scope, membership)


@post_form("/people/posts/{membership:uuid}/end", permission=APPOINT)
async def end(request: Request, scope: Scope, membership: UUID) -> Answer:
    """End the post at once; what is open goes to the one who was chosen."""
    form = await form_of(request)
    now = request_now(request)
    try:
        sent = parse(EndForm, form)
        async with transaction(scope):
            post = await post_for(scope, membership=membership)
            if sent.to is not None:
                await hand_over(scope, membership=membership, to=sent.to, now=now)
            await end_membership(scope, membership=membership, reason=sent.reason, now=now)
    except REFUSED as error:
        async with transaction(scope):
            return await _ask_end(request, scope, membership, error, form)
    return see_other(request, f"/people/{post.person_id}", flash=mark("岗位已结束，登录随即失效。"))


async def _ask_end(
    request: Request,
    scope: Scope,
    membership: UUID,
    error: ProductError | None = None,
    form: Form | None = None,
) -> Answer:
    post = await post_for(scope, membership=membership)
    others = await successors_of(scope, membership=membership, now=request_now(request))
    return page(
        request,
        "people/end.html",
        title=mark("结束岗位"),
        back=f"/people/{post.person_id}",
        status=error.status if error else 200,
        errors=error,
        post=post,
        sent={name: first(form or {}, name) for name in ("to", "reason")},
        role_title=say(request, role_title_of(post.role, post.own_title)),
        work=await open_allocations(scope, membership=membership),
        others=[
            (
                other["id"],
                f"{other['name']} · {say(request, role_title_of(other['role'], ''))} {other['office']}",
            )
            for other in others
        ],
    )


@post_form("/people/{person:uuid}/code", permission=INVITE)
async def new_code(request: Request, scope: Scope, person: UUID) -> Answer:
    """Make a new invitation code; the old one dies."""
    async with transaction(scope):
        code = await invite_again(scope, person=person, now=request_now(request))
        return await draw(request, scope, person, code=(Purpose.INVITE, code))


@post_form("/people/{person:uuid}/codes/{invitation:uuid}/withdraw", permission=INVITE)
async def withdraw(request: Request, scope: Scope, person: UUID, invitation: UUID) -> Answer:
    """Take a code back."""
    async with transaction(scope):
        await withdraw_invitation(scope, invitation=invitation, now=request_now(request))
    return see_other(request, f"/people/{person}", flash=mark("这个码已撤回。"))


@get_page("/people/{person:uuid}/reset", permission=RESET)
async def reset_page(request: Request, scope: Scope, person: UUID) -> Answer:
    """Ask what is to be reset, and why."""
    async with transaction(scope):
        return await _ask_reset(request, scope, person)


@post_form("/people/{person:uuid}/reset", permission=RESET)
async def reset(request: Request, scope: Scope, person: UUID) -> Answer:
    """Make the code and show it this once."""
    form = await form_of(request)
    try:
        sent = parse(ResetForm, form)
        async with transaction(scope):
            code = await start_reset(
                scope,
                person=person,
                purpose=_resettable(sent.purpose),
                reason=sent.reason,
                now=request_now(request),
            )
            return await draw(request, scope, person, code=(sent.purpose, code))
    except REFUSED as error:
        async with transaction(scope):
            return await _ask_reset(request, scope, person, error, form)


def _resettable(purpose: Purpose) -> Purpose:
    if purpose is Purpose.INVITE:
        raise Forbidden(RESET)
    return purpose


async def _ask_reset(
    request: Request, scope: Scope, person: UUID, error: ProductError | None = None, form: Form | None = None
) -> Answer:
    facts = await person_for(scope, person=person)
    return page(
        request,
        "people/reset.html",
        title=mark("重置登录"),
        back=f"/people/{person}",
        status=error.status if error else 200,
        errors=error,
        person=facts,
        sent={"purpose": first(form or {}, "purpose", "password"), "reason": first(form or {}, "reason")},
    )

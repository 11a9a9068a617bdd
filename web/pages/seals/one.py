"""One use of a seal: where it stands, what was asked, granted and done, and what may be done now."""

from functools import partial
from typing import Final
from uuid import UUID

from core.drafts.queries import draft_for
from core.files.queries import file_for, files_of
from core.kernel.database import transaction
from core.kernel.errors import NotFound, ProductError, mark
from core.kernel.scope import Scope
from core.seals.actions import using
from core.seals.actions.using import Used, photos_of
from core.seals.queries import events_of, keepers_at, seal_row, use_row
from core.seals.rules import SealSettings
from core.seals.workflows import APPROVE, ASK, KEEP, READ, SEAL_USE
from core.tenancy.settings import settings_of
from web.answers import Answer, Request, page, request_now, say, see_other
from web.deeds import Run, deed, drawn, unsent_of
from web.forms import Form, first, id_in, whole_in
from web.pages.seals.words import (
    clock_of,
    history_of,
    irregular_words,
    moment_of,
    purpose_of,
    steps_of,
)
from web.routing import get_page, post_form
from web.uploaded import uploaded

DRAFT: Final = "seal_use"


@get_page("/seals/uses/{use_id:uuid}", permission=READ)
async def use_page(request: Request, scope: Scope, use_id: UUID) -> Answer:
    return await show(request, scope, use_id)


async def show(
    request: Request, scope: Scope, use: UUID, *, errors: ProductError | None = None, form: Form | None = None, sent: str = ""
) -> Answer:  # fmt: skip
    """Draw the page; ``sent`` names the form that was refused."""
    now = request_now(request)
    async with transaction(scope):
        row = await use_row(scope, use)
        events, files = await events_of(scope, row), await files_of(scope, subject=use)
        rule = await settings_of(scope, SealSettings, at=now, region=row["region"])
        ways = using.ways_of(scope, row)
        seal = await seal_row(scope, row["seal_id"])
        keepers = await keepers_at(scope, row, now=now) if "use" in ways else []
        draft = await draft_for(scope, form=DRAFT, subject=str(use)) if ways & {"use", "file"} else None
    state = SEAL_USE.by_state[row["state"]]
    clock, clock_tone = clock_of(request, row, now)
    photos = photos_of(files)
    return page(
        request, "seals/one.html", title=mark("用章登记"), back="/seals", **drawn(errors), form=form, sent_form=sent,
        unsent=unsent_of(errors, form, "text", "reason", "place"), row=row, state=say(request, state.title), state_tone=state.tone, clock=clock, clock_tone=clock_tone,
        purpose=purpose_of(request, row), irregular=irregular_words(request, row), steps=steps_of(request, row, now), ways=ways, now=now,
        history=history_of(request, events), least=rule.photos, photos=[uploaded(request, each, f"/seals/uses/{use}") for each in photos],
        drafted=draft.data if draft else {}, draft_at=draft.saved_at if draft else None,
        filed=[uploaded(request, each, f"/seals/uses/{use}") for each in photos if each.attached_at is not None and each.is_kept],
        usual=str(seal["keeper_person"] or "") if seal["keeper_person"] != row["decided_person"] else "", keepers=[(str(each["person_id"]), each["person_name"]) for each in keepers if each["person_id"] != row["decided_person"]],
        waits_for=say(request, mark("乡镇（街道）审批")) if row["by_township"] else say(request, mark("村党组织书记审批")),
    )  # fmt: skip


async def _deed(request: Request, scope: Scope, use: UUID, name: str, run: Run, told: str) -> Answer:
    again, onward = partial(show, request, scope, use), f"/seals/uses/{use}"
    return await deed(request, scope, run, again=again, name=name, onward=onward, told=told, draft=(DRAFT, use))


@post_form("/seals/uses/{use_id:uuid}/approve", permission=APPROVE)
async def approve(request: Request, scope: Scope, use_id: UUID) -> Answer:
    """Grant it."""

    async def run(form: Form) -> None:
        await using.approve_use(scope, use=use_id, text=first(form, "text"), now=request_now(request))

    return await _deed(request, scope, use_id, "approve", run, mark("已批准。"))


@post_form("/seals/uses/{use_id:uuid}/refuse", permission=APPROVE)
async def refuse(request: Request, scope: Scope, use_id: UUID) -> Answer:
    """Refuse it."""

    async def run(form: Form) -> None:
        await using.refuse_use(scope, use=use_id, reason=first(form, "reason"), now=request_now(request))

    return await _deed(request, scope, use_id, "refuse", run, mark("已退回申请人，没有批准。"))


@post_form("/seals/uses/{use_id:uuid}/withdraw", permission=ASK)
async def withdraw(request: Request, scope: Scope, use_id: UUID) -> Answer:
    """Take one's own request back."""

    async def run(_form: Form) -> None:
        await using.withdraw_use(scope, use=use_id, now=request_now(request))

    return await _deed(request, scope, use_id, "withdraw", run, mark("已撤回申请。"))


@post_form("/seals/uses/{use_id:uuid}/use", permission=KEEP)
async def use(request: Request, scope: Scope, use_id: UUID) -> Answer:
    """Note that the seal was used."""

    async def run(form: Form) -> None:
        used = Used(
            moment_of(first(form, "used_at"), field="used_at"), whole_in(form, "used_copies"),
            id_in(form, "keeper"), first(form, "text"), over=first(form, "over") == "1",
        )  # fmt: skip
        await using.record_use(scope, use=use_id, used=used, now=request_now(request))

    return await _deed(request, scope, use_id, "use", run, mark("已登记用章，请归档。"))


@post_form("/seals/uses/{use_id:uuid}/file", permission=KEEP)
async def file(request: Request, scope: Scope, use_id: UUID) -> Answer:
    """File it."""

    async def run(form: Form) -> None:
        await using.file_use(scope, use=use_id, place=first(form, "place"), now=request_now(request))

    return await _deed(request, scope, use_id, "file", run, mark("已归档。"))


@post_form("/seals/uses/{use_id:uuid}/files/{file_id:uuid}/remove", permission=KEEP)
async def remove(request: Request, scope: Scope, use_id: UUID, file_id: UUID) -> Answer:
    """Take a photo back that was not handed in yet."""
    async with transaction(scope):
        await using.may_attach(scope, use_id)
        found = await file_for(scope, file_id=file_id)
        if found.subject_id != use_id:
            raise NotFound
        await using.remove_photo(scope, file=found, now=request_now(request))
    return see_other(request, f"/seals/uses/{use_id}", flash=mark("已删除。"))

"""What was published, as staff see it: correcting and withdrawing, with the reason that everybody will read."""

from asyncio import to_thread
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response

from core.contracts.disclosure import Section
from core.contracts.registry import current
from core.disclosure.actions import Wanted, close_publication, correct_publication, withdraw_publication
from core.disclosure.drafting import whole_draft
from core.disclosure.entries import acts_for
from core.disclosure.enums import ENDED_TITLES
from core.disclosure.printing import key_of, order_sheet
from core.disclosure.queries import Publication, left_of, objections_to, publication_of, publications_in
from core.disclosure.readying import ready_files
from core.disclosure.rules import shown_check_number
from core.disclosure.workflows import NOTICE, PUBLICATION, STANDING
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Invalid, NotFound, ProductError, mark
from core.kernel.scope import Scope
from core.kernel.storage import NotStored, get_storage
from core.tenancy.queries.regions import region_now
from web.answers import Answer, Request, page, request_now, say, see_other
from web.forms import Form, first, form_of
from web.lists import filters_of
from web.pages.disclosure.calendar import READ, called, words_for
from web.pages.disclosure.drafting import draft_facts, wanted_of
from web.routing import get_page, post_form

CORRECT: Final = "core:disclosure:correct"
_SIZE: Final = 30
_LONGEST: Final = 50


@get_page("/publications", permission=READ)
async def publications_page(
    request: Request, scope: Scope, region: str = "", section: str = "", q: str = ""
) -> Answer:
    """List what was published in the range, the newest first."""
    q = " ".join(q.split())[:_LONGEST]
    number, words, now = filters_of(request).page, words_for(request), request_now(request)
    async with transaction(scope):
        place = await region_now(scope, region) if region else None
        found, total = await publications_in(
            scope, region=place.code if place else "", section=section, search=q, limit=_SIZE, offset=(number - 1) * _SIZE
        )
    rows = [
        {
            "title": each.title, "href": f"/publications/{each.id}", "place": each.place_name, "at": each.released_at,
            "by": each.released_name, "state": say(request, state_title(each, request)), "tone": tone_of(each, request),
        }
        for each in found
    ]  # fmt: skip
    sections = [("", say(request, mark("全部栏目")))]
    sections += [(each.name, words.say(each.title)) for each in current().visible(Section, scope)]
    first_row = (number - 1) * _SIZE
    return page(
        request, "disclosure/publications.html", title=mark("已公开的内容"), back="/disclosure", rows=rows, total=total, place=place,
        name=called(place) if place else "",
        section=section, q=q, sections=sections, first=first_row + 1 if total else 0, last=min(first_row + _SIZE, total),
        previous=_list(section, region, q, number - 1) if number > 1 else None,
        next=_list(section, region, q, number + 1) if first_row + _SIZE < total else None, now=now,
    )  # fmt: skip


def _list(section: str, region: str, q: str, number: int) -> str:
    return f"/publications?{urlencode({'section': section, 'region': region, 'q': q, 'p': number})}"


def state_title(publication: Publication, request: Request) -> str:
    """Give the source text of a publication's state now."""
    state = publication.state(request_now(request))
    return ENDED_TITLES.get(state) or PUBLICATION.by_state[state].title


def tone_of(publication: Publication, request: Request) -> str:
    """Give the tone of a publication's state now."""
    return PUBLICATION.by_state[publication.state(request_now(request))].tone


@get_page("/publications/{publication_id:uuid}", permission=READ)
async def publication_page(request: Request, scope: Scope, publication_id: UUID) -> Answer:
    """Show one publication with its public address, its objections, and what may be done."""
    return await _show(request, scope, publication_id)


@post_form("/publications/{publication_id:uuid}/close", permission=CORRECT)
async def close(request: Request, scope: Scope, publication_id: UUID) -> Answer:
    """Close the content of what was corrected or withdrawn and still shows a person's data."""
    form = await form_of(request)
    try:
        async with transaction(scope):
            await close_publication(
                scope, publication=publication_id, reason=first(form, "reason"), others=first(form, "others") == "1",
                now=request_now(request),
            )  # fmt: skip
    except (Invalid, Conflict) as error:
        return await _show(request, scope, publication_id, error=error, form=form)
    return see_other(request, f"/publications/{publication_id}", flash=mark("已停止显示。"))


async def _show(
    request: Request, scope: Scope, publication_id: UUID, *, error: ProductError | None = None, form: Form | None = None
) -> Answer:
    async with transaction(scope):
        one = await publication_of(scope, publication_id)
        objections = await objections_to(scope, publication_id) if one.notice_until else []
        left = await left_of(scope, publication_id) if one.ended_at else []
    words, state = words_for(request), one.state(request_now(request))
    base: str = request.app.state.settings.base_url
    return page(
        request, "disclosure/publication.html", title=mark("公开内容"), back="/publications", one=one, objections=objections,
        state=say(request, state_title(one, request)), tone=tone_of(one, request), period=words.period(one.period),
        section=words.say(one.section_title), check=shown_check_number(one.check_number), notice=state == NOTICE,
        address=f"{base.rstrip('/')}/p/{one.token}", stands=state in {NOTICE, STANDING},
        acts=acts_for(scope, one.region), left=left, others=_others(form), status=error.status if error else 200, errors=error, form=form,
        unsent=first(form or {}, "reason") if isinstance(error, Conflict) else "",
    )  # fmt: skip


def _others(form: Form | None) -> bool:
    """Tell whether other versions are closed too: yes, until somebody says otherwise."""
    return not form or first(form, "others") == "1"


async def _again(
    request: Request, scope: Scope, publication: UUID, error: ProductError, form: Form, draw: Callable[..., Awaitable[Answer]],
    **more: str,
) -> Answer:  # fmt: skip
    """Draw the form again with what was typed; where it has ended meanwhile, the publication with what was typed."""
    try:
        return await draw(request, scope, publication, error=error, form=form, **more)
    except Conflict:
        return await _show(request, scope, publication, error=error, form=form)


@post_form("/publications/{publication_id:uuid}/pdf", permission=READ)
async def order_pdf(request: Request, scope: Scope, publication_id: UUID) -> Answer:
    """Have the printed board made as PDF, in the background."""
    async with transaction(scope):
        job = await order_sheet(scope, publication=publication_id, now=request_now(request))
    return see_other(request, f"/jobs/{job}")


@get_page("/publications/{publication_id:uuid}/sheet.pdf", permission=READ)
async def pdf(request: Request, scope: Scope, publication_id: UUID) -> Response[bytes]:  # noqa: ARG001 - a handler's signature
    """Send the PDF that was made. Raises ``NotFound`` before, and where the content was closed."""
    async with transaction(scope):
        one = await publication_of(scope, publication_id)
    if one.hidden:
        raise NotFound
    try:
        with await to_thread(get_storage().open, key_of(one)) as content:
            body = await to_thread(content.read)
    except NotStored:
        raise NotFound from None
    headers = {"content-disposition": f'attachment; filename="{one.check_number}.pdf"', "cache-control": "no-store"}
    return Response(body, media_type="application/pdf", headers=headers)


@get_page("/publications/{publication_id:uuid}/correct", permission=CORRECT)
async def correct_page(request: Request, scope: Scope, publication_id: UUID, note: str = "") -> Answer:
    """Show what the corrected publication would say, beside the form for the reason."""
    return await _correct(request, scope, publication_id, note=note.strip())


@post_form("/publications/{publication_id:uuid}/correct", permission=CORRECT)
async def correct(request: Request, scope: Scope, publication_id: UUID) -> Answer:
    """Put the corrected one in its place; the old one stays, marked."""
    form = await form_of(request)
    wanted = wanted_of(form, scope)
    try:
        ready = await ready_files(scope, permission=CORRECT, wanted=wanted, now=request_now(request))
        async with transaction(scope):
            made = await correct_publication(
                scope, publication=publication_id, wanted=wanted, reason=first(form, "reason"), ready=ready, now=request_now(request)
            )
    except (Invalid, Conflict) as error:
        note = first(form, "note").strip()
        return await _again(request, scope, publication_id, error, form, _correct, note=note)
    return see_other(request, f"/publications/{made.id}", flash=mark("已更正。原来的一份仍可查看，注明了原因。"))


async def _correct(
    request: Request, scope: Scope, publication: UUID, *, note: str, error: ProductError | None = None, form: Form | None = None
) -> Answer:  # fmt: skip
    async with transaction(scope):
        old = await publication_of(scope, publication)
        PUBLICATION.target_of("correct", old.state(request_now(request)))
        if old.place != old.region:
            raise Conflict(mark("“%(title)s”是原来的村公开的，不能再更正。可以撤回，由现在的村重新公开。"), title=old.title)
    wanted = Wanted(old.section, old.region, old.period, old.subject_id, note)
    draft = await whole_draft(
        scope, section=old.section, region=old.region, period=old.period, subject=old.subject_id,
        note="" if isinstance(error, Invalid) and "note" in error.fields else note, now=request_now(request),
    )  # fmt: skip
    if draft.period != old.period:
        raise Conflict(mark("“%(title)s”不是今天公开的，请按今天的日期另行公开，再撤回这一份。"), title=old.title)
    return page(
        request, "disclosure/correct.html", title=mark("更正公开内容"), back=f"/publications/{publication}", old=old,
        status=error.status if error else 200, errors=error, form=form, **draft_facts(request, draft, wanted),
    )  # fmt: skip


@get_page("/publications/{publication_id:uuid}/withdraw", permission=CORRECT)
async def withdraw_page(request: Request, scope: Scope, publication_id: UUID) -> Answer:
    """Say what withdrawing does and ask for the reason."""
    return await _withdraw(request, scope, publication_id)


@post_form("/publications/{publication_id:uuid}/withdraw", permission=CORRECT)
async def withdraw(request: Request, scope: Scope, publication_id: UUID) -> Answer:
    """Withdraw it: it stays readable, marked, or closed where it shows a person's data."""
    form = await form_of(request)
    try:
        async with transaction(scope):
            await withdraw_publication(
                scope, publication=publication_id, reason=first(form, "reason"), hide=first(form, "hide") == "1",
                others=first(form, "others") == "1", now=request_now(request),
            )  # fmt: skip
    except (Invalid, Conflict) as error:
        return await _again(request, scope, publication_id, error, form, _withdraw)
    return see_other(request, f"/publications/{publication_id}", flash=mark("已撤回。"))


async def _withdraw(
    request: Request, scope: Scope, publication: UUID, *, error: ProductError | None = None, form: Form | None = None
) -> Answer:
    async with transaction(scope):
        old, left = await publication_of(scope, publication), await left_of(scope, publication)
    PUBLICATION.target_of("withdraw", old.state(request_now(request)))
    return page(
        request, "disclosure/withdraw.html", title=mark("撤回公开内容"), back=f"/publications/{publication}", old=old,
        left=left, others=_others(form), status=error.status if error else 200, errors=error, form=form,
    )  # fmt: skip

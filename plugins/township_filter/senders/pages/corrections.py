"""Corrections of a task's item (分类纠偏): proposed by the receiver, decided above."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from core.api import (
    BEARINGS,
    LEVEL_TITLES,
    Bearing,
    Invalid,
    Item,
    ProductError,
    Scope,
    items_in_force,
    mark,
    transaction,
)
from plugins.township_filter.paging import PAGE_SIZE, page_in, pager_of
from plugins.township_filter.senders.actions.corrections import (
    WORDS_MOST,
    decide_correction,
    level_of,
    propose_correction,
)
from plugins.township_filter.senders.enums import CorrectionState
from plugins.township_filter.senders.pages.deciding import Decision, decided
from plugins.township_filter.senders.pages.words import (
    CORRECTION_TONES,
    CORRECTIONS,
    InState,
)
from plugins.township_filter.senders.queries import names
from plugins.township_filter.senders.queries.corrections import (
    Correction,
    corrections_here,
    one_correction,
    share_to_correct,
    shares_to_correct,
)
from web.api import (
    Answer,
    Form,
    MenuEntry,
    Request,
    choices,
    drawn,
    first,
    form_of,
    get_page,
    page,
    post_form,
    request_now,
    say,
    see_other,
    unsent_of,
)

LIST: Final = "/township_filter/corrections"
NEW: Final = f"{LIST}/new"
_MOST_ITEMS: Final = 20
_LATELY: Final = timedelta(days=90)


@get_page(LIST, permission=names.CORRECTIONS)
async def corrections_page(request: Request, scope: Scope, show: str = "", page_number: int = 1) -> Answer:
    """List proposals, what waits first."""
    wanted = InState(show if show in set(CORRECTIONS) else "", page=page_in(page_number))
    async with transaction(scope):
        found, total = await corrections_here(scope, state=wanted.show, size=PAGE_SIZE, offset=wanted.offset)
    return page(
        request, "township_filter/senders/corrections.html", title=mark("分类纠偏"), rows=[_row(request, each) for each in found], total=total,
        state=wanted.show, states=choices(request, CORRECTIONS), may_propose=scope.may(names.PROPOSE),
        pager=pager_of(wanted, LIST, shown=len(found), total=total),
    )  # fmt: skip


@get_page(NEW, permission=names.PROPOSE)
async def choose_page(request: Request, scope: Scope, q: str = "") -> Answer:
    """Choose the task whose item is wrong, among what one was sent lately."""
    text = q.strip()[:60]
    async with transaction(scope):
        shares = await shares_to_correct(scope, since=request_now(request) - _LATELY, text=text)
    return page(
        request, "township_filter/senders/choose.html", title=mark("提出分类纠偏"), back=LIST, rows=[dict(row) for row in shares], search=text
    )


@get_page(f"{NEW}/{{assignment_id:uuid}}", permission=names.PROPOSE)
async def propose_page(request: Request, scope: Scope, assignment_id: UUID, q: str = "") -> Answer:
    """Choose the right item for a task, and say why."""
    return await _form(request, scope, assignment_id, search=q)


@post_form(f"{NEW}/{{assignment_id:uuid}}", permission=names.PROPOSE)
async def propose(request: Request, scope: Scope, assignment_id: UUID) -> Answer:
    """Propose it."""
    form = await form_of(request)
    try:
        async with transaction(scope):
            made = await propose_correction(
                scope, assignment=assignment_id, item=_id(first(form, "item")), reason=first(form, "reason"), now=request_now(request)
            )
    except Invalid as error:
        return await _form(request, scope, assignment_id, search=first(form, "q"), error=error, form=form)
    return see_other(request, f"{LIST}/{made}", flash=mark("已提出，等上级确认。"))


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


async def _form(
    request: Request, scope: Scope, assignment: UUID, *, search: str, error: Invalid | None = None, form: Form | None = None
) -> Answer:
    text, sent = search.strip()[:60], form or {}
    chosen = _id(first(sent, "item"))
    async with transaction(scope):
        share = await share_to_correct(scope, assignment)
        items = await items_in_force(scope, level=level_of(share["sender_region"]), at=request_now(request))
    return page(
        request, "township_filter/senders/propose.html", title=mark("提出分类纠偏"), back=NEW, status=422 if error else 200, errors=error,
        form=sent, share=share, search=text, items=_choices(items, text or share["title"], share["item_code"], chosen), words_most=WORDS_MOST,
    )  # fmt: skip


def _choices(items: Sequence[Item], text: str, now: str, chosen: UUID | None) -> list[tuple[str, str, str]]:
    """Give the items that may be sent and have most letters of a text in their names, the best first."""
    letters = {text[at : at + 2] for at in range(len(text) - 1)} or {text}

    def near(item: Item) -> int:
        exact = text.casefold() == item.code.casefold() or text in item.title
        return 1_000 * exact + sum(pair in item.title for pair in letters) + 10_000 * (item.id == chosen)

    listed = [item for item in items if BEARINGS.get(item.kind) is Bearing.ALLOWED and item.code != now and near(item)]
    best = sorted(listed, key=lambda item: (-near(item), item.code))[:_MOST_ITEMS]
    return [(str(item.id), f"{item.code} {item.title}", item.category) for item in best]


_DECISION: Final = Decision(
    asked=mark("请选择是否确认。"), yes=CorrectionState.CONFIRMED, told_yes=mark("已确认，以后同样的来文会照此归类。"),
    no=CorrectionState.DECLINED, told_no=mark("已记为不确认，提出的人会看到理由。"),
)  # fmt: skip


@get_page(f"{LIST}/{{correction_id:uuid}}", permission=names.CORRECTIONS)
async def correction_page(request: Request, scope: Scope, correction_id: UUID) -> Answer:
    """Show one proposal with what became of it."""
    return await _show(request, scope, correction_id)


@post_form(f"{LIST}/{{correction_id:uuid}}/decide", permission=names.CONFIRM)
async def decide(request: Request, scope: Scope, correction_id: UUID) -> Answer:
    """Confirm or decline it."""

    async def act(confirm: bool, form: Form) -> None:  # noqa: FBT001 - the one thing that is decided
        await decide_correction(scope, correction=correction_id, confirm=confirm, note=first(form, "note"), now=request_now(request))

    again = partial(_show, request, scope, correction_id)
    return await decided(request, scope, _DECISION, act, again=again, onward=f"{LIST}/{correction_id}")


async def _show(
    request: Request, scope: Scope, correction: UUID, *, errors: ProductError | None = None, form: Form | None = None, sent: str = ""
) -> Answer:  # fmt: skip
    async with transaction(scope):
        found = await one_correction(scope, correction)
    waits = found.state == CorrectionState.PROPOSED
    return page(
        request, "township_filter/senders/correction.html", title=mark("分类纠偏"), back=LIST, **drawn(errors), sent_form=sent,
        form=form or {}, unsent=unsent_of(errors, form, "note"), correction=found, row=_row(request, found), words_most=WORDS_MOST, level=say(request, LEVEL_TITLES[found.level]),
        may_decide=waits and found.region != scope.region and scope.may(names.CONFIRM), own=found.region == scope.region,
    )  # fmt: skip


def _row(request: Request, each: Correction) -> Mapping[str, Any]:
    return {
        "id": each.id, "title": each.title, "href": f"{LIST}/{each.id}", "was": f"{each.was_code} {each.was_title}".strip(),
        "item": f"{each.item_code} {each.item_title}", "receiver": each.receiver_name, "sender": each.sender_name,
        "state": say(request, CORRECTIONS[each.state]), "tone": CORRECTION_TONES[CorrectionState(each.state)], "at": each.at,
    }  # fmt: skip


HANDLERS: Final = (corrections_page, choose_page, propose_page, propose, correction_page, decide)
MENUS: Final = (MenuEntry("tasks", mark("分类纠偏"), LIST, names.CORRECTIONS, icon="retry", order=64),)

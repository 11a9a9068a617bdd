"""Corrections of a task's item (分类纠偏): proposed by the receiver, decided above."""

from collections.abc import Mapping
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
    mark,
    transaction,
)
from plugins.township_filter.comparison.engine import Engine
from plugins.township_filter.learning.actions import NO_ITEM
from plugins.township_filter.paging import PAGE_SIZE, page_in, pager_of
from plugins.township_filter.screening import engine_for
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
    uuid_of,
)

LIST: Final = "/township_filter/corrections"
NEW: Final = f"{LIST}/new"
_MOST_ITEMS: Final = 20
_NEAREST: Final = 5
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
    wanted = first(form, "item")
    try:
        async with transaction(scope):
            made = await propose_correction(
                scope, assignment=assignment_id, item=uuid_of(wanted), unlisted=wanted == NO_ITEM, reason=first(form, "reason"),
                now=request_now(request),
            )  # fmt: skip
    except Invalid as error:
        return await _form(request, scope, assignment_id, search=first(form, "q"), error=error, form=form)
    return see_other(request, f"{LIST}/{made}", flash=mark("已提出，等上级确认。"))


async def _form(
    request: Request, scope: Scope, assignment: UUID, *, search: str, error: Invalid | None = None, form: Form | None = None
) -> Answer:
    text, sent = search.strip()[:60], form or {}
    async with transaction(scope):
        share = await share_to_correct(scope, assignment)
        engine = await engine_for(
            scope, level=level_of(share["sender_region"]), at=request_now(request), region=share["sender_region"]
        )
    items, found = _items(engine, share, text, uuid_of(first(sent, "item")))
    shown = [(str(item.id), f"{item.code} {item.title}", item.category) for item in items]
    if share["item_code"]:
        shown.append((NO_ITEM, say(request, mark("不属于清单里任何事项")), say(request, mark("这件事不该派给我们。"))))
    return page(
        request, "township_filter/senders/propose.html", title=mark("提出分类纠偏"), back=NEW, status=422 if error else 200, errors=error,
        form=sent, share=share, search=text, items=shown, found=found, words_most=WORDS_MOST,
    )  # fmt: skip


def _items(engine: Engine[Item], share: Any, text: str, chosen: UUID | None) -> tuple[list[Item], bool]:
    """Give the items to choose from, but the one the task has now; and whether the list has the words that were looked for.

    Without words they are the nearest to the task's own text; else those with the words in code, name, department or
    another name, then the nearest to the words. What was chosen already stays among them.
    """
    allowed = [item for item in engine.comparison.items if BEARINGS.get(item.kind) is Bearing.ALLOWED]
    words = text.casefold()
    named = [item for item in allowed if any(words in each.casefold() for each in (item.code, item.title, item.department, *item.aliases))]
    weighed = engine.comparison.weigh(text, "") if text else engine.comparison.weigh(share["title"], share["body"] or "")
    near = [each.item for each in weighed.allowed[:_NEAREST]]
    kept = [item for item in allowed if item.id == chosen]
    wanted = {item.id: item for item in (*kept, *(named[:_MOST_ITEMS] if text else ()), *near)}
    return [item for item in wanted.values() if item.code != share["item_code"]], bool(named) or not text


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
        "item": f"{each.item_code} {each.item_title}".strip() or say(request, mark("不属于清单里任何事项")), "receiver": each.receiver_name, "sender": each.sender_name,
        "state": say(request, CORRECTIONS[each.state]), "tone": CORRECTION_TONES[CorrectionState(each.state)], "at": each.at,
    }  # fmt: skip


HANDLERS: Final = (corrections_page, choose_page, propose_page, propose, correction_page, decide)
MENUS: Final = (MenuEntry("tasks", mark("分类纠偏"), LIST, names.CORRECTIONS, icon="retry", order=64),)

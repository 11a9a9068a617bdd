"""What full quotas held, the county's release, and a sender's own quota."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from core.api import LEVEL_TITLES, SHANGHAI, Invalid, ProductError, Scope, mark, transaction
from plugins.township_filter.paging import PAGE_SIZE, page_in, pager_of
from plugins.township_filter.queries import READ
from plugins.township_filter.senders.actions.quotas import REASON_MOST, decide_hold, set_quota
from plugins.township_filter.senders.enums import HoldState
from plugins.township_filter.senders.pages.deciding import Decision, decided
from plugins.township_filter.senders.pages.ledger import LIST, show_sender
from plugins.township_filter.senders.pages.words import (
    HOLD_TONES,
    HOLDS,
    InState,
)
from plugins.township_filter.senders.queries.names import QUOTA, SENDERS
from plugins.township_filter.senders.queries.quotas import Hold, holds_here, one_hold
from web.api import (
    Answer,
    Form,
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

QUOTAS: Final = "/township_filter/quotas"


@get_page(QUOTAS, permission=READ)
async def holds_page(request: Request, scope: Scope, show: str = "", page_number: int = 1) -> Answer:
    """List what full quotas held, what waits first."""
    wanted = InState(show if show in set(HOLDS) else "", page=page_in(page_number))
    async with transaction(scope):
        found, total, waiting = await holds_here(scope, state=wanted.show, size=PAGE_SIZE, offset=wanted.offset)
    return page(
        request, "township_filter/senders/holds.html", title=mark("超限来文"), back=_back(scope), rows=[_row(request, each) for each in found],
        total=total, waiting=waiting, state=wanted.show, states=choices(request, HOLDS), may_decide=scope.may(QUOTA),
        pager=pager_of(wanted, QUOTAS, shown=len(found), total=total),
    )  # fmt: skip


def _back(scope: Scope) -> str:
    return LIST if scope.may(SENDERS) else f"{LIST}/own"


_DECISION: Final = Decision(
    asked=mark("请选择是否放行。"), yes=HoldState.RELEASED, told_yes=mark("已放行，来文单位会收到消息。"),
    no=HoldState.DECLINED, told_no=mark("已记为不放行，来文单位会看到理由。"),
)  # fmt: skip


@get_page(f"{QUOTAS}/{{hold_id:uuid}}", permission=READ)
async def hold_page(request: Request, scope: Scope, hold_id: UUID) -> Answer:
    """Show one held matter with what was decided, and the form where that is to be done."""
    return await _show(request, scope, hold_id)


@post_form(f"{QUOTAS}/{{hold_id:uuid}}/decide", permission=QUOTA)
async def decide(request: Request, scope: Scope, hold_id: UUID) -> Answer:
    """Release a matter beyond its quota, or do not."""

    async def act(release: bool, form: Form) -> None:  # noqa: FBT001 - the one thing that is decided
        await decide_hold(scope, hold=hold_id, release=release, reason=first(form, "reason"), now=request_now(request))

    again = partial(_show, request, scope, hold_id)
    return await decided(request, scope, _DECISION, act, again=again, onward=f"{QUOTAS}/{hold_id}")


async def _show(
    request: Request, scope: Scope, hold: UUID, *, errors: ProductError | None = None, form: Form | None = None, sent: str = ""
) -> Answer:  # fmt: skip
    async with transaction(scope):
        found = await one_hold(scope, hold)
    own = found.membership is not None and found.membership == scope.membership
    return page(
        request, "township_filter/senders/hold.html", title=mark("超限来文"), back=QUOTAS, **drawn(errors), sent_form=sent,
        form=form or {}, unsent=unsent_of(errors, form, "reason"), hold=found, row=_row(request, found), own=own, reason_most=REASON_MOST,
        may_decide=found.state == HoldState.WAITING and not own and scope.may(QUOTA),
    )  # fmt: skip


def _row(request: Request, each: Hold) -> Mapping[str, Any]:
    return {
        "id": each.id, "title": each.title, "href": f"{QUOTAS}/{each.id}", "sender": each.sender_name, "level": say(request, LEVEL_TITLES[each.level]),
        "counted": each.counted, "amount": each.amount, "state": say(request, HOLDS[each.state]),
        "tone": HOLD_TONES[HoldState(each.state)], "at": each.at,
    }  # fmt: skip


@post_form(f"{LIST}/{{sender_id:uuid}}/quota", permission=QUOTA)
async def own_quota(request: Request, scope: Scope, sender_id: UUID) -> Answer:
    """Give one sender a quota of its own, or the county's again."""
    form, now = await form_of(request), request_now(request)
    try:
        async with transaction(scope):
            await set_quota(
                scope, sender=sender_id, level=first(form, "level"), amount=_amount(form), valid_from=_from(form, now),
                reason=first(form, "reason"), now=now,
            )  # fmt: skip
    except Invalid as error:
        return await show_sender(request, scope, sender_id, error=error, form=form)
    return see_other(request, f"{LIST}/{sender_id}#quota", flash=mark("限额已记下，到生效时间起按它计算。"))


def _amount(form: Form) -> int | None:
    sent = first(form, "amount").strip()
    if not sent:
        return None
    if not sent.isascii() or not sent.isdigit() or len(sent) > 6:  # noqa: PLR2004 - digits of the most there is
        raise Invalid(fields={"amount": mark("请填 0 到 100000 之间的整数。")})
    return int(sent)


def _from(form: Form, now: datetime) -> datetime:
    """Read the day from which it holds; none is now, today is now as well."""
    sent = first(form, "valid_from").strip()
    if not sent:
        return now
    try:
        day = datetime.fromisoformat(sent).replace(tzinfo=SHANGHAI)
    except ValueError as error:
        raise Invalid(fields={"valid_from": mark("请选择日期。")}) from error
    return now if day.date() == now.astimezone(SHANGHAI).date() else day


HANDLERS: Final = (holds_page, hold_page, decide, own_quota)

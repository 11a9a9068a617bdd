"""The page that a receipt opens: each step, the answer, and what its keeper may do. Never cached, never told to other sites."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final

from core.disclosure import public
from core.kernel.database import transaction
from core.kernel.errors import Invalid, NotFound, ProductError, mark
from core.petitions.actions.following import add_to_petition, judge_petition, remind_petition, reopen_petition
from core.petitions.enums import HAPPENED, KIND_TITLES, OPEN_STATES, TELLING, Happened, Kind, PetitionState
from core.petitions.public import Followed, followed, following_scope
from core.petitions.queries import place_rule
from core.petitions.rules import PetitionSettings, plain_receipt, shown_receipt
from core.petitions.workflows import PETITION
from web.answers import Answer, Request, renderer_of, request_now, see_other
from web.forms import Form, first, form_of
from web.pages.public.answering import REASON, Look, address_of, public_page, public_say
from web.pages.public.petition_forms import count_looking, seed_of, token_for
from web.routing import get_page, post_form

KEEPER: Final = "the receipt's keeper acts on the one matter that it opens"
_ENDED: Final = frozenset({PetitionState.ANSWERED, PetitionState.CLOSED, PetitionState.REFUSED})
_FOUND: Final = frozenset({Happened.ABUSED, Happened.REFUSED})  # the latest says why it was not taken
# What the receipt's keeper did himself, said to him.
_OWN: Final = {
    Happened.RAISED: mark("收到您的反映"), Happened.JUDGED: mark("您作了评价"), Happened.LAPSED: mark("您没有评价，到期办结"),
    Happened.REOPENED: mark("您要求重新办理"), Happened.ADDED: mark("您补充了情况"), Happened.REMINDED: mark("您催办"),
    Happened.MERGED: mark("与同类的反映合在一起办理，一起答复"), Happened.UNMERGED: mark("不再合在一起，单独办理"),
}  # fmt: skip
# What is not the desk's deed: done by the keeper himself, by the system or from above.
_NOT_THE_DESKS: Final = frozenset(_OWN) - {Happened.MERGED, Happened.UNMERGED} | {Happened.PRESSED, Happened.ABUSED, Happened.CLEARED}
_FIELDS: Final = ("solved", "words", "reason", "text")
_ORDER: Final = ("raised", "accepted", "in_hand", "answered", "closed")
_PLACE: Final = {
    PetitionState.RAISED: 1, PetitionState.IN_HAND: 2, PetitionState.MERGED: 2, PetitionState.ANSWERED: 4,
    PetitionState.CLOSED: 5, PetitionState.REFUSED: 5,
}  # fmt: skip


@get_page("/petition", public=REASON)
async def look_up_page(request: Request) -> Answer:
    """Ask for a receipt."""
    return _look_up(request, "", "")


@post_form("/petition", public=KEEPER, token="by_handler")  # noqa: S106 - says who asks for it
async def look_up(request: Request) -> Answer:
    """Lead from a receipt typed in to its page."""
    await count_looking(request)
    typed = first(await form_of(request), "receipt")[:60]
    plain = plain_receipt(typed)
    try:
        await followed(plain)
    except NotFound:
        return _look_up(request, typed, public_say(request, mark("没有查到。请对照提交时给您的查询码再输一遍；字母不分大小写。")))
    return see_other(request, Look.of(request).go(f"/petition/{plain}"))


def _look_up(request: Request, typed: str, wrong: str) -> Answer:
    title = public_say(request, mark("查询我反映的事"))
    return public_page(
        request, "public/petition_look_up.html", title=title, typed=typed, wrong=wrong, status=422 if wrong else 200, fresh=False,
        problem=public_say(request, Invalid.default) if wrong else "",
    )


@get_page("/petition/{receipt:str}", public=KEEPER)
async def follow_page(request: Request, receipt: str) -> Answer:
    """Show where a matter stands."""
    await count_looking(request)
    return await _show(request, receipt)


@post_form("/petition/{receipt:str}/judge", public=KEEPER, token="by_handler")  # noqa: S106 - says who asks for it
async def judge(request: Request, receipt: str) -> Answer:
    """Take the raiser's own finding: solved or not."""

    async def run(scope: Any, form: Form, now: datetime) -> None:
        solved = first(form, "solved")
        if solved not in {"yes", "no"}:
            raise Invalid(fields={"solved": mark("请选择问题解决了没有。")})
        await judge_petition(
            scope, receipt=plain_receipt(receipt), solved=solved == "yes", words=first(form, "words"), now=now
        )

    return await _do(request, receipt, "judge", run)


@post_form("/petition/{receipt:str}/reopen", public=KEEPER, token="by_handler")  # noqa: S106 - says who asks for it
async def reopen(request: Request, receipt: str) -> Answer:
    """Have it handled again, once."""

    async def run(scope: Any, form: Form, now: datetime) -> None:
        await reopen_petition(scope, receipt=plain_receipt(receipt), reason=first(form, "reason"), now=now)

    return await _do(request, receipt, "reopen", run)


@post_form("/petition/{receipt:str}/add", public=KEEPER, token="by_handler")  # noqa: S106 - says who asks for it
async def add(request: Request, receipt: str) -> Answer:
    """Add something to an open matter."""

    async def run(scope: Any, form: Form, now: datetime) -> None:
        await add_to_petition(scope, receipt=plain_receipt(receipt), text=first(form, "text"), now=now)

    return await _do(request, receipt, "add", run)


@post_form("/petition/{receipt:str}/remind", public=KEEPER, token="by_handler")  # noqa: S106 - says who asks for it
async def remind(request: Request, receipt: str) -> Answer:
    """Remind whoever has it on the desk."""

    async def run(scope: Any, _form: Form, now: datetime) -> None:
        await remind_petition(scope, receipt=plain_receipt(receipt), now=now)

    return await _do(request, receipt, "remind", run)


async def _do(
    request: Request, receipt: str, name: str, run: Callable[[Any, Form, datetime], Awaitable[None]]
) -> Answer:
    """Run one deed in a scope that carries only the right to follow; what was refused is shown again as it was sent."""
    await count_looking(request)
    form, now = await form_of(request), request_now(request)
    one, _ = await followed(receipt)
    scope = following_scope(one)
    try:
        seed_of(form, f"follow:{plain_receipt(receipt)}", now)
        async with transaction(scope):
            await run(scope, form, now)
    except NotFound:
        raise
    except ProductError as error:
        return await _show(request, receipt, error=error, form=form, sent=name)
    return see_other(request, Look.of(request).go(f"/petition/{plain_receipt(receipt)}"))


async def _show(
    request: Request, receipt: str, *, error: ProductError | None = None, form: Form | None = None, sent: str = ""
) -> Answer:
    one, steps = await followed(receipt)
    place, now, plain = await public.place_of(one.region), request_now(request), plain_receipt(receipt)
    scope = following_scope(one)
    async with transaction(scope):
        rule = await place_rule(scope, now=now)
    acts = _acts(one, rule, now)
    state = PETITION.by_state[one.state]
    said = getattr(error, "fields", {})
    answer = public_page(
        request, "public/petition.html", title=public_say(request, mark("我反映的事")), place=place, one=one, fresh=False,
        status=error.status if error else 200, state=public_say(request, state.title), tone=state.tone,
        kind=public_say(request, KIND_TITLES[one.kind]), code=shown_receipt(plain), address=address_of(request, f"/petition/{plain}"),
        stages=_stages(request, one), steps=[_step(request, step) for step in steps], acts=acts, rule=rule, unsent=_unsent(form, acts, sent),
        href=f"/petition/{plain}", token=token_for(f"follow:{plain}", now), wrong={n: public_say(request, said[n]) if n in said else "" for n in _FIELDS},
        problem=public_say(request, error.message, **error.data) if error else "", sent=sent,
        value=lambda name: first(form, name) if form else "", supervised=one.kind == Kind.SUPERVISION,
        abused=one.state == PetitionState.REFUSED and next((s.kind for s in steps if s.kind in _FOUND), "") == Happened.ABUSED,
    )  # fmt: skip
    answer.headers.update({"referrer-policy": "same-origin", "x-robots-tag": "noindex"})
    return answer


def _unsent(form: Form | None, acts: set[str], sent: str) -> str:
    """Give what was written where its form is not there any more: somebody was faster."""
    if form is None or sent in acts:
        return ""
    return first(form, "words") or first(form, "reason") or first(form, "text")


def _acts(one: Followed, rule: PetitionSettings, now: datetime) -> set[str]:
    acts: set[str] = set()
    if one.state in TELLING:
        acts.add("add")
    if one.state in OPEN_STATES and now >= (one.reminded_at or one.raised_at) + timedelta(hours=rule.remind_hours):
        acts.add("remind")
    if one.state == PetitionState.ANSWERED:
        acts.add("judge")
    ended = one.closed_at or one.answered_at
    fresh = ended is not None and now <= ended + timedelta(days=rule.reopen_days)
    if one.state in _ENDED and one.reopened_at is None and fresh:
        acts.add("reopen")
    return acts


def _stages(request: Request, one: Followed) -> list[tuple[str, str]]:
    """Give the steps with how each stands: done, now or todo."""
    at = _PLACE[PetitionState(one.state)]
    titles = dict(PETITION.steps)
    return [
        (public_say(request, titles[name]), "done" if n < at else "now" if n == at else "todo")
        for n, name in enumerate(_ORDER)
    ]


def _step(request: Request, step: Any) -> dict[str, Any]:
    own = _OWN.get(step.kind)
    text = public_say(request, own) if own else renderer_of(request).texts.past(Look.of(request).language, HAPPENED.get(step.kind, step.kind))
    desk = "" if step.kind in _NOT_THE_DESKS else step.desk_name
    return {"at": step.at, "what": text[:1].upper() + text[1:], "text": step.text, "desk": desk}


ROUTES: Final = [look_up_page, look_up, follow_page, judge, reopen, add, remind]

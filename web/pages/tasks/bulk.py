"""The same deed for several shares at once: each in a transaction of its own, and the answer says which were not done, and why."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field

from core.drafts.actions import once
from core.kernel.database import transaction
from core.kernel.errors import Invalid, NotFound, ProductError, mark
from core.kernel.scope import Scope
from core.scores.rules import ScoreRule
from core.tasks.actions.scoring import accept_submission
from core.tasks.actions.steering import remind_assignment
from core.tasks.queries.assignments import shares_by_id
from core.tasks.workflows import ASSIGNMENT
from core.tenancy.settings import settings_of
from web.answers import Answer, Request, request_now, say, see_other
from web.forms import Form, FormModel, first, form_of, parse
from web.pages.tasks.lists import show_scoring, show_shares
from web.pages.work.judging import Grade
from web.routing import post_form

MOST: Final = 100
_UNEXPECTED: Final = 500
Deed = Callable[[UUID], Awaitable[Any]]


class ChosenForm(FormModel):
    shares: Annotated[list[UUID], Field(min_length=1, max_length=MOST)] = Field(
        default_factory=list, validate_default=True
    )


class AcceptForm(ChosenForm):
    grade: Grade = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: how many were done, and the others with what stood in the way, in the reader's words."""

    done: int
    refused: Sequence[tuple[str, str]]


@post_form("/scoring", permission="core:task:score")
async def accept_several(request: Request, scope: Scope) -> Answer:
    """Accept the chosen results with one quality. Points still follow each share's own base and time."""
    form = await form_of(request)
    now = request_now(request)
    try:
        chosen = parse(AcceptForm, form)
    except Invalid as error:
        return await show_scoring(request, scope, errors=error, form=form)
    async with transaction(scope):
        rule = await settings_of(scope, ScoreRule, at=now)

    async def accept(share: UUID) -> None:
        await accept_submission(scope, assignment=share, grade=chosen.grade, rule=rule, now=now)

    outcome = await _each(request, scope, chosen.shares, form, accept)
    if outcome.refused:
        return await show_scoring(request, scope, outcome=outcome)
    return see_other(request, "/scoring", flash=say(request, mark("已评分 %(n)s 件。"), n=outcome.done))


@post_form("/shares", permission="core:task:remind")
async def remind_several(request: Request, scope: Scope) -> Answer:
    """Chase the chosen shares; the list keeps its filters."""
    form = await form_of(request)
    now = request_now(request)
    try:
        chosen = parse(ChosenForm, form)
    except Invalid as error:
        return await show_shares(request, scope, errors=error, form=form)

    async def remind(share: UUID) -> None:
        await remind_assignment(scope, assignment=share, now=now)

    outcome = await _each(request, scope, chosen.shares, form, remind)
    if outcome.refused:
        return await show_shares(request, scope, outcome=outcome)
    query = request.url.query
    told = say(request, mark("已催办 %(n)s 个单位。"), n=outcome.done)
    return see_other(request, "/shares" + (f"?{query}" if query else ""), flash=told)


async def _each(request: Request, scope: Scope, shares: Sequence[UUID], form: Form, deed: Deed) -> Outcome:
    """Do the deed for each share. Pressed twice, each is done once: the form's key counts for every share apart."""
    key, done = first(form, "_key")[:60], 0
    failed: dict[UUID, ProductError] = {}
    for share in dict.fromkeys(shares):

        async def run(share: UUID = share) -> dict[str, str]:
            await deed(share)
            return {}

        name = f"{key}:{share}" if key else ""
        try:
            async with transaction(scope):
                await once(
                    scope, key=name, form=request.url.path, request={}, run=run, now=request_now(request)
                )
            done += 1
        except ProductError as error:
            if error.status >= _UNEXPECTED:
                raise
            failed[share] = error
    return Outcome(done, await _told(request, scope, failed))


async def _told(request: Request, scope: Scope, failed: dict[UUID, ProductError]) -> list[tuple[str, str]]:
    """Say what stood in the way. What cannot be found here has no name either."""
    named = [share for share, error in failed.items() if not isinstance(error, NotFound)]
    async with transaction(scope):
        cards = {card.id: card for card in await shares_by_id(scope, named)} if named else {}
    told = []
    for share, error in failed.items():
        reason, card = say(request, error.message, **error.data), cards.get(share)
        if card is None:
            told.append((say(request, mark("没有找到的一件")), reason))
            continue
        state = say(request, ASSIGNMENT.by_state[card.state].title)
        now = say(request, mark("现在的状态：%(state)s"), state=state)
        told.append(
            (f"{card.title} · {card.receiver_name}", f"{reason}{'' if reason.endswith('。') else ' '}{now}")
        )
    return told

"""One decision: where it stands, whose turn it is, what is missing, how long is left, and the record of each step."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from core.contracts.disclosure import WANTED
from core.contracts.registry import current
from core.decisions.actions.ending import reject_decision, repeat_step, withdraw_decision
from core.decisions.actions.publishing import SECTIONS
from core.decisions.enums import Phase, StepKind
from core.decisions.flow import VILLAGE, flow_of, name_at
from core.decisions.queries import Decision, one_decision
from core.decisions.rules import last_day
from core.disclosure.queries import dues_about
from core.kernel.clock import local
from core.kernel.database import transaction
from core.kernel.errors import Invalid, mark
from core.kernel.scope import Scope
from web.answers import Answer, Request, page, request_now, say, see_other
from web.forms import Form, FormModel, form_of, parse
from web.pages.decisions.words import (
    chart_of,
    clock_of,
    evidence_words,
    history_of,
    records_of,
    rule_words,
    short_words,
    state_of,
    steps_of,
    subject_title,
    turn_of,
)
from web.pages.disclosure.calendar import draft_address
from web.routing import get_page, post_form
from web.uploaded import uploaded


class ReasonForm(FormModel):
    reason: Annotated[str, Field(min_length=1, max_length=500)]


@get_page("/decisions/{decision_id:uuid}", permission="core:decision:read")
async def decision_page(request: Request, scope: Scope, decision_id: UUID) -> Answer:
    return await show(request, scope, decision_id)


async def show(
    request: Request,
    scope: Scope,
    decision: UUID,
    *,
    errors: Invalid | None = None,
    form: Form | None = None,
    sent: str = "",
) -> Answer:
    """Draw the page; ``sent`` names the form that was refused."""
    now = request_now(request)
    async with transaction(scope):
        seen = await one_decision(scope, decision)
        dues = await dues_about(scope, region=seen.row["region"], sections=sorted(SECTIONS.values()), subject=decision)
    row, step = seen.row, seen.step
    state, tone = state_of(request, row)
    clock, clock_tone = clock_of(request, row, now)
    return page(
        request, "decisions/one.html", title=mark("民主决策"), back="/decisions", status=422 if errors else 200, errors=errors,
        form=form, sent_form=sent, row=row, step=step, step_title=say(request, step.title), state=state, state_tone=tone,
        clock=clock, clock_tone=clock_tone, steps=steps_of(request, seen, now), acts=acts_of(scope, seen),
        who=say(request, step.who) if step.who else "", hint=say(request, step.hint) if step.hint else "",
        turn=turn_of(request, step), rules=_rules(request, seen), wanted=evidence_words(request, step),
        short=short_words(request, seen.record), running=seen.is_running, record=seen.record,
        waits=row["state"] == Phase.TOLD and row["waits_until"] is not None and row["waits_until"] > now,
        due_day=last_day(row["due_at"]) if row["due_at"] else None, online=_online(seen),
        unpublished=[{"due": due.due_on, "late": due.due_on < local(now).date(), "href": draft_address(due.section, due.region, subject=decision)} for due in dues],
        records=records_of(request, seen, lambda file: uploaded(request, file, f"/decisions/{decision}")),
        subject_kind=subject_title(request, row["subject_kind"]), procedure=say(request, seen.procedure.title),
        version=row["procedure_version"], chart=chart_of(request, seen), history=history_of(request, seen.events),
    )  # fmt: skip


def _online(seen: Decision) -> bool:
    """Whether the step is among what is to be published online: a resolution by itself, a result once it was asked for."""
    waiting = seen.row["state"] == Phase.OPEN and seen.step.kind in SECTIONS and publishes_online()
    return waiting and (seen.step.kind == StepKind.PUBLISH_RESOLUTION or bool(seen.record["text"]))


def publishes_online() -> bool:
    """Whether somebody listens for what is to be published."""
    return WANTED in current().subscriptions.by_topic


def acts_of(scope: Scope, seen: Decision) -> set[str]:
    """Name the ways on that this post may go now: tell, pass, post, repeat, reject, withdraw."""
    if seen.row["region"] != scope.region:
        return set()
    here = name_at(seen.row["state"], seen.step.code)
    ways = flow_of(seen.procedure).open_transitions(here, scope.permissions, side=VILLAGE)
    return {way.name.partition(".")[0] for way in ways}


def _rules(request: Request, seen: Decision) -> list[tuple[str, list[str], str]]:
    """Say for each body that may decide the step what the vote takes and where that is written."""
    return [
        (say(request, each.title), rule_words(request, each), say(request, each.source) if each.source else "")
        for each in seen.step.meetings
        if not seen.record["body"] or each.body == seen.record["body"]
    ]


@post_form("/decisions/{decision_id:uuid}/repeat", permission="core:decision:record")
async def repeat(request: Request, scope: Scope, decision_id: UUID) -> Answer:
    """Take the step up again; what was recorded stays."""
    async with transaction(scope):
        await repeat_step(scope, decision=decision_id, now=request_now(request))
    return see_other(request, f"/decisions/{decision_id}", flash=mark("可以重新办理这一步，上一次的记录保留。"))


@post_form("/decisions/{decision_id:uuid}/reject", permission="core:decision:end")
async def reject(request: Request, scope: Scope, decision_id: UUID) -> Answer:
    return await _end(request, scope, decision_id, "reject", reject_decision, mark("已记为否决。"))


@post_form("/decisions/{decision_id:uuid}/withdraw", permission="core:decision:end")
async def withdraw(request: Request, scope: Scope, decision_id: UUID) -> Answer:
    return await _end(request, scope, decision_id, "withdraw", withdraw_decision, mark("已撤回，原因留在记录里。"))


async def _end(
    request: Request, scope: Scope, decision: UUID, name: str, deed: Callable[..., Awaitable[Any]], told: str
) -> Answer:
    form = await form_of(request)
    try:
        data = parse(ReasonForm, form)
        async with transaction(scope):
            await deed(scope, decision=decision, reason=data.reason, now=request_now(request))
    except Invalid as error:
        return await show(request, scope, decision, errors=error, form=form, sent=name)
    return see_other(request, f"/decisions/{decision}", flash=told)

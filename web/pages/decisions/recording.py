"""Recording a step on one page: the notice of a meeting, the meeting with its figures, or what went up on the board."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from core.decisions.actions import meetings, publishing
from core.decisions.actions.meetings import FewerShould, Held, Told, VoteShort, comparable
from core.decisions.actions.moves import may_attach
from core.decisions.actions.publishing import SECTIONS, Posted
from core.decisions.attendance import Earlier
from core.decisions.enums import Phase
from core.decisions.queries import Decision, one_decision
from core.decisions.rules import Count
from core.drafts.actions import drop_draft, once, save_draft
from core.drafts.queries import DraftSeen, draft_for
from core.files.queries import file_for
from core.kernel.clock import local
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Invalid, NotFound, mark
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from web.answers import Answer, Request, page, request_now, say, see_other
from web.forms import Form, FormModel, first, form_of, parse
from web.pages.decisions.one import acts_of, publishes_online
from web.pages.decisions.words import clock_of, evidence_words, formats, of_purpose, rule_words
from web.routing import get_page, post_form
from web.uploaded import uploaded

DRAFT = "decision"
_FIELDS = (
    "text", "held_on", "told_on", "told_text", "posted_on", "place", "chair", "recorder", "body", "should", "came", "approved",
    "against", "abstained", "fewer_reason",
)  # fmt: skip

_BEFORE = mark("%(body)s %(day)s 开会时应到 %(n)s 人。")
People = Annotated[int, Field(ge=0, le=100_000)]


class ToldForm(FormModel):
    body: Annotated[str, Field(max_length=40)] = ""
    told_on: date | None = None
    told_text: Annotated[str, Field(max_length=5000)] = ""


class HeldForm(FormModel):
    text: Annotated[str, Field(max_length=20_000)] = ""
    held_on: date | None = None
    body: Annotated[str, Field(max_length=40)] = ""
    place: Annotated[str, Field(max_length=100)] = ""
    chair: Annotated[str, Field(max_length=50)] = ""
    recorder: Annotated[str, Field(max_length=50)] = ""
    should: People | None = None
    came: People | None = None
    approved: People | None = None
    against: People = 0
    abstained: People = 0
    as_failed: bool = False
    fewer_reason: Annotated[str, Field(max_length=500)] = ""


class PostedForm(FormModel):
    posted_on: date | None = None
    text: Annotated[str, Field(max_length=20_000)] = ""
    place: Annotated[str, Field(max_length=100)] = ""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What is recorded now: ``told``, ``held`` or ``posted``."""

    what: str
    seen: Decision
    draft: DraftSeen | None
    before: Mapping[str, Earlier]  # by the body that may meet: the meeting its numbers are compared with


@get_page("/decisions/{decision_id:uuid}/record", permission="core:decision:record")
async def record_page(request: Request, scope: Scope, decision_id: UUID) -> Answer:
    return await _show(request, scope, decision_id)


async def _before(scope: Scope, seen: Decision, now: datetime) -> dict[str, Earlier]:
    found = {}
    for meeting in seen.step.meetings:
        if (measure := await comparable(scope, seen.row, meeting.body, on=local(now).date(), now=now)) is not None:
            found[str(meeting.body)] = measure
    return found


async def _sheet(scope: Scope, decision: UUID, wanted: str, *, now: datetime) -> _Sheet:
    """Find what there is to record. Raises ``Conflict`` where nothing is, ``NotFound`` for another village's."""
    async with transaction(scope):
        seen = await one_decision(scope, decision)
        draft = await draft_for(scope, form=DRAFT, subject=str(seen.row["record_id"]))
        before = await _before(scope, seen, now)
    acts = acts_of(scope, seen)
    fitting = {"tell": "told", "pass": "held", "post": "posted"}
    offered = [what for act, what in fitting.items() if act in acts]
    if not offered:
        raise NotFound if seen.row["region"] != scope.region else Conflict
    return _Sheet(wanted if wanted in offered else offered[0], seen, draft, before)


async def _show(
    request: Request,
    scope: Scope,
    decision: UUID,
    *,
    wanted: str = "",
    errors: Invalid | None = None,
    form: Form | None = None,
) -> Answer:
    now = request_now(request)
    sheet = await _sheet(scope, decision, wanted or str(request.query_params.get("what", "")), now=now)
    seen, step, record = sheet.seen, sheet.seen.step, sheet.seen.record
    files = seen.files.get(record["id"], ())
    kept: Form = form if form is not None else sheet.draft.values if sheet.draft else {}
    today = local(now).date().isoformat()
    usual = {"held_on": today, "told_on": today, "posted_on": today, "text": record["text"], "body": _usual_body(sheet)}
    fewer = errors.fewer if isinstance(errors, FewerShould) else None
    clock, clock_tone = clock_of(request, seen.row, now)
    bodies = [each for each in step.meetings if sheet.what != "told" or each.notice_days]
    if record["body"]:
        bodies = [each for each in step.meetings if each.body == record["body"]]
    return page(
        request, "decisions/record.html", title=say(request, step.title), back=f"/decisions/{decision}",
        status=422 if errors else 200, errors=errors, form=form, row=seen.row, step=step, record=record, what=sheet.what,
        values={name: first(kept, name, usual.get(name, "")) for name in _FIELDS}, key=new_id(), today=today,
        draft_at=sheet.draft.saved_at if sheet.draft else None, clock=clock, clock_tone=clock_tone,
        step_title=say(request, step.title), hint=say(request, step.hint) if step.hint else "",
        bodies=[(str(each.body), say(request, each.title), say(request, mark("，")).join(rule_words(request, each))) for each in bodies],
        wanted=evidence_words(request, step), on_board=any(each.on_board for each in bodies),
        sheets=[uploaded(request, f, f"/decisions/{decision}") for f in of_purpose(files, "decision_sheet")],
        photos=[uploaded(request, f, f"/decisions/{decision}") for f in of_purpose(files, "decision_photo")],
        short=isinstance(errors, VoteShort), fewer=fewer, would_be=[say(request, each) for each in fewer.would_be] if fewer else [],
        before=_numbers_before(request, sheet),
        online=_online(sheet), first_day=seen.row["step_on"].isoformat(),
        may_meet_on=record["may_meet_on"], needs_text=step.kind != "publish_resolution",
    )  # fmt: skip


def _numbers_before(request: Request, sheet: _Sheet) -> list[str]:
    """Say how many should attend by the minutes before, a sentence for each body that may meet."""
    return [
        say(request, _BEFORE, body=say(request, meeting.title), day=formats(request).day(measure.held_on), n=measure.should)
        for meeting in sheet.seen.step.meetings if (measure := sheet.before.get(str(meeting.body))) is not None
    ]  # fmt: skip


def _usual_body(sheet: _Sheet) -> str:
    return str(sheet.seen.record["body"] or (sheet.seen.step.meetings[0].body if sheet.seen.step.meetings else ""))


def _online(sheet: _Sheet) -> bool:
    """Whether this step can be published online: where somebody listens for what is to be published."""
    return sheet.seen.step.kind in SECTIONS and publishes_online()


@post_form("/decisions/{decision_id:uuid}/tell", permission="core:decision:record")
async def tell(request: Request, scope: Scope, decision_id: UUID) -> Answer:
    """Record that people were told of the meeting."""

    async def deed(form: Form) -> None:
        data = parse(ToldForm, form)
        told = Told(data.body, data.told_on, data.told_text)
        await meetings.tell_meeting(scope, decision=decision_id, told=told, now=request_now(request))

    return await _do(request, scope, decision_id, "told", deed, mark("已记录会议通知，期满后可以开会。"))


@post_form("/decisions/{decision_id:uuid}/record", permission="core:decision:record")
async def record(request: Request, scope: Scope, decision_id: UUID) -> Answer:
    """Record the meeting, or the step without one. A short vote comes back with what is missing."""
    state = {"failed": False}

    async def deed(form: Form) -> None:
        data = parse(HeldForm, form)
        count = None
        if data.should is not None and data.came is not None and data.approved is not None:
            count = Count(data.should, data.came, data.approved, data.against, data.abstained)
        held = Held(
            data.text, data.held_on, data.body, count, data.place, data.chair, data.recorder, as_failed=data.as_failed,
            fewer_reason=data.fewer_reason,
        )  # fmt: skip
        changed = await meetings.record_step(scope, decision=decision_id, held=held, now=request_now(request))
        state["failed"] = changed["state"] == Phase.FAILED

    told = [mark("已记录，进入下一步。"), mark("已如实记为未通过，可以以后再议。")]
    return await _do(request, scope, decision_id, "held", deed, lambda: told[state["failed"]])


@post_form("/decisions/{decision_id:uuid}/post", permission="core:decision:record")
async def post(request: Request, scope: Scope, decision_id: UUID) -> Answer:
    """Record what went up on the board."""

    async def deed(form: Form) -> None:
        data = parse(PostedForm, form)
        posted = Posted(data.posted_on, data.text, data.place)
        await publishing.post_step(scope, decision=decision_id, posted=posted, now=request_now(request))

    return await _do(request, scope, decision_id, "posted", deed, mark("已开始公示，期满后自动进入下一步。"))


@post_form("/decisions/{decision_id:uuid}/online", permission="core:decision:record")
async def ask_online(request: Request, scope: Scope, decision_id: UUID) -> Answer:
    """Ask for the publication online; who releases it finds the draft among what is due."""

    async def deed(form: Form) -> None:
        data = parse(PostedForm, form)
        await publishing.request_publication(scope, decision=decision_id, text=data.text, now=request_now(request))

    return await _do(request, scope, decision_id, "posted", deed, mark("已列入待公开内容，发布后自动开始公示。"), keep=True)


Words = str | Callable[[], str]


async def _do(
    request: Request,
    scope: Scope,
    decision: UUID,
    what: str,
    deed: Callable[[Form], Awaitable[None]],
    told: Words,
    *,
    keep: bool = False,
) -> Answer:
    """Do one deed once, and forget the draft; what is wrong comes back as the same page with everything that was written."""
    form, now = await form_of(request), request_now(request)
    try:
        async with transaction(scope):
            seen = await one_decision(scope, decision)

            async def run() -> dict[str, str]:
                await deed(form)
                return {}

            await once(scope, key=first(form, "_key"), form=f"{what}:{decision}", request=form, run=run, now=now)
            if not keep:
                await drop_draft(scope, form=DRAFT, subject=str(seen.row["record_id"]))
    except Invalid as error:
        return await _show(request, scope, decision, wanted=what, errors=error, form=form)
    return see_other(request, f"/decisions/{decision}", flash=told if isinstance(told, str) else told())


@post_form("/decisions/{decision_id:uuid}/files/{file_id:uuid}/remove", permission="core:decision:record")
async def remove_paper(request: Request, scope: Scope, decision_id: UUID, file_id: UUID) -> Answer:
    """Take a picture or paper back. The button stands in the form of the step: what is written there is kept."""
    form, now = await form_of(request), request_now(request)
    async with transaction(scope):
        seen = await one_decision(scope, decision_id)
        await remove_file_of(scope, seen.row["record_id"], file_id, now)
        if any(value.strip() for name in _FIELDS for value in form.get(name, ())):
            await save_draft(scope, form=DRAFT, subject=str(seen.row["record_id"]), data=form, now=now)
    return see_other(request, f"/decisions/{decision_id}/record", flash=mark("已删除。"))


async def remove_file_of(scope: Scope, record_id: UUID, file_id: UUID, now: Any) -> None:
    """Take back a file of an open record. Raises ``NotFound`` for a file of anything else."""
    await may_attach(scope, record_id)
    file = await file_for(scope, file_id=file_id)
    if file.subject_id != record_id:
        raise NotFound
    await meetings.remove_paper(scope, file=file, now=now)

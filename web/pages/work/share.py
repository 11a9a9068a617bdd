"""One share: what to do, why, by when, and doing it. Receiver and sender read the same page; each has its own buttons."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from core.drafts.actions import drop_draft, once, save_draft
from core.drafts.queries import draft_for
from core.files.queries import StoredFile
from core.kernel.database import transaction
from core.kernel.errors import Invalid, mark
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.scores.rules import GRADES
from core.tasks.actions.work import (
    Rating,
    acknowledge_assignment,
    add_note,
    allocate_assignment,
    handed_so_far,
    put_back_evidence,
    rate_task,
    remove_evidence,
    submit_assignment,
    wrong_in_result,
)
from core.tasks.enums import Happened
from core.tasks.forms import AskedField, fields_of_form
from core.tasks.queries.assignments import Share, helpers_here, one_share, rating_given
from core.tasks.queries.forms import offers_for
from core.tasks.rules import EvidenceWanted, receives, sends
from core.tasks.workflows import ASSIGNMENT, RECEIVER, SENDER
from web.answers import Answer, Request, Way, page, request_now, say, see_other
from web.forms import Form, FormModel, first, form_of, parse
from web.lists import list_behind
from web.pages.work.filling import answer_fields, answers_shown, asked_words, sent_answers
from web.pages.work.steps import steps_of
from web.pages.work.words import history_of, may_remind, remind_at, wanted_words
from web.routing import get_page, post_form
from web.uploaded import unsent
from web.wording import person_of

DRAFT = "assignment"
_NOT_SENT = mark("有文件不在成果里，成果没有提交。您写的内容和已上传的都已保留。")


class NoteForm(FormModel):
    text: Annotated[str, Field(min_length=1, max_length=2000)]


class AllocateForm(FormModel):
    receiver: UUID
    text: Annotated[str, Field(max_length=500)] = ""


class RateForm(FormModel):
    clarity: Annotated[int, Field(ge=1, le=5)]
    time_given: Annotated[int, Field(ge=1, le=5)]
    need: Annotated[int, Field(ge=1, le=5)]
    burden_hours: Annotated[Decimal, Field(ge=0, le=9999, decimal_places=1)] = Decimal(0)
    comment: Annotated[str, Field(max_length=500)] = ""


@get_page("/assignments/{assignment_id:uuid}", permission="core:assignment:read")
async def assignment_page(request: Request, scope: Scope, assignment_id: UUID) -> Answer:
    return await show(request, scope, assignment_id)


async def show(
    request: Request,
    scope: Scope,
    assignment: UUID,
    *, errors: Invalid | None = None, form: Form | None = None, sent: str = "",
) -> Answer:  # fmt: skip
    """Draw the page. Where something is missing, ``sent`` names the form; none is the one that hands the result in."""
    now = request_now(request)
    async with transaction(scope):
        share = await one_share(scope, assignment)
        side = _side(scope, share)
        draft = await draft_for(scope, form=DRAFT, subject=str(assignment)) if side == RECEIVER else None
        offers = await offers_for(scope, share.row, asked, now=now) if (asked := _asked(scope, share, side)) else {}
        rating = await rating_given(scope, assignment) if side == RECEIVER and share.row["rated_at"] else None
        helpers = await helpers_here(scope, now=now) if side == RECEIVER and scope.may("core:assignment:allocate") else []
    row = share.row
    buttons = ASSIGNMENT.open_transitions(row["state"], scope.permissions, side=side) if side else []
    written = _written(share, draft.data if draft else None)
    text = first(form, "text") if form and not sent else written
    return page(
        request,
        "work/share.html",
        title=mark("任务"),
        back=_way(request, row, side),
        status=422 if errors else 200,
        errors=errors,
        form=form,
        sent_form=sent,
        share=share,
        row=row,
        brief=share.brief,
        side=side,
        acts={button.name for button in buttons},
        working=_works(scope, row, side),
        asked=answer_fields(
            request, asked, offers, written=_answered(form if not sent else None, draft.data if draft else None), last=_last(share)
        ),
        asked_words=asked_words(request, fields_of_form(share.brief.get("form"))),
        state=ASSIGNMENT.by_state[row["state"]],
        steps=steps_of(request, share, now),
        wanted=(wanted := EvidenceWanted.of(row["evidence"])),
        wanted_words=wanted_words(request, wanted),
        remind_at=remind_at(row["state"], _last_reminder(share), now),
        may_remind=may_remind(row["state"], _last_reminder(share), now),
        **_open_files(share),
        handed=handed_so_far(row, share.files, text=text),
        results=[{**each, "shown": answers_shown(request, each["answers"])} for each in results_of_share(share)],
        attachments=share.attachments,
        text=text,
        draft_at=draft.saved_at if draft else None,
        helpers=_choices(request, helpers, row),
        own_rating=rating,
        history=history_of(request, share.events, share.row),
        grades=[(name, say(request, title)) for name, title in GRADES.items()],
        chart=chart_of(request),
        late=row["due_at"] < now and row["state"] in {"sent", "in_hand", "returned"},
        key=new_id(),
    )


def _written(share: Share, draft: Mapping[str, Any] | None) -> str:
    """Give the text to go on with: the draft's, else the last submission's."""
    last = share.submissions[0] if share.submissions else {"text": ""}
    return str(last["text"] if draft is None else draft.get("text", ""))


def _works(scope: Scope, row: Any, side: str) -> bool:
    return side == RECEIVER and row["state"] in {"in_hand", "returned"} and _is_mine(scope, row)


def _asked(scope: Scope, share: Share, side: str) -> list[AskedField]:
    """Give the form that this post fills in now; empty for everybody else."""
    return fields_of_form(share.brief.get("form")) if _works(scope, share.row, side) else []


def _answered(form: Form | None, draft: Mapping[str, str] | None) -> Mapping[str, str] | None:
    """Give what was filled in so far: as it was sent, else as the draft has it; None where nobody has written yet."""
    return sent_answers(form) if form else draft


def _last(share: Share) -> Sequence[Mapping[str, str]]:
    return share.submissions[0]["answers"] if share.submissions else ()


def _open_files(share: Share) -> dict[str, Any]:
    """Give the files that would be handed in now, those among them that were not handed in before, and those set aside."""
    here = [file for file in share.files if file.set_aside_at is None]
    return {
        "photos": [file_of(file, share.row["id"]) for file in here if file.is_picture],
        "files": [file_of(file, share.row["id"]) for file in here if not file.is_picture],
        "pending": [_shown(file) for file in here if file.attached_at is None],
        "aside": [
            {**_shown(file), "put_back": f"/assignments/{share.row['id']}/files/{file.id}/put-back"}
            for file in share.files
            if file.set_aside_at is not None
        ],
    }


def _choices(request: Request, helpers: Iterable[Any], row: Any) -> list[tuple[str, str]]:
    """Give whom the share may be given to: everybody but who has it."""
    return [
        (str(h["id"]), person_of(request, h["name"], h["grid_name"] or ""))
        for h in helpers
        if h["id"] != row["allocated_membership"]
    ]


def _way(request: Request, row: Any, side: str) -> Way:
    """Lead back to the list that the share was opened from; a sender, who may have come by the task, else to that."""
    if side == SENDER:
        task = f"/tasks/{row['task_id']}"
        back = list_behind(request, "/shares", "/scoring", "/notices", "/search", otherwise=task, row=row["id"])
        return Way(back, mark("整件任务") if back == task else "", "/tasks")
    received = side == RECEIVER
    back = list_behind(request, "/", "/my", "/notices", "/search", otherwise="/my" if received else "/", row=row["id"])
    return Way(back, under="/my" if received else "/tasks")


def _side(scope: Scope, share: Share) -> str:
    if receives(scope, share.row):
        return RECEIVER
    return SENDER if sends(scope, share.row) else ""


def _last_reminder(share: Share) -> datetime | None:
    return max((event["at"] for event in share.events if event["kind"] == Happened.REMINDED), default=None)


def _is_mine(scope: Scope, row: Any) -> bool:
    given = row["allocated_membership"]
    return given in {None, scope.membership} or scope.may("core:assignment:allocate")


def results_of_share(share: Share) -> list[dict[str, Any]]:
    """Give each submission with its files, the last first: which are new, how many were left out, why it came back."""
    by_id = {file.id: file for file in share.files}
    returns = [event for event in share.events if event["kind"] == Happened.RETURNED]
    results = []
    for number, made in enumerate(share.submissions):
        earlier = set(share.submissions[number + 1]["files"]) if number + 1 < len(share.submissions) else None
        files = [
            {**_shown(by_id[found]), "fresh": earlier is not None and found not in earlier}
            for found in made["files"]
            if found in by_id
        ]
        back = next((event for event in returns if event["at"] >= made["at"]), None) if number or _is_back(share) else None
        left_out = len((earlier or set()) - set(made["files"]))
        results.append({**made, "files": files, "left_out": left_out, "back": back})
    return results


def _is_back(share: Share) -> bool:
    """Tell whether the last submission came back: it is the only one of which that is not sure by the next."""
    return bool(share.row["state"] == "returned")


def _shown(file: StoredFile) -> dict[str, Any]:
    return {
        "id": file.id, "name": file.name, "size": file.size, "url": file.url, "thumb": file.thumb, "state": file.state
    }  # fmt: skip


def file_of(file: StoredFile, assignment: UUID) -> dict[str, Any]:
    """Give a file as ``ui.upload_list`` draws it; one that was handed in before may be left out of the next submission."""
    return {**_shown(file), "remove": f"/assignments/{assignment}/files/{file.id}/remove", "earlier": file.attached_at}


def chart_of(request: Request) -> dict[str, Any]:
    """Give the flow chart of the very workflow that runs the buttons."""
    return {
        "states": [(state.name, say(request, state.title)) for state in ASSIGNMENT.states],
        "transitions": [
            (source, t.target, say(request, t.title))
            for t in ASSIGNMENT.transitions
            for source in sorted(t.sources)
        ],
    }


@post_form("/assignments/{assignment_id:uuid}/acknowledge", permission="core:assignment:acknowledge")
async def acknowledge(request: Request, scope: Scope, assignment_id: UUID) -> Answer:
    async with transaction(scope):
        await acknowledge_assignment(scope, assignment=assignment_id, now=request_now(request))
    return see_other(request, f"/assignments/{assignment_id}", flash=mark("已签收，请按时办理。"))


@post_form("/assignments/{assignment_id:uuid}/allocate", permission="core:assignment:allocate")
async def allocate(request: Request, scope: Scope, assignment_id: UUID) -> Answer:
    form = await form_of(request)
    try:
        data = parse(AllocateForm, form)
        async with transaction(scope):
            row = await allocate_assignment(
                scope,
                assignment=assignment_id,
                membership=data.receiver,
                text=data.text,
                now=request_now(request),
            )
    except Invalid as error:
        return await show(request, scope, assignment_id, errors=error, form=form, sent="allocate")
    told = say(request, mark("已分派给%(name)s。"), name=row["allocated_name"])
    return see_other(request, f"/assignments/{assignment_id}", flash=told)


async def _once(
    request: Request, scope: Scope, assignment: UUID, name: str, form: Form, deed: Callable[[], Awaitable[Any]]
) -> None:
    """Do a deed in a transaction of its own, unless this form was sent before: a broken line sends it again."""

    async def run() -> dict[str, str]:
        await deed()
        return {}

    key, now = first(form, "_key"), request_now(request)
    async with transaction(scope):
        await once(scope, key=key, form=f"{name}:{assignment}", request=form, run=run, now=now)


async def _handed_in(scope: Scope, assignment: UUID, form: Form, now: datetime) -> None:
    text, answers = first(form, "text"), sent_answers(form)
    await submit_assignment(scope, assignment=assignment, text=text, answers=answers, now=now)
    await drop_draft(scope, form=DRAFT, subject=str(assignment))


@post_form("/assignments/{assignment_id:uuid}/notes", permission="core:assignment:work")
async def note(request: Request, scope: Scope, assignment_id: UUID) -> Answer:
    form = await form_of(request)
    try:
        data = parse(NoteForm, form)
        await _once(
            request, scope, assignment_id, "note", form,
            lambda: add_note(scope, assignment=assignment_id, text=data.text, now=request_now(request)),
        )  # fmt: skip
    except Invalid as error:
        return await show(request, scope, assignment_id, errors=error, form=form, sent="note")
    return see_other(request, f"/assignments/{assignment_id}", flash=mark("已记录。"))


@post_form("/assignments/{assignment_id:uuid}/submit", permission="core:assignment:work")
async def submit(request: Request, scope: Scope, assignment_id: UUID) -> Answer:
    """Hand in. What is missing comes back as the same page, with everything that was written."""
    form = await form_of(request)
    try:
        await _check_sent(request, scope, assignment_id, form)
        await _once(
            request, scope, assignment_id, "submit", form,
            lambda: _handed_in(scope, assignment_id, form, request_now(request)),
        )  # fmt: skip
    except Invalid as error:
        return await show(request, scope, assignment_id, errors=error, form=form)
    return see_other(request, f"/assignments/{assignment_id}", flash=mark("成果已提交，等派发人评分。"))


async def _check_sent(request: Request, scope: Scope, assignment: UUID, form: Form) -> None:
    """Refuse a form beside which files were chosen that it would not hand in: refused ones, and those never sent up."""
    told = {name: await unsent(request, form, name, first=name == "photos") for name in ("photos", "files")}
    left_out = {name: " ".join(texts) for name, texts in told.items() if texts}
    if not left_out:
        return
    async with transaction(scope):
        wrong = await wrong_in_result(scope, assignment=assignment, text=first(form, "text"), answers=sent_answers(form))
    raise Invalid(_NOT_SENT, fields={**wrong, **left_out})


@post_form("/assignments/{assignment_id:uuid}/files/{file_id:uuid}/remove", permission="core:assignment:work")
async def remove_file(request: Request, scope: Scope, assignment_id: UUID, file_id: UUID) -> Answer:
    """Take a picture back; one that was handed in before is set aside. What is written beside it is kept."""
    form, now = await form_of(request), request_now(request)
    async with transaction(scope):
        aside = await remove_evidence(scope, assignment=assignment_id, file=file_id, now=now)
        await _keep_text(scope, assignment_id, form, now)
    told = mark("已换下，这次不再提交；需要时可以放回。") if aside else mark("已删除。")
    return see_other(request, f"/assignments/{assignment_id}", flash=told)


@post_form("/assignments/{assignment_id:uuid}/files/{file_id:uuid}/put-back", permission="core:assignment:work")
async def put_file_back(request: Request, scope: Scope, assignment_id: UUID, file_id: UUID) -> Answer:
    """Take a picture that was set aside into the next submission again."""
    form, now = await form_of(request), request_now(request)
    async with transaction(scope):
        await put_back_evidence(scope, assignment=assignment_id, file=file_id, now=now)
        await _keep_text(scope, assignment_id, form, now)
    return see_other(request, f"/assignments/{assignment_id}", flash=mark("已放回，会和这次的成果一起提交。"))


async def _keep_text(scope: Scope, assignment: UUID, form: Form, now: datetime) -> None:
    """Keep what is written in the form of the result: the buttons of its files stand in it."""
    if any(text.strip() for text in (first(form, "text"), *sent_answers(form).values())):
        await save_draft(scope, form=DRAFT, subject=str(assignment), data=form, now=now)


@post_form("/assignments/{assignment_id:uuid}/rating", permission="core:task:rate")
async def rate(request: Request, scope: Scope, assignment_id: UUID) -> Answer:
    form = await form_of(request)
    try:
        data = parse(RateForm, form)
        rating = Rating(data.clarity, data.time_given, data.need, data.burden_hours, data.comment)
        await _once(
            request, scope, assignment_id, "rating", form,
            lambda: rate_task(scope, assignment=assignment_id, rating=rating, now=request_now(request)),
        )  # fmt: skip
    except Invalid as error:
        return await show(request, scope, assignment_id, errors=error, form=form, sent="rating")
    return see_other(request, f"/assignments/{assignment_id}", flash=mark("谢谢您的评价，派发人只看到汇总。"))

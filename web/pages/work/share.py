"""One share: what to do, why, by when, and doing it. Receiver and sender read the same page; each has its own buttons."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from core.drafts.actions import drop_draft, once, save_draft
from core.drafts.queries import draft_for
from core.files.queries import StoredFile
from core.files.rules import clean_name
from core.kernel.database import transaction
from core.kernel.errors import Invalid, filled, mark
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
)
from core.tasks.enums import Happened
from core.tasks.queries.assignments import Share, helpers_here, one_share
from core.tasks.rules import EvidenceWanted, receives, sends
from core.tasks.workflows import ASSIGNMENT, RECEIVER, SENDER
from web.answers import Answer, Request, Way, page, request_now, say, see_other
from web.forms import Form, FormModel, first, form_of, parse
from web.lists import list_behind
from web.pages.work.steps import steps_of
from web.pages.work.words import history_of, may_remind, remind_at, wanted_words
from web.routing import get_page, post_form
from web.wording import person_of

DRAFT = "assignment"
_NOT_SENT = mark("选好的文件还没有上传，成果没有提交。您写的内容已保留。")
_NOT_SENT_FILE = mark("“%(name)s”还没有上传：请重新选一次，先按“上传”，再提交成果。")


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
    *,
    errors: Invalid | None = None,
    form: Form | None = None,
    sent: str = "",
) -> Answer:
    """Draw the page. Where something is missing, ``sent`` names the form; none is the one that hands the result in."""
    now = request_now(request)
    async with transaction(scope):
        share = await one_share(scope, assignment)
        side = _side(scope, share)
        draft = await draft_for(scope, form=DRAFT, subject=str(assignment)) if side == RECEIVER else None
        helpers = (
            await helpers_here(scope, now=now)
            if side == RECEIVER and scope.may("core:assignment:allocate")
            else []
        )
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
        working=side == RECEIVER and row["state"] in {"in_hand", "returned"} and _is_mine(scope, row),
        state=ASSIGNMENT.by_state[row["state"]],
        steps=steps_of(request, share, now),
        wanted=(wanted := EvidenceWanted.of(row["evidence"])),
        wanted_words=wanted_words(request, wanted),
        remind_at=remind_at(row["state"], _last_reminder(share), now),
        may_remind=may_remind(row["state"], _last_reminder(share), now),
        **_open_files(share),
        handed=handed_so_far(row, share.files, text=text),
        results=results_of_share(share),
        attachments=share.attachments,
        text=text,
        draft_at=draft.saved_at if draft else None,
        helpers=_choices(request, helpers, row),
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


async def _handed_in(scope: Scope, assignment: UUID, text: str, now: datetime) -> None:
    await submit_assignment(scope, assignment=assignment, text=text, now=now)
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
    text = first(form, "text")[:10_000]
    try:
        _check_sent(form)
        await _once(
            request, scope, assignment_id, "submit", form,
            lambda: _handed_in(scope, assignment_id, text, request_now(request)),
        )  # fmt: skip
    except Invalid as error:
        return await show(request, scope, assignment_id, errors=error, form=form)
    return see_other(request, f"/assignments/{assignment_id}", flash=mark("成果已提交，等派发人评分。"))


def _check_sent(form: Form) -> None:
    """Refuse a form that names files it does not carry: chosen without scripts, and never sent up."""
    if name := next((given for given in form.get("file", ()) if given), ""):
        raise Invalid(_NOT_SENT, fields={"photos": filled(_NOT_SENT_FILE, name=clean_name(name))})


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
    if first(form, "text").strip():
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

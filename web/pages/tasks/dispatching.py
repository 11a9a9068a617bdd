"""Writing and sending a task: left the matter, right the receivers, one button 派发."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from pydantic import Field

from core.contracts.screening import Finding
from core.drafts.actions import drop_draft, once, save_draft
from core.drafts.queries import draft_for
from core.entry_lists.enums import Bearing
from core.entry_lists.queries import Item as ListItem
from core.entry_lists.queries import find_item
from core.files.actions import attach_files
from core.files.queries import files_of
from core.kernel.database import transaction
from core.kernel.errors import Invalid, ProductError, mark
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.scores.rules import ScoreRule
from core.tasks.actions.dispatching import Item, Order, dispatch_task
from core.tasks.actions.incoming import Handed, hand_in, item_for, screen_changed, wrong_in
from core.tasks.enums import Level, Mode
from core.tasks.forms import fields_of_form, wrong_form
from core.tasks.queries.assignments import one_share
from core.tasks.queries.forms import held_already
from core.tasks.queries.incoming import one_incoming
from core.tasks.queries.tasks import last_receivers, loads_of, offices_here
from core.tasks.queries.times import due_by_default, free_day
from core.tasks.rules import EvidenceWanted, can_be_due, wrong_points, wrong_receivers
from core.tenancy.queries.regions import codes_now
from core.tenancy.settings import settings_of
from web.answers import Answer, Request, page, request_now, say, say_n, say_reason, see_other
from web.filters import Formats
from web.forms import Form, FormModel, first, form_of, legible, parse, uuid_of, with_more
from web.pages.tasks.asking import SEEN, asked_of, fields_in, seen_mark
from web.pages.tasks.attachments import NAME, attached_of, with_attachments, wrong_attachments
from web.pages.tasks.kinds import kind_choices, with_kind, wrong_kind
from web.pages.tasks.merged import Together, merged_with
from web.pages.tasks.receivers import groups_of
from web.pages.work.judging import in_china
from web.pages.work.words import formats
from web.routing import get_page, post_form

DRAFT = "dispatch"
_READ_FIRST = mark("还没有派发：要村里填的内容里，有的已经能查到。请看“请村里填表”里的提示；仍要填，再点一次“派发”。")
_NO_POINTS = mark("清单里没有参考分，请填写分值。")


class DispatchForm(FormModel):
    """What the page sends. The receivers are checked again against the scope by the action."""

    title: Annotated[str, Field(min_length=1, max_length=120)]
    body: Annotated[str, Field(min_length=1, max_length=10_000)]
    points: Annotated[Decimal, Field(gt=0, le=100, decimal_places=2)] | None = None
    points_reason: Annotated[str, Field(max_length=200)] = ""
    due_at: datetime
    mode: Mode = Mode.NAMED
    places: Annotated[int, Field(ge=0, le=5000)] = 0
    regions: list[str] = Field(default_factory=list)
    offices: list[UUID] = Field(default_factory=list)
    need_text: bool = False
    photos: Annotated[int, Field(ge=0, le=50)] = 0
    files: Annotated[int, Field(ge=0, le=20)] = 0
    item_code: Annotated[str, Field(max_length=40)] = ""
    kind: Annotated[str, Field(max_length=80)] = ""
    emergency: bool = False
    emergency_reason: Annotated[str, Field(max_length=500)] = ""
    attachments: list[UUID] = Field(default_factory=list)
    incoming: UUID | None = None
    assignment: UUID | None = None


@get_page("/tasks/new", permission="core:task:dispatch")
async def dispatch_form(request: Request, scope: Scope) -> Answer:
    return await show(request, scope, None)


async def show(
    request: Request, scope: Scope, form: Form | None, *, errors: ProductError | None = None
) -> Answer:
    """Draw the page: as it was sent or left, else from an incoming task or a share to split, else empty."""
    now = request_now(request)
    incoming_id = uuid_of(first(form, "incoming") if form else request.query_params.get("incoming", ""))
    share_id = uuid_of(first(form, "assignment") if form else request.query_params.get("assignment", ""))
    async with transaction(scope):
        incoming = await one_incoming(scope, incoming_id) if incoming_id else None
        share = await one_share(scope, share_id) if share_id else None
        together = await merged_with(request, scope, incoming, now=now) if incoming is not None else Together()
        item = await _item_of(scope, incoming, share if form is None else None, now)
        loads = await loads_of(scope, now=now)
        offices = await offices_here(scope)
        last = await last_receivers(scope)
        draft = None if form else await draft_for(scope, form=DRAFT, subject=_subject(incoming_id, share_id))
        due = await due_by_default(scope, now=now)
        values = _values(draft.values if draft else form, incoming, share, item, now, together.due_at or due)
        if draft and values["regions"]:
            values["regions"] = await _still_here(scope, values["regions"], {load.region for load in loads})
        moment = _moment(values["due_at"])
        free = await free_day(scope, moment) if moment else None
        attached = await attached_of(request, scope, draft.values if draft else form)
        brought = await files_of(scope, subject=incoming_id) if incoming_id else []
        brought += together.files
        brought += share.attachments if share is not None else []
        sent = draft.values if draft else form
        fields = fields_in(sent) if sent is not None else fields_of_form(share.brief.get("form") if share else None)
        asked = await asked_of(request, scope, fields, now=now)
    return page(
        request,
        "tasks/dispatch.html",
        title=mark("派任务"),
        back="/",
        status=422 if errors else 200,
        errors=errors,
        form=form,
        values=values,
        incoming=incoming,
        together=together,
        verdict=_verdict(request, incoming),
        item=item,
        kinds=kind_choices(request, scope),
        groups=groups_of(request, loads),
        total=len(loads),
        offices=[(str(o["id"]), o["name"]) for o in offices if o["id"] != scope.office],
        last=last,
        count=len(values["regions"]) + len(values["offices"]),
        due_words=formats(request).moment(moment) if moment else values["due_at"],
        key=first(form, "_key") if form else str(new_id()),
        attached=attached,
        brought=brought,
        asked=asked,
        onward=with_attachments(_address(incoming_id, share_id), attached),
        draft_at=draft.saved_at if draft else None,
        free_day=free,
        level=scope.level,
    )


async def _item_of(scope: Scope, incoming: Any, split: Any, now: datetime) -> ListItem | None:
    """Give the entry that a matter was judged by, or the one that a share to split stands for below."""
    if incoming is not None:
        found = incoming["item_id"]
        return await find_item(scope, level=incoming["level"], at=now, item_id=found) if found is not None else None
    return await _same_code(scope, split.row["item_code"], now) if split is not None else None


async def _same_code(scope: Scope, code: str, now: datetime) -> ListItem | None:
    """Give the entry that a share's code means to those who receive its parts; their list need not have it."""
    item = await find_item(scope, level=level_below(scope), at=now, code=code) if code else None
    return item if item is not None and item.bearing is Bearing.ALLOWED else None


async def _still_here(scope: Scope, chosen: list[str], here: set[str]) -> list[str]:
    """Give the receivers that a draft chose by their codes of today, without those that are no more."""
    now = await codes_now(scope, chosen) if not here.issuperset(chosen) else {}
    return [code for code in dict.fromkeys(now.get(code, code) for code in chosen) if code in here]


def _subject(incoming: UUID | None, share: UUID | None) -> str:
    """Name the matter that a draft is about."""
    return str(incoming or share or "new")


def _address(incoming: UUID | None, share: UUID | None) -> str:
    """Give the page's own address: what is being sent, or split."""
    named = {"incoming": incoming, "assignment": share}
    query = urlencode({name: str(value) for name, value in named.items() if value})
    return f"/tasks/new?{query}" if query else "/tasks/new"


def _values(
    form: Form | None, incoming: Any, share: Any, item: Any, now: datetime, due_at: datetime
) -> dict[str, Any]:
    """Give what stands in the fields: what was sent, else what the matter brings, else a sensible beginning."""
    if form is not None:
        sent = {name: first(form, name) for name in DispatchForm.model_fields}
        many = {name: list(form.get(name, ())) for name in ("regions", "offices")}
        return {**sent, **many}
    wanted = item.evidence if item is not None else EvidenceWanted(text=True, photos=1)
    points = item.points if item is not None else 2 if incoming is not None else None
    values: dict[str, Any] = {
        "title": "", "body": "", "points": "" if points is None else Formats("zh").number(points), "points_reason": "",
        "due_at": due_at, "mode": "named", "places": 0, "regions": [], "offices": [],
        "need_text": wanted.text, "photos": wanted.photos, "files": wanted.files, "item_code": item.code if item else "", "kind": "",
        "emergency": False, "emergency_reason": "", "incoming": "", "assignment": "",
    }  # fmt: skip
    if incoming is not None:
        values |= {
            "title": incoming["title"], "body": incoming["body"], "incoming": incoming["id"],
            "emergency": incoming["emergency"], "assignment": incoming["assignment_id"] or "",
        }  # fmt: skip
    if share is not None:
        values |= {
            "title": share.row["title"], "body": share.brief.get("body", ""), "assignment": share.row["id"],
            "due_at": max(share.row["due_at"] - timedelta(days=1), now + timedelta(hours=4)),
        }  # fmt: skip
    return values


def _moment(value: datetime | str) -> datetime | None:
    """Read what stands in the field of the due time; None while it says nothing yet."""
    if isinstance(value, datetime):
        return value
    try:
        return in_china(datetime.fromisoformat(value))
    except ValueError:
        return None


def _verdict(request: Request, incoming: Any) -> dict[str, Any] | None:
    if incoming is None:
        return None
    findings = [Finding.of(each) for each in incoming["findings"]]
    deciding = [f for f in findings if f.verdict == incoming["verdict"]] or findings
    return {
        "result": incoming["verdict"],
        "item": f"{incoming['item_code']} {incoming['item_title']}".strip(),
        "reasons": list(
            dict.fromkeys(say_reason(request, reason) for f in deciding for reason in f.reasons)
        ),
    }


@post_form("/tasks/new", permission="core:task:dispatch")
async def dispatch(request: Request, scope: Scope) -> Answer:
    """Screen what was not screened yet, then send. Held or refused matters are kept as incoming tasks.

    Pressed twice it sends once: the form's key gives the same answer again.
    """
    form = await form_of(request)
    now = request_now(request)
    left_out = await wrong_attachments(request, scope, form)
    try:
        data = parse(DispatchForm, form, found={**wrong_form(fields_in(form)), **left_out})
        if await _can_be_read(scope, data, form, now=now):
            return see_other(request, _address(data.incoming, data.assignment), flash=_READ_FIRST, tone="notice")
        async with transaction(scope):
            done = await once(
                scope, key=first(form, "_key"), form="dispatch", request=form, now=now,
                run=lambda: _send(scope, data, form, now=now),
            )  # fmt: skip
    except Invalid as error:
        return await show(request, scope, form, errors=await _everything_wrong(request, scope, form, error))
    sent = done.result
    if not sent["sent"]:
        told = mark("还没有派发：这件事没有直接通过过筛，已存为来文，您写的内容都在。")
        return see_other(request, f"/incoming/{sent['id']}", flash=told, tone="notice")
    text = mark("已派发给 %(n)s 个单位。")
    if data.mode is Mode.OPEN:
        text = mark("已开放 %(n)s 个名额，各村可以领取。")
    told = say_n(request, text, sent["receivers"])
    if sent["free_day"]:
        day = formats(request).day(in_china(data.due_at))
        told += say(request, mark("请注意：截止的 %(day)s 是休息日。"), day=day)
    return see_other(request, f"/tasks/{sent['id']}", flash=told)


async def _can_be_read(scope: Scope, data: DispatchForm, form: Form, *, now: datetime) -> bool:
    """Stop a form that asks for what is held already, once: what was written is kept, and the page says where to read it."""
    fields = fields_in(form)
    if not fields:
        return False
    async with transaction(scope):
        seen = seen_mark(fields, await held_already(scope, fields, now=now))
        if stops := bool(seen) and first(form, SEEN) != seen:
            await save_draft(scope, form=DRAFT, subject=_subject(data.incoming, data.assignment), data=form, now=now)
    return stops


async def _everything_wrong(request: Request, scope: Scope, form: Form, error: Invalid) -> Invalid:
    """Add what the first fault kept from being looked for, in the same words as the actions have for it."""
    read, now = legible(DispatchForm, form), request_now(request)
    found = wrong_receivers(
        read.get("mode", Mode.NAMED), places=read.get("places", 0), regions=read["regions"], offices=read.get("offices", ())
    )
    found |= wrong_kind(scope, read.get("kind", ""))
    async with transaction(scope):
        wrong, item = await _matter_wrong(scope, read, now)
    if read.get("points") is not None:
        found |= wrong_points(read["points"], item.points if item else None, read.get("points_reason", ""))
    return with_more(error, {**wrong, **found})


async def _matter_wrong(
    scope: Scope, read: Mapping[str, Any], now: datetime
) -> tuple[dict[str, str], ListItem | None]:
    """Say what is wrong with the matter itself, and which entry it falls under as far as that can be told."""
    due = in_china(read["due_at"]) if "due_at" in read else None
    words = {"title": read.get("title", ""), "body": read.get("body", "")}
    if (incoming := read.get("incoming")) is not None:
        row = await one_incoming(scope, incoming)
        late = can_be_due(due, now) if due else None
        wrong = {"due_at": late} if late else {}
        try:
            await screen_changed(scope, incoming=incoming, **words, now=now)
        except Invalid as error:
            wrong |= error.fields
        found, level = row["item_id"], row["level"]
    else:
        level = level_below(scope)
        names = ("item_code", "emergency", "emergency_reason")
        handed = Handed(**words, level=level, due_at=due, **{name: read[name] for name in names if name in read})
        wrong = await wrong_in(scope, handed, now=now)
        item = await item_for(scope, handed, now=now) if all(words.values()) and "item_code" not in wrong else None
        found = item.id if item else None
    return wrong, await find_item(scope, level=level, at=now, item_id=found) if found else None


async def _send(scope: Scope, data: DispatchForm, form: Form, *, now: datetime) -> dict[str, Any]:
    """Give what came of it: the task, or the incoming task that it waits as. The draft has served its turn."""
    fields = fields_in(form)
    await drop_draft(scope, form=DRAFT, subject=_subject(data.incoming, data.assignment))
    incoming, passed = await _screened(scope, data, now=now)
    if not passed:
        if fields:
            await _keep_for(scope, incoming, form, now=now)
        return {"sent": False, "id": str(incoming)}
    rule = await settings_of(scope, ScoreRule, at=now)
    order = with_kind(scope, replace(await _order(scope, data, incoming, now=now), form=fields), data.kind)
    sent = await dispatch_task(scope, order, rule=rule.model_dump(mode="json"), now=now)
    free = await free_day(scope, order.due_at) is not None
    return {"sent": True, "id": str(sent.task), "receivers": sent.receivers, "free_day": free}


async def _keep_for(scope: Scope, incoming: UUID, form: Form, *, now: datetime) -> None:
    """Keep what was written for the matter that waits; its files are the matter's own by now."""
    kept: dict[str, Sequence[str]] = {name: values for name, values in form.items() if name != NAME}
    kept["incoming"] = [str(incoming)]
    await save_draft(scope, form=DRAFT, subject=_subject(incoming, None), data=kept, now=now)


async def _screened(scope: Scope, data: DispatchForm, *, now: datetime) -> tuple[UUID, bool]:
    if data.incoming is not None:
        await screen_changed(scope, incoming=data.incoming, title=data.title, body=data.body, now=now)
        return data.incoming, True
    received = await hand_in(
        scope,
        Handed(
            title=data.title, body=data.body, level=level_below(scope), due_at=in_china(data.due_at), item_code=data.item_code,
            emergency=data.emergency, emergency_reason=data.emergency_reason, assignment=data.assignment,
        ),
        now=now,
    )  # fmt: skip
    if received.state != "passed":
        await attach_files(scope, file_ids=data.attachments, subject=received.id, now=now)
    return received.id, received.state == "passed"


def level_below(scope: Scope) -> Level:
    """Give the list that a matter from here is held against: townships' from a county, villages' from a township."""
    return Level.TOWNSHIP if scope.level <= 3 else Level.VILLAGE  # noqa: PLR2004 - 3 is the county


async def _order(scope: Scope, data: DispatchForm, incoming: UUID, *, now: datetime) -> Order:
    row = await one_incoming(scope, incoming)
    found = None
    if row["item_id"] is not None:
        found = await find_item(scope, level=row["level"], at=now, item_id=row["item_id"])
    item = None
    if found is not None:
        item = Item(
            id=found.id, code=found.code, title=found.title, category=found.category, points=found.points,
            legal_basis=found.legal_basis, conditions=found.conditions, funding=found.funding,
            list_title=f"{found.list_title} {found.version}",
        )  # fmt: skip
    points = found.points if data.points is None and found is not None else data.points
    if points is None:
        raise Invalid(fields={"points": _NO_POINTS})
    return Order(
        title=data.title, body=data.body, points=points, points_reason=data.points_reason, due_at=in_china(data.due_at),
        level=Level(row["level"]), evidence=EvidenceWanted(text=data.need_text, photos=data.photos, files=data.files),
        mode=data.mode, regions=data.regions if data.mode is Mode.NAMED else (),
        offices=data.offices if data.mode is Mode.NAMED else (), places=data.places, incoming=incoming,
        parent_assignment=data.assignment or row["assignment_id"], attachments=data.attachments, item=item,
        emergency=row["emergency"],
    )  # fmt: skip

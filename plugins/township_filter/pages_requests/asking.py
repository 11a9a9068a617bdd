"""The forms: a department asks for a new item, a township for a change, and whoever must complete a request does so."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from core.api import (
    KIND_TITLES,
    LEVEL_TITLES,
    Conflict,
    Invalid,
    Item,
    NotFound,
    ProductError,
    Scope,
    draft_for,
    drop_draft,
    mark,
    new_id,
    once,
    one_incoming,
    transaction,
)
from plugins.township_filter.pages_requests.words import BASE, uuid_in
from plugins.township_filter.requests.actions.asking import (
    ask,
    check_asker,
    earliest_day,
    is_askers,
    resubmit,
)
from plugins.township_filter.requests.enums import WAY_HINTS, WAYS, RequestKind, Way
from plugins.township_filter.requests.queries import county_items, request_row
from plugins.township_filter.requests.rules import FIELDS, Asked, kinds_to_choose
from plugins.township_filter.requests.workflows import ASK, procedure_of
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
    uuid_of,
)

DRAFT: Final = "township_filter_request"
MOST_CHOICES: Final = 30
_MORE: Final = ("frequency", "why", "effective_on")


@get_page(f"{BASE}/new", permission=ASK)
async def admission_page(request: Request, scope: Scope, level: str = "", incoming: UUID | None = None) -> Answer:
    """Show the form for a new item, filled in from the matter that was refused."""
    check_asker(scope, RequestKind.ADMISSION)
    async with transaction(scope):
        values = await _from_matter(request, scope, incoming)
    chosen = level if level in LEVEL_TITLES else values.pop("level", "township")
    return await _form(request, scope, {**values, "level": chosen, "way": Way.ADD}, incoming=incoming)


async def _from_matter(request: Request, scope: Scope, incoming: UUID | None) -> dict[str, str]:
    if incoming is None:
        return {"department": scope.by_office}
    row = await one_incoming(scope, incoming)
    why = say(request, mark("来文“%(title)s”没有通过过筛，清单里没有对应的事项。"), title=row["title"])
    return {"title": row["title"], "department": row["sender_name"], "why": why, "level": row["level"]}


@post_form(f"{BASE}/new", permission=ASK)
async def admit(request: Request, scope: Scope) -> Answer:
    """Ask for the item and lead to the request. Pressed twice it is one request."""
    return await _send(request, scope, RequestKind.ADMISSION)


@get_page(f"{BASE}/adjust", permission=ASK)
async def adjustment_page(
    request: Request, scope: Scope, level: str = "", item: str = "", way: str = "", q: str = ""
) -> Answer:
    """Let a township choose an item of the county's list, then say what is to become of it."""
    check_asker(scope, RequestKind.ADJUSTMENT)
    chosen = level if level in LEVEL_TITLES else "township"
    async with transaction(scope):
        items = await county_items(scope, level=chosen, at=request_now(request))
    found = next((each for each in items if item and item in {str(each.id), each.code}), None)
    if found is None:
        return _choose(request, items, chosen, q.strip()[:100])
    kept = way if way in {Way.CHANGE, Way.MOVE, Way.DROP} else Way.CHANGE
    return await _form(request, scope, {**_as_it_is(found), "level": chosen, "way": kept, "item": found.code}, item=found)


@post_form(f"{BASE}/adjust", permission=ASK)
async def adjust(request: Request, scope: Scope) -> Answer:
    """Ask for the change and lead to the request."""
    return await _send(request, scope, RequestKind.ADJUSTMENT)


@get_page(f"{BASE}/{{request_id:uuid}}/edit", permission=ASK)
async def edit_page(request: Request, scope: Scope, request_id: UUID) -> Answer:
    """Show what was sent back, to be completed."""
    async with transaction(scope):
        row = await _returned(scope, request_id)
    return await _form(request, scope, _of_row(row), row=row)


@post_form(f"{BASE}/{{request_id:uuid}}/edit", permission=ASK)
async def edit(request: Request, scope: Scope, request_id: UUID) -> Answer:
    """Hand it in again."""
    form, now = await form_of(request), request_now(request)
    try:
        async with transaction(scope):
            row = await _returned(scope, request_id)
            asked = _asked(form, RequestKind(row["kind"]))
            await resubmit(scope, request=request_id, asked=asked, now=now)
            await drop_draft(scope, form=DRAFT, subject=str(request_id))
    except (Invalid, Conflict) as error:
        return await _form(request, scope, {**_sent(form), "level": row["level"], "way": row["way"]}, row=row, errors=error, form=form)
    return see_other(request, f"{BASE}/{request_id}", flash=mark("已重新提交，答复期限重新起算。"))


async def _returned(scope: Scope, request_id: UUID) -> Any:
    """Give a request that this post may complete now. Raises ``NotFound`` to others, ``Conflict`` in another state."""
    row = await request_row(scope, request_id)
    if not is_askers(scope, row):
        raise NotFound
    procedure_of(row["kind"]).target_of("resubmit", row["state"])
    return row


async def _send(request: Request, scope: Scope, kind: RequestKind) -> Answer:
    form, now = await form_of(request), request_now(request)
    try:
        asked = _asked(form, kind)

        async def run() -> dict[str, str]:
            await drop_draft(scope, form=DRAFT, subject=_subject(_sent(form), asked.incoming))
            return {"request": str(await ask(scope, asked=asked, now=now))}

        async with transaction(scope):
            done = await once(scope, key=first(form, "_key"), form=DRAFT, request=form, run=run, now=now)
    except (Invalid, Conflict) as error:
        return await _again(request, scope, form, error)
    return see_other(request, f"{BASE}/{done.result['request']}", flash=mark("申请已提交，办理情况会用消息告诉您。"))


async def _again(request: Request, scope: Scope, form: Form, error: ProductError) -> Answer:
    """Draw the form as it was sent, with its messages."""
    values = _sent(form)
    values["level"] = values["level"] if values["level"] in LEVEL_TITLES else "township"
    item = None
    async with transaction(scope):
        if values["way"] != Way.ADD:
            items = await county_items(scope, level=values["level"], at=request_now(request))
            item = next((each for each in items if values["item"] in {str(each.id), each.code}), None)
            if item is None:
                return _choose(request, items, values["level"], "", errors=error)
    values["way"] = values["way"] if values["way"] in set(Way) else Way.CHANGE
    return await _form(request, scope, values, item=item, incoming=uuid_of(values["incoming"]), errors=error, form=form)


def _choose(request: Request, items: list[Item], level: str, words: str, *, errors: ProductError | None = None) -> Answer:
    found = [each for each in items if not words or words in each.title or words.casefold() == each.code.casefold() or words in each.department]
    return page(
        request, "township_filter/request_choose.html", title=mark("申请调整事项"), back=BASE, **drawn(errors),
        rows=[{"code": each.code, "title": each.title, "kind": say(request, KIND_TITLES[each.kind]), "department": each.department} for each in found[:MOST_CHOICES]],
        total=len(found), words=words, level=level, levels=choices(request, LEVEL_TITLES), base=BASE,
    )  # fmt: skip


async def _form(
    request: Request, scope: Scope, values: dict[str, str], *, item: Item | None = None, incoming: UUID | None = None, row: Any = None,
    errors: ProductError | None = None, form: Form | None = None,
) -> Answer:  # fmt: skip
    now, way = request_now(request), values["way"]
    subject = str(row["id"]) if row is not None else _subject(values, incoming)
    async with transaction(scope):
        draft = await draft_for(scope, form=DRAFT, subject=subject) if errors is None else None
        earliest = await earliest_day(scope, now=now)
        known = await county_items(scope, level=values["level"], at=now)
    kept = {**dict.fromkeys((*FIELDS, *_MORE, "item"), ""), "effective_on": earliest.isoformat(), **values, **(draft.data if draft else {})}
    title = mark("申请新事项准入") if way == Way.ADD else mark("申请调整事项")
    return page(
        request, "township_filter/request_form.html", title=title, back=f"{BASE}/{row['id']}" if row is not None else BASE,
        **drawn(errors), form=form, values=kept, item=item, row=row, incoming=incoming, earliest=earliest,
        kinds=[(kind, say(request, KIND_TITLES[kind])) for kind in kinds_to_choose(values["level"], way)], way=way, level=values["level"],
        levels=choices(request, LEVEL_TITLES), ways=[(str(each), say(request, WAYS[each]), say(request, hint)) for each, hint in WAY_HINTS.items()],
        categories=list(dict.fromkeys(each.category for each in known if each.category))[:40], base=BASE, subject=subject,
        key=first(form, "_key") if form and first(form, "_key") else str(new_id()), draft_at=draft.saved_at if draft else None,
        draft_form=DRAFT,
    )  # fmt: skip


def _subject(values: dict[str, str], incoming: UUID | None) -> str:
    """Name what a draft is about: the matter, or the level, the way and the item."""
    return str(incoming) if incoming else ":".join((values["level"], values["way"], values.get("item", "")))[:100]


def _as_it_is(item: Item) -> dict[str, str]:
    return {name: str(getattr(item, name)) for name in FIELDS}


def _of_row(row: Any) -> dict[str, str]:
    told = {name: row[name] for name in ("level", "way", "frequency", "why")}
    return {**row["was"], **row["wanted"], **told, "item": row["item_code"], "effective_on": row["effective_on"].isoformat()}


def _sent(form: Form) -> dict[str, str]:
    return {name: first(form, name) for name in (*FIELDS, *_MORE, "level", "way", "item", "incoming")}


def _asked(form: Form, kind: RequestKind) -> Asked:
    sent = _sent(form)
    return Asked(
        kind=kind, way=str(Way.ADD) if kind is RequestKind.ADMISSION else sent["way"], level=sent["level"], why=sent["why"],
        effective_on=_day(sent["effective_on"]), wanted={name: sent[name] for name in FIELDS}, frequency=sent["frequency"],
        item=sent["item"], incoming=uuid_in(sent["incoming"], field="incoming"),
    )  # fmt: skip


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None

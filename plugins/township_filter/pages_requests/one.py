"""One request: where it stands, what was asked, what offices said, what the county decided; and what may be done now."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final
from uuid import UUID

from core.api import (
    LEVEL_TITLES,
    ListVersion,
    NotFound,
    ProductError,
    Scope,
    items_of,
    list_by_id,
    mark,
    offices_of,
    transaction,
)
from plugins.township_filter.pages_requests.words import (
    BASE,
    chart_of,
    clock_of,
    fields_of,
    history_of,
    opinions_shown,
    steps_of,
    turn_of,
    uuid_in,
)
from plugins.township_filter.requests.actions import asking, deciding, reviewing
from plugins.township_filter.requests.actions.drafting import draft_of
from plugins.township_filter.requests.actions.ways import ways_of
from plugins.township_filter.requests.enums import OPINIONS, WAYS, Opinion, RequestState, Way
from plugins.township_filter.requests.queries import (
    county_draft,
    county_items,
    events_of,
    has_asked,
    matter_of,
    offices_asked_last,
    opinions_of,
    request_row,
)
from plugins.township_filter.requests.rules import next_code
from plugins.township_filter.requests.workflows import ASK, DECIDE, OPINE, READ, procedure_of
from web.api import (
    Answer,
    Form,
    Request,
    Run,
    choices,
    deed,
    drawn,
    first,
    get_page,
    page,
    post_form,
    request_now,
    say,
    unsent_of,
)

_COUNTY_DIGITS: Final = 6


@get_page(f"{BASE}/{{request_id:uuid}}", permission=READ)
async def request_page(request: Request, scope: Scope, request_id: UUID) -> Answer:
    return await show(request, scope, request_id)


async def show(
    request: Request, scope: Scope, request_id: UUID, *, errors: ProductError | None = None, form: Form | None = None, sent: str = ""
) -> Answer:  # fmt: skip
    """Draw the page; ``sent`` names the form that was refused."""
    now = request_now(request)
    async with transaction(scope):
        row = await request_row(scope, request_id)
        opinions, events = await opinions_of(scope, row), await events_of(scope, row)
        own, matter = await has_asked(scope, row), await matter_of(scope, row)
        ways = ways_of(scope, row, opinions, own=own)
        outcome = await _outcome(scope, row, ways)
        offices, asked_last = await _to_ask(scope, row) if "review" in ways else ([], set())
        code = await _code(scope, row, request) if "approve" in ways and row["way"] == Way.ADD else ""
    state = procedure_of(row["kind"]).by_state[row["state"]]
    clock, clock_tone = clock_of(request, row, now)
    mine = next((each for each in opinions if each["round"] == row["round"] and each["office_id"] == scope.office), None)
    return page(
        request, "township_filter/request_one.html", title=mark("准入和调整申请"), back=BASE, **drawn(errors), form=form,
        sent_form=sent, unsent=unsent_of(errors, form, "text", "reason"), row=row, matter=matter, at=f"{BASE}/{row['id']}", base=BASE, state=say(request, state.title), state_tone=state.tone,
        clock=clock, clock_tone=clock_tone, steps=steps_of(request, row, now), turn=turn_of(request, row, opinions), ways=ways, own=own,
        way=say(request, WAYS[row["way"]]), level=say(request, LEVEL_TITLES[row["level"]]), fields=fields_of(request, row),
        opinions=opinions_shown(request, row, opinions, now), history=history_of(request, events), chart=chart_of(request, row),
        opinion_choices=[(name, title) for name, title in choices(request, OPINIONS) if name], mine=mine, code=code, offices=offices,
        asked_last=[str(each) for each in asked_last], **outcome,
    )  # fmt: skip


async def _outcome(scope: Scope, row: Any, ways: set[str]) -> dict[str, Any]:
    """Give the version that the request led to, as far as the reader may see it; ``carried``: it stands in a draft now."""
    told: dict[str, Any] = {"version": None, "carried": False, "decides": False}
    if row["state"] not in {RequestState.APPROVED, RequestState.LISTED}:
        return told
    told["decides"] = bool(ways & {"redraft", "refuse"})
    if told["decides"]:
        told["version"] = await draft_of(scope, row)
        told["carried"] = told["version"] is not None
    elif row["state"] == RequestState.LISTED:
        told["version"] = await _published(scope, row)
    return told


async def _published(scope: Scope, row: Any) -> ListVersion | None:
    try:
        return await list_by_id(scope, row["list_id"])
    except NotFound:
        return None


async def _to_ask(scope: Scope, row: Any) -> tuple[list[tuple[str, str]], set[UUID]]:
    offices = await offices_of(scope, row["region"][:_COUNTY_DIGITS])
    asked = await offices_asked_last(scope)
    return [(str(each.id), each.name) for each in offices if each.id != row["office_id"]], asked


async def _code(scope: Scope, row: Any, request: Request) -> str:
    """Propose a code that is free in the draft as well as in the list in force."""
    draft = await county_draft(scope, level=row["level"], region=scope.region)
    items = await items_of(scope, draft.id) if draft else await county_items(scope, level=row["level"], at=request_now(request))
    return next_code(items, row["wanted"]["kind"])


async def _deed(request: Request, scope: Scope, request_id: UUID, name: str, run: Run, told: str) -> Answer:
    again = partial(show, request, scope, request_id)
    return await deed(request, scope, run, again=again, name=name, onward=f"{BASE}/{request_id}", told=told)


async def _with_reason(
    request: Request, scope: Scope, request_id: UUID, name: str, act: Callable[..., Awaitable[None]], told: str
) -> Answer:
    """Do what takes nothing but the reason for it."""

    async def run(form: Form) -> None:
        await act(scope, request=request_id, reason=first(form, "reason"), now=request_now(request))

    return await _deed(request, scope, request_id, name, run, told)


@post_form(f"{BASE}/{{request_id:uuid}}/review", permission=DECIDE)
async def review(request: Request, scope: Scope, request_id: UUID) -> Answer:
    """Send it to the offices that were ticked."""

    async def run(form: Form) -> None:
        offices = [found for text in form.get("offices", []) if (found := uuid_in(text, field="offices"))]
        await reviewing.begin_review(scope, request=request_id, offices=offices, now=request_now(request))

    return await _deed(request, scope, request_id, "review", run, mark("已送有关部门会审。"))


@post_form(f"{BASE}/{{request_id:uuid}}/opinion", permission=OPINE)
async def opine(request: Request, scope: Scope, request_id: UUID) -> Answer:
    """Say what one's office thinks."""

    async def run(form: Form) -> None:
        opinion = first(form, "opinion")
        chosen = opinion if opinion in set(Opinion) else ""
        await reviewing.say_opinion(scope, request=request_id, opinion=chosen, text=first(form, "text"), now=request_now(request))

    return await _deed(request, scope, request_id, "opine", run, mark("会审意见已提交。"))


@post_form(f"{BASE}/{{request_id:uuid}}/conclude", permission=DECIDE)
async def conclude(request: Request, scope: Scope, request_id: UUID) -> Answer:
    """End the review although somebody has not answered."""
    return await _with_reason(request, scope, request_id, "conclude", reviewing.conclude_review, mark("会审已结束，可以决定了。"))


@post_form(f"{BASE}/{{request_id:uuid}}/approve", permission=DECIDE)
async def approve(request: Request, scope: Scope, request_id: UUID) -> Answer:
    """Agree and write it into the draft of the next version."""

    async def run(form: Form) -> None:
        await deciding.approve(
            scope, request=request_id, code=first(form, "code"), text=first(form, "text"), now=request_now(request)
        )

    return await _deed(request, scope, request_id, "approve", run, mark("已同意，改动写进了清单草稿。请核对差异后发布新版清单。"))


@post_form(f"{BASE}/{{request_id:uuid}}/refuse", permission=DECIDE)
async def refuse(request: Request, scope: Scope, request_id: UUID) -> Answer:
    """Refuse with the reason."""
    return await _with_reason(request, scope, request_id, "refuse", deciding.refuse, mark("已答复申请单位：不同意。"))


@post_form(f"{BASE}/{{request_id:uuid}}/return", permission=DECIDE)
async def send_back(request: Request, scope: Scope, request_id: UUID) -> Answer:
    """Send it back to be completed."""
    return await _with_reason(request, scope, request_id, "return", deciding.send_back, mark("已退回申请单位补正。"))


@post_form(f"{BASE}/{{request_id:uuid}}/withdraw", permission=ASK)
async def withdraw(request: Request, scope: Scope, request_id: UUID) -> Answer:
    """Take one's own request back."""
    return await _with_reason(request, scope, request_id, "withdraw", asking.withdraw, mark("申请已撤回。"))


@post_form(f"{BASE}/{{request_id:uuid}}/redraft", permission=DECIDE)
async def redraft(request: Request, scope: Scope, request_id: UUID) -> Answer:
    """Write it into the draft again."""

    async def run(_form: Form) -> None:
        await deciding.redraft(scope, request=request_id, now=request_now(request))

    return await _deed(request, scope, request_id, "redraft", run, mark("已重新写进清单草稿。请核对差异后发布新版清单。"))

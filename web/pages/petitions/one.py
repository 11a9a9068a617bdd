"""One petition: where it stands, who raised it (masked), what this post may do now."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.files.queries import StoredFile, files_of
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, ProductError, mark
from core.kernel.masking import masked_name, masked_phone
from core.kernel.scope import Scope, ancestors_of
from core.petitions.actions import handling, joining
from core.petitions.actions.handling import Desk, Raiser, raiser_of
from core.petitions.actions.moves import level_of
from core.petitions.enums import OPEN_STATES, Kind
from core.petitions.queries import Seen, is_about, joinable, one_petition
from core.petitions.rules import (
    COUNTY,
    TOWNSHIP,
    VILLAGE,
    PetitionSettings,
    handles,
    sees_supervision,
    stands_over,
)
from core.petitions.workflows import HANDLE, HANDLER, PETITION, PRESS, READ, REVEAL, ROUTE
from core.tenancy.queries.offices import grids_in, offices_in
from core.tenancy.queries.regions import regions_by_code
from core.tenancy.settings import settings_of
from web.answers import Answer, Request, page, request_now, see_other
from web.forms import Form, first, form_of
from web.pages.petitions.words import clock_of, history_of, kind_of, source_of, state_of, steps_of
from web.routing import get_page, post_form

_NOTE: Final = "note"


@get_page("/petitions/{petition_id:uuid}", permission=READ)
async def petition_page(request: Request, scope: Scope, petition_id: UUID) -> Answer:
    return await show(request, scope, petition_id)


async def show(
    request: Request, scope: Scope, petition: UUID, *, errors: ProductError | None = None, form: Form | None = None, sent: str = "",
    revealed: Raiser | None = None,
) -> Answer:  # fmt: skip
    """Draw the page; ``sent`` names the form that was refused, ``revealed`` shows name and phone once."""
    now = request_now(request)
    async with transaction(scope):
        seen = await one_petition(scope, petition)
        # Who complained is seen by the handlers alone, and masked; others who may see the matter learn nothing of it.
        raiser = revealed or (await raiser_of(scope, seen.row) if is_handler(scope, seen.row) else Raiser("", ""))
        files = await files_of(scope, subject=petition)
        acts = acts_of(scope, seen)
        desks = await _desks(scope, seen.row) if "transfer" in acts else []
        likes = await joinable(scope, seen.row) if "merge" in acts else []
        rule = await settings_of(scope, PetitionSettings, at=now, region=seen.row["region"])
        about = await is_about(scope, seen.row)
    row = seen.row
    (state, tone), (clock, clock_tone), (kind, kind_tone) = (
        state_of(request, row), clock_of(request, row, now), kind_of(request, row)
    )  # fmt: skip
    return page(
        request, "petitions/one.html", title=mark("群众反映"), back="/petitions", status=errors.status if errors else 200, errors=errors,
        form=form, sent_form=sent, unsent=unsent_of(form, there=sent in acts), handler=is_handler(scope, row), pressed=pressed_until(row, rule, now), rule=rule, row=row, about=about, state=state, state_tone=tone, clock=clock, clock_tone=clock_tone, kind=kind,
        kind_tone=kind_tone, source=source_of(request, row), steps=steps_of(request, row, now), acts=acts,
        raiser=raiser if revealed else Raiser(masked_name(raiser.name), masked_phone(raiser.phone) if raiser.phone else ""),
        revealed=revealed is not None, files=[_file(each) for each in files if each.is_kept], desks=desks, joined=seen.joined, main=seen.main,
        likes=[(str(each["id"]), f"{each['number']} {each['title']}") for each in likes], history=history_of(request, seen.events),
    )  # fmt: skip


def _file(file: StoredFile) -> dict[str, Any]:
    return {
        "id": file.id, "name": file.name, "size": file.size, "url": file.url, "thumb": file.thumb, "state": file.state, "remove": "",
        "refusal": "",
    }  # fmt: skip


def unsent_of(form: Form | None, *, there: bool) -> str:
    """Give what was written where its form is not there any more, because somebody was faster: nothing typed is lost."""
    if form is None or there:
        return ""
    return "\n".join(text for name in ("text", "reason", "public_title") if (text := first(form, name)))


def pressed_until(row: Any, rule: PetitionSettings, now: datetime) -> datetime | None:
    """Give when the desk may be reminded again; None where it may be now."""
    again = row["pressed_at"] + timedelta(hours=rule.remind_hours) if row["pressed_at"] else None
    return again if again and again > now else None


def is_handler(scope: Scope, row: Any) -> bool:
    """Tell whether a matter lies with this post and is its to handle."""
    if row["kind"] == Kind.SUPERVISION and not sees_supervision(scope):
        return False
    return handles(scope, row) and scope.may(HANDLE)


def acts_of(scope: Scope, seen: Seen) -> set[str]:
    """Name what this post may do now: with what lies on its own desk, and over the desks below."""
    row = seen.row
    own, over = is_handler(scope, row), stands_over(scope, row)
    ways = {way.name for way in PETITION.open_transitions(row["state"], scope.permissions, side=HANDLER)}
    if row["abused_at"] is None:
        ways.discard("clear")
    if scope.level > TOWNSHIP:  # a village never decides that somebody abuses the way to be heard
        ways -= {"abuse", "clear"}
    acts = ways if own else ways & {"abuse", "clear", "transfer"} if over else set()
    if own and row["state"] in OPEN_STATES:
        acts.add(_NOTE)
    if own and scope.may(REVEAL) and row["erased_at"] is None:
        acts.add("reveal")
    if over and row["state"] in OPEN_STATES and scope.may(PRESS):
        acts.add("press")
    return acts


async def _desks(scope: Scope, row: Any) -> list[tuple[str, str]]:
    """Give where it can go: the places on its path that may have it; grids and offices of the post's own place or above."""
    path = [*ancestors_of(row["region"]), row["region"]]
    places = [code for code in path if COUNTY <= level_of(code) <= row["floor"]]
    names = {each.code: each.short_name if each.level == VILLAGE else each.name for each in await regions_by_code(scope, places)}
    found = [(f"region:{code}", names[code]) for code in reversed(places) if code in names and code != row["desk"]]
    if row["kind"] == Kind.SUPERVISION:
        return found
    grids = [each for each in await grids_in(scope, region=row["region"]) if each.region in places and each.id != row["grid_id"]]
    found += [(f"grid:{grid.id}", f"{names[grid.region]} {grid.name}") for grid in grids]
    offices = [each for each in await offices_in(scope) if each.region in places and each.id != row["office_id"]]
    return found + [(f"office:{each.id}", f"{names[each.region]} {each.name}") for each in offices]


async def do(
    request: Request, scope: Scope, petition: UUID, name: str, run: Callable[[Form], Awaitable[str | None]], told: str = ""
) -> Answer:
    """Do one deed; ``run`` may say what is told of it."""
    form = await form_of(request)
    try:
        async with transaction(scope):
            told = await run(form) or told
    except (Invalid, Conflict, Forbidden) as error:  # the last where it went to another desk meanwhile
        return await show(request, scope, petition, errors=error, form=form, sent=name)
    return see_other(request, f"/petitions/{petition}", flash=told)


@post_form("/petitions/{petition_id:uuid}/accept", permission=HANDLE)
async def accept(request: Request, scope: Scope, petition_id: UUID) -> Answer:
    async def run(_form: Form) -> None:
        await handling.accept_petition(scope, petition=petition_id, now=request_now(request))

    return await do(request, scope, petition_id, "accept", run, mark("已受理，请按期答复。"))


@post_form("/petitions/{petition_id:uuid}/note", permission=HANDLE)
async def note(request: Request, scope: Scope, petition_id: UUID) -> Answer:
    async def run(form: Form) -> None:
        await handling.note_petition(scope, petition=petition_id, text=first(form, "text"), now=request_now(request))

    return await do(request, scope, petition_id, _NOTE, run, mark("已记下，反映人看不到。"))


@post_form("/petitions/{petition_id:uuid}/answer", permission=HANDLE)
async def answer(request: Request, scope: Scope, petition_id: UUID) -> Answer:
    async def run(form: Form) -> None:
        solved = first(form, "solved")
        if solved not in {"yes", "no"}:
            raise Invalid(fields={"solved": mark("请选择问题解决了没有。")})
        made = handling.Answer(first(form, "text"), solved == "yes", first(form, "public_title"))
        await handling.answer_petition(scope, petition=petition_id, answer=made, now=request_now(request))

    return await do(request, scope, petition_id, "answer", run, mark("已答复，等反映人评价。"))


@post_form("/petitions/{petition_id:uuid}/refuse", permission=HANDLE)
async def refuse(request: Request, scope: Scope, petition_id: UUID) -> Answer:
    async def run(form: Form) -> None:
        await handling.refuse_petition(scope, petition=petition_id, reason=first(form, "reason"), now=request_now(request))

    return await do(request, scope, petition_id, "refuse", run, mark("已记为不予受理，原因反映人看得到。"))


@post_form("/petitions/{petition_id:uuid}/transfer", permission=ROUTE)
async def transfer(request: Request, scope: Scope, petition_id: UUID) -> Answer:
    async def run(form: Form) -> str:
        to = await _chosen(scope, petition_id, first(form, "to"))
        anew = await handling.transfer_petition(
            scope, petition=petition_id, to=to, reason=first(form, "reason"), now=request_now(request)
        )
        return mark("已转办，办理期限重新计算。") if anew else mark("已转办，办理期限不变。")

    return await do(request, scope, petition_id, "transfer", run)


async def _chosen(scope: Scope, petition: UUID, value: str) -> Desk:
    """Read the choice of the list; only what the list offers can be chosen."""
    seen = await one_petition(scope, petition)
    if value not in {each for each, _ in await _desks(scope, seen.row)}:
        raise Invalid(fields={"to": mark("请从列表里选择。")})
    sort, _, name = value.partition(":")
    if sort == "region":
        return Desk(name)
    if sort == "grid":
        return Desk(seen.row["region"], grid=UUID(name))
    office = next(each for each in await offices_in(scope) if str(each.id) == name)
    return Desk(office.region, office=office.id)


@post_form("/petitions/{petition_id:uuid}/merge", permission=ROUTE)
async def merge(request: Request, scope: Scope, petition_id: UUID) -> Answer:
    async def run(form: Form) -> None:
        try:
            into = UUID(first(form, "into"))
        except ValueError:
            raise Invalid(fields={"into": mark("请从列表里选择。")}) from None
        await joining.merge_petition(scope, petition=petition_id, into=into, now=request_now(request))

    return await do(request, scope, petition_id, "merge", run, mark("已合并办理。合并错了可以取消。"))


@post_form("/petitions/{petition_id:uuid}/unmerge", permission=ROUTE)
async def unmerge(request: Request, scope: Scope, petition_id: UUID) -> Answer:
    async def run(_form: Form) -> None:
        await joining.unmerge_petition(scope, petition=petition_id, now=request_now(request))

    return await do(request, scope, petition_id, "unmerge", run, mark("已取消合并，单独办理。"))


@post_form("/petitions/{petition_id:uuid}/reveal", permission=REVEAL)
async def reveal(request: Request, scope: Scope, petition_id: UUID) -> Answer:
    """Show name and phone once, on this answer alone; it is never stored by browsers."""
    form = await form_of(request)
    try:
        async with transaction(scope):
            found = await handling.reveal_raiser(
                scope, petition=petition_id, reason=first(form, "reason"), now=request_now(request)
            )
    except (Invalid, Conflict, Forbidden) as error:
        return await show(request, scope, petition_id, errors=error, form=form, sent="reveal")
    return await show(request, scope, petition_id, revealed=found)

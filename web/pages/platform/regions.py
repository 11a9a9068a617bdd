"""Counties and cities that begin, end, or get another name or code: found, told by a form, looked at, then recorded."""

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from core.kernel.clock import local
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Invalid, NotFound, ProductError, mark
from core.kernel.scope import Scope
from core.people.sessions import Session
from core.tenancy.actions.national import change_nationally, plan_nationally, province_scope
from core.tenancy.actions.regions import Document, Wish
from core.tenancy.changes import Plan
from core.tenancy.enums import ChangeKind, Level
from core.tenancy.moving import count_following
from core.tenancy.national import BIG, KINDS
from core.tenancy.queries.regions import Region, changes_of, region_of, regions_by_code, search_nationwide
from web.api import (
    Answer,
    Form,
    FormModel,
    Request,
    first,
    form_of,
    get_page,
    page,
    parse,
    post_form,
    request_now,
    say,
    see_other,
)
from web.pages.platform.counties import operator_of
from web.pages.regions.words import KINDS as NAMES
from web.pages.regions.words import LEVELS

PERMISSION = "platform:county:open"
_Code = Annotated[str, Field(max_length=6, pattern=r"^\d*$")]


class BigChangeForm(FormModel):
    """What a document of the ministry or the province says."""

    document_number: Annotated[str, Field(min_length=1, max_length=60)]
    on_date: date
    note: Annotated[str, Field(max_length=300)] = ""
    name: Annotated[str, Field(max_length=60)] = ""
    code: _Code = ""
    successor: _Code = ""


@get_page("/platform/regions", permission=PERMISSION)
async def big_regions_page(request: Request, q: str = "") -> Answer:
    """Look for the province, city or county that a document is about."""
    operator_of(request)
    words = q.strip()[:30]
    levels = (Level.PROVINCE, Level.CITY, Level.COUNTY)
    found = await search_nationwide(words, levels=levels, limit=30) if words else []
    rows = [
        {"code": each.code, "name": each.name, "place": each.place or "", "level": say(request, LEVELS[each.level])}
        for each in found
    ]
    return page(request, "platform/regions.html", title=mark("全国区划变更"), back="/platform", q=words, rows=rows)


@get_page("/platform/regions/{county:str}", permission=PERMISSION)
async def big_region_page(request: Request, county: str) -> Answer:
    """Show one region with its documents, and what can be recorded for it."""
    scope = _scope(request, Wish(ChangeKind.OPEN, region=county))
    async with transaction(scope):
        region = await region_of(scope, county)
        changes = [each for each in await changes_of(scope, county) if county in each.codes or _is_big(each.codes)]
        names = await regions_by_code(scope, {each for change in changes for each in change.codes if len(each) <= len("330503")})
    known = {each.code: each.name for each in names}
    documents = [
        {
            "kind": say(request, NAMES[each.kind]),
            "on": each.on_date,
            "number": each.document_number,
            "names": [known.get(one, one) for one in each.codes if len(one) == min(map(len, each.codes))],
            "more": 0,
            "note": each.note,
            "by": each.by_name,
            "moved": each.moved_at is not None,
        }
        for each in changes
    ]
    return page(
        request, "platform/region.html", title=region.name, back="/platform/regions", region=region,
        level=say(request, LEVELS[region.level]), documents=documents,
        ways=[(kind.value, NAMES[kind]) for kind in _kinds(region)],
    )  # fmt: skip


def _is_big(codes: Any) -> bool:
    return any(len(code) <= len("330503") for code in codes)


def _kinds(region: Region) -> list[ChangeKind]:
    """Give what can be recorded here: below a province or city something begins, a city or county itself is changed."""
    if region.closed is not None:
        return []
    opens = [ChangeKind.OPEN] if region.level in (Level.PROVINCE, Level.CITY) else []
    return opens + [kind for kind in KINDS if kind is not ChangeKind.OPEN and region.level in BIG]


def _scope(request: Request, wish: Wish) -> Scope:
    return province_scope(wish, by_name=operator_of(request).person_name)


@get_page("/platform/regions/{county:str}/{kind:str}", permission=PERMISSION)
async def big_change_form(request: Request, county: str, kind: str) -> Answer:
    """Ask what the document says."""
    return await _ask(request, _wish(county, kind, None), None)


@post_form("/platform/regions/{county:str}/{kind:str}", permission=PERMISSION)
async def big_change_now(request: Request, county: str, kind: str) -> Answer:
    """Show what will happen; with the second button do it."""
    form, now = await form_of(request), request_now(request)
    if first(form, "step") == "back":
        return await _ask(request, _wish(county, kind, None), form)
    try:
        data = parse(BigChangeForm, form)
        wish = _wish(county, kind, data)
        scope = _scope(request, wish)
        async with transaction(scope):
            if first(form, "step") == "do":
                await _do(operator_of(request), scope, wish, data, now=now)
            else:
                plan = await plan_nationally(scope, wish)
                following = await count_following(scope, [old for old, _ in plan.moves])
    except (Invalid, Conflict) as error:
        return await _ask(request, _wish(county, kind, None), form, error)
    if first(form, "step") == "do":
        target = wish.code if wish.kind is ChangeKind.RECODE else county
        told = mark("已登记并生效。要转移的记录正在转移，完成前请不要再登记同一地区的变更。")
        return see_other(request, f"/platform/regions/{target}", flash=told)
    return await _look(request, wish, plan, following, form)


async def _do(session: Session, scope: Scope, wish: Wish, data: BigChangeForm, *, now: Any) -> None:
    document = Document(data.document_number, data.on_date, data.note)
    await change_nationally(scope, session.token_hash, wish, document, now=now)


def _wish(code: str, kind: str, data: BigChangeForm | None) -> Wish:
    if kind not in {each.value for each in KINDS}:
        raise NotFound
    if data is None:
        return Wish(ChangeKind(kind), region=code)
    return Wish(ChangeKind(kind), region=code, name=data.name, code=data.code, successor=data.successor)


async def _target(request: Request, wish: Wish) -> Region:
    scope = _scope(request, wish)
    async with transaction(scope):
        region = await region_of(scope, wish.region)
    if wish.kind not in _kinds(region):
        raise NotFound
    return region


async def _ask(
    request: Request, wish: Wish, form: Form | None, error: ProductError | None = None
) -> Answer:
    region = await _target(request, wish)
    return page(
        request, "platform/region_change.html", title=mark("登记区划变更"), back=f"/platform/regions/{region.code}",
        status=error.status if error else 200, errors=error, form=form or {}, region=region, kind=wish.kind.value,
        kind_title=say(request, NAMES[wish.kind]), today=local(request_now(request)).date(),
        digits=len(region.code) + (2 if wish.kind is ChangeKind.OPEN else 0),
    )  # fmt: skip


async def _look(request: Request, wish: Wish, plan: Plan, following: Any, form: Form) -> Answer:
    region = await _target(request, wish)
    hidden = [(n, v) for n, values in form.items() for v in values if n not in {"step", "csrf_token"}]
    sizes = {level: sum(len(old) == size for old, _ in plan.moves) for level, size in ((4, 9), (5, 12))}
    return page(
        request, "platform/region_look.html", title=mark("核对区划变更"), back=f"/platform/regions/{region.code}", region=region,
        kind=wish.kind.value, kind_title=say(request, NAMES[wish.kind]), hidden=hidden, plan=plan, first=next(iter(plan.moves), None),
        number=first(form, "document_number"), on=date.fromisoformat(first(form, "on_date")),
        townships=sizes[4], villages=sizes[5], rows=sum(following.values()),
    )  # fmt: skip

"""Changing regions: a form a kind, a look at what will happen, then the deed. Works without scripts."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Final

from pydantic import Field

from core.kernel.clock import local
from core.kernel.database import transaction
from core.kernel.errors import Invalid, NotFound, mark
from core.kernel.scope import Scope
from core.tenancy.actions.regions import EDIT, Document, Wish, change_regions, preview_change
from core.tenancy.changes import Part, Plan, too_few
from core.tenancy.enums import ChangeKind, Level
from core.tenancy.queries.regions import Region, children_of, region_of, regions_by_code
from core.tenancy.rules import parent_of
from web.answers import say_n
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
from web.pages.regions.words import CARRIED, FOLLOWING, OTHER_SORT, SORTS, WAYS

_Name = Annotated[str, Field(max_length=60)]
# What stands in a choice that is no region: the forms ask for one, so it has a word of its own.
_NO_REGION: Final = frozenset({"new", "none"})
_AT_PARENT: Final = frozenset({ChangeKind.OPEN, ChangeKind.MERGE})


class ChangeForm(FormModel):
    """What the forms send; which fields there are depends on the kind."""

    document_number: Annotated[str, Field(min_length=1, max_length=60)]
    on_date: date
    note: Annotated[str, Field(max_length=300)] = ""
    name: _Name = ""
    code: Annotated[str, Field(max_length=12)] = ""
    successor: str = ""
    sources: list[str] = Field(default_factory=list)
    part_1: _Name = ""
    part_2: _Name = ""
    below_1: list[str] = Field(default_factory=list)
    below_2: list[str] = Field(default_factory=list)
    close: bool = False


@get_page("/regions/{code:str}/change/{kind:str}", permission=EDIT)
async def change_form(request: Request, scope: Scope, code: str, kind: str) -> Answer:
    """Ask what the document says."""
    return await _ask(request, scope, code, _kind(kind))


@post_form("/regions/{code:str}/change/{kind:str}", permission=EDIT)
async def change_now(request: Request, scope: Scope, code: str, kind: str) -> Answer:
    """Show what will happen; with the second button do it."""
    chosen, form, now = _kind(kind), await form_of(request), request_now(request)
    if first(form, "step") == "back":
        return await _ask(request, scope, code, chosen, form=form)
    try:
        data = _read(chosen, form)
        wish = _wish(chosen, code, data)
        async with transaction(scope):
            if first(form, "step") == "do":
                document = Document(data.document_number, data.on_date, data.note)
                await change_regions(scope, wish, document, now=now)
            else:
                plan, following = await preview_change(scope, wish)
                names = await _names(scope, plan)
    except Invalid as error:
        return await _ask(request, scope, code, chosen, form=form, error=error)
    if first(form, "step") == "do":
        back = parent_of(code) if chosen is ChangeKind.CLOSE else code
        return see_other(
            request,
            f"/regions/{back}" if scope.covers(back) else "/regions",
            flash=mark("已生效。在办的工作正在转到承接单位，几秒后完成。"),
        )
    return await _look(request, scope, code, chosen, plan=plan, following=following, names=names, form=form)


def _kind(text: str) -> ChangeKind:
    if text not in WAYS:
        raise NotFound
    return ChangeKind(text)


def _read(kind: ChangeKind, form: Form) -> ChangeForm:
    """Check the form. Raises ``Invalid`` with everything that is missing at once, what was ticked first."""
    problems: dict[str, str] = {}
    new = kind is ChangeKind.OPEN
    if kind is ChangeKind.MERGE:
        into = first(form, "successor")
        new = into in {"", *_NO_REGION}
        if few := too_few([*form.get("sources", ())], "" if new else into):
            problems["sources"] = few
    if (new or kind is ChangeKind.RENAME) and not first(form, "name").strip():
        problems["name"] = mark("请写名称。")
    if kind is ChangeKind.SPLIT and not first(form, "part_1").strip():
        problems["parts"] = mark("请写明拆分出的单位。")
    try:
        data = parse(ChangeForm, form)
    except Invalid as error:
        raise Invalid(fields={**problems, **error.fields}) from error
    if problems:
        raise Invalid(fields=problems)
    return data


def _wish(kind: ChangeKind, code: str, data: ChangeForm) -> Wish:
    parts = [
        Part(name, below)
        for name, below in ((data.part_1, data.below_1), (data.part_2, data.below_2))
        if name
    ]
    successor = "" if data.successor in _NO_REGION else data.successor
    return Wish(
        kind, region=code, name=data.name, code=data.code, successor=successor, sources=data.sources, parts=parts,
        close=data.close,
    )  # fmt: skip


async def _ask(
    request: Request,
    scope: Scope,
    code: str,
    kind: ChangeKind,
    *,
    form: Form | None = None,
    error: Invalid | None = None,
) -> Answer:
    async with transaction(scope):
        region = await _target(scope, code, kind)
        above = parent_of(code)
        beside = await children_of(scope, above) if scope.covers(above) else []
        below = await children_of(scope, code)
    return page(
        request, "regions/change.html", title=mark("区划变更"), back=f"/regions/{code}", status=422 if error else 200,
        errors=error, form=form, region=region, kind=kind.value, kind_title=say(request, WAYS[kind]),
        siblings=[(r.code, r.name) for r in beside if r.code != code], below=[(r.code, r.name) for r in below],
        groups=_groups(request, below), today=local(request_now(request)).date(),
        village=region.level == Level.VILLAGE, of_villages=region.level >= Level.TOWNSHIP,
    )  # fmt: skip


def _groups(request: Request, below: Sequence[Region]) -> list[dict[str, Any]]:
    """Put what can be ticked in groups of a kind, each under its word, in the order of the codes."""
    groups: dict[str, list[dict[str, str]]] = {}
    for region in below:
        kind = next((kind for endings, kind in SORTS if region.name.endswith(endings)), OTHER_SORT)
        groups.setdefault(kind, []).append({"id": region.code, "name": region.short_name})
    return [{"title": say(request, kind), "rows": rows} for kind, rows in groups.items()]


async def _target(scope: Scope, code: str, kind: ChangeKind) -> Region:
    """Give the region a form is about; what the post may not change with this kind is not found."""
    region = await region_of(scope, code)
    inside = scope.covers(code) and (kind in _AT_PARENT or len(code) > len(scope.region))
    fits = (
        Level.COUNTY <= region.level < Level.VILLAGE if kind in _AT_PARENT else region.level >= Level.TOWNSHIP
    )
    if not inside or not fits:
        raise NotFound
    return region


async def _names(scope: Scope, plan: Plan) -> dict[str, str]:
    known = {region.code: region.name for region in await regions_by_code(scope, plan.touched)}
    return {**known, **{new.code: new.name for new in plan.opened}}


async def _look(
    request: Request,
    scope: Scope,
    code: str,
    kind: ChangeKind,
    *,
    plan: Plan,
    following: Mapping[str, int],
    names: Mapping[str, str],
    form: Form,
) -> Answer:
    async with transaction(scope):
        region = await _target(scope, code, kind)
    lines, below = _table(plan, names)
    hidden = [
        (name, value)
        for name, values in form.items()
        for value in values
        if name not in {"step", "csrf_token"}
    ]
    return page(
        request, "regions/look.html", title=mark("核对区划变更"), back=f"/regions/{code}", region=region,
        kind=kind.value, kind_title=say(request, WAYS[kind]), hidden=hidden,
        lines=lines, below=below, number=first(form, "document_number"), on=date.fromisoformat(first(form, "on_date")),
        following=[(say(request, FOLLOWING[name]), n) for name, n in following.items() if n and name in FOLLOWING],
        carried=[say_n(request, CARRIED[name], n) for name, n in following.items() if n and name in CARRIED],
    )  # fmt: skip


def _table(plan: Plan, names: Mapping[str, str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Part the rows: those the document speaks of, and those below that only go along."""
    lines = _lines(plan, names)
    shortest = min((len(line["code"]) for line in lines), default=0)
    main = [line for line in lines if len(line["code"]) == shortest]
    return main, [line for line in lines if len(line["code"]) > shortest]


def _lines(plan: Plan, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Give one row a region: what becomes of it."""
    rows: list[dict[str, Any]] = [
        {
            "code": new.code,
            "name": names.get(new.code, ""),
            "becomes": "renamed",
            "to": new.name,
            "to_code": new.code,
        }
        for new in plan.renamed
    ]
    rows += [
        {
            "code": code,
            "name": names.get(code, ""),
            "becomes": "closed",
            "to": names.get(to, ""),
            "to_code": to,
        }
        for code, to in plan.closed.items()
    ]
    came = {new for _, new in plan.moves}
    rows += [
        {"code": new.code, "name": new.name, "becomes": "opened", "to": "", "to_code": ""}
        for new in plan.opened
        if new.code not in came or new.code not in plan.closed.values()
    ]
    return rows

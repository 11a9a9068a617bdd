"""What the filter learned from people (过筛学到的结论): looked through, undone one by one; and putting a verdict right."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from core.api import (
    BEARINGS,
    LEVEL_TITLES,
    Bearing,
    Conflict,
    Invalid,
    Item,
    ProductError,
    Scope,
    items_in_force,
    mark,
    one_incoming,
    transaction,
)
from plugins.township_filter.learning.actions import NO_ITEM, correct_matter, undo_learned
from plugins.township_filter.learning.enums import SOURCES
from plugins.township_filter.learning.queries import (
    CORRECT,
    READ,
    UNDO,
    LearnedFilter,
    learned_list,
    learned_of,
)
from plugins.township_filter.paging import page_in, pager_of
from web.api import (
    Answer,
    Form,
    MenuEntry,
    Request,
    Routes,
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
)

BASE: Final = "/township_filter/learned"
MOST_CHOICES: Final = 20
_SHOWS: Final = {"undone": mark("已撤销"), "all": mark("全部")}


@get_page(BASE, permission=READ)
async def learned_page(
    request: Request, scope: Scope, q: str = "", source: str = "", level: str = "", show: str = "", page_number: int = 1
) -> Answer:
    """List what was learned and is used, the latest first."""
    wanted = LearnedFilter(q.strip()[:100], source, level, show, page=page_in(page_number))
    return await _list(request, scope, wanted)


async def _list(
    request: Request, scope: Scope, wanted: LearnedFilter, *, errors: ProductError | None = None, form: Form | None = None, sent: str = ""
) -> Answer:  # fmt: skip
    async with transaction(scope):
        rows, found, named = await learned_list(scope, wanted)
    return page(
        request, "township_filter/learned.html", title=mark("过筛学到的结论"), **drawn(errors), form=form,
        sent_form=sent, rows=[_row(request, scope, row) for row in rows], found=found, named=named, wanted=wanted, base=BASE,
        sources=choices(request, SOURCES), levels=choices(request, LEVEL_TITLES), shows=choices(request, _SHOWS), query=wanted.query,
        pager=pager_of(wanted, BASE, shown=len(rows), total=found),
    )  # fmt: skip


@post_form(BASE + "/{learned_id:uuid}/undo", permission=UNDO)
async def undo(request: Request, scope: Scope, learned_id: UUID) -> Answer:
    """Undo one, with the reason."""
    form = await form_of(request)
    wanted = _wanted(request)
    try:
        async with transaction(scope):
            await undo_learned(scope, learned=learned_id, reason=first(form, "reason"), now=request_now(request))
    except (Invalid, Conflict) as error:
        return await _list(request, scope, wanted, errors=error, form=form, sent=f"undo-{learned_id}")
    return see_other(request, f"{BASE}?{wanted.query}" if wanted.query else BASE, flash=mark("已撤销，过筛从现在起不再照它。"))


@get_page("/township_filter/matters/{incoming_id:uuid}/correct", permission=CORRECT)
async def correct_page(request: Request, scope: Scope, incoming_id: UUID, q: str = "") -> Answer:
    """Ask what a matter really is."""
    return await _correct(request, scope, incoming_id, q.strip()[:100])


@post_form("/township_filter/matters/{incoming_id:uuid}/correct", permission=CORRECT)
async def correct(request: Request, scope: Scope, incoming_id: UUID) -> Answer:
    """Put the verdict right for matters like this one."""
    form = await form_of(request)
    try:
        async with transaction(scope):
            await correct_matter(
                scope, incoming=incoming_id, code=first(form, "code"), reason=first(form, "reason"), now=request_now(request)
            )
    except (Invalid, Conflict) as error:
        return await _correct(request, scope, incoming_id, first(form, "q")[:100], errors=error, form=form)
    return see_other(request, f"/incoming/{incoming_id}", flash=mark("已记下。以后类似的来文按这个归类过筛。"))


async def _correct(
    request: Request, scope: Scope, incoming: UUID, words: str, *, errors: ProductError | None = None, form: Form | None = None
) -> Answer:
    async with transaction(scope):
        row = await one_incoming(scope, incoming)
        items = await items_in_force(scope, level=row["level"], at=request_now(request), region=row["region"])
        known = await learned_of(scope, incoming)
    found = [each for each in items if words in each.title or words.casefold() == each.code.casefold()] if words else _nearest(row, items, first(form, "code") if form else "")
    usual = [(each.code, f"{each.code} {each.title}{_forbidden(request, each)}") for each in found[:MOST_CHOICES]]
    return page(
        request, "township_filter/correct.html", title=mark("改正归类"), back=f"/incoming/{incoming}", **drawn(errors), form=form, row=row, known=known, words=words, total=len(found), most=MOST_CHOICES, near=not words and len(found) < len(items),
        choices=[*usual, (NO_ITEM, say(request, mark("不属于清单里任何事项")))],
    )  # fmt: skip


def _nearest(row: Any, items: Sequence[Item], sent: str) -> list[Item]:
    """Give the items that came near when it was screened, in that order, and the one that was sent; the first of the list where none did."""
    shown = [each["code"] for finding in row["findings"] for each in finding["candidates"]]
    of_code = {each.code: each for each in items}
    return [of_code[code] for code in dict.fromkeys([*shown, sent]) if code in of_code] or list(items)


def _forbidden(request: Request, item: Item) -> str:
    return f" · {say(request, mark('不能派发'))}" if BEARINGS.get(item.kind) is Bearing.FORBIDDEN else ""


def _row(request: Request, scope: Scope, row: Any) -> dict[str, Any]:
    return {
        "id": row["id"], "title": row["title"], "code": row["code"], "item": row["item_title"], "source": say(request, SOURCES[row["source"]]),
        "level": say(request, LEVEL_TITLES[row["level"]]), "sender": row["sender_name"], "at": row["learned_at"], "by": row["by_name"],
        "reason": row["reason"], "incoming": row["incoming_id"], "undone_at": row["undone_at"], "undone_by": row["undone_by_name"],
        "undo_reason": row["undo_reason"], "may_undo": row["undone_at"] is None and scope.may(UNDO) and scope.covers(row["region"]),
    }  # fmt: skip


def _wanted(request: Request) -> LearnedFilter:
    text, source, level, show = (str(request.query_params.get(name, ""))[:100] for name in ("q", "source", "level", "show"))
    return LearnedFilter(text, source, level, show)


ROUTES: Final = Routes((learned_page, undo, correct_page, correct))
MENU: Final = MenuEntry("tasks", mark("过筛学到的结论"), BASE, READ, icon="history", order=62)

"""The county's ledger of senders (来文单位台账), the same as a sheet, and the page of one sender."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.api import (
    FEWEST_RATINGS,
    LEVEL_TITLES,
    MEDIA_TYPES,
    Invalid,
    Reason,
    Scope,
    local,
    mark,
    settings_of,
    transaction,
    write_sheet,
)
from plugins.township_filter.paging import PAGE_SIZE, Narrowed, page_in, pager_of
from plugins.township_filter.queries import DECIDE, READ
from plugins.township_filter.senders.pages.words import (
    SIGNS,
    quarter_choices,
    quota_row,
    row_of,
)
from plugins.township_filter.senders.queries.emergencies import reviews_waiting
from plugins.township_filter.senders.queries.figures import (
    Figures,
    Wanted,
    figures_of,
    one_sender,
    own_sender,
    senders_with_figures,
)
from plugins.township_filter.senders.queries.names import QUOTA, SENDERS
from plugins.township_filter.senders.queries.quotas import Place, holds_here, overrides_of, quotas_used
from plugins.township_filter.senders.queries.refusals import refusals_of
from plugins.township_filter.senders.queries.signs import signs_of_sender
from plugins.township_filter.senders.rules import quarter_named
from plugins.township_filter.settings import FilterSettings
from web.api import Answer, Form, MenuEntry, Request, choices, get_page, page, request_now, say, say_reason

LIST: Final = "/township_filter/senders"
OWN: Final = f"{LIST}/own"
_PLACES: Final[Mapping[str, str]] = {"county": mark("县级部门"), "township": mark("乡镇")}
_DIGITS: Final = {"county": 3, "township": 4}
_SHOWS: Final[Mapping[str, str]] = {
    "refused": mark("有驳回的"),
    "emergencies": mark("紧急占比超限的"),
    "overdue": mark("有逾期未审查的"),
    "signs": mark("有反弹迹象的"),
}
_HEADINGS: Final = (
    mark("来文单位"), mark("来文"), mark("通过"), mark("驳回"), mark("待审定"), mark("归并"), mark("撤回"), mark("紧急"), mark("紧急占比"), mark("逾期审查"),
    mark("逾期未审查"), mark("收回事项换名"), mark("要求配合"), mark("带考核要求"), mark("评价"), mark("清楚"), mark("时间"), mark("必要"),
    mark("办理用时（小时）"), mark("分类纠偏"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked(Narrowed):
    """What the ledger was asked for, as it stands in the address."""

    quarter: str = ""
    place: str = ""
    show: str = ""
    text: str = ""


async def _found(scope: Scope, asked: Asked, now: datetime) -> tuple[list[Figures], FilterSettings]:
    settings = await settings_of(scope, FilterSettings, at=now)
    wanted = _wanted(asked.quarter, settings, now)
    place = _DIGITS.get(asked.place, 0)
    rows = await senders_with_figures(
        scope, Wanted(wanted.quarter, now, settings.rebound_percent, asked.text, place)
    )
    return [each for each in rows if _matches(each, asked.show, settings)], settings


def _wanted(quarter: str, settings: FilterSettings, now: datetime) -> Wanted:
    return Wanted(quarter_named(quarter, now), now, settings.rebound_percent)


def _matches(each: Figures, show: str, settings: FilterSettings) -> bool:
    tests: dict[str, Callable[[], bool]] = {
        "refused": lambda: each.refused > 0,
        "emergencies": lambda: each.share is not None and each.share > settings.emergency_share,
        "overdue": lambda: each.overdue > 0,
        "signs": lambda: each.signs_in_all > 0,
    }
    return tests[show]() if show in tests else True


@get_page(LIST, permission=SENDERS)
async def ledger_page(
    request: Request, scope: Scope, quarter: str = "", place: str = "", show: str = "", q: str = "", page_number: int = 1
) -> Answer:
    """Show every sender with its figures of a quarter; filters stay in the address."""
    asked, now = Asked(quarter, place, show, q.strip()[:60], page=page_in(page_number)), request_now(request)
    async with transaction(scope):
        found, settings = await _found(scope, asked, now)
        _, _, waiting = await holds_here(scope, state="waiting", size=1)
    shown = found[asked.offset : asked.offset + PAGE_SIZE]
    return page(
        request, "township_filter/senders/list.html", title=mark("来文单位台账"),
        rows=[row_of(each, limit=settings.emergency_share) for each in shown], total=len(found), asked=asked,
        quarter=quarter_named(quarter, now).name, quarters=quarter_choices(now), places=choices(request, _PLACES), shows=choices(request, _SHOWS),
        sums=_sums(found), waiting=waiting, may_review=scope.may(DECIDE),
        query=asked.query, show_places=scope.level <= _DIGITS["county"],
        pager=pager_of(asked, LIST, shown=len(shown), total=len(found)),
    )  # fmt: skip


def _sums(found: list[Figures]) -> dict[str, int]:
    return {
        "received": sum(each.received for each in found), "refused": sum(each.refused for each in found),
        "merged": sum(each.merged for each in found), "emergencies": sum(each.emergencies for each in found),
        "overdue": sum(each.overdue for each in found),
    }  # fmt: skip


@get_page(f"{LIST}/export.xlsx", permission=SENDERS)
async def export_page(
    request: Request, scope: Scope, quarter: str = "", place: str = "", show: str = "", q: str = ""
) -> Answer:
    """Answer with an XLSX of all senders that the filters leave."""
    asked, now = Asked(quarter, place, show, q.strip()[:60]), request_now(request)
    async with transaction(scope):
        found, _ = await _found(scope, asked, now)
    headings = [say(request, heading) for heading in _HEADINGS]
    title = f"{say(request, mark('来文单位台账'))} {quarter_named(quarter, now).name}"
    body = await asyncio.to_thread(write_sheet, "xlsx", headings, [_cells(each) for each in found], title=title)
    name = f"senders-{scope.region}-{quarter_named(quarter, now).name}-{local(now):%Y%m%d}.xlsx"
    return Answer(body, media_type=MEDIA_TYPES["xlsx"], headers={"content-disposition": f'attachment; filename="{name}"'})


def _cells(each: Figures) -> tuple[Any, ...]:
    return (
        each.sender.name, each.received, each.passed, each.refused, each.held, each.merged, each.withdrawn,
        each.emergencies, "" if each.share is None else f"{each.share}%", each.late, each.overdue,
        *(each.signs.get(kind, 0) for kind in ("withdrawn", "cooperation", "appraisal")), each.ratings or "",
        *("" if value is None else round(value, 1) for value in (each.clarity, each.time_given, each.need)),
        "" if each.hours is None else each.hours, each.corrected,
    )  # fmt: skip


@get_page(OWN, permission=READ)
async def own_page(request: Request, scope: Scope, quarter: str = "") -> Answer:
    """Show this post's own office its figures, refusals and ratings."""
    async with transaction(scope):
        sender = await own_sender(scope)
    if sender is None:
        return page(request, "township_filter/senders/none.html", title=mark("本单位来文"))
    return await show_sender(request, scope, sender.id, quarter=quarter, own=True)


@get_page(f"{LIST}/{{sender_id:uuid}}", permission=READ)
async def sender_page(request: Request, scope: Scope, sender_id: UUID, quarter: str = "") -> Answer:
    """Show one sender. An office sees itself alone."""
    return await show_sender(request, scope, sender_id, quarter=quarter)


async def show_sender(
    request: Request, scope: Scope, sender: UUID, *, quarter: str = "", own: bool = False, error: Invalid | None = None,
    form: Form | None = None,
) -> Answer:  # fmt: skip
    """Draw a sender's page, with the quota's form as it was sent."""
    now = request_now(request)
    async with transaction(scope):
        one = await one_sender(scope, sender)
        settings = await settings_of(scope, FilterSettings, at=now, region=one.region)
        wanted = _wanted(quarter, settings, now)
        figures = await figures_of(scope, one, wanted)
        span = (wanted.quarter.starts, wanted.quarter.ends)
        signs = await signs_of_sender(scope, sender, span, near_percent=settings.rebound_percent)
        reviews = await reviews_waiting(scope, sender)
        refused = await refusals_of(scope, sender, span)
        levels = ["township", "village"] if one.level == _DIGITS["county"] else ["village"]
        quotas = await quotas_used(scope, Place(one.county, one.region, one.office_id), levels=levels, now=now)
        overrides = await overrides_of(scope, sender)
    return page(
        request, "township_filter/senders/one.html", title=mark("本单位来文") if own else mark("来文单位"), back="" if own else LIST,
        status=422 if error else 200, errors=error, wrong=error is not None, form=form or {}, sender=one, own=own, fewest=FEWEST_RATINGS,
        row=row_of(figures, limit=settings.emergency_share), limit=settings.emergency_share, quarter=wanted.quarter.name,
        quarters=quarter_choices(now), address=OWN if own else f"{LIST}/{sender}", counts=figures.signs,
        signs=[_sign(request, row) for row in signs], reviews=reviews, refused=[_refusal(request, line) for line in refused],
        quotas=[quota_row(request, used) for used in quotas], overrides=[_override(request, row) for row in overrides],
        may_set=scope.may(QUOTA), levels=[(name, say(request, LEVEL_TITLES[name])) for name in levels], closed=_closed(reviews, settings, now),
    )  # fmt: skip


def _closed(reviews: list[Any], settings: FilterSettings, now: datetime) -> int:
    """Count the overdue reviews that close this sender's emergency way."""
    return sum(row["review_due_at"] < now for row in reviews) if settings.overdue_closes == "sender" else 0


def _sign(request: Request, row: Any) -> dict[str, Any]:
    said = row["word"] or f"{row['item_code']} {row['item_title']}"
    return {
        "title": row["title"], "href": f"/incoming/{row['incoming_id']}", "kind": say(request, SIGNS[row["kind"]]), "said": said,
        "nearness": f"{row['nearness'] * 100:.0f}%" if row["kind"] == "withdrawn" else "", "at": row["at"],
    }  # fmt: skip


def _refusal(request: Request, row: Any) -> dict[str, Any]:
    rules = " ".join(say_reason(request, Reason.of(each)) for each in row["reasons"])
    said = rules if row["verdict"] == "refused" else row["decided_reason"]
    return {"title": row["title"], "href": f"/township_filter/{row['id']}", "reason": said, "at": row["at"]}


def _override(request: Request, row: Any) -> dict[str, Any]:
    return {
        "level": say(request, LEVEL_TITLES[row["level"]]), "amount": row["amount"], "valid_from": row["valid_from"],
        "reason": row["reason"], "by_name": row["by_name"],
    }  # fmt: skip


HANDLERS: Final = (ledger_page, export_page, own_page, sender_page)
MENUS: Final = (
    MenuEntry("tasks", mark("来文单位台账"), LIST, SENDERS, icon="users", order=62),
    MenuEntry("tasks", mark("本单位来文"), OWN, READ, icon="send", order=63, levels=frozenset({3, 4}), unless=SENDERS),
)

"""The register: a list with its filters in the address, the same as a sheet, and on paper."""

import re
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response

from core.kernel.clock import local
from core.kernel.database import transaction
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.kernel.sheets_out import write_sheet
from core.seals.actions.exporting import export_uses
from core.seals.enums import PURPOSE_TITLES
from core.seals.queries import PAGE_SIZE, Narrowed, sums_of, uses_in
from core.seals.workflows import READ, SEAL_USE
from core.tenancy.enums import Level
from core.tenancy.queries.regions import children_of, region_now
from web.answers import Answer, Request, choices, page, request_now, say
from web.forms import number_or
from web.pages.seals.words import line_of
from web.pages.work.words import formats
from web.routing import get_page

_PRINTED: Final = 500
_MONTH: Final = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
_HEADINGS: Final = (
    mark("编号"), mark("村"), mark("印章"), mark("用途"), mark("材料"), mark("为谁办"), mark("份数"), mark("申请人"), mark("申请时间"),
    mark("审批人"), mark("审批时间"), mark("用章时间"), mark("保管人"), mark("归档"), mark("状态"), mark("异常"),
)  # fmt: skip


@get_page("/seals", permission=READ)
async def register_page(request: Request, scope: Scope) -> Answer:
    """List uses of seals, those that wait first."""
    now, narrowed = request_now(request), _narrowed(request)
    async with transaction(scope):
        if narrowed.region:
            await region_now(scope, narrowed.region)
        rows, total = await uses_in(scope, narrowed, now=now)
        sums = await sums_of(scope)
        places = await children_of(scope, scope.region) if scope.level in {Level.COUNTY, Level.TOWNSHIP} else []
    first = (narrowed.page - 1) * PAGE_SIZE
    return page(
        request, "seals/list.html", title=mark("印章管理"), rows=[line_of(request, row, now) for row in rows], total=total, sums=sums,
        narrowed=narrowed, active=sum(bool(each) for each in (narrowed.region, narrowed.show, narrowed.purpose, narrowed.search, narrowed.month)),
        shows=_shows(request), purposes=choices(request, PURPOSE_TITLES), places=[(place.code, place.short_name) for place in places],
        months=_months(now), show_place=scope.level < Level.VILLAGE, first=first + 1 if total else 0, last=min(first + PAGE_SIZE, total),
        query=urlencode(_kept(request)), previous=_address(request, narrowed.page - 1) if narrowed.page > 1 else None,
        next=_address(request, narrowed.page + 1) if first + PAGE_SIZE < total else None,
    )  # fmt: skip


@get_page("/seals/print", permission=READ)
async def print_page(request: Request, scope: Scope) -> Answer:
    """Show the register as a sheet to print; the same filters, at most 500 lines."""
    now, narrowed = request_now(request), _narrowed(request)
    async with transaction(scope):
        rows, total = await uses_in(scope, replace(narrowed, page=1), now=now, size=_PRINTED)
    return page(
        request, "seals/print.html", title=mark("印章使用登记簿"), rows=[line_of(request, row, now) for row in rows], total=total,
        month=narrowed.month, show_place=scope.level < Level.VILLAGE, list_at=f"/seals?{urlencode(_kept(request))}",
    )  # fmt: skip


@get_page("/seals/export.xlsx", permission=READ)
async def export_page(request: Request, scope: Scope) -> Response[bytes]:
    """Answer with an XLSX of all uses that the filters leave; times as they are in China. Who took it is written down."""
    now, narrowed = request_now(request), _narrowed(request)
    async with transaction(scope):
        if narrowed.region:
            await region_now(scope, narrowed.region)
        rows = await export_uses(scope, replace(narrowed, page=1), now=now)
    shown = formats(request)
    body = write_sheet(
        "xlsx", [say(request, heading) for heading in _HEADINGS], [_cells(request, row, now) for row in rows],
        title=say(request, mark("印章使用登记簿")),
    )  # fmt: skip
    name = f"seals-{scope.region}-{shown.local(now):%Y%m%d-%H%M}.xlsx"
    return Response(
        body,
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


def _cells(request: Request, row: Any, now: Any) -> tuple[Any, ...]:
    line, shown = line_of(request, row, now), formats(request)

    def at(name: str) -> str:
        return shown.iso(row[name]) if row[name] is not None else ""

    return (
        row["number"], row["place_name"], row["seal_title"], line["purpose"], row["document"], row["for_whom"], line["copies"], line["asked"],
        "" if row["unasked"] else at("asked_at"), row["decided_name"], at("decided_at"), at("used_at"), row["keeper_name"], row["filed_place"],
        line["state"], line["irregular"],
    )  # fmt: skip


def _shows(request: Request) -> list[tuple[str, str]]:
    own = [("open", mark("没办完的")), ("late", mark("超过时限的")), ("irregular", mark("没有按审批用章的"))]
    states = [(state.name, state.title) for state in SEAL_USE.states]
    return [(name, say(request, title)) for name, title in (*own, *states)]


def _months(now: Any) -> list[tuple[str, str]]:
    here = local(now)
    found = [divmod(here.year * 12 + here.month - 1 - back, 12) for back in range(12)]
    return [(f"{year}-{month + 1:02}", f"{year}-{month + 1:02}") for year, month in found]


def _narrowed(request: Request) -> Narrowed:
    query = request.query_params
    month = str(query.get("month", ""))
    return Narrowed(
        region=str(query.get("region", ""))[:12], show=str(query.get("show", ""))[:20], purpose=str(query.get("purpose", ""))[:20],
        search=str(query.get("q", "")).strip()[:60], month=month if _MONTH.fullmatch(month) else "",
        page=number_or(query.get("p", "1"), 1),
    )  # fmt: skip


def _kept(request: Request) -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.query_params.items() if name != "p" and value]


def _address(request: Request, number: int) -> str:
    return f"/seals?{urlencode([*_kept(request), ('p', number)])}"

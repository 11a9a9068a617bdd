"""Where something may be wrong: the inspector's first page, the list of warnings, and what was put to oneself."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Response

from core.contracts.registry import current
from core.contracts.warnings import Domain, WarningModel
from core.kernel.database import transaction
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.kernel.sheets_out import write_sheet
from core.supervision.enums import SEVERITY_TITLES, VERDICT_TITLES
from core.supervision.queries import (
    PAGE_SIZE,
    Narrowed,
    put_to_me,
    warnings_in,
)
from core.supervision.workflows import ANSWER, READ, WARNING
from core.tenancy.enums import Level
from core.tenancy.queries.regions import children_of, region_now
from web.answers import Answer, Request, page, request_now, say
from web.forms import number_or
from web.pages.supervision.words import HINT, domain_title, formats, line_of, why_of
from web.routing import get_page

_MOST_ROWS = 20_000
_HEADINGS = (
    mark("事项"), mark("地方"), mark("模型"), mark("领域"), mark("等级"), mark("为什么提示"), mark("涉及金额"), mark("提示时间"), mark("接办"),
    mark("状态"), mark("结论"), mark("办结时间"), mark("追回金额"), mark("制度修订"),
)  # fmt: skip


@get_page("/warnings", permission=READ)
async def warnings_page(request: Request, scope: Scope) -> Answer:
    """List the range's warnings, the most severe and urgent first."""
    now, narrowed = request_now(request), _narrowed(request)
    async with transaction(scope):
        if narrowed.region:
            await region_now(scope, narrowed.region)
        rows, total = await warnings_in(scope, narrowed, now=now)
        places = await children_of(scope, scope.region) if scope.level in {Level.COUNTY, Level.TOWNSHIP} else []
    models = current().visible(WarningModel, scope)
    first = (narrowed.page - 1) * PAGE_SIZE
    return page(
        request, "supervision/list.html", title=mark("预警"), back="/supervision", hint=say(request, HINT), narrowed=narrowed,
        rows=[line_of(request, row, now) for row in rows], total=total,
        active=sum(bool(each) for each in (narrowed.region, narrowed.severity, narrowed.domain, narrowed.model, narrowed.search, narrowed.show != "open")),
        shows=_shows(request), severities=[(name, say(request, title)) for name, title in SEVERITY_TITLES.items()],
        domains=[(str(each), say(request, each.words)) for each in Domain if any(m.domain == each for m in models)],
        models=[(each.name, say(request, each.title)) for each in models],
        places=[(place.code, place.short_name) for place in places],
        first=first + 1 if total else 0, last=min(first + PAGE_SIZE, total),
        previous=_address(request, narrowed.page - 1) if narrowed.page > 1 else None,
        next=_address(request, narrowed.page + 1) if first + PAGE_SIZE < total else None, query=urlencode(_kept(request)),
    )  # fmt: skip


def _shows(request: Request) -> list[tuple[str, str]]:
    own = [("open", mark("没办完的")), ("waiting", mark("等人接手的")), ("late", mark("超过时限的")), ("snoozed", mark("暂缓的"))]
    states = [(state.name, state.title) for state in WARNING.states]
    return [(name, say(request, title)) for name, title in (*own, *states, ("all", mark("全部")))]


def _narrowed(request: Request) -> Narrowed:
    query = request.query_params
    return Narrowed(
        region=str(query.get("region", ""))[:12], severity=str(query.get("severity", ""))[:10],
        domain=str(query.get("domain", ""))[:20], model=str(query.get("model", ""))[:60],
        show=str(query.get("show", "open"))[:20] or "open", search=str(query.get("q", "")).strip()[:60],
        page=number_or(query.get("p", "1"), 1),
    )  # fmt: skip


def _address(request: Request, number: int) -> str:
    return f"/warnings?{urlencode([*_kept(request), ('p', number)])}"


def _kept(request: Request) -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.query_params.items() if name != "p"]


@get_page("/warnings/export.xlsx", permission=READ)
async def export_page(request: Request, scope: Scope) -> Response[bytes]:
    """Answer with an XLSX of all warnings that the filters leave, like the list: none that is about the reader."""
    now, shown = request_now(request), formats(request)
    async with transaction(scope):
        rows, _ = await warnings_in(scope, replace(_narrowed(request), page=1), now=now, size=_MOST_ROWS)
    headings = [say(request, heading) for heading in _HEADINGS]
    body = write_sheet("xlsx", headings, [_cells(request, row, now) for row in rows], title=say(request, mark("预警")))
    name = f"warnings-{scope.region}-{shown.local(now):%Y%m%d-%H%M}.xlsx"
    return Response(
        body,
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


def _cells(request: Request, row: Any, now: datetime) -> tuple[Any, ...]:
    line, shown = line_of(request, row, now), formats(request)
    return (
        row["title"], line["place"], line["model"], domain_title(request, row["domain"]), line["severity"], why_of(request, row),
        row["amount"] if row["amount"] is not None else "", shown.iso(row["raised_at"]), row["taken_name"], line["state"],
        say(request, VERDICT_TITLES[row["verdict"]]) if row["verdict"] else "", shown.iso(row["closed_at"]) if row["closed_at"] else "",
        row["recovered"] if row["recovered"] is not None else "", row["rule_change"],
    )  # fmt: skip


@get_page("/warnings/mine", permission=ANSWER)
async def mine_page(request: Request, scope: Scope) -> Answer:
    """List what was put to the reader: what to explain, what to correct."""
    now = request_now(request)
    async with transaction(scope):
        rows = await put_to_me(scope)
    return page(
        request, "supervision/mine.html", title=mark("请您说明的事"), hint=say(request, HINT),
        rows=[line_of(request, row, now) for row in rows],
    )  # fmt: skip

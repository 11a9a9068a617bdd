"""Points of a month: each region's total, and the ledger's lines behind it."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from core.kernel.clock import local, period_of
from core.kernel.database import transaction
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.scores.queries import Total, lines_of, totals_of
from core.tasks.queries.assignments import open_to
from core.tenancy.queries.regions import region_now
from web.answers import Answer, Request, page, request_now
from web.extension import MenuEntry
from web.lists import filters_of
from web.pages.work.words import formats
from web.routing import get_page

_SIZE: Final = 50
_PERIOD: Final = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


@get_page("/scores", permission="core:score:read")
async def scores_page(request: Request, scope: Scope) -> Answer:
    """Show a month's totals and lines; with ``region`` those of one place below, and of nobody else's."""
    now = request_now(request)
    asked = request.query_params.get("period", "")
    period = asked if _PERIOD.fullmatch(asked) else period_of(now)
    filters = filters_of(request)
    number, place, reader = filters.page, None, scope
    if filters.region:
        async with transaction(scope):
            place = await region_now(scope, filters.region)
        scope = replace(scope, region=place.code)
    level = min(scope.level + 1, 5)
    async with transaction(scope):
        totals = await totals_of(scope, period=period, level=max(level, 4))
        lines = await lines_of(scope, period=period, limit=_SIZE + 1, offset=(number - 1) * _SIZE)
    opens = {line.subject_id for line in lines}
    if reader.office or reader.grid:  # whose shares are narrower than their place
        async with transaction(reader):
            opens = await open_to(reader, list(opens))
    most = max([float(t.points) for t in totals] or [0]) or 1
    region = place.code if place else ""
    return page(
        request, "scores/month.html", title=mark("得分"), back=_address(period) if place else "", period=period,
        periods=_months(request), place=place, whole=_address(period),
        totals=[_row(request, total, period, region) for total in totals],
        most=most, lines=lines[:_SIZE], opens=opens, number=number,
        previous=_address(period, region, number - 1) if number > 1 else None,
        next=_address(period, region, number + 1) if len(lines) > _SIZE else None,
    )  # fmt: skip


def _address(period: str, region: str = "", number: int = 0) -> str:
    asked = {"period": period, "region": region, "p": number}
    return f"/scores?{urlencode({name: value for name, value in asked.items() if value})}"


def _row(request: Request, total: Total, period: str, here: str) -> dict[str, Any]:
    href = _address(period, total.region) if total.region != here else ""
    points = formats(request).number(total.points)
    return {
        "name": total.name, "href": href, "points": points, "value": float(total.points), "lines": total.lines
    }  # fmt: skip


def _months(request: Request) -> list[tuple[str, str]]:
    here = local(request_now(request)).replace(day=1)
    months = []
    for _ in range(12):
        months.append((f"{here:%Y-%m}", f"{here:%Y-%m}"))
        here = (here - timedelta(days=1)).replace(day=1)
    return months


ROUTES: Final = [scores_page]
MENU: Final = [MenuEntry("tasks", mark("得分"), "/scores", "core:score:read", icon="chart", order=60)]

"""Points of a month: each region's total, and the ledger's lines behind it."""

import re
from datetime import timedelta
from typing import Final

from core.kernel.clock import local, period_of
from core.kernel.database import transaction
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.scores.queries import lines_of, totals_of
from web.answers import Answer, Request, page, request_now
from web.extension import MenuEntry
from web.lists import filters_of
from web.pages.work.words import formats
from web.routing import get_page

_SIZE: Final = 50
_PERIOD: Final = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


@get_page("/scores", permission="core:score:read")
async def scores_page(request: Request, scope: Scope) -> Answer:
    now = request_now(request)
    asked = request.query_params.get("period", "")
    period = asked if _PERIOD.fullmatch(asked) else period_of(now)
    number = filters_of(request).page
    level = min(scope.level + 1, 5)
    async with transaction(scope):
        totals = await totals_of(scope, period=period, level=max(level, 4))
        lines = await lines_of(scope, period=period, limit=_SIZE + 1, offset=(number - 1) * _SIZE)
    shown = formats(request)
    most = max([float(t.points) for t in totals] or [0]) or 1
    return page(
        request, "scores/month.html", title=mark("得分"), period=period, periods=_months(request),
        totals=[{"name": t.name, "points": shown.number(t.points), "value": float(t.points), "lines": t.lines} for t in totals],
        most=most, lines=lines[:_SIZE], number=number,
        previous=f"/scores?period={period}&p={number - 1}" if number > 1 else None,
        next=f"/scores?period={period}&p={number + 1}" if len(lines) > _SIZE else None,
    )  # fmt: skip


def _months(request: Request) -> list[tuple[str, str]]:
    here = local(request_now(request)).replace(day=1)
    months = []
    for _ in range(12):
        months.append((f"{here:%Y-%m}", f"{here:%Y-%m}"))
        here = (here - timedelta(days=1)).replace(day=1)
    return months


ROUTES: Final = [scores_page]
MENU: Final = [MenuEntry("tasks", mark("得分"), "/scores", "core:score:read", icon="chart", order=60)]

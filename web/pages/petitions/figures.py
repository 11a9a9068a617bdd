"""The figures of a month: raised, answered, share closed, days; by place, with a way to the matters behind them."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from core.kernel.clock import SHANGHAI, local, period_of
from core.kernel.database import transaction
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.petitions.enums import SOURCE_TITLES, Source
from core.petitions.queries import figures_in
from core.petitions.rules import share_of
from core.petitions.workflows import READ
from core.tenancy.queries.regions import names_of
from web.answers import Answer, Request, page, request_now, say
from web.routing import get_page

_PERIOD: Final = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
_SUMS: Final = ("raised", "answered", "closed", "office_solved", "said", "villager_solved", "judged", "overdue", "days", *Source)
_MONTHS: Final = 12


@get_page("/petitions/figures", permission=READ)
async def figures_page(request: Request, scope: Scope) -> Answer:
    """Show what was raised in a month and what became of it."""
    now = request_now(request)
    asked = request.query_params.get("period", "")
    period = asked if _PERIOD.fullmatch(asked) else period_of(now)
    starts = datetime.fromisoformat(f"{period}-01").replace(tzinfo=SHANGHAI)
    ends = (starts + timedelta(days=32)).replace(day=1)
    async with transaction(scope):
        rows = await figures_in(scope, starts=starts, ends=ends)
        names = await names_of(scope, [row["code"] for row in rows])
    total = {name: sum((row[name] for row in rows), start=0) for name in _SUMS}
    return page(
        request, "petitions/figures.html", title=mark("群众反映统计"), back="/petitions", period=period, periods=_periods(now),
        sources=[(say(request, SOURCE_TITLES[name]), number) for name, number in _shown(total)["sources"]],
        total=_shown(total), rows=[{**_shown(row), "code": row["code"], "name": names.get(row["code"], row["code"])} for row in rows],
    )  # fmt: skip


def _shown(row: Any) -> dict[str, Any]:
    days = (Decimal(row["days"]) / row["answered"]).quantize(Decimal("0.1")) if row["answered"] else None
    return {
        "raised": row["raised"], "answered": row["answered"], "closed": row["closed"], "overdue": row["overdue"],
        "share": share_of(row["closed"], row["raised"]), "days": days, "office": share_of(row["office_solved"], row["said"]),
        "villager": share_of(row["villager_solved"], row["judged"]), "sources": [(name, row[name]) for name in Source],
    }  # fmt: skip


def _periods(now: datetime) -> list[tuple[str, str]]:
    here = local(now).replace(day=1)
    months = []
    for _ in range(_MONTHS):
        months.append((f"{here:%Y-%m}", f"{here:%Y-%m}"))
        here = (here - timedelta(days=1)).replace(day=1)
    return months

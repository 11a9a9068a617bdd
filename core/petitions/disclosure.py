"""What villagers are shown of what was raised: how many, how many answered and closed, how long it took, and the results.

Supervision matters are neither listed nor counted. A matter is listed where its raiser agreed, under a title that the office wrote.
"""

from decimal import Decimal
from typing import Any, Final

from core.contracts.disclosure import (
    TOWNSHIP,
    VILLAGE,
    Clock,
    Collected,
    Column,
    FieldKind,
    Figure,
    Group,
    Period,
    Section,
)
from core.kernel.database import fetch, fetch_one
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.petitions.enums import KIND_TITLES
from core.petitions.queries import ANSWERED_AT, DONE
from core.petitions.rules import share_of

# A village shows its own; a township what came to it or from its own place.
_HERE: Final = "p.region >= $1 AND p.region < $2 AND p.county = $3 AND p.region >= $4 AND p.region < $4 || ':' AND p.kind <> 'supervision'"
_FIGURES: Final = f"""
SELECT count(*) FILTER (WHERE p.raised_at >= $5 AND p.raised_at < $6) AS raised,
       count(*) FILTER (WHERE p.raised_at >= $5 AND p.raised_at < $6 AND {DONE} AND {ANSWERED_AT} < $6) AS answered,
       count(*) FILTER (WHERE p.raised_at >= $5 AND p.raised_at < $6 AND p.closed_at < $6) AS closed,
       avg(extract(epoch FROM {ANSWERED_AT} - p.raised_at) / 86400.0)
         FILTER (WHERE {DONE} AND {ANSWERED_AT} >= $5 AND {ANSWERED_AT} < $6) AS days
FROM petition p WHERE {_HERE}
"""  # noqa: S608 - constants
_RESULTS: Final = f"""
SELECT p.public_title, p.kind, p.place_name, p.raised_at, p.answered_at, p.answer, p.office_solved, p.villager_solved FROM petition p
WHERE {_HERE} AND p.may_publish AND p.public_title <> '' AND p.state = 'closed' AND p.closed_at >= $5 AND p.closed_at < $6
ORDER BY p.closed_at, p.id LIMIT 2000
"""  # noqa: S608 - constants
_YES_NO: Final = {True: mark("已解决"), False: mark("没有解决"), None: mark("没有评价")}


async def collect_results(scope: Scope, period: Period) -> Collected:
    """Give a place's figures of the period and what was closed in it."""
    place = (period.county, period.region, period.starts, period.ends)
    told = await fetch_one(scope, _FIGURES, *place)
    rows = tuple(_row(row) for row in await fetch(scope, _RESULTS, *place))
    return Collected(rows, figures=_figures(told))


def _row(row: Any) -> dict[str, Any]:
    return {
        "title": row["public_title"], "place": row["place_name"], "kind": KIND_TITLES[row["kind"]], "raised": row["raised_at"], "answered": row["answered_at"],
        "office": _YES_NO[row["office_solved"]], "villager": _YES_NO[row["villager_solved"]],
    }  # fmt: skip


def _figures(told: Any) -> tuple[Figure, ...]:
    share = share_of(told["closed"], told["raised"])
    found = [
        Figure(mark("收到"), told["raised"], unit=mark("件")),
        Figure(mark("已答复"), told["answered"], unit=mark("件")),
    ]
    if share is not None:
        found.append(Figure(mark("办结"), share, FieldKind.SHARE))
    if told["days"] is not None:
        days = Decimal(told["days"]).quantize(Decimal("0.1"))
        found.append(Figure(mark("平均答复时间"), days, FieldKind.NUMBER, unit=mark("天")))
    return tuple(found)


RESULTS: Final = Section(
    "petitions",
    mark("群众反映办理结果"),
    Group.PETITIONS,
    Clock.QUARTERLY,
    (
        Column("title", mark("反映的事"), FieldKind.TEXT, key=True),
        Column("place", mark("地方"), FieldKind.PLACE),
        Column("kind", mark("类型"), FieldKind.STATE),
        Column("raised", mark("提交日期"), FieldKind.DATE),
        Column("answered", mark("答复日期"), FieldKind.DATE),
        Column("office", mark("办理单位认为"), FieldKind.STATE),
        Column("villager", mark("反映人认为"), FieldKind.STATE),
    ),
    collect_results,
    levels=frozenset({VILLAGE, TOWNSHIP}),
    hint=mark("每季度公开收到、答复、办结多少件。反映人同意公开的，列出事项和结果；监督举报不列。"),
)

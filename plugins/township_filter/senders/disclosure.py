"""The public figures of a quarter: what each sender handed in, what was refused and merged, what it cost those who did it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from core.api import Clock, Collected, Column, FieldKind, Figure, Group, Period, Scope, Section, fetch, mark
from plugins.township_filter.senders.queries.figures import Figures, Wanted, senders_with_figures
from plugins.township_filter.senders.rules import Span

_COUNTY: Final = 3
_TOWNSHIP: Final = 4
# Each matter is in one of those between ``received`` and ``emergencies``: they add up to what was received.
_COUNTS: Final[Mapping[str, str]] = {
    "received": mark("收到来文"), "passed": mark("通过"), "merged": mark("归并"), "refused": mark("驳回"), "held": mark("待审定"),
    "withdrawn": mark("撤回"), "emergencies": mark("其中紧急"),
}  # fmt: skip
# Part of what is published, which speaks Chinese whatever the reader's language.
_NOTE: Final = (
    "收到来文等于通过、归并、驳回、待审定、撤回之和，紧急的含在其中。办理用时由基层填报；几个单位的来文归并办理的，由各单位平摊。"
    "评价不足 3 条，或者都来自同一个单位的，不列用时，也不计入合计；季末零星的几条同样不计。"
)
# A name of today is shown as it is: of an office or a place, never of a person.
_NAMES: Final = """
SELECT d.id, coalesce(o.name, r.shown_name) AS name FROM township_filter.sender d JOIN region r ON r.code = d.region
LEFT JOIN office o ON o.county = d.county AND o.id = d.office_id AND o.region >= $1 AND o.region < $2
WHERE d.region >= $1 AND d.region < $2 AND d.region = $3
"""


async def collect_senders(scope: Scope, period: Period) -> Collected:
    """Give the figures of the senders of one place: a county's departments, or a township's offices."""
    wanted = Wanted(Span(period.name, period.starts, period.ends), period.ends, near_percent=0, everyone=True)
    names = {row["id"]: row["name"] for row in await fetch(scope, _NAMES, period.region)}
    found = [each for each in await senders_with_figures(scope, wanted) if each.sender.region == period.region]
    found = [each for each in found if each.received or each.hours is not None]  # what came earlier may be worked on now
    rows = tuple(_row(each, names) for each in found)
    sums = [Figure(title, sum(row[name] for row in rows), unit=mark("件")) for name, title in _COUNTS.items()]
    hours = [each.hours for each in found if each.hours is not None]
    if hours:  # what is not shown of any sender is not shown of all: the sum would tell
        sums.append(Figure(mark("办理用时"), sum(hours, start=Decimal(0)), FieldKind.NUMBER, unit=mark("小时")))
    return Collected(rows, figures=tuple(sums), note=_NOTE if rows else "")


def _row(each: Figures, names: dict[Any, str]) -> dict[str, Any]:
    counts = {name: getattr(each, name) for name in _COUNTS}
    return {"sender": names.get(each.sender.id, ""), **counts, "hours": each.hours}


SECTION: Final = Section(
    "township_filter:senders",
    mark("来文过筛情况"),
    Group.TASKS,
    Clock.QUARTERLY,
    (
        Column("sender", mark("来文单位"), FieldKind.ORGANISATION, key=True),
        *(Column(name, title, FieldKind.COUNT, unit=mark("件")) for name, title in _COUNTS.items()),
        Column("hours", mark("办理用时"), FieldKind.NUMBER, unit=mark("小时")),
    ),
    collect_senders,
    levels=frozenset({_COUNTY, _TOWNSHIP}),
    hint=mark("各单位这一季度的来文怎么处理，以及基层填报的办理用时。评价太少的不列用时。"),
)

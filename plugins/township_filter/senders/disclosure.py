"""The public figures of a quarter: what each sender handed in, what was refused and merged, what it cost those who did it."""

from decimal import Decimal
from typing import Any, Final

from core.api import Clock, Collected, Column, FieldKind, Figure, Group, Period, Scope, Section, fetch, mark
from plugins.township_filter.senders.queries.figures import Figures, Wanted, senders_with_figures
from plugins.township_filter.senders.rules import Span

_COUNTY: Final = 3
_TOWNSHIP: Final = 4
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
    found = [each for each in await senders_with_figures(scope, wanted) if each.sender.region == period.region and each.received]
    rows = tuple(_row(each, names) for each in found)
    hours = [each.hours for each in found if each.hours is not None]
    return Collected(
        rows,
        figures=(
            Figure(mark("收到来文"), sum(each.received for each in found), unit=mark("件")),
            Figure(mark("驳回"), sum(each.refused for each in found), unit=mark("件")),
            Figure(mark("归并"), sum(each.merged for each in found), unit=mark("件")),
            Figure(mark("办理用时"), sum(hours, start=Decimal(0)), FieldKind.NUMBER, unit=mark("小时")),
        ),
    )


def _row(each: Figures, names: dict[Any, str]) -> dict[str, Any]:
    return {
        "sender": names.get(each.sender.id, ""), "received": each.received, "refused": each.refused, "merged": each.merged,
        "emergencies": each.emergencies, "hours": each.hours,
    }  # fmt: skip


SECTION: Final = Section(
    "township_filter:senders",
    mark("来文过筛情况"),
    Group.TASKS,
    Clock.QUARTERLY,
    (
        Column("sender", mark("来文单位"), FieldKind.ORGANISATION, key=True),
        Column("received", mark("收到来文"), FieldKind.COUNT, unit=mark("件")),
        Column("refused", mark("驳回"), FieldKind.COUNT, unit=mark("件")),
        Column("merged", mark("归并"), FieldKind.COUNT, unit=mark("件")),
        Column("emergencies", mark("紧急"), FieldKind.COUNT, unit=mark("件")),
        Column("hours", mark("办理用时"), FieldKind.NUMBER, unit=mark("小时")),
    ),
    collect_senders,
    levels=frozenset({_COUNTY, _TOWNSHIP}),
    hint=mark("各单位这一季度的来文、驳回和归并件数，以及基层填报的办理用时。评价不足 3 条的不列用时。"),
)

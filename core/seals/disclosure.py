"""What villagers read of the seal register: which seal was used when, for what kind of document, and whether it was granted.

The documents' titles and whom they were for stay inside: a certificate is about a person.
"""

from datetime import timedelta
from typing import Any, Final

from core.contracts.disclosure import Clock, Collected, Column, FieldKind, Figure, Group, Period, Section
from core.kernel.database import fetch
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.seals.enums import PURPOSE_TITLES
from core.seals.queries import IRREGULAR

_YEAR: Final = timedelta(days=366)
_USED: Final = f"""
SELECT u.used_at, u.number, u.seal_title, u.purpose, u.used_copies, {IRREGULAR} AS irregular FROM seal_use u
WHERE u.region >= $1 AND u.region < $2 AND u.county = $3 AND u.region = $4 AND u.used_at >= $5 AND u.used_at < $6
ORDER BY u.used_at, u.id LIMIT 2000
"""  # noqa: S608 - constants
_GRANTED: Final = mark("按审批用章")
_NOT_GRANTED: Final = mark("没有按审批用章")


async def collect_uses(scope: Scope, period: Period) -> Collected:
    """Give the uses of the period, at most of the last year."""
    since = max(period.starts, period.ends - _YEAR)
    rows = await fetch(scope, _USED, period.county, period.region, since, period.ends)
    return Collected(
        tuple(_row(row) for row in rows),
        figures=(
            Figure(mark("用章"), len(rows), unit=mark("次")),
            Figure(_NOT_GRANTED, sum(row["irregular"] for row in rows), unit=mark("次")),
        ),
    )


def _row(row: Any) -> dict[str, Any]:
    return {
        "number": row["number"], "used": row["used_at"], "seal": row["seal_title"], "purpose": PURPOSE_TITLES[row["purpose"]],
        "copies": row["used_copies"], "granted": _NOT_GRANTED if row["irregular"] else _GRANTED,
    }  # fmt: skip


USES: Final = Section(
    "seal_uses",
    mark("印章使用情况"),
    Group.POWERS,
    Clock.NONE,
    (
        Column("number", mark("编号"), FieldKind.CODE, key=True),
        Column("used", mark("日期"), FieldKind.DATE),
        Column("seal", mark("印章"), FieldKind.ORGANISATION),
        Column("purpose", mark("用途"), FieldKind.STATE),
        Column("copies", mark("份数"), FieldKind.COUNT, unit=mark("份")),
        Column("granted", mark("审批"), FieldKind.STATE),
    ),
    collect_uses,
    hint=mark("近一年每次用章的日期、印章、用途和份数；材料名称和为谁办的不公开。"),
)

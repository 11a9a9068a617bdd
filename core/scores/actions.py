"""The ledger of points: lines are added or reversed with a reason, never edited, never recomputed."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.contracts.registry import current
from core.contracts.scoring import ScoreSource
from core.kernel.clock import period_of
from core.kernel.database import execute, fetch_one
from core.kernel.errors import Conflict, mark
from core.kernel.ids import new_id
from core.kernel.scope import Scope

_LINE = """
INSERT INTO ledger_line (county, id, region, period, source, subject_id, points, reverses, reason, rule, title, membership, by_name, at)
SELECT $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16 WHERE $5 >= $1 AND $5 < $2
"""
_TOTAL = """
INSERT INTO score_total AS t (county, id, region, period, points, lines, changed_at)
SELECT $3, $4, $5, $6, $7, 1, $8 WHERE $5 >= $1 AND $5 < $2
ON CONFLICT (county, region, period) DO UPDATE
SET points = t.points + excluded.points, lines = t.lines + 1, changed_at = excluded.changed_at
"""
_FIND = """
SELECT l.* FROM ledger_line l
WHERE l.region >= $1 AND l.region < $2 AND l.county = $3 AND l.subject_id = $4 AND l.reverses IS NULL
  AND NOT EXISTS (SELECT 1 FROM ledger_line r WHERE r.county = l.county AND r.reverses = l.id)
"""


async def add_line(  # noqa: PLR0913 - a ledger line says everything about itself
    scope: Scope,
    *,
    county: str,
    region: str,
    source: str,
    subject: UUID,
    points: Decimal,
    title: str,
    rule: dict[str, Any],
    now: datetime,
    reason: str = "",
    reverses: UUID | None = None,
    period: str = "",
) -> UUID:
    """Add one line and its share of the period's total, in the open transaction. Points count for the month of ``now``."""
    if reverses is None:
        _require_source(scope, source)
    made = new_id()
    month = period or period_of(now)
    await execute(
        scope, _LINE, county, made, region, month, source, subject, points, reverses, reason, rule, title,
        scope.membership, scope.by_name, now,
    )  # fmt: skip
    await execute(scope, _TOTAL, county, new_id(), region, month, points, now)
    return made


def _require_source(scope: Scope, name: str) -> None:
    """Refuse points from nowhere: a source is declared, and a plugin's gives points only while the plugin is on."""
    source = current().named(ScoreSource, name)
    if source is None:
        raise ValueError(f"nobody declared the score source {name!r}")
    if source not in current().active(ScoreSource, scope):
        raise Conflict(mark("“%(source)s”现在不能记分：它的功能模块没有开启。"), source=source.title)


async def reverse_line(scope: Scope, *, county: str, subject: UUID, reason: str, now: datetime) -> Decimal:
    """Take back what a subject earned: a line of the opposite sign in the same period. Raises ``Conflict`` if there is none."""
    line = await fetch_one(scope, _FIND, county, subject)
    if line is None:
        raise Conflict(mark("这件事没有可以冲销的得分。"))
    points: Decimal = line["points"]
    await add_line(
        scope, county=county, region=line["region"], source=line["source"], subject=subject, points=-points,
        title=line["title"], rule=line["rule"], now=now, reason=reason, reverses=line["id"], period=line["period"],
    )  # fmt: skip
    return points

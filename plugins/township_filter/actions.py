"""Keeping the filter's ledger, and reviewing the emergencies in it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from core.api import (
    Conflict,
    Finding,
    Forbidden,
    Invalid,
    Scope,
    WorkingHours,
    announce,
    audit,
    cancel_timers,
    deadline,
    execute,
    fetch_value,
    mark,
    new_id,
    own_days,
    set_timer,
    settings_of,
)
from plugins.township_filter.enums import Review
from plugins.township_filter.queries import DECIDE, ledger_line
from plugins.township_filter.rules import needs_review
from plugins.township_filter.settings import FilterSettings

NOTE_MOST: Final = 500
# Announced where an emergency was handed in, when its review is overdue. Payload: ``line``.
OVERDUE: Final = "township_filter.review_overdue"
_LOOK_AHEAD: Final = timedelta(days=120)  # thirty working days with the longest holidays in between
_INSERT: Final = """
INSERT INTO township_filter.screened (county, id, region, incoming_id, office_id, sender_name, title, level, verdict,
  item_code, item_title, reasons, emergency, emergency_reason, at, membership, review, review_due_at, sender_id)
SELECT $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21 WHERE $5 >= $1 AND $5 < $2
ON CONFLICT (county, incoming_id) DO NOTHING
"""
_REVIEW: Final = """
UPDATE township_filter.screened SET review = $5, review_note = $6, reviewed_at = $7, reviewed_by_name = $8,
       reviewed_membership = $9
WHERE region >= $1 AND region < $2 AND id = $3 AND review = $4 RETURNING county
"""


@dataclass(frozen=True, slots=True)
class Line:
    """What is noted of one incoming task."""

    incoming: UUID
    county: str
    region: str
    office: UUID | None
    sender_name: str
    title: str
    level: str
    emergency: bool
    emergency_reason: str
    at: datetime
    membership: UUID | None
    finding: Finding
    sender: UUID | None = None
    over_quota: bool = False


async def note_screening(scope: Scope, *, line: Line, now: datetime) -> bool:
    """Note one verdict, once; gives whether it was new. What passed only as an emergency is due for review, counted in the county's working days."""
    finding = line.finding
    review, due_at = Review.NONE, None
    if line.over_quota or needs_review(finding, emergency=line.emergency):
        settings = await settings_of(scope, FilterSettings, at=now, region=line.region)
        review = Review.DUE
        due_at = await _review_due(scope, line, days=settings.review_days, now=now)
    made = new_id()
    done = await execute(
        scope, _INSERT, line.county, made, line.region, line.incoming, line.office, line.sender_name, line.title,
        line.level, finding.verdict.value, finding.item.code if finding.item else "",
        finding.item.title if finding.item else "", [reason.stored() for reason in finding.reasons], line.emergency,
        line.emergency_reason, line.at, line.membership, review.value, due_at, line.sender,
    )  # fmt: skip
    if done and due_at is not None:
        await set_timer(
            scope, OVERDUE, subject=made, due_at=due_at, payload={"line": str(made)}, region=line.region, county=line.county
        )
    return done > 0


async def _review_due(scope: Scope, line: Line, *, days: int, now: datetime) -> datetime:
    hours = await settings_of(scope, WorkingHours, at=now, region=line.region)
    first = line.at.date()
    days_off = await own_days(scope, since=first, until=first + _LOOK_AHEAD)
    return deadline(line.at, working_days=days, own_days=days_off, hours=hours)


async def review_emergency(scope: Scope, *, line: UUID, outcome: Review, note: str, now: datetime) -> None:
    """Record the review of an emergency: compliant, or objected with a note. Whoever handed it in cannot review it.

    It can be given late; that stays to be seen. Raises ``Conflict`` where it is not due any more.
    """
    scope.require(DECIDE)
    found = await ledger_line(scope, line)
    if found.membership is not None and found.membership == scope.membership:
        raise Forbidden(DECIDE, mark("自己提交的紧急事项要由别人审查。"))
    said = note.strip()
    if outcome not in {Review.COMPLIANT, Review.OBJECTED}:
        raise Invalid(fields={"outcome": mark("请选择审查结论。")})
    if outcome is Review.OBJECTED and not said:
        raise Invalid(fields={"note": mark("请写明不合规的理由，来文单位会看到。")})
    if len(said) > NOTE_MOST:
        raise Invalid(fields={"note": mark("最多 500 个字。")})
    county = await fetch_value(
        scope, _REVIEW, line, Review.DUE.value, outcome.value, said, now, scope.by_name, scope.membership
    )
    if county is None:
        raise Conflict(mark("这件紧急事项已经审查过了，请刷新后再看。"))
    await cancel_timers(scope, subject=line, topic=OVERDUE, county=county)
    data = {"outcome": outcome.value, "incoming": str(found.incoming_id), "late": found.is_late(now)}
    await audit(
        scope, "township_filter.reviewed", kind="township_filter", subject=line, now=now, region=found.region,
        county=county, data=data,
    )  # fmt: skip
    await announce(scope, "township_filter.reviewed", data, now=now, region=found.region, county=county)

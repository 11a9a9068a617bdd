"""Joint review (联合会审): the county names offices, each says what it thinks, and the request goes on to be decided."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.api import Forbidden, Invalid, Office, Scope, execute, fetch_value, mark, new_id, offices_of
from plugins.township_filter.requests.actions.moving import (
    COUNTY_DIGITS,
    due_in,
    move,
    refuse_own,
    rule_for,
    set_clock,
)
from plugins.township_filter.requests.enums import OPINIONS, Happened, Opinion
from plugins.township_filter.requests.queries import opinions_of, request_row
from plugins.township_filter.requests.rules import COUNTY, is_complete, written
from plugins.township_filter.requests.workflows import DECIDE, OPINE, procedure_of

_ASK: Final = """
INSERT INTO township_filter.request_opinion (county, id, region, request_id, round, office_id, office_name, asked_at, due_at)
SELECT $3, $4, $5, $6, $7, $8, $9, $10, $11 WHERE $5 >= $1 AND $5 < $2
"""
_SAY: Final = """
UPDATE township_filter.request_opinion SET opinion = $7, text = $8, said_at = $9, by_name = $10, membership = $11
WHERE region >= $1 AND region < $2 AND county = $3 AND request_id = $4 AND round = $5 AND office_id = $6 RETURNING id
"""
_BETWEEN: Final = "、"


async def begin_review(scope: Scope, *, request: UUID, offices: Sequence[UUID], now: datetime) -> None:
    """Send a request to the offices that the county names; whoever asked is none of them."""
    row = await deciders_row(scope, request)
    procedure_of(row["kind"]).target_of("review", row["state"])
    chosen = await _chosen(scope, row, offices)
    rule = await rule_for(scope, row["region"], now=now)
    due = await due_in(scope, rule.request_opinion_days, region=row["region"], now=now)
    for office in chosen:
        await execute(
            scope, _ASK, row["county"], new_id(), row["region"], row["id"], row["round"], office.id, office.name, now, due
        )
    names = _BETWEEN.join(office.name for office in chosen)
    changed = await move(scope, row, "review", kind=Happened.REVIEW, now=now, data={"offices": names})
    await set_clock(scope, changed, "opinions", due)


async def _chosen(scope: Scope, row: Any, offices: Sequence[UUID]) -> list[Office]:
    known = {office.id: office for office in await offices_of(scope, row["region"][:COUNTY_DIGITS])}
    if not offices or not set(offices) <= known.keys():
        raise Invalid(fields={"offices": mark("请至少选择一个会审部门。")})
    if row["office_id"] in offices:
        raise Invalid(fields={"offices": mark("申请单位自己不参加会审，请选择别的部门。")})
    return [known[each] for each in dict.fromkeys(offices)]


async def say_opinion(scope: Scope, *, request: UUID, opinion: str, text: str, now: datetime) -> None:
    """Say what one's office thinks; it may be said anew while the review lasts. The last one to answer ends the review.

    Raises ``Forbidden`` for an office that was not asked.
    """
    scope.require(OPINE)
    row = await request_row(scope, request, lock=True)
    await refuse_own(scope, row, OPINE)
    flow = procedure_of(row["kind"])
    flow.target_of("opine", row["state"])
    if opinion not in set(Opinion) - {Opinion.NONE}:
        raise Invalid(fields={"opinion": mark("请选择会审意见。")})
    told = written(text, field="text", needed=opinion != Opinion.AGREE)
    said = await fetch_value(
        scope, _SAY, row["county"], row["id"], row["round"], scope.office, opinion, told, now, scope.by_name, scope.membership
    )  # fmt: skip
    if said is None:
        raise Forbidden(OPINE, mark("这件申请没有请您单位会审。"))
    row = await move(scope, row, "opine", kind=Happened.OPINED, now=now, text=told, data={"opinion": OPINIONS[opinion]})
    current = [each for each in await opinions_of(scope, row) if each["round"] == row["round"]]
    if is_complete(current):
        await move(scope, row, "complete", kind=Happened.COMPLETED, now=now)


async def conclude_review(scope: Scope, *, request: UUID, reason: str, now: datetime) -> None:
    """End a review although an office has not answered, and say why."""
    row = await deciders_row(scope, request)
    told = written(reason)
    await move(scope, row, "conclude", kind=Happened.CONCLUDED, now=now, text=told)


async def deciders_row(scope: Scope, request: UUID) -> Any:
    """Give a request, locked, to who may decide it: at the county, and never about one's own."""
    scope.require(DECIDE)
    row = await request_row(scope, request, lock=True)
    if scope.level != COUNTY:
        raise Forbidden(DECIDE, mark("准入和调整申请由县（市、区）决定。"))
    await refuse_own(scope, row, DECIDE)
    return row

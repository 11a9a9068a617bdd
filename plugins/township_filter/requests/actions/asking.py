"""Asking for a new item or a change, completing what was sent back, and taking a request back."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from core.api import (
    KINDS_OF_LEVEL,
    Conflict,
    Forbidden,
    Invalid,
    Item,
    Scope,
    add_working_days,
    fetch_one,
    fetch_value,
    filled,
    local,
    mark,
    new_id,
    one_incoming,
    own_days,
)
from plugins.township_filter.requests.actions.moving import (
    LOOK_AHEAD,
    due_in,
    move,
    remember,
    rule_for,
    start_clock,
    stop_clock,
    tell_all,
)
from plugins.township_filter.requests.enums import OPEN, Happened, RequestKind, Way
from plugins.township_filter.requests.queries import county_items, next_number, request_of_matter, request_row
from plugins.township_filter.requests.rules import COUNTY, TOWNSHIP, Asked, checked, was_of, written
from plugins.township_filter.requests.workflows import ASK, procedure_of

_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended($3, 0)) WHERE $1 < $2"
_INSERT: Final = """
INSERT INTO township_filter.list_request (county, id, region, place_name, number, kind, state, office_id, incoming_id, level, way, item_id,
  item_code, item_title, was, wanted, frequency, why, effective_on, asked_at, asked_person, asked_membership, asked_name, asked_office, due_at, changed_at)
SELECT $3, $4, r.code, r.shown_name, $6, $7, 'submitted', $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
       coalesce(nullif($24, ''), r.shown_name), $25, $20
FROM region r WHERE r.code = $5 AND r.code >= $1 AND r.code < $2 RETURNING *
"""
_FOR_REFUSED: Final = frozenset({"refused", "held"})


async def ask(scope: Scope, *, asked: Asked, now: datetime) -> UUID:
    """Hand a request in: a department for a new item, a township for a change. The county's days run from here.

    Raises ``Conflict`` where the matter it comes from has an open request already.
    """
    check_asker(scope, asked.kind)
    await _check_matter(scope, asked)
    plain, item = await _checked(scope, asked, now=now)
    rule = await rule_for(scope, scope.region, now=now)
    due = await due_in(scope, rule.request_answer_days, region=scope.region, now=now)
    await fetch_value(scope, _LOCK, f"list_request:{scope.region}")
    year = f"{local(now):%Y}-"
    number = f"{year}{await next_number(scope, region=scope.region, year=year):03}"
    row = await fetch_one(
        scope, _INSERT, scope.county, new_id(), scope.region, number, plain.kind.value, scope.office, plain.incoming, plain.level,
        plain.way, item.id if item else None, item.code if item else "", plain.wanted.get("title") or (item.title if item else ""),
        was_of(item, plain.wanted), dict(plain.wanted), plain.frequency, plain.why, plain.effective_on, now, scope.person, scope.membership, scope.by_name,
        scope.by_office, due,
    )  # fmt: skip
    if row is None:
        raise RuntimeError("the place of a request is not known")
    await remember(scope, row, Happened.SUBMITTED, now=now, data={"person": str(scope.person or "")})
    await tell_all(scope, row, "submit", now=now)
    await start_clock(scope, row, rule, now=now)
    made: UUID = row["id"]
    return made


async def resubmit(scope: Scope, *, request: UUID, asked: Asked, now: datetime) -> None:
    """Hand in again what was sent back; the county's days begin anew, and what it said before stays in the history."""
    row = await _own_row(scope, request)
    procedure_of(row["kind"]).target_of("resubmit", row["state"])
    asked = replace(asked, kind=RequestKind(row["kind"]), way=row["way"], level=row["level"], item=row["item_code"], incoming=row["incoming_id"])
    plain, item = await _checked(scope, asked, now=now)
    rule = await rule_for(scope, row["region"], now=now)
    sets = {
        "was": was_of(item, plain.wanted), "wanted": dict(plain.wanted), "frequency": plain.frequency, "why": plain.why, "effective_on": plain.effective_on,
        "item_title": plain.wanted.get("title") or (item.title if item else row["item_title"]), "round": row["round"] + 1,
        "due_at": await due_in(scope, rule.request_answer_days, region=row["region"], now=now), "overdue_at": None,
        "asked_person": scope.person, "asked_membership": scope.membership, "asked_name": scope.by_name,
    }  # fmt: skip
    before = {"wanted": row["wanted"], "why": row["why"], "frequency": row["frequency"], "effective_on": row["effective_on"].isoformat()}
    data = {"person": str(scope.person or ""), "before": before}
    changed = await move(scope, row, "resubmit", kind=Happened.RESUBMITTED, now=now, sets=sets, data=data)
    await start_clock(scope, changed, rule, now=now)


async def withdraw(scope: Scope, *, request: UUID, reason: str, now: datetime) -> None:
    """Take one's own office's request back before it was decided."""
    row = await _own_row(scope, request)
    told = written(reason, needed=False)
    changed = await move(scope, row, "withdraw", kind=Happened.WITHDRAWN, now=now, text=told)
    await stop_clock(scope, changed)


def is_askers(scope: Scope, row: Any) -> bool:
    """Tell whether a request is this post's own: its department's, or its township's."""
    if row["region"] != scope.region:
        return False
    return bool(row["kind"] == RequestKind.ADJUSTMENT or row["office_id"] == scope.office)


async def _own_row(scope: Scope, request: UUID) -> Any:
    row = await request_row(scope, request, lock=True)
    scope.require(ASK)
    if not is_askers(scope, row):
        raise Forbidden(ASK, mark("申请由提出申请的单位自己修改和撤回。"))
    return row


def check_asker(scope: Scope, kind: RequestKind) -> None:
    """Raise ``Forbidden`` unless this post may ask for it: new items are a department's to ask for, changes a township's."""
    scope.require(ASK)
    if scope.level != (COUNTY if kind is RequestKind.ADMISSION else TOWNSHIP):
        raise Forbidden(ASK, mark("新增事项由县级部门申请，调整事项由乡镇（街道）申请。"))


async def _check_matter(scope: Scope, asked: Asked) -> None:
    if asked.incoming is None:
        return
    matter = await one_incoming(scope, asked.incoming)
    if asked.kind is not RequestKind.ADMISSION or matter["state"] not in _FOR_REFUSED:
        raise Conflict(mark("只有没有通过过筛的来文才需要申请准入。"))
    before = await request_of_matter(scope, asked.incoming)
    if before is not None and before["state"] in OPEN:
        raise Conflict(mark("这件来文已经有一件准入申请（%(number)s）在办。"), number=before["number"])


async def _checked(scope: Scope, asked: Asked, *, now: datetime) -> tuple[Asked, Item | None]:
    items = await county_items(scope, level=asked.level, at=now)
    if asked.level in KINDS_OF_LEVEL and not items:
        raise Conflict(mark("本县还没有发布这一层级的清单，请先与管理准入清单的县级管理员联系。"))
    item = None
    if asked.way != Way.ADD:
        item = next((each for each in items if asked.item in {str(each.id), each.code}), None)
        if item is None:
            raise Invalid(fields={"item": mark("请选择县级清单里现行的事项。")})
    plain = checked(asked, item=item, earliest=await earliest_day(scope, now=now))
    title = plain.wanted.get("title")
    twin = next((each for each in items if each.title == title and (item is None or each.code != item.code)), None)
    if twin is not None:
        raise Invalid(fields={"title": filled(mark("现行清单里已经有这一项（%(code)s）。"), code=twin.code)})
    return plain, item


async def earliest_day(scope: Scope, *, now: datetime) -> date:
    """Give the first day from which a request that is handed in now may ask its change to hold."""
    rule = await rule_for(scope, scope.region, now=now)
    today = local(now).date()
    if not rule.request_lead_days:
        return today
    return add_working_days(today, rule.request_lead_days, await own_days(scope, since=today, until=today + LOOK_AHEAD))

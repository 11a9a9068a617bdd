"""What every step of a request does: the guarded change of state, a line of history, audit, announcement, clocks."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from core.api import (
    Conflict,
    Forbidden,
    Scope,
    WorkingHours,
    announce,
    ask_guards,
    audit,
    cancel_timers,
    deadline,
    fetch_one,
    history_line,
    local,
    mark,
    own_days,
    set_timer,
    settings_of,
    working_days_before,
    write_history,
)
from plugins.township_filter.requests.queries import has_asked
from plugins.township_filter.requests.workflows import procedure_of
from plugins.township_filter.settings import FilterSettings

# Announced at the place that asked. Payload: ``request`` (id), ``way`` (the transition), ``state`` (after it).
MOVED: Final = "township_filter.request_moved"
# Announced by a timer. Payload: ``request`` (id), ``what``: soon, late, opinions; ``round``: of which it was set.
CLOCK: Final = "township_filter.request_clock"
COUNTY_DIGITS: Final = 6
LOOK_AHEAD: Final = timedelta(days=400)  # 120 working days with every holiday in between
_EVENT: Final = history_line("township_filter.request_event", "request_id")
_FASTER: Final = mark("这件申请刚刚有人办过，请刷新后再看。")


async def refuse_own(scope: Scope, row: Any, permission: str) -> None:
    """Raise ``Forbidden`` where the person who acts has handed this request in, at whichever post."""
    if await has_asked(scope, row):
        raise Forbidden(permission, mark("自己提出的申请由别人办理。"))


async def move(
    scope: Scope,
    row: Any,
    way: str,
    *,
    kind: str,
    now: datetime,
    sets: Mapping[str, Any] | None = None,
    text: str = "",
    data: Mapping[str, Any] | None = None,
) -> Any:
    """Make one transition and give the row as it is then. Raises ``Conflict`` where it does not start from here."""
    flow = procedure_of(row["kind"])
    target = flow.target_of(way, row["state"])
    await ask_guards(scope, flow.name, way, subject=row["id"], now=now, data={"level": row["level"]})
    changes = {"state": target, "changed_at": now, **(sets or {})}
    columns = ", ".join(f"{name} = ${n}" for n, name in enumerate(changes, start=5))
    sql = f"UPDATE township_filter.list_request SET {columns} WHERE region >= $1 AND region < $2 AND id = $3 AND state = $4 RETURNING *"  # noqa: S608 - our names
    changed = await fetch_one(scope, sql, row["id"], row["state"], *changes.values())
    if changed is None:
        raise Conflict(_FASTER)
    await remember(scope, changed, kind, now=now, text=text, data=data)
    await tell_all(scope, changed, way, now=now)
    return changed


async def remember(
    scope: Scope, row: Any, kind: str, *, now: datetime, text: str = "", data: Mapping[str, Any] | None = None
) -> None:
    """Write a line of the request's history."""
    await write_history(scope, _EVENT, row, kind, now=now, text=text, data=data)


async def tell_all(scope: Scope, row: Any, way: str, *, now: datetime) -> None:
    """Write the audit line and announce it; whoever must know is told from there."""
    place = {"region": row["region"], "county": row["county"]}
    data = {"number": row["number"], "kind": row["kind"], "way": row["way"], "item": row["item_title"], "state": row["state"]}
    await audit(scope, f"township_filter.request_{way}", kind="township_filter_request", subject=row["id"], now=now, data=data, **place)
    await announce(scope, MOVED, {"request": str(row["id"]), "way": way, "state": row["state"]}, now=now, **place)


async def rule_for(scope: Scope, region: str, *, now: datetime) -> FilterSettings:
    """Give the county's rule for requests in force now."""
    return await settings_of(scope, FilterSettings, at=now, region=region[:COUNTY_DIGITS])


async def due_in(scope: Scope, days: int, *, region: str, now: datetime) -> datetime:
    """Give when something is due that was handed over now: so many working days of the county's calendar."""
    hours = await settings_of(scope, WorkingHours, at=now, region=region[:COUNTY_DIGITS])
    today = local(now).date()
    off = await own_days(scope, since=today, until=today + LOOK_AHEAD)
    return deadline(now, working_days=days, own_days=off, hours=hours)


async def start_clock(scope: Scope, row: Any, rule: FilterSettings, *, now: datetime) -> None:
    """Have the county reminded before its answer is due, and told when it is late."""
    due: datetime = row["due_at"]
    off = await own_days(scope, since=local(now).date(), until=local(due).date())
    day = working_days_before(local(due).date(), rule.request_remind_days, off)
    soon = local(due).replace(year=day.year, month=day.month, day=day.day)
    await stop_clock(scope, row)
    for what, at in (("soon", soon), ("late", due)):
        if at > now:
            await set_clock(scope, row, what, at)


async def set_clock(scope: Scope, row: Any, what: str, at: datetime) -> None:
    """Set one clock of a request."""
    payload = {"request": str(row["id"]), "what": what, "round": row["round"]}
    await set_timer(
        scope, CLOCK, subject=row["id"], due_at=at, payload=payload, region=row["region"], county=row["county"]
    )


async def stop_clock(scope: Scope, row: Any) -> None:
    """Stop the clocks: the county has answered, or the request rests with whoever asked."""
    await cancel_timers(scope, subject=row["id"], county=row["county"])

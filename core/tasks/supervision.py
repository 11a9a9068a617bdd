"""What supervision watches in the main job: shares past their due time, and matters that wait too long for a person."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.contracts.settings import SettingsArea, SettingsModel, setting
from core.contracts.warnings import Basis, Domain, Found, Hit, Listen, Look, Severity, WarningModel
from core.kernel.database import fetch, fetch_value
from core.kernel.errors import mark
from core.kernel.outbox import Event
from core.kernel.scope import Scope

_DAY: Final = timedelta(days=1)
# The persons concerned: whoever it was given to, else the village's secretary or the office's and township's leaders.
_LATE: Final = """
SELECT a.id, a.region, a.title, a.sender_name, a.receiver_name, a.due_at, a.state,
       ARRAY(SELECT m.person_id FROM membership m WHERE m.region >= $1 AND m.region < $2 AND m.county = a.county
             AND m.id = a.allocated_membership AND m.valid_from <= $5 AND (m.valid_to IS NULL OR m.valid_to > $5)
             UNION SELECT m.person_id FROM membership m WHERE m.region >= $1 AND m.region < $2 AND m.county = a.county
             AND a.allocated_membership IS NULL AND m.region = a.region AND m.role = ANY ('{village_secretary,township_leader}'::text[])
             AND m.valid_from <= $5 AND (m.valid_to IS NULL OR m.valid_to > $5)) AS persons
FROM assignment a
WHERE a.region >= $1 AND a.region < $2 AND a.region >= $3 AND a.region < $4
  AND a.state IN ('sent', 'in_hand', 'returned') AND a.due_at <= $5
"""
_NEXT_LATE: Final = """
SELECT min(a.due_at) AS at FROM assignment a
WHERE a.region >= $1 AND a.region < $2 AND a.region >= $3 AND a.region < $4
  AND a.state IN ('sent', 'in_hand', 'returned') AND a.due_at > $5
"""
# The same of one matter alone: a task with all its shares, or one share.
_LATE_OF: Final = {"task": f"{_LATE} AND a.task_id = $6", "share": f"{_LATE} AND a.id = $6"}
_SHARES: Final = """
SELECT a.id, CASE WHEN a.state IN ('sent', 'in_hand', 'returned') AND a.due_at > $5 THEN a.due_at END AS at FROM assignment a
WHERE a.region >= $1 AND a.region < $2 AND a.region >= $3 AND a.region < $4
"""
_SHARES_OF: Final = {"task": f"{_SHARES} AND a.task_id = $6", "share": f"{_SHARES} AND a.id = $6"}
_HELD: Final = """
SELECT i.id, i.region, i.number, i.title, i.sender_name, i.created_at,
       ARRAY(SELECT DISTINCT m.person_id FROM membership m WHERE m.region >= $1 AND m.region < $2 AND m.county = i.county
             AND m.region = i.region AND m.role = 'township_leader' AND m.valid_from <= $5
             AND (m.valid_to IS NULL OR m.valid_to > $5)) AS persons
FROM incoming_task i
WHERE i.region >= $1 AND i.region < $2 AND i.region >= $3 AND i.region < $4 AND i.state = 'held'
"""
_ONE_HELD: Final = f"{_HELD} AND i.id = $6"


class OverdueRule(SettingsModel):
    """When a late share is orange or red. No source gives days; these are proposals."""

    grace_days: int = setting(0, title=mark("超期几天后提示"), unit=mark("天"), ge=0, le=30)
    orange_days: int = setting(3, title=mark("超期几天为橙色"), unit=mark("天"), ge=1, le=60)
    red_days: int = setting(10, title=mark("超期几天为红色"), unit=mark("天"), ge=2, le=180)


class WaitingRule(SettingsModel):
    """How long a matter may wait for a person. 48 hours stand in the rules of the county that has this model."""

    hours: int = setting(48, title=mark("等待多少小时后提示"), unit=mark("小时"), ge=1, le=720)
    red_hours: int = setting(120, title=mark("等待多少小时为红色"), unit=mark("小时"), ge=2, le=1440)


OVERDUE_AREA: Final = SettingsArea("warning_overdue_task", mark("预警参数：任务超期"), OverdueRule)
WAITING_AREA: Final = SettingsArea("warning_waiting_approval", mark("预警参数：审定超时"), WaitingRule)


def first_after(now: datetime, *moments: datetime | None) -> datetime | None:
    """Give the first moment that is still to come."""
    coming = [each for each in moments if each is not None and each > now]
    return min(coming, default=None)


def matter_of(event: Event) -> str:
    """Name what a deed touched: one share, or a task with all its shares. A county's task is not the whole county."""
    share = event.payload.get("assignment")
    return f"share:{share}" if share else f"task:{event.payload['task']}"


async def overdue_tasks(scope: Scope, look: Look) -> Found:
    """Find shares that are open past their due time."""
    rule: OverdueRule = look.rule
    hits, moments = [], []
    late, soonest, looked = await _shares(scope, look)
    for row in late:
        begins = row["due_at"] + rule.grace_days * _DAY
        orange, red = row["due_at"] + rule.orange_days * _DAY, row["due_at"] + rule.red_days * _DAY
        moments += [begins, orange, red]
        if begins <= look.ends:
            severity = Severity.RED if red <= look.ends else Severity.ORANGE if orange <= look.ends else Severity.YELLOW
            hits.append(_late_hit(row, severity))
    coming = soonest + rule.grace_days * _DAY if soonest else None
    return Found(tuple(hits), first_after(look.ends, coming, *moments), looked)


async def _shares(scope: Scope, look: Look) -> tuple[list[Any], datetime | None, frozenset[str]]:
    """Give what is late, when the next will be, and, for one matter, the keys of all its shares."""
    where = (look.region, look.region_end, look.ends)
    if not look.subject:
        return await fetch(scope, _LATE, *where), await fetch_value(scope, _NEXT_LATE, *where), frozenset()
    kind, _, name = look.subject.partition(":")
    shares = await fetch(scope, _SHARES_OF[kind], *where, UUID(name))
    soonest = min((row["at"] for row in shares if row["at"] is not None), default=None)
    late = await fetch(scope, _LATE_OF[kind], *where, UUID(name))
    return late, soonest, frozenset(str(row["id"]) for row in shares)


def _late_hit(row: Any, severity: Severity) -> Hit:
    return Hit(
        key=str(row["id"]), region=row["region"], title=row["title"], severity=severity, since=row["due_at"],
        text=mark("%(receiver)s办理的“%(title)s”过了截止时间还没有办结，交办单位是%(sender)s。"),
        data={"receiver": row["receiver_name"], "title": row["title"], "sender": row["sender_name"]},
        basis=(Basis(mark("派发件"), row["title"], f"/assignments/{row['id']}", row["due_at"], row["id"]),),
        concerns=tuple(row["persons"]),
    )  # fmt: skip


def _incoming(event: Event) -> str:
    return str(event.payload["incoming"])


async def waiting_approvals(scope: Scope, look: Look) -> Found:
    """Find matters that screening held and nobody has decided."""
    rule: WaitingRule = look.rule
    hits, moments = [], []
    where = (look.region, look.region_end, look.ends)
    rows = await fetch(scope, _ONE_HELD, *where, UUID(look.subject)) if look.subject else await fetch(scope, _HELD, *where)
    for row in rows:
        begins, red = row["created_at"] + timedelta(hours=rule.hours), row["created_at"] + timedelta(hours=rule.red_hours)
        moments += [begins, red]
        if begins <= look.ends:
            hits.append(_waiting_hit(row, Severity.RED if red <= look.ends else Severity.ORANGE, rule.hours, begins))
    return Found(tuple(hits), first_after(look.ends, *moments), frozenset({look.subject} - {""}))


def _waiting_hit(row: Any, severity: Severity, hours: int, since: datetime) -> Hit:
    return Hit(
        key=str(row["id"]), region=row["region"], title=row["title"], severity=severity, since=since,
        text=mark("%(sender)s的来文“%(title)s”等待审定超过 %(hours)s 小时。"),
        data={"sender": row["sender_name"], "title": row["title"], "hours": hours},
        basis=(Basis(mark("任务来文"), f"{row['number']} {row['title']}".strip(), f"/incoming/{row['id']}", row["created_at"], row["id"]),),
        concerns=tuple(row["persons"]),
    )  # fmt: skip


MODELS: Final = (
    WarningModel(
        "overdue_task", mark("任务超期"), Domain.TASKS, overdue_tasks,
        mark("超期为黄色；超期较久为橙色、红色，天数可以设置。"), OVERDUE_AREA,
        listens=tuple(
            Listen(topic, subject_of=matter_of)
            for topic in (
                "task.dispatched", "task.due", "task.withdrawn", "task.extended", "place.taken", "assignment.submitted",
                "assignment.returned", "assignment.accepted", "assignment.reversed", "assignment.extended", "assignment.withdrawn",
            )
        ),
        hint=mark("到了截止时间还没有办结的派发件。"),
    ),
    WarningModel(
        "waiting_approval", mark("审定超时"), Domain.TASKS, waiting_approvals,
        mark("超过规定的小时数为橙色，更久为红色。"), WAITING_AREA,
        listens=tuple(Listen(topic, subject_of=_incoming) for topic in ("incoming.screened", "incoming.decided")),
        hint=mark("过筛后待定的来文，一直没有人审定。"),
    ),
)  # fmt: skip

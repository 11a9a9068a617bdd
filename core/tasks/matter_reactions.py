"""What whoever handed a matter in hears of it: that it was merged or parted, dispatched, goes on without another, and how it ended.

A task made of merged matters reports to all their senders alike. Each runs in the worker, once for each announcement.
"""

from typing import Final
from uuid import UUID

from core.kernel.audit import audit
from core.kernel.database import execute, fetch, fetch_one, fetch_value
from core.kernel.outbox import Event
from core.kernel.scope import Scope
from core.notices.actions import tell
from core.tasks.actions.going_on import GOES_ON

_INCOMING: Final = "SELECT i.id, i.title, i.membership FROM incoming_task i WHERE i.region >= $1 AND i.region < $2 AND i.id = $3"
_TASK_OF: Final = "SELECT a.task_id FROM assignment a WHERE a.region >= $1 AND a.region < $2 AND a.id = $3"
# Once for each matter and end; whoever dispatched the task knows. The state is asked when the notice is written: a task that
# ended meanwhile is told as ended.
_TELL_SENDERS: Final = """
INSERT INTO notice (county, id, region, membership_id, kind, data, link, key, created_at)
SELECT m.county, gen_random_uuid(), m.region, m.id, k.kind, jsonb_build_object('title', i.title, 'reason', t.end_reason),
       '/incoming/' || i.id, k.kind || ':' || i.id, $4
FROM task t JOIN incoming_task i ON i.county = t.county AND i.task_id = t.id
  JOIN membership m ON m.county = i.county AND m.id = i.membership,
  LATERAL (SELECT CASE t.state WHEN 'closed' THEN 'matter_done' WHEN 'withdrawn' THEN 'matter_ended' ELSE 'matter_sent' END AS kind) k
WHERE t.region >= $1 AND t.region < $2 AND i.region >= $1 AND i.region < $2 AND m.region >= $1 AND m.region < $2
  AND t.id = $3 AND m.id IS DISTINCT FROM t.membership AND m.valid_from <= $4 AND (m.valid_to IS NULL OR m.valid_to > $4)
ON CONFLICT (county, membership_id, key) DO NOTHING
"""
# For whom a task goes on: whoever dispatched it, those above who still wait for their share, and who handed a matter of the place in.
_TELL_OF_GOING_ON: Final = """
WITH t AS (SELECT t.county, t.id, t.title, t.membership FROM task t WHERE t.region >= $1 AND t.region < $2 AND t.id = $3),
above AS (
  SELECT p.county, p.id, p.title, p.membership FROM t JOIN task_parent l ON l.county = t.county AND l.task_id = t.id
    JOIN assignment a ON a.county = l.county AND a.id = l.assignment_id JOIN task p ON p.id = a.task_id
  WHERE l.region >= $1 AND l.region < $2 AND a.region >= $1 AND a.region < $2 AND p.region >= $1 AND p.region < $2 AND a.state <> 'withdrawn'),
who AS (
  SELECT membership, title, '/tasks/' || id AS link FROM t UNION ALL SELECT membership, title, '/tasks/' || id FROM above
  UNION ALL SELECT i.membership, i.title, '/incoming/' || i.id FROM t JOIN incoming_task i ON i.county = t.county AND i.task_id = t.id
             WHERE i.region >= $1 AND i.region < $2 AND i.assignment_id IS NULL)
INSERT INTO notice (county, id, region, membership_id, kind, data, link, key, created_at)
SELECT m.county, gen_random_uuid(), m.region, m.id, 'goes_on', $4::jsonb || jsonb_build_object('title', w.title), w.link, $5, $6
FROM who w JOIN membership m ON m.id = w.membership
WHERE m.region >= $1 AND m.region < $2 AND m.valid_from <= $6 AND (m.valid_to IS NULL OR m.valid_to > $6)
ON CONFLICT (county, membership_id, key) DO NOTHING
"""
_STILL_ABOVE: Final = """
SELECT p.county, p.region, p.id, a.receiver_name FROM task_parent l JOIN assignment a ON a.county = l.county AND a.id = l.assignment_id
  JOIN task p ON p.id = a.task_id
WHERE l.region >= $1 AND l.region < $2 AND a.region >= $1 AND a.region < $2 AND p.region >= $1 AND p.region < $2
  AND l.task_id = $3 AND a.state <> 'withdrawn' ORDER BY p.id
"""


def top_of(event: Event) -> str:
    """Widen the scope to the highest of those for whom a task goes on."""
    region: str = event.payload["top"]
    return region


async def on_goes_on(scope: Scope, event: Event) -> None:
    """Tell the other senders that a task goes on for them, and write it into the history of what they sent."""
    task, at = UUID(event.payload["task"]), event.created_at
    data = {name: event.payload[name] for name in ("name", "others")}
    await execute(scope, _TELL_OF_GOING_ON, task, data, f"goes_on:{event.id}", at)
    for each in await fetch(scope, _STILL_ABOVE, task):
        told = {**data, "receiver": each["receiver_name"]}
        await audit(
            scope, GOES_ON, kind="task", subject=each["id"], now=at, data=told, county=each["county"], region=each["region"]
        )  # fmt: skip


async def on_merged(scope: Scope, event: Event) -> None:
    await _tell(scope, event, "merged")


async def on_unmerged(scope: Scope, event: Event) -> None:
    await _tell(scope, event, "unmerged")


async def _tell(scope: Scope, event: Event, kind: str) -> None:
    """Tell the one who handed the matter in, unless he did it himself. Of the other matters nothing is said: they may be another office's."""
    row = await fetch_one(scope, _INCOMING, UUID(event.payload["incoming"]))
    if row is not None and row["membership"] is not None and str(row["membership"]) != event.payload["by"]:
        await tell(
            scope, memberships=[row["membership"]], kind=kind, key=f"{kind}:{event.id}", data={"title": row["title"]},
            link=f"/incoming/{row['id']}", now=event.created_at,
        )  # fmt: skip


async def on_task(scope: Scope, event: Event) -> None:
    await execute(scope, _TELL_SENDERS, UUID(event.payload["task"]), event.created_at)


async def on_share(scope: Scope, event: Event) -> None:
    task = await fetch_value(scope, _TASK_OF, UUID(event.payload["assignment"]))
    if task is not None:
        await execute(scope, _TELL_SENDERS, task, event.created_at)

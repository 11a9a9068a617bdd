"""What follows from deeds of the main job: counts at the sender, overdue marks, and who is told.

Each runs in the worker under a system scope, once for each announcement.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from core.kernel.database import execute, fetch, fetch_one
from core.kernel.outbox import Event
from core.kernel.scope import Scope
from core.notices.actions import tell
from core.tasks.actions.going_on import go_on_for_others
from core.tasks.actions.moves import remember
from core.tasks.actions.steering import withdraw_parts
from core.tasks.enums import Happened

# Who hears of a share: the post it was given to; else the village's cadres, the office's staff, or the township's leaders.
_HEARS: Final = """CASE WHEN a.allocated_membership IS NOT NULL THEN m.id = a.allocated_membership
           WHEN a.allocated_grid IS NOT NULL THEN m.grid_id = a.allocated_grid
           WHEN a.office_id IS NOT NULL THEN m.office_id = a.office_id
           ELSE m.office_id IS NULL AND m.role = ANY ('{village_secretary,village_cadre,township_leader}'::text[]) END
"""
_TELL_RECEIVERS: Final = f"""
INSERT INTO notice (county, id, region, membership_id, kind, data, link, key, created_at)
SELECT m.county, gen_random_uuid(), m.region, m.id, $3,
       $4::jsonb || jsonb_build_object('title', a.title, 'sender', a.sender_name, 'score', trim_scale(a.score)::text,
                                       'reason', coalesce($4::jsonb ->> 'reason', a.return_reason)),
       '/assignments/' || a.id, $5 || ':' || a.id, $6
FROM assignment a JOIN membership m ON m.county = a.county AND m.region = a.region
WHERE a.region >= $1 AND a.region < $2 AND m.region >= $1 AND m.region < $2
  AND m.valid_from <= $6 AND (m.valid_to IS NULL OR m.valid_to > $6)
  AND {_HEARS}"""  # noqa: S608 - no value is put into the text
_BY_SHARE: Final = _TELL_RECEIVERS + " AND a.id = $7 ON CONFLICT (county, membership_id, key) DO NOTHING"
_BY_TASK: Final = (
    _TELL_RECEIVERS
    + " AND a.task_id = $7 AND a.state = ANY($8::text[]) ON CONFLICT (county, membership_id, key) DO NOTHING"
)
_STILL_DUE: Final = (
    _TELL_RECEIVERS
    + " AND a.task_id = $7 AND a.state = ANY($8::text[]) AND a.due_at > $6 ON CONFLICT (county, membership_id, key) DO NOTHING"
)
_TELL_OPEN: Final = """
INSERT INTO notice (county, id, region, membership_id, kind, data, link, key, created_at)
SELECT m.county, gen_random_uuid(), m.region, m.id, 'opened', jsonb_build_object('title', t.title, 'sender', t.sender_name),
       '/open/' || t.id, 'opened:' || t.id, $4
FROM task t JOIN membership m ON m.county = t.county AND m.region > t.region AND m.region < t.region || ':'
WHERE t.region >= $1 AND t.region < $2 AND m.region >= $1 AND m.region < $2 AND t.id = $3 AND t.mode = 'open' AND t.state = 'active'
  AND m.role = ANY ('{village_secretary,village_cadre}'::text[]) AND m.valid_from <= $4 AND (m.valid_to IS NULL OR m.valid_to > $4)
ON CONFLICT (county, membership_id, key) DO NOTHING
"""
# Whoever made a task of a share hears of that task's end, unless he hears of the share's.
_TELL_SPLITTERS: Final = f"""
INSERT INTO notice (county, id, region, membership_id, kind, data, link, key, created_at)
SELECT m.county, gen_random_uuid(), m.region, m.id, 'withdrawn', jsonb_build_object('title', t.title, 'reason', $4::text),
       '/tasks/' || t.id, 'withdrawn:' || t.id, $5
FROM task t JOIN membership m ON m.county = t.county AND m.id = t.membership
  JOIN task_parent l ON l.county = t.county AND l.task_id = t.id JOIN assignment a ON a.county = l.county AND a.id = l.assignment_id
WHERE t.region >= $1 AND t.region < $2 AND l.region >= $1 AND l.region < $2 AND m.region >= $1 AND m.region < $2
  AND a.region >= $1 AND a.region < $2
  AND t.id = ANY ($3::uuid[]) AND m.valid_from <= $5 AND (m.valid_to IS NULL OR m.valid_to > $5)
  AND NOT ({_HEARS})
ON CONFLICT (county, membership_id, key) DO NOTHING
"""  # noqa: S608 - no value is put into the text
# Whoever made a task of a share that was given more time hears of it; those who hear of the share, where that post has ended.
# A task that was made after the extension knew of it. One made of several shares has as much time as the shortest of them.
_TELL_OF_MORE_TIME: Final = f"""
INSERT INTO notice (county, id, region, membership_id, kind, data, link, key, created_at)
SELECT m.county, gen_random_uuid(), m.region, m.id, 'extended_above', jsonb_build_object('title', t.title, 'sender', a.sender_name),
       '/tasks/' || t.id || '#extend', $3 || ':' || t.id, $4
FROM assignment a JOIN task_parent l ON l.county = a.county AND l.assignment_id = a.id
  JOIN task t ON t.county = l.county AND t.id = l.task_id JOIN membership m ON m.county = t.county AND m.region = t.region
WHERE a.region >= $1 AND a.region < $2 AND l.region >= $1 AND l.region < $2 AND t.region >= $1 AND t.region < $2 AND m.region >= $1 AND m.region < $2
  AND a.task_id = $5 AND ($6::uuid IS NULL OR a.id = $6) AND a.closed_at IS NULL
  AND t.state = 'active' AND t.created_at <= $4 AND t.due_at < (
    SELECT min(b.due_at) FROM task_parent p JOIN assignment b ON b.county = p.county AND b.id = p.assignment_id
     WHERE p.region >= $1 AND p.region < $2 AND b.region >= $1 AND b.region < $2 AND p.county = t.county AND p.task_id = t.id
       AND b.closed_at IS NULL)
  AND m.valid_from <= $4 AND (m.valid_to IS NULL OR m.valid_to > $4)
  AND (m.id = t.membership OR ({_HEARS} AND NOT EXISTS (
    SELECT 1 FROM membership s WHERE s.region >= $1 AND s.region < $2 AND s.county = t.county AND s.id = t.membership
       AND (s.valid_to IS NULL OR s.valid_to > $4))))
ON CONFLICT (county, membership_id, key) DO NOTHING
"""  # noqa: S608 - no value is put into the text
_TASK: Final = "SELECT t.* FROM task t WHERE t.region >= $1 AND t.region < $2 AND t.id = $3"
_SHARE: Final = "SELECT a.* FROM assignment a WHERE a.region >= $1 AND a.region < $2 AND a.id = $3"
_INCOMING: Final = "SELECT i.* FROM incoming_task i WHERE i.region >= $1 AND i.region < $2 AND i.id = $3"
_COUNT_TAKEN: Final = """
UPDATE task SET receivers = receivers + 1 WHERE region >= $1 AND region < $2 AND id = $3 RETURNING membership, title
"""
_OVERDUE: Final = """
UPDATE assignment SET overdue_at = $4, changed_at = $4
WHERE region >= $1 AND region < $2 AND task_id = $3 AND due_at <= $4 AND overdue_at IS NULL
  AND state IN ('sent', 'in_hand', 'returned') RETURNING *
"""
# What is in hand follows a corrected name; what is done stays as it was written.
_RENAME: Final = """
UPDATE assignment a SET allocated_name = $4, changed_at = $5 FROM membership m
WHERE a.region >= $1 AND a.region < $2 AND m.region >= $1 AND m.region < $2 AND m.county = a.county
  AND m.id = a.allocated_membership AND m.person_id = $3 AND a.closed_at IS NULL AND a.allocated_name <> $4
"""
_OPEN: Final = ["sent", "in_hand", "returned"]
_ALL: Final = [*_OPEN, "submitted", "withdrawn", "accepted"]


def sender_of(event: Event) -> str:
    """Widen the scope to the sender's region, which the deed itself could not touch."""
    region: str = event.payload["sender_region"]
    return region


async def on_dispatched(scope: Scope, event: Event) -> None:
    task = UUID(event.payload["task"])
    await execute(
        scope, _BY_TASK, "dispatched", {}, f"dispatched:{event.id}", event.created_at, task, ["sent"]
    )
    await execute(scope, _TELL_OPEN, task, event.created_at)


async def on_taken(scope: Scope, event: Event) -> None:
    """Count the taker at the sender's task; the village itself could not."""
    task = UUID(event.payload["task"])
    row = await fetch_one(scope, _COUNT_TAKEN, task)
    share = await fetch_one(scope, _SHARE, UUID(event.payload["assignment"]))
    if row is not None and share is not None and row["membership"] is not None:
        await tell(
            scope, memberships=[row["membership"]], kind="taken", key=f"taken:{share['id']}",
            data={"title": row["title"], "receiver": share["receiver_name"]}, link=f"/tasks/{task}", now=event.created_at,
        )  # fmt: skip


async def on_submitted(scope: Scope, event: Event) -> None:
    share = await fetch_one(scope, _SHARE, UUID(event.payload["assignment"]))
    task = await fetch_one(scope, _TASK, share["task_id"]) if share is not None else None
    if share is not None and task is not None and task["membership"] is not None:
        await tell(
            scope, memberships=[task["membership"]], kind="submitted", key=f"submitted:{event.id}",
            data={"title": share["title"], "receiver": share["receiver_name"]}, link=f"/assignments/{share['id']}",
            now=event.created_at,
        )  # fmt: skip


async def _tell_share(scope: Scope, event: Event, kind: str, data: Mapping[str, Any] | None = None) -> None:
    share = UUID(event.payload["assignment"])
    await execute(scope, _BY_SHARE, kind, dict(data or {}), f"{kind}:{event.id}", event.created_at, share)


async def on_allocated(scope: Scope, event: Event) -> None:
    await _tell_share(scope, event, "allocated")


async def on_returned(scope: Scope, event: Event) -> None:
    await _tell_share(scope, event, "returned")


async def on_accepted(scope: Scope, event: Event) -> None:
    await _tell_share(scope, event, "accepted")


async def on_reversed(scope: Scope, event: Event) -> None:
    await _tell_share(scope, event, "reversed", {"reason": event.payload["reason"]})


async def on_reminded(scope: Scope, event: Event) -> None:
    await _tell_share(scope, event, "reminded")


async def on_escalated(scope: Scope, event: Event) -> None:
    await _tell_share(scope, event, "escalated", {"reason": event.payload["reason"]})


async def on_share_extended(scope: Scope, event: Event) -> None:
    await _tell_share(scope, event, "extended")


async def on_extended(scope: Scope, event: Event) -> None:
    task = UUID(event.payload["task"])
    await execute(
        scope, _BY_TASK, "extended", {}, f"extended:{event.id}", event.created_at, task, [*_OPEN, "submitted"]
    )


async def on_more_time(scope: Scope, event: Event) -> None:
    """Tell those who split a share, of one receiver or of all, that they may give their own receivers more time too."""
    one = event.payload.get("assignment")
    await execute(
        scope, _TELL_OF_MORE_TIME, f"extended_above:{event.id}", event.created_at, UUID(event.payload["task"]),
        UUID(one) if one else None,
    )  # fmt: skip


async def on_withdrawn(scope: Scope, event: Event) -> None:
    data = {"reason": event.payload["reason"]}
    task = UUID(event.payload["task"])
    await execute(
        scope, _BY_TASK, "withdrawn", data, f"withdrawn:{event.id}", event.created_at, task, ["withdrawn"]
    )


async def on_share_withdrawn(scope: Scope, event: Event) -> None:
    await _tell_share(scope, event, "withdrawn", {"reason": event.payload["reason"]})


async def on_withdrawn_above(scope: Scope, event: Event) -> None:
    """End what receivers made of the task. Their own announcements tell the villages, and reach further down.

    What was made of merged matters and has other senders goes on for those.
    """
    task, reason, at = UUID(event.payload["task"]), event.payload["reason"], event.created_at
    ended = await withdraw_parts(scope, task=task, reason=reason, now=at)
    await execute(scope, _TELL_SPLITTERS, ended, reason, at)
    one = event.payload.get("assignment")
    await go_on_for_others(scope, task=task, share=UUID(one) if one else None, reason=reason, now=at)


async def on_goes_on(scope: Scope, event: Event) -> None:
    """Tell those who still work on a task for whom it goes on."""
    task, data = UUID(event.payload["task"]), {name: event.payload[name] for name in ("name", "others")}
    await execute(
        scope, _BY_TASK, "goes_on", data, f"goes_on:{event.id}", event.created_at, task, [*_OPEN, "submitted"]
    )


async def on_due_soon(scope: Scope, event: Event) -> None:
    """Tell those who still have time. A timer may fire late, after the service stood still: what is overdue by then says so itself."""
    task = UUID(event.payload["task"])
    await execute(scope, _STILL_DUE, "due_soon", {}, f"due_soon:{event.id}", event.created_at, task, _OPEN)


async def on_due(scope: Scope, event: Event) -> None:
    """Mark what is overdue, in the history as well, and tell receivers and sender."""
    now, task = event.created_at, UUID(event.payload["task"])
    late = await fetch(scope, _OVERDUE, task, now)
    for share in late:
        await remember(scope, share, Happened.OVERDUE, now=now)
        await execute(scope, _BY_SHARE, "overdue", {}, f"overdue:{event.id}", now, share["id"])
    row = await fetch_one(scope, _TASK, task)
    if late and row is not None and row["membership"] is not None:
        await tell(
            scope, memberships=[row["membership"]], kind="overdue_sent", key=f"overdue:{event.id}",
            data={"title": row["title"], "count": len(late)}, link=f"/tasks/{task}", now=now,
        )  # fmt: skip


async def on_decided(scope: Scope, event: Event) -> None:
    row = await fetch_one(scope, _INCOMING, UUID(event.payload["incoming"]))
    if row is not None and row["membership"] is not None:
        await tell(
            scope, memberships=[row["membership"]], kind="decided", key=f"decided:{event.id}",
            data={"title": row["title"]}, link=f"/incoming/{row['id']}", now=event.created_at,
        )  # fmt: skip


async def on_person_corrected(scope: Scope, event: Event) -> None:
    """Show the corrected name on every share that this person has in hand."""
    if name := event.payload["name"]:
        await execute(scope, _RENAME, UUID(event.payload["person"]), name, event.created_at)

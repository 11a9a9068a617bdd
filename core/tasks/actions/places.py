"""Taking an open place (领取): one guarded update decides who has it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from asyncpg import UniqueViolationError

from core.kernel.database import ABOVE, fetch, fetch_one, promise_news
from core.kernel.errors import Conflict, NotFound, mark
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.tasks.enums import Happened

# Places are configuration to their takers: a village reads those of its township, and may only ever write its own code.
# The first try looks in the village's own county and skips places that others hold at this moment; the second looks above as
# well, and waits for the others to commit or give up. Why there was
# none is asked afterwards: of those who press the button most get one, and they should not wait for that question. Hundreds
# press at once when a task is opened, so the share, its history, the audit line and the news are one statement.
_TAKE = """
WITH free AS (
  SELECT p.county, p.id FROM place p
  WHERE p.county {in_county} AND p.region = ANY {above} AND p.task_id = $3 AND p.taken_by IS NULL
    AND p.withdrawn_at IS NULL AND p.due_at > $4
    AND NOT EXISTS (SELECT 1 FROM place own WHERE own.county {in_county} AND own.region = ANY {above}
                       AND own.task_id = $3 AND own.taken_by = $1)
  ORDER BY p.n LIMIT 1 FOR UPDATE {wait}),
taken AS (
  UPDATE place p SET taken_by = $1, taken_by_name = r.shown_name, taken_at = $4 FROM free, region r
  WHERE p.county = free.county AND p.id = free.id AND p.taken_by IS NULL AND r.code = $1 RETURNING p.*),
share AS (
  INSERT INTO assignment (county, id, region, task_id, brief_id, place_id, sender_region, sender_office_id, sender_name,
                          receiver_name, title, item_code, category, points, due_at, evidence, state, emergency,
                          acknowledged_at, acknowledged_by_name, created_at, changed_at)
  SELECT $5, $6, $1, task_id, brief_id, id, region, sender_office_id, sender_name, taken_by_name, title, item_code, category,
         points, due_at, evidence, 'in_hand', emergency, $4, $7, $4, $4 FROM taken WHERE $1 < $2 RETURNING *),
line AS (
  INSERT INTO assignment_event (county, id, region, assignment_id, at, kind, text, membership, by_name, by_office, data)
  SELECT county, $8, region, id, $4, '{kind}', '', $11, $7, $12, '{{}}' FROM share),
trail AS (
  INSERT INTO audit_line (county, id, region, at, action, subject_kind, subject_id, person, membership, by_name, by_office, data)
  SELECT county, $9, region, $4, 'assignment.{kind}', 'assignment', id, $13, $11, $7, $12, '{{}}' FROM share)
SELECT id, title, due_at, (SELECT count(*) - 1 FROM place p WHERE p.county {in_county} AND p.region = ANY {above}
         AND p.task_id = $3 AND p.taken_by IS NULL AND p.withdrawn_at IS NULL AND p.due_at > $4) AS free, announce_event($10, county, region, 'place.taken',
         jsonb_build_object('task', task_id, 'assignment', id, 'sender_region', sender_region), $4) FROM share
"""
_SKIP: Final = _TAKE.format(above=ABOVE, wait="SKIP LOCKED", in_county="= $5", kind=Happened.TAKEN)
_WAIT: Final = _TAKE.format(above=ABOVE, wait="", in_county=f"= ANY ($5::text || {ABOVE})", kind=Happened.TAKEN)
_ALL: Final = f"""
SELECT p.taken_by, p.taken_by_name, p.withdrawn_at, p.due_at FROM place p
WHERE p.region = ANY {ABOVE} AND p.task_id = $3 AND $1 < $2 ORDER BY p.taken_at DESC NULLS FIRST
"""  # noqa: S608 - no value is put into the text
_TRIES: Final = 5
_HAS_ONE: Final = mark("本村已经领取过这件任务，在“我的任务”里办理。")


@dataclass(frozen=True, slots=True)
class Taken:
    """The share that a place became; ``free`` places of its task are left."""

    task_id: UUID
    assignment: UUID
    title: str
    due_at: datetime
    free: int
    mine: bool = True


async def take_place(scope: Scope, *, task: UUID, now: datetime) -> Taken:
    """Take one free place of a task for the scope's village. It counts as acknowledged.

    Raises ``Conflict`` saying who was faster, or that this village has one already; ``NotFound`` for a task that offers
    no places to this village.
    """
    scope.require("core:place:take")
    row = await _try(scope, _SKIP, task, now)
    for _ in range(_TRIES):
        if row is not None:
            break
        await _refuse_if_gone(scope, task, now)
        row = await _try(scope, _WAIT, task, now)
    if row is None:
        raise Conflict(mark("领取的人太多了，请再点一次“领取”。"))
    promise_news(scope)
    return Taken(task, row["id"], row["title"], row["due_at"], row["free"])


async def _try(scope: Scope, sql: str, task: UUID, now: datetime) -> Any | None:
    try:
        return await fetch_one(
            scope, sql, task, now, scope.county, new_id(), scope.by_name, new_id(), new_id(), new_id(),
            scope.membership, scope.by_office, scope.person,
        )  # fmt: skip
    except UniqueViolationError as twice:  # two people of one village at the same moment
        raise Conflict(_HAS_ONE) from twice


async def _refuse_if_gone(scope: Scope, task: UUID, now: datetime) -> None:
    places = await fetch(scope, _ALL, task)
    if not places:
        raise NotFound
    if any(place["taken_by"] == scope.region for place in places):
        raise Conflict(_HAS_ONE)
    if any(p["taken_by"] is None and p["withdrawn_at"] is None and p["due_at"] > now for p in places):
        return
    last = next((p["taken_by_name"] for p in places if p["taken_by"]), None)
    if last is None:
        raise Conflict(mark("这件任务已经撤回或截止，不能再领取。"))
    raise Conflict(mark("慢了一步，%(village)s已领取。"), village=last)

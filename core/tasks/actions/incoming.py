"""Incoming tasks (任务来文): handed in, screened at once, decided by a person where the rules hold them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.contracts.guards import ask_guards
from core.contracts.screening import Candidate, Matter, Screening, Verdict, screen
from core.files.actions import attach_files, copy_files
from core.kernel.audit import audit
from core.kernel.database import execute, fetch_one, fetch_value
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound, mark
from core.kernel.ids import new_id
from core.kernel.outbox import announce
from core.kernel.scope import Scope
from core.tasks.actions.dispatching import sender_name
from core.tasks.actions.groups import OPEN, lock_open, part_from
from core.tasks.actions.listed import refuse_forbidden, wrong_code
from core.tasks.actions.moves import find_assignment
from core.tasks.enums import IncomingState, Level
from core.tasks.rules import can_be_due, is_own_offices, receives
from core.tasks.workflows import INCOMING

_COUNTY: Final = 3
_INSERT = """
INSERT INTO incoming_task (county, id, region, office_id, sender_name, number, title, body, level, emergency, emergency_reason,
                           due_at, state, verdict, item_id, item_code, item_title, findings, created_at, membership, by_name,
                           screened_at, assignment_id, replaces)
SELECT $3, $4, $1, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $20, $23, $24 WHERE $1 < $2
"""
_LOOK = "SELECT * FROM incoming_task i WHERE i.region >= $1 AND i.region < $2 AND i.id = $3"
_OF_SHARE = """
SELECT i.id FROM incoming_task i WHERE i.region >= $1 AND i.region < $2 AND i.region = $1 AND i.county = $3 AND i.assignment_id = $4
  AND i.state IN ('passed', 'held', 'merged') ORDER BY i.id LIMIT 1
"""
_AGAIN = """
SELECT i.id FROM incoming_task i WHERE i.region >= $1 AND i.region < $2 AND i.county = $3 AND i.replaces = $4 ORDER BY i.id DESC LIMIT 1
"""
_BRIEF = """
SELECT b.body FROM task_brief b WHERE b.county = $3 AND b.id = $4 AND EXISTS (SELECT 1 FROM assignment a
  WHERE a.region >= $1 AND a.region < $2 AND a.brief_id = b.id)
"""
_DECIDE = """
UPDATE incoming_task SET state = $5, item_id = coalesce($6, item_id), item_code = coalesce($7, item_code),
       item_title = coalesce($8, item_title), decided_reason = $9, decided_by_name = $10, decided_at = $11, merged_into = NULL
WHERE region >= $1 AND region < $2 AND id = $3 AND state = ANY($4::text[]) RETURNING *
"""


@dataclass(frozen=True, slots=True)
class Handed:
    """What somebody hands in."""

    title: str
    body: str
    level: Level
    number: str = ""
    due_at: datetime | None = None
    item_code: str = ""
    emergency: bool = False
    emergency_reason: str = ""
    assignment: UUID | None = None
    attachments: Sequence[UUID] = ()
    replaces: UUID | None = None
    keep_files: bool = False


@dataclass(frozen=True, slots=True)
class Received:
    """The incoming task and what screening said of it."""

    id: UUID
    state: str
    screening: Screening


async def wrong_in(scope: Scope, handed: Handed, *, now: datetime) -> dict[str, str]:
    """Say what is wrong with a matter before it is screened, by field; empty where nothing is."""
    problems: dict[str, str] = {}
    if not handed.title.strip():
        problems["title"] = mark("请写标题。")
    if handed.emergency and not handed.emergency_reason.strip():
        problems["emergency_reason"] = mark("紧急事项请写明原因，事后要审查。")
    if handed.due_at is not None and (wrong := can_be_due(handed.due_at, now)):
        problems["due_at"] = wrong
    if wrong := await wrong_code(scope, level=handed.level, code=handed.item_code, now=now):
        problems["item_code"] = wrong
    return problems


async def item_for(scope: Scope, handed: Handed, *, now: datetime) -> Candidate | None:
    """Tell which entry a matter would be taken for if it was handed in now; nothing is kept of it."""
    return (await screen(scope, _matter(scope, handed, new_id(), now))).item


async def hand_in(scope: Scope, handed: Handed, *, now: datetime) -> Received:
    """Hand a matter in and have it screened in the same transaction. Refused ones are kept, with their reasons.

    Raises ``NotFound`` for attachments that are not this post's own or were refused, and for a share from above that is not
    its own. Another wording of an earlier matter (``replaces``) takes that one back if it still waits.
    """
    scope.require("core:incoming:create")
    if problems := await wrong_in(scope, handed, now=now):
        raise Invalid(fields=problems)
    if handed.assignment is not None and not receives(scope, await find_assignment(scope, handed.assignment)):
        raise NotFound
    made = new_id()
    if handed.replaces is not None:
        await _take_back(scope, handed.replaces, now)
    found = await screen(scope, _matter(scope, handed, made, now))
    state = INCOMING.target_of({"passed": "pass", "held": "hold", "refused": "refuse"}[found.verdict], "new")
    item = found.item
    await execute(
        scope, _INSERT, scope.county, made, scope.office, sender_name(scope), handed.number, handed.title.strip(), handed.body,
        handed.level, handed.emergency, handed.emergency_reason, handed.due_at, state, found.verdict,
        item.id if item else None, item.code if item else "", item.title if item else "",
        [finding.stored() for finding in found.findings], now, scope.membership, scope.by_name, handed.assignment, handed.replaces,
    )  # fmt: skip
    await attach_files(scope, file_ids=handed.attachments, subject=made, now=now)
    if handed.replaces is not None and handed.keep_files:
        await copy_files(scope, source=handed.replaces, subject=made, now=now)
    await audit(
        scope, "incoming.screened", kind="incoming_task", subject=made, now=now,
        data={"verdict": found.verdict, "item": item.code if item else ""},
    )  # fmt: skip
    await announce(scope, "incoming.screened", {"incoming": str(made), "verdict": found.verdict}, now=now)
    return Received(made, state, found)


async def _take_back(scope: Scope, earlier: UUID, now: datetime) -> None:
    """Make room for another wording of a matter. Raises ``Conflict`` where that one passed, is merged or was worded again already."""
    row = await find_incoming(scope, earlier)
    if not can_be_reworded(scope, row):
        raise Conflict(mark("这件来文现在不能改后重新提交：它已经通过、派发或归并了。"))
    if await fetch_value(scope, _AGAIN, row["county"], earlier) is not None:
        raise Conflict(mark("这件来文已经改后重新提交过了，请打开它看新的一件。"))
    if row["state"] == IncomingState.HELD:
        await withdraw_incoming(scope, incoming=earlier, reason="改后重新提交", now=now)


def can_be_reworded(scope: Scope, row: Any) -> bool:
    """Whether a matter of this place may be handed in again in other words: refused, taken back or still held."""
    return row["region"] == scope.region and row["state"] in {IncomingState.REFUSED, IncomingState.WITHDRAWN, IncomingState.HELD}


async def take_among(scope: Scope, *, assignment: UUID, now: datetime) -> UUID:
    """Put a share that came from above among the incoming matters here, so that it can be merged with others. Gives the matter.

    Asked again it gives the same one while that is open. Raises ``NotFound`` for a share that is not this post's own, and
    ``Conflict`` for one that is not open.
    """
    scope.require("core:incoming:create")
    share = await find_assignment(scope, assignment, lock=True)
    if not receives(scope, share):
        raise NotFound
    if share["state"] not in {"sent", "in_hand", "returned"}:
        raise Conflict(mark("这件任务现在不能再分解：它已经提交、办结或撤回了。"))
    known: UUID | None = await fetch_value(scope, _OF_SHARE, share["county"], assignment)
    if known is not None:
        return known
    body = await fetch_value(scope, _BRIEF, share["county"], share["brief_id"])
    handed = Handed(
        title=share["title"], body=body or "", level=Level.TOWNSHIP if scope.level == _COUNTY else Level.VILLAGE, due_at=share["due_at"] if share["due_at"] > now else None,
        assignment=assignment,
    )  # fmt: skip
    return (await hand_in(scope, handed, now=now)).id


def _matter(scope: Scope, handed: Handed, made: UUID, now: datetime) -> Matter:
    return Matter(
        region=scope.region, level=handed.level, title=handed.title, body=handed.body, at=now, id=made,
        item_code=handed.item_code, emergency=handed.emergency, emergency_reason=handed.emergency_reason,
        sender_name=sender_name(scope), office_id=scope.office,
    )  # fmt: skip


async def screen_changed(scope: Scope, *, incoming: UUID, title: str, body: str, now: datetime) -> None:
    """Let a passed matter be reworded only as far as it still passes; what a person admitted stays as it was admitted.

    The new words must pass by themselves, for the same item, without its code. Raises ``Invalid`` otherwise: else anything
    could come down under the title of something that passed.
    """
    row = await find_incoming(scope, incoming)
    if (_plain(title), _plain(body)) == (_plain(row["title"]), _plain(row["body"])):
        return
    if row["decided_by_name"]:
        raise Invalid(fields={"title": mark("经人工审定的来文，标题和要求不能再改。如需改动，请另写来文。")})
    handed = Handed(
        title=title, body=body, level=Level(row["level"]), emergency=row["emergency"],
        emergency_reason=row["emergency_reason"],
    )  # fmt: skip
    found = await screen(scope, _matter(scope, handed, incoming, now))
    if found.verdict is not Verdict.PASSED or (found.item and found.item.code != row["item_code"]):
        raise Invalid(
            fields={"title": mark("改动后的标题或要求没有通过过筛。请改回原来的写法，或者另写来文。")}
        )


def _plain(text: str) -> str:
    """Read a text as it was meant: browsers send line ends of their own."""
    return text.replace("\r\n", "\n").strip()


async def find_incoming(scope: Scope, incoming: UUID) -> Any:
    """Give the row to whoever may read it, as ``queries.incoming.one_incoming`` does; ``NotFound`` for all others."""
    row = await fetch_one(scope, _LOOK, incoming)
    if row is None or not is_own_offices(scope, row):
        raise NotFound
    return row


async def decide_incoming(
    scope: Scope,
    *,
    incoming: UUID,
    transition: str,
    reason: str,
    now: datetime,
    item: Candidate | None = None,
) -> Any:
    """Admit or turn down what the rules held (``transition`` admit or turn_down); a person decides and says why.

    Raises ``Conflict`` for an item that is banned or was taken back: nobody can admit a matter under one.
    """
    scope.require("core:incoming:decide")
    row = await find_incoming(scope, incoming)
    if row["region"] != scope.region:
        raise Forbidden("core:incoming:decide")
    if not reason.strip():
        raise Invalid(fields={"reason": mark("请写明理由。")})
    await ask_guards(scope, INCOMING.name, transition, subject=incoming, now=now)
    if transition == "admit":
        chosen, code = (item.id, item.code) if item else (row["item_id"], row["item_code"])
        await refuse_forbidden(scope, level=row["level"], now=now, item=chosen, code=code)
    return await _step(scope, row, transition, reason=reason.strip(), now=now, item=item)


async def withdraw_incoming(scope: Scope, *, incoming: UUID, reason: str, now: datetime) -> Any:
    """Take back a matter that was not dispatched. What was merged into it goes on by itself."""
    scope.require("core:incoming:create")
    row = await find_incoming(scope, incoming)
    if row["region"] != scope.region:
        raise Forbidden("core:incoming:create")
    if not reason.strip():
        raise Invalid(fields={"reason": mark("请写明原因。")})
    return await _step(scope, row, "withdraw", reason=reason.strip(), now=now)


async def _step(
    scope: Scope, row: Any, transition: str, *, reason: str, now: datetime, item: Candidate | None = None
) -> Any:
    target = INCOMING.target_of(transition, row["state"])
    await lock_open(scope, [row["id"]])
    changed = await fetch_one(
        scope, _DECIDE, row["id"], INCOMING.sources_of(transition), target,
        item.id if item else None, item.code if item else None, item.title if item else None, reason, scope.by_name, now,
    )  # fmt: skip
    if changed is None:
        raise Conflict
    if target not in OPEN:
        await part_from(scope, changed, now=now, why=target, reason=reason)
    await audit(
        scope, f"incoming.{target}", kind="incoming_task", subject=row["id"], now=now, region=row["region"],
        data={"reason": reason, "item": item.code if item else ""},
    )  # fmt: skip
    await announce(scope, "incoming.decided", {"incoming": str(row["id"]), "state": target}, now=now)
    return changed


def is_open(state: str) -> bool:
    return state in {IncomingState.PASSED, IncomingState.HELD}

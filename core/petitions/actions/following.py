"""What the keeper of a receipt does: judge the answer, ask once for another look, add something, remind."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.kernel.database import execute, fetch_one, fetch_value
from core.kernel.errors import Conflict, Invalid, NotFound, mark
from core.kernel.outbox import announce, cancel_timers
from core.kernel.scope import Scope
from core.petitions.actions.moves import CAME, LAPSE, level_of, move, reason_of, remember
from core.petitions.enums import OPEN_STATES, TELLING, Happened
from core.petitions.queries import due_for
from core.petitions.rules import LONGEST_REASON, PetitionSettings, hash_of_receipt
from core.petitions.workflows import FOLLOW
from core.tenancy.settings import settings_of

MOST_ADDED: Final = 10
_MINE: Final = """
SELECT p.* FROM petition p WHERE p.region >= $1 AND p.region < $2 AND p.county = $3 AND p.receipt_hash = $4 FOR UPDATE
"""
_ADDED: Final = """
SELECT count(*) FROM petition_event e WHERE e.region >= $1 AND e.region < $2 AND e.county = $3 AND e.petition_id = $4 AND e.kind = 'added'
"""
_REMINDED: Final = "UPDATE petition SET reminded_at = $4 WHERE region >= $1 AND region < $2 AND id = $3"


async def _mine(scope: Scope, receipt: str) -> Any:
    scope.require(FOLLOW)
    row = await fetch_one(scope, _MINE, scope.county, hash_of_receipt(receipt))
    if row is None:
        raise NotFound
    return row


async def judge_petition(scope: Scope, *, receipt: str, solved: bool, words: str, now: datetime) -> None:
    """Say whether the matter is solved, as its raiser finds. That is kept beside what the office said."""
    text = words.strip()
    if len(text) > LONGEST_REASON:
        raise Invalid(fields={"words": mark("最多 500 字。")})
    row = await _mine(scope, receipt)
    sets = {"closed_at": now, "villager_solved": solved, "villager_words": text}
    changed = await move(scope, row, "judge", now=now, sets=sets)
    await cancel_timers(scope, subject=row["id"], topic=LAPSE, county=row["county"])
    await remember(scope, changed, Happened.JUDGED, now=now, text=text, data={"solved": solved})


async def reopen_petition(scope: Scope, *, receipt: str, reason: str, now: datetime) -> None:
    """Ask once to have it handled again, within the county's days; the desk's superior is told too."""
    words = reason_of(reason)
    row = await _mine(scope, receipt)
    if row["reopened_at"] is not None:
        raise Conflict(mark("每件反映可以要求重新办理一次，您已经用过了。如仍不满意，请向乡镇（街道）或县级信访部门反映。"))
    rule = await settings_of(scope, PetitionSettings, at=now)
    ended = row["closed_at"] or row["answered_at"]
    if ended is not None and now > ended + timedelta(days=rule.reopen_days):
        raise Conflict(mark("办结已超过 %(days)s 天，不能再要求重新办理。可以重新提交一件反映。"), days=rule.reopen_days)
    sets = {
        "reopened_at": now, "closed_at": None, "overdue_at": None, "villager_solved": False if row["answered_at"] else None,
        "accepted_at": None, "merged_into": None, "lent_due_at": None, "abused_at": None, "pressed_at": None,
        "due_at": await due_for(scope, rule, level=level_of(row["desk"]), now=now),
    }  # fmt: skip
    changed = await move(scope, row, "reopen", now=now, sets=sets)
    await cancel_timers(scope, subject=row["id"], topic=LAPSE, county=row["county"])
    await remember(scope, changed, Happened.REOPENED, now=now, text=words)
    await _tell(scope, row["id"], "reopened", now)


async def add_to_petition(scope: Scope, *, receipt: str, text: str, now: datetime) -> None:
    """Add something while the matter is open, also where it is handled with another; a few times."""
    words = reason_of(text, "text")
    row = await _mine(scope, receipt)
    if row["state"] not in TELLING:
        raise Conflict(mark("这件反映已经不在办理，不能再补充。"))
    added: int = await fetch_value(scope, _ADDED, row["county"], row["id"])
    if added >= MOST_ADDED:
        raise Conflict(mark("补充的次数已到上限，请到村（社区）当面说。"))
    await remember(scope, row, Happened.ADDED, now=now, text=words)
    await _tell(scope, row["id"], "added", now)


async def remind_petition(scope: Scope, *, receipt: str, now: datetime) -> None:
    """Remind whoever has it on the desk; not again before the county's hours have passed."""
    row = await _mine(scope, receipt)
    if row["state"] not in OPEN_STATES:
        raise Conflict(mark("这件反映已经不在办理，不用催办。"))
    rule = await settings_of(scope, PetitionSettings, at=now)
    since = row["reminded_at"] or row["raised_at"]
    if now < since + timedelta(hours=rule.remind_hours):
        raise Conflict(mark("刚提交或刚催过，请过 %(hours)s 小时再催。"), hours=rule.remind_hours)
    await execute(scope, _REMINDED, row["id"], now)
    await remember(scope, row, Happened.REMINDED, now=now)
    await _tell(scope, row["id"], "reminded", now)


async def _tell(scope: Scope, petition: UUID, why: str, now: datetime) -> None:
    await announce(scope, CAME, {"petition": str(petition), "why": why}, now=now)

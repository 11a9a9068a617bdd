"""The deeds of the closed loop. Nobody handles a matter about himself; the person concerned acts only on what was put to him."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from core.contracts.guards import ask_guards
from core.contracts.warnings import MOVED
from core.files.actions import remove_file
from core.files.queries import StoredFile
from core.kernel.audit import audit
from core.kernel.database import execute, fetch, fetch_one
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound, mark
from core.kernel.outbox import announce
from core.kernel.scope import Scope
from core.kernel.written import written
from core.supervision.engine import remember
from core.supervision.enums import Happened, WarningState
from core.supervision.papers import CORRECTION, STATEMENT, WAY_OF, hand_in
from core.supervision.queries import concerns_of, events_of, warning_row
from core.supervision.rules import (
    LONGEST,
    VERDICT_OF,
    SupervisionSettings,
    after_verified,
    decides_appeal,
    due_in,
    left_of,
)
from core.supervision.workflows import ANSWER, CONCERNED, HANDLE, WARNING
from core.tenancy.settings import settings_of

_TELL_PERSONS: Final = """
INSERT INTO notice (county, id, region, membership_id, kind, data, link, key, created_at)
SELECT m.county, gen_random_uuid(), m.region, m.id, $4, $5, $6, $7, $8 FROM membership m
WHERE m.region >= $1 AND m.region < $2 AND m.county = $3 AND m.valid_from <= $8 AND (m.valid_to IS NULL OR m.valid_to > $8)
  AND m.person_id IN (SELECT c.person_id FROM warning_concern c WHERE c.region >= $1 AND c.region < $2 AND c.county = $3 AND c.warning_id = $9)
ON CONFLICT (county, membership_id, key) DO NOTHING
"""
_NAMED: Final = """
SELECT m.person_id, m.person_name FROM membership m
WHERE m.region >= $1 AND m.region < $2 AND m.county = $3 AND m.region = $4 AND m.person_id = $5
  AND m.valid_from <= $6 AND (m.valid_to IS NULL OR m.valid_to > $6) LIMIT 1
"""
_CONCERN: Final = """
INSERT INTO warning_concern (county, id, region, warning_id, person_id, name)
SELECT $3, gen_random_uuid(), $4, $5, $6, $7 WHERE $4 >= $1 AND $4 < $2 ON CONFLICT (county, warning_id, person_id) DO NOTHING
"""
_PERSONS: Final = """
SELECT DISTINCT ON (m.person_id) m.person_id, m.person_name, m.role FROM membership m
WHERE m.region >= $1 AND m.region < $2 AND m.county = $3 AND m.region = $4 AND m.valid_from <= $5 AND (m.valid_to IS NULL OR m.valid_to > $5)
ORDER BY m.person_id LIMIT 200
"""
_SNOOZE: Final = "UPDATE warning SET snoozed_until = $4, changed_at = $5 WHERE region >= $1 AND region < $2 AND id = $3 AND state = ANY ($6)"
_BUSY: Final = mark("这件预警刚刚有人办过，请刷新后再看。")
_QUIET: Final = [WarningState.RAISED, WarningState.TAKEN]


async def _handled(scope: Scope, warning: UUID) -> Any:
    """Give the row, locked, to whoever may handle it: never a person it is about."""
    scope.require(HANDLE)
    row = await warning_row(scope, warning, lock=True)
    if row["about_me"]:
        raise Forbidden(HANDLE, mark("这件预警涉及您本人，由别人办理。"))
    return row


async def _answered(scope: Scope, warning: UUID) -> Any:
    """Give the row, locked, to whoever it was put to."""
    scope.require(ANSWER)
    row = await warning_row(scope, warning, lock=True)
    concerned = row["about_me"] or not await concerns_of(scope, warning)
    if row["put_at"] is None or not concerned:
        raise NotFound
    if not row["about_me"] and scope.may(HANDLE):
        raise Forbidden(ANSWER, mark("这件事由当事人或所在单位说明。"))
    return row


async def move(
    scope: Scope, row: Any, transition: str, *, now: datetime, sets: Mapping[str, Any] | None = None,
    kind: str, text: str = "", data: dict[str, Any] | None = None,
) -> Any:  # fmt: skip
    """Make a transition with its history, its clock, its audit line and its announcement; ``Conflict`` if somebody was faster."""
    target = WARNING.target_of(transition, row["state"])
    await ask_guards(scope, WARNING.name, transition, subject=row["id"], now=now, data={"model": row["model"]})
    rule = await settings_of(scope, SupervisionSettings, at=now, region=row["region"])
    due = due_in(target, rule, now, row["term_left"])
    changes: dict[str, Any] = {"state": target, "changed_at": now, "due_at": due, "term_left": left_of(row, now), **(sets or {})}
    columns = ", ".join(f"{name} = ${n}" for n, name in enumerate(changes, start=5))
    changed = await fetch_one(
        scope,
        f"UPDATE warning SET {columns} WHERE region >= $1 AND region < $2 AND id = $3 AND state = $4 RETURNING *",  # noqa: S608 - our names
        row["id"], row["state"], *changes.values(),
    )  # fmt: skip
    if changed is None:
        raise Conflict(_BUSY)
    place = {"region": row["region"], "county": row["county"]}
    await remember(scope, row, kind, now=now, text=text, data=data)
    await audit(scope, f"warning.{transition}", kind="warning", subject=row["id"], now=now, **place)
    await announce(scope, MOVED, {"warning": str(row["id"]), "state": target, "model": row["model"]}, now=now, **place)
    return changed


async def take_warning(scope: Scope, *, warning: UUID, now: datetime) -> None:
    """Take a warning: from now on somebody's clock runs."""
    row = await _handled(scope, warning)
    sets = {"taken_at": now, "taken_by": scope.membership, "taken_name": scope.by_name, "snoozed_until": None}
    await move(scope, row, "take", now=now, sets=sets, kind=Happened.TAKEN)


async def acknowledge_warning(scope: Scope, *, warning: UUID, now: datetime) -> None:
    """Say that it was seen; nothing else changes, and saying it again changes nothing."""
    row = await _handled(scope, warning)
    if row["state"] != WarningState.RAISED:
        raise Conflict(_BUSY)
    if any(seen_by(scope, each) for each in await events_of(scope, warning)):
        return
    await remember(scope, row, Happened.SEEN, now=now)


async def snooze_warning(scope: Scope, *, warning: UUID, until: datetime, reason: str, now: datetime) -> None:
    """Set a warning aside for some days, with a reason; red ones wait for nobody."""
    row = await _handled(scope, warning)
    told = written(reason, field="reason", most=LONGEST)
    rule = await settings_of(scope, SupervisionSettings, at=now, region=row["region"])
    if row["severity"] == "red":
        raise Conflict(mark("红色预警不能暂缓。"))
    if not now < until <= now + timedelta(days=rule.snooze_days + 1):
        raise Invalid(fields={"until": mark("请填以后的日期，不超过本县规定的天数。")})
    if not await execute(scope, _SNOOZE, row["id"], until, now, _QUIET):
        raise Conflict(_BUSY)
    await remember(scope, row, Happened.SNOOZED, now=now, text=told, data={"until": until.isoformat()})
    await audit(scope, "warning.snoozed", kind="warning", subject=row["id"], now=now, region=row["region"], county=row["county"])


async def persons_at(scope: Scope, row: Any, *, now: datetime) -> list[Any]:
    """Give who holds a post at the warning's own place: whom it can be put to."""
    return await fetch(scope, _PERSONS, row["county"], row["region"], now)


async def ask_person(scope: Scope, *, warning: UUID, text: str, person: UUID | None, now: datetime) -> None:
    """Put it to the person concerned, with the question. ``person`` adds one where the model named nobody."""
    row = await _handled(scope, warning)
    told = written(text, most=LONGEST)
    if person is not None:
        await _name(scope, row, person, now)
    if not await concerns_of(scope, warning):
        raise Invalid(fields={"person": mark("请选择请谁说明。")})
    await move(scope, row, "ask", now=now, sets={"put_at": row["put_at"] or now}, kind=Happened.ASKED, text=told)
    await _tell_persons(scope, row, "warning_asked", now)


async def _name(scope: Scope, row: Any, person: UUID, now: datetime) -> None:
    if person == scope.person:
        raise Invalid(fields={"person": mark("不能请自己说明。涉及您本人的，由别人办理。")})
    found = await fetch_one(scope, _NAMED, row["county"], row["region"], person, now)
    if found is None:
        raise NotFound
    await execute(scope, _CONCERN, row["county"], row["region"], row["id"], person, found["person_name"])


async def _tell_persons(scope: Scope, row: Any, kind: str, now: datetime) -> None:
    data = {"title": row["title"], "sender": row["place_name"]}
    key = f"{kind}:{row['id']}:{now.isoformat()}"
    await execute(scope, _TELL_PERSONS, row["county"], kind, data, f"/warnings/{row['id']}", key, now, row["id"])


async def state_case(scope: Scope, *, warning: UUID, text: str, now: datetime) -> None:
    """Give one's statement on what was put to one."""
    row = await _answered(scope, warning)
    WARNING.target_of("state", row["state"])
    told = written(text, most=LONGEST)
    files = await hand_in(scope, row, STATEMENT, least=0, now=now)
    await move(scope, row, "state", now=now, kind=Happened.STATED, text=told, data={"files": files})


async def judge_warning(scope: Scope, *, warning: UUID, way: str, text: str, now: datetime) -> None:
    """Give the verdict. Whom a warning is about has been heard, or let the days for it pass."""
    row = await _handled(scope, warning)
    told = written(text, most=LONGEST)
    if way not in VERDICT_OF:
        raise Invalid(fields={"way": mark("请选择结论。")})
    if row["state"] == WarningState.ASKED and row["due_at"] is not None and row["due_at"] > now:
        raise Conflict(mark("当事人说明的期限还没有到，请等说明后再作结论。"))
    lead = way == "judge_lead"
    if lead and row["state"] == WarningState.TAKEN and await concerns_of(scope, warning) and row["put_at"] is None:
        raise Conflict(mark("认定问题线索前，请先请当事人说明情况。"))
    sets: dict[str, Any] = {
        "verdict": str(VERDICT_OF[way]), "verdict_text": told, "judged_at": now, "judged_person": scope.person, "judged_level": scope.level,
        "appeals": 0, "closed_at": None if lead else now, "snoozed_until": None,
    }  # fmt: skip
    if lead:
        sets["put_at"] = row["put_at"] or now
    await move(scope, row, way, now=now, sets=sets, kind=Happened.JUDGED, text=told, data={"verdict": str(VERDICT_OF[way])})
    if row["put_at"] is not None or lead:
        await _tell_persons(scope, row, "warning_judged", now)


async def correct_warning(scope: Scope, *, warning: UUID, text: str, now: datetime) -> None:
    """Report the correction, with what proves it."""
    row = await _answered(scope, warning)
    WARNING.target_of("correct", row["state"])
    told = written(text, most=LONGEST)
    rule = await settings_of(scope, SupervisionSettings, at=now, region=row["region"])
    files = await hand_in(scope, row, CORRECTION, least=rule.evidence_least, now=now)
    sets = {"corrected_person": scope.person}
    await move(scope, row, "correct", now=now, sets=sets, kind=Happened.CORRECTED, text=told, data={"files": files})


async def may_attach(scope: Scope, warning: UUID, purpose: str) -> Any:
    """Give the warning where this post may add papers of the purpose now; raises otherwise."""
    row = await _answered(scope, warning)
    WARNING.target_of(WAY_OF[purpose], row["state"])
    return row


async def remove_paper(scope: Scope, *, file: StoredFile, now: datetime) -> None:
    """Take back a paper that was not handed in yet."""
    if file.subject_id is None:
        raise NotFound
    await may_attach(scope, file.subject_id, file.purpose)
    await remove_file(scope, file_id=file.id, now=now)


async def return_correction(scope: Scope, *, warning: UUID, reason: str, now: datetime) -> None:
    """Send a correction back."""
    row = await _handled(scope, warning)
    await move(scope, row, "return", now=now, kind=Happened.RETURNED, text=written(reason, field="reason", most=LONGEST))
    await _tell_persons(scope, row, "warning_returned", now)


async def verify_correction(scope: Scope, *, warning: UUID, text: str, now: datetime) -> None:
    """Confirm a correction on the spot; only now the level falls. Never by whoever reported it."""
    row = await _handled(scope, warning)
    if scope.person is not None and row["corrected_person"] == scope.person:
        raise Forbidden(HANDLE, mark("整改是您报送的，由别人复核。"))
    sets = {"verified_at": now, "severity": after_verified(row["severity"])}
    await move(scope, row, "verify", now=now, sets=sets, kind=Happened.VERIFIED, text=written(text, most=LONGEST))


async def close_warning(
    scope: Scope, *, warning: UUID, recovered: Decimal | None, rule_change: str, now: datetime
) -> None:
    """Close what was corrected, with the money that came back and the rule that was changed because of it."""
    row = await _handled(scope, warning)
    if recovered is not None and recovered < 0:
        raise Invalid(fields={"recovered": mark("请填不小于 0 的金额。")})
    change = rule_change.strip()
    if change:
        change = written(change, field="rule_change", most=LONGEST)
    sets = {"closed_at": now, "recovered": recovered, "rule_change": change}
    await move(scope, row, "close", now=now, sets=sets, kind=Happened.CLOSED, text=change)


async def appeal_verdict(scope: Scope, *, warning: UUID, reason: str, now: datetime) -> None:
    """Object to a verdict that was put to one; so often against one verdict as the county says."""
    row = await _answered(scope, warning)
    told = written(reason, field="reason", most=LONGEST)
    rule = await settings_of(scope, SupervisionSettings, at=now, region=row["region"])
    if row["state"] == WarningState.RECTIFYING and row["appeals"] >= rule.appeals_most:
        raise Conflict(mark("对这个结论已经申诉过，请按结论整改。"))
    await move(scope, row, "appeal", now=now, sets={"appeals": row["appeals"] + 1}, kind=Happened.APPEALED, text=told)


async def decide_appeal(scope: Scope, *, warning: UUID, upheld: bool, reason: str, now: datetime) -> None:
    """Decide an appeal: at the level of the verdict or above, never the one whose verdict it is against.

    What is upheld is checked anew, with a new term for whatever is found then.
    """
    row = await _handled(scope, warning)
    if row["state"] == WarningState.APPEALED and not decides_appeal(scope, row):
        own = row["judged_person"] == scope.person
        raise Forbidden(HANDLE, mark("结论是您作出的，申诉由别人处理。") if own else mark("结论是上级作出的，申诉由作出结论的同级或上级处理。"))
    told = written(reason, field="reason", most=LONGEST)
    anew: dict[str, Any] = {"verdict": "", "verdict_text": "", "judged_at": None, "judged_person": None, "judged_level": None, "term_left": None}
    sets = anew if upheld else {}
    await move(
        scope, row, "uphold" if upheld else "reject", now=now, sets=sets, kind=Happened.UPHELD if upheld else Happened.REJECTED, text=told
    )
    await _tell_persons(scope, row, "warning_appeal_decided", now)


def ways_of(scope: Scope, row: Any, *, concerned: bool, appeals_most: int) -> set[str]:
    """Name the transitions that this reader may make now: the page's buttons. Who may not decide an appeal is offered none."""
    side = CONCERNED if concerned else "handler"
    if concerned and row["put_at"] is None:
        return set()
    ways = {way.name for way in WARNING.open_transitions(row["state"], scope.permissions, side=side)}
    if row["appeals"] >= appeals_most:
        ways.discard("appeal")
    return ways if decides_appeal(scope, row) else ways - {"uphold", "reject"}


def seen_by(scope: Scope, event: Any) -> bool:
    """Tell whether a line of the history is this post's own word that it has seen the warning."""
    return event["kind"] == Happened.SEEN and event["membership"] is not None and event["membership"] == scope.membership


def is_concerned(scope: Scope, row: Any) -> bool:
    """Whether the reader is here as the one it was put to, not as one who handles it."""
    return bool(row["about_me"]) or not scope.may(HANDLE)

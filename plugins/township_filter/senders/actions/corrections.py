"""Correcting a task's item: the receiver proposes, those above him decide, and the confirmed one is announced."""

from datetime import datetime
from typing import Final
from uuid import UUID

from core.api import (
    BEARINGS,
    Bearing,
    Conflict,
    Forbidden,
    Invalid,
    Item,
    Scope,
    announce,
    audit,
    execute,
    fetch_one,
    fetch_value,
    find_item,
    mark,
    new_id,
)
from plugins.township_filter.learning.actions import CORRECTED
from plugins.township_filter.senders.enums import CorrectionState
from plugins.township_filter.senders.queries.corrections import one_correction, share_to_correct
from plugins.township_filter.senders.queries.names import CONFIRM, PROPOSE

# Payload: ``correction``.
PROPOSED: Final = "township_filter.correction_proposed"
# Payload: ``correction``, ``state``.
DECIDED: Final = "township_filter.correction_decided"
WORDS_MOST: Final = 500
_COUNTY_DIGITS: Final = 6
_INSERT: Final = """
INSERT INTO township_filter.correction (county, id, region, office_id, assignment_id, task_id, sender_region, sender_office_id,
  sender_name, receiver_name, title, level, was_code, was_title, item_id, item_code, item_title, reason, state, at, membership, by_name)
SELECT $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24
WHERE $5 >= $1 AND $5 < $2
ON CONFLICT (county, assignment_id) WHERE state = 'proposed' DO NOTHING
"""
_DECIDE: Final = """
UPDATE township_filter.correction SET state = $4, decided_at = $5, decided_note = $6, decided_by_name = $7, decided_membership = $8,
       incoming_id = $9
WHERE region >= $1 AND region < $2 AND id = $3 AND state = 'proposed' RETURNING county
"""
_INCOMING: Final = "SELECT t.incoming_id FROM task t WHERE t.region >= $1 AND t.region < $2 AND t.id = $3"


def level_of(sender_region: str) -> str:
    """Say on which list a task stands: a county sends what townships do, a township what villages and its offices do."""
    return "township" if len(sender_region) <= _COUNTY_DIGITS else "village"


async def propose_correction(
    scope: Scope, *, assignment: UUID, item: UUID | None, reason: str, now: datetime, unlisted: bool = False
) -> UUID:
    """Propose another item for a task one was sent, or say that it stands on no list. Raises ``Conflict`` while another proposal waits."""
    scope.require(PROPOSE)
    share = await share_to_correct(scope, assignment)
    level = level_of(share["sender_region"])
    problems: dict[str, str] = {}
    said = _words(reason, problems, "reason")
    found = await find_item(scope, level=level, at=now, item_id=item) if item and not unlisted else None
    if wrong := _wrong_item(found, share["item_code"], unlisted=unlisted):
        problems["item"] = wrong
    if problems:
        raise Invalid(fields=problems)
    code, title = (found.code, found.title) if found else ("", "")
    made = new_id()
    done = await execute(
        scope, _INSERT, share["county"], made, share["region"], share["office_id"], assignment, share["task_id"],
        share["sender_region"], share["sender_office_id"], share["sender_name"], share["receiver_name"], share["title"], level,
        share["item_code"], share["item_title"] or "", found.id if found else None, code, title, said, CorrectionState.PROPOSED.value, now,
        scope.membership, scope.by_name,
    )  # fmt: skip
    if not done:
        raise Conflict(mark("这件任务已经有人提出纠偏，正在等待确认。"))
    data = {"assignment": str(assignment), "was": share["item_code"], "item": code, "reason": said}
    await audit(
        scope, "township_filter.correction_proposed", kind="township_filter_correction", subject=made, now=now, region=share["region"],
        county=share["county"], data=data,
    )  # fmt: skip
    await announce(scope, PROPOSED, {"correction": str(made)}, now=now, region=share["region"], county=share["county"])
    return made


def _wrong_item(found: Item | None, now: str, *, unlisted: bool) -> str | None:
    """Say why a task cannot be proposed to be this item, or no item; None where it can."""
    if found is None and not unlisted:
        return mark("请从清单里选择事项。")
    if found is not None and BEARINGS.get(found.kind) is not Bearing.ALLOWED:
        return mark("这是不能派发的事项，请选择别的。")
    return mark("这就是任务现在的事项，请选择别的。") if (found.code if found else "") == now else None


async def decide_correction(scope: Scope, *, correction: UUID, confirm: bool, note: str, now: datetime) -> None:
    """Confirm a proposal or decline it, with a reason. Only a place above the receiver decides.

    A confirmed one is announced as a corrected matter, so that screening learns from it; the task itself, its points and
    what was published of it stay as they are.
    """
    scope.require(CONFIRM)
    found = await one_correction(scope, correction)
    if found.region == scope.region:
        raise Forbidden(CONFIRM, mark("本级提出的纠偏要由上级确认。"))
    problems: dict[str, str] = {}
    said = note.strip() if confirm else _words(note, problems, "note")
    if len(said) > WORDS_MOST:
        problems["note"] = mark("最多 500 个字。")
    item = await find_item(scope, level=found.level, at=now, code=found.item_code, region=found.region) if found.item_code else None
    if confirm and found.item_code and (item is None or BEARINGS.get(item.kind) is not Bearing.ALLOWED):
        problems["outcome"] = mark("这个事项已经不在现行清单里，不能确认。")
    if problems:
        raise Invalid(fields=problems)
    state = CorrectionState.CONFIRMED if confirm else CorrectionState.DECLINED
    incoming = await fetch_value(scope, _INCOMING, found.task_id)
    row = await fetch_one(scope, _DECIDE, correction, state.value, now, said, scope.by_name, scope.membership, incoming)
    if row is None:
        raise Conflict(mark("这条纠偏已经有了结论，请刷新后再看。"))
    data = {"assignment": str(found.assignment_id), "item": found.item_code, "note": said}
    await audit(
        scope, f"township_filter.correction_{state.value}", kind="township_filter_correction", subject=correction, now=now,
        region=found.region, county=found.county, data=data,
    )  # fmt: skip
    told = {"correction": str(correction), "state": state.value}
    await announce(scope, DECIDED, told, now=now, region=found.region, county=found.county)
    if confirm and incoming is not None:
        learned = {
            "incoming": str(incoming), "code": found.item_code, "by_name": scope.by_name, "by_office": scope.by_office,
            "reason": found.reason,
        }  # fmt: skip
        await announce(scope, CORRECTED, learned, now=now, region=found.region, county=found.county)


def _words(text: str, problems: dict[str, str], field: str) -> str:
    said = text.strip()
    if not said:
        problems[field] = mark("请写明理由。")
    elif len(said) > WORDS_MOST:
        problems[field] = mark("最多 500 个字。")
    return said

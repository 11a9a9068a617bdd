"""The county's acts on quotas: one sender gets its own, a held matter is released or not."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.api import (
    LEVEL_TITLES,
    Conflict,
    Forbidden,
    Invalid,
    Scope,
    Verdict,
    announce,
    audit,
    decide_incoming,
    execute,
    fetch_one,
    mark,
    new_id,
    one_incoming,
)
from plugins.township_filter.senders.actions.noting import quota_finding
from plugins.township_filter.senders.enums import HoldState
from plugins.township_filter.senders.queries.figures import one_sender
from plugins.township_filter.senders.queries.names import QUOTA
from plugins.township_filter.senders.queries.quotas import Hold, hold_of, one_hold

# Payload: ``hold``, ``state``.
DECIDED: Final = "township_filter.quota_decided"
REASON_MOST: Final = 500
AMOUNT_MOST: Final = 100_000
_SET: Final = """
INSERT INTO township_filter.sender_quota (county, id, region, sender_id, level, amount, valid_from, reason, at, membership, by_name)
SELECT $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 WHERE $5 >= $1 AND $5 < $2
"""
_DECIDE: Final = """
UPDATE township_filter.quota_hold SET state = $4, decided_at = $5, decided_reason = $6, decided_by_name = $7, decided_membership = $8
WHERE region >= $1 AND region < $2 AND id = $3 AND state = 'waiting' RETURNING county, region, incoming_id
"""
_END: Final = """
UPDATE township_filter.quota_hold SET state = 'ended', decided_at = $4
WHERE region >= $1 AND region < $2 AND incoming_id = $3 AND state = 'waiting'
"""


async def set_quota(
    scope: Scope, *, sender: UUID, level: str, amount: int | None, valid_from: datetime, reason: str, now: datetime
) -> None:
    """Give one sender its own quota from a moment on; no amount lets the county's hold again, 0 is no limit."""
    scope.require(QUOTA)
    found = await one_sender(scope, sender)
    problems: dict[str, str] = {}
    if level not in LEVEL_TITLES:
        problems["level"] = mark("请选择层级。")
    if amount is not None and not 0 <= amount <= AMOUNT_MOST:
        problems["amount"] = mark("请填 0 到 100000 之间的整数。")
    if valid_from < now:
        problems["valid_from"] = mark("生效时间不能早于现在。")
    said = _reason(reason, problems)
    if problems:
        raise Invalid(fields=problems)
    await execute(
        scope, _SET, found.county, new_id(), found.region, sender, level, amount, valid_from, said, now, scope.membership,
        scope.by_name,
    )  # fmt: skip
    data = {"level": level, "amount": amount, "valid_from": valid_from.isoformat(), "reason": said}
    await audit(
        scope, "township_filter.quota_set", kind="township_filter_sender", subject=sender, now=now, region=found.region,
        county=found.county, data=data,
    )  # fmt: skip


async def decide_hold(scope: Scope, *, hold: UUID, release: bool, reason: str, now: datetime) -> None:
    """Release a matter that a full quota held, or do not; somebody else than whoever handed it in, with a reason.

    Raises ``Conflict`` where that was decided already.
    """
    scope.require(QUOTA)
    found = await one_hold(scope, hold)
    if found.membership is not None and found.membership == scope.membership:
        raise Forbidden(QUOTA, mark("自己提交的来文要由别人放行。"))
    problems: dict[str, str] = {}
    said = _reason(reason, problems)
    if problems:
        raise Invalid(fields=problems)
    state = HoldState.RELEASED if release else HoldState.DECLINED
    row = await fetch_one(scope, _DECIDE, hold, state.value, now, said, scope.by_name, scope.membership)
    if row is None:
        raise Conflict(mark("这件来文的放行已经有了决定，请刷新后再看。"))
    await audit(
        scope, f"township_filter.quota_{state.value}", kind="township_filter_quota_hold", subject=hold, now=now, region=row["region"],
        county=row["county"], data={"incoming": str(row["incoming_id"]), "reason": said},
    )  # fmt: skip
    told = {"hold": str(hold), "state": state.value}
    await announce(scope, DECIDED, told, now=now, region=row["region"], county=row["county"])


def _reason(reason: str, problems: dict[str, str]) -> str:
    said = reason.strip()
    if not said:
        problems["reason"] = mark("请写明理由。")
    elif len(said) > REASON_MOST:
        problems["reason"] = mark("最多 500 个字。")
    return said


async def let_go(scope: Scope, *, hold: Hold, now: datetime) -> bool:
    """Admit a released matter, where nothing but the quota held it. Gives whether it was."""
    incoming = await one_incoming(scope, hold.incoming_id)
    others = [each for each in incoming["findings"] if each["rule"] != _rule_of(incoming) and each["verdict"] != Verdict.PASSED]
    if incoming["state"] != "held" or others:
        return False
    reason = f"{hold.decided_by_name}放行超限来文：{hold.decided_reason}"
    await decide_incoming(scope, incoming=incoming["id"], transition="admit", reason=reason, now=now)
    return True


async def end_hold(scope: Scope, *, incoming: UUID, now: datetime) -> None:
    """Note that nobody has to decide any more: the matter was turned down or taken back meanwhile."""
    await execute(scope, _END, incoming, now)


def _rule_of(incoming: Any) -> str:
    finding = quota_finding(incoming)
    return finding.rule if finding else ""


async def why_not_admitted(scope: Scope, incoming: UUID) -> str | None:
    """Say why a matter that a full quota held may not be admitted yet, or None."""
    row = await one_incoming(scope, incoming)
    finding = quota_finding(row)
    if finding is None or finding.verdict is not Verdict.HELD:
        return None
    hold = await hold_of(scope, incoming)
    if hold is not None and hold.state == HoldState.RELEASED:
        return None
    if hold is not None and hold.state == HoldState.DECLINED:
        return mark("来文限额已满，县里没有同意放行。")
    return mark("来文限额已满，要先由县里放行。")

"""What is noted of a sender with each screened matter: who it is, what a full quota held, which signs there are."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.api import (
    Finding,
    Scope,
    Verdict,
    announce,
    execute,
    fetch_value,
    new_id,
    settings_of,
)
from plugins.township_filter.senders.enums import HoldState
from plugins.township_filter.senders.rules import Words, signs_of, words_of
from plugins.township_filter.senders.screening import FULL, OVER_QUOTA
from plugins.township_filter.senders.screening import NAME as QUOTA_RULE
from plugins.township_filter.settings import FilterSettings

# Payload: ``incoming``, ``sender`` (ids).
NOTED: Final = "township_filter.noted"
# Payload: ``hold`` (id).
HELD: Final = "township_filter.quota_held"
_KNOW: Final = """
INSERT INTO township_filter.sender AS d (county, id, region, office_id, key, name, first_at, last_at)
SELECT $3, $4, $5, $6, coalesce($6::text, $5),
       CASE WHEN o.id IS NULL THEN r.shown_name WHEN length($5) > 6 THEN r.shown_name || o.name ELSE o.name END, $7, $7
FROM region r LEFT JOIN office o ON o.region >= $1 AND o.region < $2 AND o.county = $3 AND o.id = $6
WHERE r.code = $5 AND $5 >= $1 AND $5 < $2
ON CONFLICT (county, region, key) DO UPDATE SET name = excluded.name,
  first_at = least(d.first_at, excluded.first_at), last_at = greatest(d.last_at, excluded.last_at) RETURNING id
"""
_HOLD: Final = """
INSERT INTO township_filter.quota_hold (county, id, region, incoming_id, sender_id, title, level, counted, amount, state, at, membership)
SELECT $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14 WHERE $5 >= $1 AND $5 < $2
ON CONFLICT (county, incoming_id) DO NOTHING
"""
_SIGN: Final = """
INSERT INTO township_filter.sign (county, id, region, incoming_id, sender_id, kind, title, verdict, word, item_code, item_title,
  nearness, at, membership)
SELECT $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16 WHERE $5 >= $1 AND $5 < $2
ON CONFLICT (county, incoming_id, kind) DO NOTHING
"""


async def know_sender(scope: Scope, *, incoming: Any) -> UUID:
    """Give the sender of an incoming task; whoever sends for the first time is entered."""
    found: UUID = await fetch_value(
        scope, _KNOW, incoming["county"], new_id(), incoming["region"], incoming["office_id"], incoming["created_at"]
    )
    return found


def over_quota(incoming: Any) -> bool:
    """Tell whether a matter passed a full quota only because it was an emergency."""
    finding = quota_finding(incoming)
    passed = incoming["verdict"] == Verdict.PASSED
    return passed and finding is not None and any(reason.text == OVER_QUOTA for reason in finding.reasons)


def quota_finding(incoming: Any) -> Finding | None:
    """Give what the quota's rule said of an incoming task, if it was asked."""
    stored = [each for each in incoming["findings"] if each["rule"] == QUOTA_RULE]
    return Finding.of(stored[0]) if stored else None


async def note_sender(scope: Scope, *, incoming: Any, sender: UUID, now: datetime) -> None:
    """Note the signs of a matter and the quota that held it, once, and announce that its sender's figures changed."""
    await _note_signs(scope, incoming, sender, now)
    await _note_hold(scope, incoming, sender, now)
    told = {"incoming": str(incoming["id"]), "sender": str(sender)}
    await announce(scope, NOTED, told, now=now, region=incoming["region"], county=incoming["county"])


async def _note_signs(scope: Scope, incoming: Any, sender: UUID, now: datetime) -> None:
    settings = await settings_of(scope, FilterSettings, at=now, region=incoming["region"])
    findings = [Finding.of(each) for each in incoming["findings"]]
    listed = any(each.item is not None for each in findings if each.verdict is Verdict.PASSED)
    near = [candidate for finding in findings for candidate in finding.candidates]
    words = Words(words_of(settings.cooperation_words), words_of(settings.appraisal_words))
    for sign in signs_of(incoming["title"], incoming["body"], listed=listed, near=near, words=words):
        await execute(
            scope, _SIGN, incoming["county"], new_id(), incoming["region"], incoming["id"], sender, sign.kind.value,
            incoming["title"], incoming["verdict"], sign.word, sign.item_code, sign.item_title, round(sign.nearness, 4),
            incoming["created_at"], incoming["membership"],
        )  # fmt: skip


async def _note_hold(scope: Scope, incoming: Any, sender: UUID, now: datetime) -> None:
    finding = quota_finding(incoming)
    if finding is None or finding.verdict is not Verdict.HELD or incoming["state"] != Verdict.HELD:
        return  # what was refused waits for nobody
    reason = next((each for each in finding.reasons if each.text in FULL.values()), None)
    if reason is None:  # the rule failed: a person decides, and no quota was full
        return
    made = new_id()
    done = await execute(
        scope, _HOLD, incoming["county"], made, incoming["region"], incoming["id"], sender, incoming["title"], incoming["level"],
        reason.data["counted"], reason.data["amount"], HoldState.WAITING.value, incoming["created_at"], incoming["membership"],
    )  # fmt: skip
    if done:
        await announce(scope, HELD, {"hold": str(made)}, now=now, region=incoming["region"], county=incoming["county"])

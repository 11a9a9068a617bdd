"""Opening a campaign, each village's report with evidence, its check, and the end with outcome and changed rules."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.campaigns.enums import CampaignState, Happened, ShareState
from core.campaigns.queries import campaign_row, share_row
from core.campaigns.reminding import set_reminders
from core.campaigns.rules import (
    EVIDENCE,
    LONGEST_TEXT,
    CampaignSettings,
    Plan,
    Report,
    checked_plan,
    checked_report,
)
from core.campaigns.telling import tell_villages
from core.campaigns.workflows import CAMPAIGN, OPEN, REPORT, SHARE
from core.contracts.registry import current
from core.contracts.warnings import WarningModel
from core.files.actions import attach_files, remove_file
from core.files.enums import FileState
from core.files.queries import StoredFile, files_of
from core.kernel.audit import audit
from core.kernel.database import execute, fetch, fetch_one
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound, filled, mark
from core.kernel.history import history_line, write_history
from core.kernel.ids import new_id
from core.kernel.outbox import announce, cancel_timers
from core.kernel.scope import Scope
from core.kernel.written import written
from core.tenancy.settings import settings_of

# Announced at the village. Payload: ``share`` (id), ``state``.
REPORTED: Final = "campaign.reported"
COUNTY: Final = 3
TOWNSHIP: Final = 4
_VILLAGE_DIGITS: Final = 12
_OPEN: Final = """
INSERT INTO campaign (county, id, region, place_name, title, text, domain, model, due_at, state, opened_at, membership, by_name, by_office, changed_at)
SELECT $3, $4, r.code, r.shown_name, $5, $6, $7, $8, $9, 'open', $10, $11, $12, $13, $10 FROM region r WHERE r.code = $14 AND r.code >= $1 AND r.code < $2 RETURNING place_name
"""
_SHARE: Final = """
INSERT INTO campaign_share (county, id, region, place_name, campaign_id, sender, title, text, due_at, state, changed_at)
SELECT $3, time_ordered_id(), r.code, r.shown_name, $4, $5, $6, $7, $8, 'sent', $9 FROM region r
WHERE r.code >= $1 AND r.code < $2 AND r.code = ANY ($10) AND r.closed IS NULL RETURNING id, region
"""
_MISS: Final = """
UPDATE campaign_share SET state = 'missed', changed_at = $5
WHERE region >= $1 AND region < $2 AND county = $3 AND campaign_id = $4 AND state = ANY ($6)
"""
_CLOSE: Final = """
UPDATE campaign SET state = $4, outcome = $5, rule_change = $6, closed_at = $7, closed_name = $8, changed_at = $7
WHERE region >= $1 AND region < $2 AND id = $3 AND state = 'open' RETURNING id
"""
_EVENT: Final = history_line("campaign_event", "subject_id")
# The first line in the history of every share at once.
_BEGIN: Final = """
INSERT INTO campaign_event (county, id, region, subject_id, at, kind, text, membership, by_name, by_office, data)
SELECT $3, time_ordered_id(), s.region, s.id, $5, $6, '', $7, $8, $9, '{}'::jsonb FROM campaign_share s
WHERE s.region >= $1 AND s.region < $2 AND s.county = $3 AND s.campaign_id = $4
"""
_LOCKED: Final = "SELECT c.* FROM campaign c WHERE c.region >= $1 AND c.region < $2 AND c.id = $3 FOR UPDATE"
_FASTER: Final = mark("这件整改刚刚有人办过，请刷新后再看。")


async def open_campaign(scope: Scope, *, plan: Plan, villages: Sequence[str], now: datetime) -> UUID:
    """Open a campaign for villages below, each of which is told and reports. Raises ``NotFound`` for a place outside the scope."""
    scope.require(OPEN)
    if scope.level not in {COUNTY, TOWNSHIP}:
        raise Forbidden(OPEN, mark("面上整改由乡镇（街道）或县（市、区）发起。"))
    told = checked_plan(plan, now=now)
    if told.model and current().named(WarningModel, told.model) is None:
        raise Invalid(fields={"model": mark("请从列表里选择。")})
    wanted = sorted(set(villages))
    if not wanted:
        raise Invalid(fields={"regions": mark("请选择哪些村要自查整改。")})
    if any(len(code) != _VILLAGE_DIGITS or not scope.covers(code) for code in wanted):
        raise NotFound
    made = new_id()
    opened = await fetch_one(
        scope, _OPEN, scope.county, made, told.title, told.text, told.domain, told.model, told.due_at, now, scope.membership,
        scope.by_name, scope.by_office, scope.region,
    )  # fmt: skip
    sender = opened["place_name"] if opened is not None else scope.by_name
    shares = await fetch(scope, _SHARE, scope.county, made, sender, told.title, told.text, told.due_at, now, wanted)
    if opened is None or len(shares) != len(wanted):
        raise NotFound
    row = {"id": made, "county": scope.county, "region": scope.region}
    await _remember(scope, row, Happened.OPENED, now)
    await execute(
        scope, _BEGIN, scope.county, made, now, str(Happened.OPENED), scope.membership, scope.by_name, scope.by_office
    )
    await audit(scope, "campaign.opened", kind="campaign", subject=made, now=now, data={"villages": len(shares), "domain": told.domain})
    await tell_villages(scope, row, "campaign_opened", {"title": told.title, "sender": sender}, now)
    await set_reminders(scope, campaign=made, due_at=told.due_at, now=now)
    return made


async def report_share(scope: Scope, *, share: UUID, report: Report, now: datetime) -> None:
    """Report what was found and put right, with evidence. By the very village."""
    row = await _own_share(scope, share)
    target = SHARE.target_of("report", row["state"])
    told = checked_report(report)
    rule = await settings_of(scope, CampaignSettings, at=now, region=row["region"])
    await _evidence(scope, row, rule.evidence_least, now)
    sets = {
        "report": told.text, "found": told.found, "fixed": told.fixed, "recovered": told.recovered, "reported_at": now,
        "reported_by": scope.membership, "reported_name": scope.by_name, "reason": "", "checked_at": None,
        "checked_name": "",
    }  # fmt: skip
    await _set(scope, row, target, sets, now)
    await _remember(scope, row, Happened.REPORTED, now, text=told.text, data={"found": told.found, "fixed": told.fixed})
    place = {"region": row["region"], "county": row["county"]}
    await audit(scope, "campaign.reported", kind="campaign_share", subject=share, now=now, **place)
    await announce(scope, REPORTED, {"share": str(share)}, now=now, **place)


async def _own_share(scope: Scope, share: UUID) -> Any:
    scope.require(REPORT)
    row = await share_row(scope, share, lock=True)
    if not scope.system and row["region"] != scope.region:
        raise Forbidden(REPORT, mark("整改情况由村里报送。"))
    return row


async def _evidence(scope: Scope, row: Any, least: int, now: datetime) -> None:
    files = [f for f in await files_of(scope, subject=row["id"]) if f.purpose == EVIDENCE and f.state != FileState.REFUSED]
    if len(files) < least:
        raise Invalid(fields={"evidence": filled(mark("请上传佐证材料，还差 %(n)s 份。"), n=least - len(files))})
    loose = [f.id for f in files if f.attached_at is None]
    await attach_files(scope, file_ids=loose, subject=row["id"], now=now, region=row["region"])


async def may_attach(scope: Scope, share: UUID) -> Any:
    """Give the share where this post may add evidence now; raises otherwise."""
    row = await _own_share(scope, share)
    SHARE.target_of("report", row["state"])
    return row


async def remove_evidence(scope: Scope, *, file: StoredFile, now: datetime) -> None:
    """Take back a file that was not handed in yet."""
    if file.subject_id is None:
        raise NotFound
    await may_attach(scope, file.subject_id)
    await remove_file(scope, file_id=file.id, now=now)


async def _checked(scope: Scope, share: UUID) -> tuple[Any, Any]:
    """Give the share, locked, and its campaign to whoever opened it."""
    scope.require(OPEN)
    row = await share_row(scope, share, lock=True)
    return row, await _opened(scope, row["campaign_id"])


async def _opened(scope: Scope, campaign: UUID) -> Any:
    row = await fetch_one(scope, _LOCKED, campaign)
    if row is None:
        raise NotFound
    if not scope.system and row["region"] != scope.region:
        raise Forbidden(OPEN, mark("由发起这次整改的单位审核和办结。"))
    return row


async def return_share(scope: Scope, *, share: UUID, reason: str, now: datetime) -> None:
    """Send a report back, with the reason; what was reported stays to be completed."""
    row, campaign = await _checked(scope, share)
    told = written(reason, field="reason", most=LONGEST_TEXT)
    target = SHARE.target_of("return", row["state"])
    await _set(scope, row, target, {"reason": told, "checked_at": now, "checked_name": scope.by_name}, now)
    await _remember(scope, row, Happened.RETURNED, now, text=told)
    place = {"region": row["region"], "county": row["county"]}
    await audit(scope, "campaign.returned", kind="campaign_share", subject=share, now=now, **place)
    await tell_villages(scope, campaign, "campaign_returned", {"title": row["title"], "reason": told}, now, share=share)


async def accept_share(scope: Scope, *, share: UUID, now: datetime) -> None:
    """Accept a village's report."""
    row, _ = await _checked(scope, share)
    target = SHARE.target_of("accept", row["state"])
    await _set(scope, row, target, {"checked_at": now, "checked_name": scope.by_name}, now)
    await _remember(scope, row, Happened.ACCEPTED, now)
    place = {"region": row["region"], "county": row["county"]}
    await audit(scope, "campaign.accepted", kind="campaign_share", subject=share, now=now, **place)


async def close_campaign(scope: Scope, *, campaign: UUID, outcome: str, rule_change: str, now: datetime) -> None:
    """Close a campaign with what came of it and the rule that was changed; whoever never reported is noted as such.

    Raises ``Conflict`` while reports wait for their check.
    """
    scope.require(OPEN)
    row = await _opened(scope, campaign)
    target = CAMPAIGN.target_of("close", row["state"])
    told, change = written(outcome, field="outcome", most=LONGEST_TEXT), written(rule_change, field="rule_change", most=LONGEST_TEXT, least=0)
    await _nothing_waits(scope, campaign)
    if await fetch_one(scope, _CLOSE, campaign, target, told, change, now, scope.by_name) is None:
        raise Conflict(_FASTER)
    await execute(scope, _MISS, row["county"], campaign, now, SHARE.sources_of("miss"))
    await _nothing_waits(scope, campaign)  # the line above waited for a village that was reporting
    await _remember(scope, row, Happened.CLOSED, now, text=told)
    place = {"region": row["region"], "county": row["county"]}
    await audit(scope, "campaign.closed", kind="campaign", subject=campaign, now=now, data={"rule_change": bool(change)}, **place)
    await cancel_timers(scope, subject=campaign, county=row["county"])
    await tell_villages(scope, row, "campaign_closed", {"title": row["title"]}, now)


async def _nothing_waits(scope: Scope, campaign: UUID) -> None:
    if (await campaign_row(scope, campaign))["reported"]:
        raise Conflict(mark("还有村的报送没有审核，请先审核。"))


async def _set(scope: Scope, row: Any, state: str, sets: Mapping[str, Any], now: datetime) -> None:
    changes = {"state": state, "changed_at": now, **sets}
    columns = ", ".join(f"{name} = ${n}" for n, name in enumerate(changes, start=5))
    sql = f"UPDATE campaign_share SET {columns} WHERE region >= $1 AND region < $2 AND id = $3 AND state = $4"  # noqa: S608 - our names
    if not await execute(scope, sql, row["id"], row["state"], *changes.values()):
        raise Conflict(_FASTER)


async def _remember(
    scope: Scope, row: Any, kind: str, now: datetime, *, text: str = "", data: Mapping[str, Any] | None = None
) -> None:
    await write_history(scope, _EVENT, row, kind, now=now, text=text, data=data)


def ways_of(scope: Scope, row: Any, *, opened_at: str) -> set[str]:
    """Name the transitions of a share that this reader may make now; ``opened_at`` is the region that opened the campaign."""
    ways = {way.name for way in SHARE.transitions if way.permission and row["state"] in way.sources and scope.may(way.permission)}
    if row["region"] != scope.region:
        ways -= {"report"}
    if opened_at != scope.region:
        ways -= {"accept", "return"}
    return ways


def is_open(row: Any) -> bool:
    """Whether a campaign still runs."""
    return bool(row["state"] == CampaignState.OPEN)


def waits(row: Any) -> bool:
    """Whether a share waits for its village."""
    return row["state"] in {ShareState.SENT, ShareState.RETURNED}

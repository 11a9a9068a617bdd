"""What follows by itself: due dates of the law's clock, what is missing, the end of notices, contacts that are forgotten.

Each runs in the worker under a system scope, once for each announcement.
"""

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from core.contracts.disclosure import MISSING, NOTICE_ENDED, Section
from core.contracts.registry import current
from core.disclosure.drafting import sections_in_use
from core.disclosure.periods import DisclosureSettings, Span, before, due_after, due_from, span_of, today
from core.disclosure.rules import LONGEST_TITLE
from core.kernel.clock import now as clock_now
from core.kernel.database import execute, fetch, fetch_one
from core.kernel.outbox import Event, announce
from core.kernel.scope import LENGTHS, Scope
from core.tenancy.settings import settings_of

CALENDAR: Final = "disclosure.calendar"
_MAKE: Final = """
INSERT INTO publication_due (county, id, region, section, period, at, opens_on, due_on)
SELECT $3, gen_random_uuid(), r.code, $4, $5, $6, $7, $8 FROM region r
WHERE r.code >= $1 AND r.code < $2 AND r.level = $9 AND r.closed IS NULL AND NOT r.pseudo
ON CONFLICT (county, region, section, period, subject_id) DO NOTHING
"""
_SETTLE: Final = """
UPDATE publication_due d SET done_at = p.released_at, publication_id = p.id FROM publication p
WHERE d.region >= $1 AND d.region < $2 AND p.region >= $1 AND p.region < $2 AND d.done_at IS NULL AND d.county = p.county
  AND p.place = d.region AND p.section = d.section AND p.period = d.period AND p.subject_id IS NOT DISTINCT FROM d.subject_id
  AND p.ended_at IS NULL AND d.section = $3 AND d.period = $4
"""
_WANT: Final = """
INSERT INTO publication_due (county, id, region, section, period, subject_id, title, at, opens_on, due_on)
SELECT $3, gen_random_uuid(), $4, $5, '', $6, $7, $8, $9, $10 WHERE $4 >= $1 AND $4 < $2
ON CONFLICT (county, region, section, period, subject_id) DO NOTHING
"""
# A place that is no more publishes nothing more; whoever followed it has due dates of its own.
_MISSED: Final = """
UPDATE publication_due d SET missing_at = $3 FROM region r
WHERE d.region >= $1 AND d.region < $2 AND r.code = d.region AND r.closed IS NULL AND d.done_at IS NULL AND d.missing_at IS NULL
  AND d.due_on < $4 AND d.section = ANY ($5)
RETURNING d.id, d.region, d.section, d.period, d.subject_id, d.due_on
"""
_TELL: Final = """
INSERT INTO notice (county, id, region, membership_id, kind, data, link, key, created_at)
SELECT m.county, gen_random_uuid(), m.region, m.id, $3, jsonb_build_object('count', count(*)), '/disclosure?show=open',
       $3 || ':' || $4::date, $5
FROM publication_due d JOIN membership m ON m.county = d.county AND m.region = d.region
WHERE d.region >= $1 AND d.region < $2 AND m.region >= $1 AND m.region < $2 AND d.done_at IS NULL AND d.opens_on <= $4
  AND d.due_on = $6 AND d.section = ANY ($7) AND m.role = ANY ('{village_secretary,bookkeeper,township_leader}'::text[])
  AND m.valid_from <= $5 AND (m.valid_to IS NULL OR m.valid_to > $5)
GROUP BY m.county, m.region, m.id
ON CONFLICT (county, membership_id, key) DO NOTHING
"""
_TELL_OBJECTED: Final = """
INSERT INTO notice (county, id, region, membership_id, kind, data, link, key, created_at)
SELECT m.county, gen_random_uuid(), m.region, m.id, 'objected', jsonb_build_object('title', p.title),
       '/publications/' || p.id, 'objected:' || $4::uuid, $5
FROM publication p JOIN membership m ON m.county = p.county AND m.region = p.region
WHERE p.region >= $1 AND p.region < $2 AND m.region >= $1 AND m.region < $2 AND p.id = $3
  AND m.role = ANY ('{village_secretary,supervision_committee,township_leader}'::text[])
  AND m.valid_from <= $5 AND (m.valid_to IS NULL OR m.valid_to > $5)
ON CONFLICT (county, membership_id, key) DO NOTHING
"""
_NOTICE: Final = """
SELECT p.id, p.section, p.period, p.subject_id, p.token, p.notice_until, p.region, p.county,
       (SELECT count(*) FROM publication_objection o WHERE o.county = p.county AND o.publication_id = p.id) AS objections,
       (SELECT count(*) FROM publication_objection o WHERE o.county = p.county AND o.publication_id = p.id AND o.answered_at IS NULL)
         AS unanswered
FROM publication p WHERE p.region >= $1 AND p.region < $2 AND p.id = $3 AND p.ended_at IS NULL
"""
_FORGET: Final = """
UPDATE publication_objection SET contact = NULL
WHERE region >= $1 AND region < $2 AND county = $3 AND contact IS NOT NULL AND answered_at < $4
"""


async def on_calendar(scope: Scope, event: Event) -> None:
    """Make the due dates that are to come, announce what is missing since today, remind, and forget old contacts."""
    now = clock_now()
    rule = await settings_of(scope, DisclosureSettings, at=now)
    sections = sections_in_use(scope, rule)
    for section in sections:
        if section.clock.by_period:
            await _make(scope, section, rule, now)
    names = [section.name for section in sections]
    await _announce_missing(scope, names, now)
    for kind, day in (("publication_soon", today(now) + timedelta(days=rule.soon_days)), ("publication_last", today(now))):
        await execute(scope, _TELL, kind, today(now), now, day, names)
    await execute(scope, _FORGET, event.county, now - timedelta(days=rule.keep_days))


async def _make(scope: Scope, section: Section, rule: DisclosureSettings, now: datetime) -> None:
    """Make the due dates of this period and, while they can still be kept, of the one before."""
    this = span_of(section.clock, now)
    for span in (this, before(section.clock, this)):
        if due_after(section.clock, span, rule) >= today(now):
            await _make_span(scope, section, span, rule)


async def _make_span(scope: Scope, section: Section, span: Span, rule: DisclosureSettings) -> None:
    due, opens = due_after(section.clock, span, rule), span.last_day + timedelta(days=1)
    for level in sorted(section.levels):
        await execute(scope, _MAKE, scope.county, section.name, span.name, span.ends, opens, due, level)
    await execute(scope, _SETTLE, section.name, span.name)


async def _announce_missing(scope: Scope, sections: list[str], now: datetime) -> None:
    for row in await fetch(scope, _MISSED, now, today(now), sections):
        told = {
            "due": str(row["id"]), "section": row["section"], "period": row["period"],
            "subject": str(row["subject_id"]) if row["subject_id"] else None, "due_on": row["due_on"].isoformat(),
        }  # fmt: skip
        await announce(scope, MISSING, told, now=now, region=row["region"])


async def on_wanted(scope: Scope, event: Event) -> None:
    """Give what somebody wants published its due date, by the section's clock from when it happened."""
    section = current().named(Section, event.payload["section"])
    level = LENGTHS.index(len(event.region)) + 1
    if section is None or not section.by_subject or level not in section.levels:
        raise ValueError(f"nobody publishes {event.payload['section']} one at a time here")
    at = datetime.fromisoformat(event.payload["at"])
    rule = await settings_of(scope, DisclosureSettings, at=event.created_at)
    subject, title = UUID(event.payload["subject"]), str(event.payload["title"])[:LONGEST_TITLE]
    said = event.payload.get("due_on")
    due = date.fromisoformat(said) if said else due_from(section.clock, at, rule)
    await execute(scope, _WANT, event.county, event.region, section.name, subject, title, at, today(at), due)
    await execute(scope, _SETTLE, section.name, "")


async def on_objected(scope: Scope, event: Event) -> None:
    publication, objection = UUID(event.payload["publication"]), UUID(event.payload["objection"])
    await execute(scope, _TELL_OBJECTED, publication, objection, event.created_at)


async def on_notice_due(scope: Scope, event: Event) -> None:
    """Say that a notice has stood its days, and how it went; what ended meanwhile says nothing."""
    row = await fetch_one(scope, _NOTICE, UUID(event.payload["publication"]))
    if row is None:
        return
    told = {
        "publication": str(row["id"]), "section": row["section"], "period": row["period"], "token": row["token"],
        "subject": str(row["subject_id"]) if row["subject_id"] else None, "notice_until": row["notice_until"].isoformat(),
        "objections": row["objections"], "unanswered": row["unanswered"],
    }  # fmt: skip
    await announce(scope, NOTICE_ENDED, told, now=clock_now(), region=row["region"], county=row["county"])

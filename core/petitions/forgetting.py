"""Erasing what was kept of persons: who raised a matter, after the county's term; sources and codes, after days.

The matters themselves stay, with their answers and figures. Whom one is about stays too: it keeps that person away.
"""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.files.actions import forget_files
from core.kernel.clock import now as clock_now
from core.kernel.database import execute, fetch, fetch_one
from core.kernel.masking import masked_name
from core.kernel.numbers import without_numbers
from core.kernel.outbox import Event, announce
from core.kernel.scope import Scope
from core.kernel.secrets import decrypt
from core.petitions.actions.phones import PURGE_CODES
from core.petitions.rules import NAME, PetitionSettings
from core.tenancy.settings import settings_of

FORGET: Final = "petition.forget"
AT_ONCE: Final = 500
_DAY: Final = timedelta(days=1)
_PAST: Final = """
SELECT p.id FROM petition p
WHERE p.region >= $1 AND p.region < $2 AND p.county = $3 AND p.erased_at IS NULL AND p.closed_at < $4 AND p.state IN ('closed', 'refused')
ORDER BY p.closed_at LIMIT $5
"""
_WRITTEN: Final = """
SELECT p.title, p.spot, p.body, p.villager_words, p.answer, x.name FROM petition p
LEFT JOIN petition_raiser x ON x.county = p.county AND x.petition_id = p.id AND x.region >= $1 AND x.region < $2
WHERE p.region >= $1 AND p.region < $2 AND p.county = $3 AND p.id = $4 FOR UPDATE OF p
"""
_DROP: Final = "DELETE FROM petition_raiser WHERE region >= $1 AND region < $2 AND county = $3 AND petition_id = $4"
_BLANK: Final = """
UPDATE petition SET erased_at = $5, about_name = '', has_contact = false, receipt_hash = NULL, title = $6, spot = $7, body = $8,
       villager_words = $9, answer = $10
WHERE region >= $1 AND region < $2 AND county = $3 AND id = $4
"""
_LINES: Final = """
SELECT e.id, e.text FROM petition_event e
WHERE e.region >= $1 AND e.region < $2 AND e.county = $3 AND e.petition_id = $4 AND e.text <> ''
"""
_REWORD: Final = "UPDATE petition_event SET text = $5 WHERE region >= $1 AND region < $2 AND county = $3 AND id = $4"
_SOURCES: Final = """
UPDATE petition_raiser SET source_hash = NULL
WHERE region >= $1 AND region < $2 AND county = $3 AND source_hash IS NOT NULL AND at < $4
"""
_EMPTY: Final = """
DELETE FROM petition_raiser WHERE region >= $1 AND region < $2 AND county = $3 AND at < $4
  AND name IS NULL AND phone IS NULL AND source_hash IS NULL
"""
_ENDED: Final = """
UPDATE petition_block SET phone_index = NULL, source_hash = NULL
WHERE region >= $1 AND region < $2 AND county = $3 AND until < $4 AND (phone_index IS NOT NULL OR source_hash IS NOT NULL)
"""


async def on_forget(scope: Scope, event: Event) -> None:
    """Erase, once a day: names, phones, numbers in what was written, receipts, photos; and what is kept for days alone."""
    now = clock_now()
    rule = await settings_of(scope, PetitionSettings, at=now)
    past = await fetch(scope, _PAST, event.county, now - rule.keep_time, AT_ONCE)
    for row in past:
        await forget(scope, event.county, row["id"], now)
    if len(past) == AT_ONCE:  # there may be more
        await announce(scope, FORGET, {}, now=now)
    before = now - timedelta(days=rule.source_days)
    await execute(scope, _SOURCES, event.county, before)
    await execute(scope, _EMPTY, event.county, before)
    await execute(scope, _ENDED, event.county, now)
    await execute(scope, PURGE_CODES, event.county, now - _DAY)


async def forget(scope: Scope, county: str, petition: UUID, now: datetime) -> None:
    """Erase the personal data of one petition: the row of its raiser, his name and all numbers in its texts, its photos."""
    row = await fetch_one(scope, _WRITTEN, county, petition)
    if row is None:
        return
    name = decrypt(row["name"], purpose=NAME, owner=county) if row["name"] else ""
    texts = [_bare(row[field], name) for field in ("title", "spot", "body", "villager_words", "answer")]
    await execute(scope, _BLANK, county, petition, now, *texts)
    for line in await fetch(scope, _LINES, county, petition):
        if (text := _bare(line["text"], name)) != line["text"]:
            await execute(scope, _REWORD, county, line["id"], text)
    await execute(scope, _DROP, county, petition)
    await forget_files(scope, county=county, subject=petition, now=now)


def _bare(text: str, name: str) -> str:
    """Give a text without personal numbers, and with the raiser's name masked."""
    plain: Any = without_numbers(text)
    return str(plain.replace(name, masked_name(name)) if len(name) > 1 else plain)

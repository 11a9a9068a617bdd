"""What the plugin does in the background and on steps of others."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from core.api import (
    Collected,
    Event,
    Figure,
    Finding,
    Found,
    Hit,
    Look,
    Matter,
    Period,
    Progress,
    Scope,
    Severity,
    Step,
    SubjectFound,
    audit,
    held,
    mark,
    passed,
    settings_of,
    transaction,
)
from xiangzhi_sample.queries import count_notes, notes_between, short_notes, village_of
from xiangzhi_sample.settings import SampleSettings

SHORT = 2


async def find_short_notes(scope: Scope, look: Look) -> Found:
    """Find notes too short to say anything, since the range's first day."""
    notes = await short_notes(scope, look, shorter_than=SHORT)
    text = mark("走访手记太短，看不出说了什么。")
    return Found(tuple(Hit(str(n["id"]), n["region"], n["text"], Severity.YELLOW, text, n["at"]) for n in notes))


async def screen_word(scope: Scope, matter: Matter) -> Finding:
    """Hold matters with the county's word in their title."""
    settings = await settings_of(scope, SampleSettings, at=matter.at, region=matter.region)
    if settings.word and settings.word in matter.title:
        return held(mark("标题里有“%(word)s”，请人工审定。"), word=settings.word)
    return passed(mark("标题没有需要留意的词。"))


async def collect_notes(scope: Scope, period: Period) -> Collected:
    """Give the month's notes of one village; their writers are masked by the kind of their column."""
    notes = await notes_between(scope, region=period.region, starts=period.starts, ends=period.ends)
    rows = tuple({"day": note.at, "writer": note.by_name, "text": note.text} for note in notes)
    return Collected(rows, figures=(Figure(mark("走访次数"), len(rows), unit=mark("次")),))


async def may_submit(scope: Scope, step: Step) -> str | None:
    """Hold submissions back where the county is strict and notes are there."""
    settings = await settings_of(scope, SampleSettings, at=step.at, region=scope.region)
    return mark("还有手记没有看。") if settings.strict and await count_notes(scope) else None


async def find_note(scope: Scope, note: UUID) -> SubjectFound | None:
    """Give a note that a village decides about."""
    found = await village_of(scope, note)
    return SubjectFound(found["region"], found["text"][:30]) if found is not None else None


async def on_noted(scope: Scope, event: Event) -> None:
    """Leave a trace that the note was worked off."""
    await audit(scope, "sample.seen", kind="sample", subject=None, now=event.created_at, data=event.payload)


async def count_all(progress: Progress) -> None:
    """Count the notes in one chunk."""
    await progress.set_total(1)

    async def chunk(scope: Scope) -> None:
        await count_notes(scope)

    await progress.chunk("all", chunk, size=1)


async def report(scope: Scope, words: Sequence[str]) -> AsyncIterator[str]:
    """Print how many notes there are."""
    async with transaction(scope):
        yield f"{scope.region} {await count_notes(scope)} {' '.join(words)}".rstrip()


async def on_enabling(scope: Scope, now: datetime) -> None:
    """Leave a trace."""
    await audit(scope, "sample.enabling", kind="sample", subject=None, now=now)


async def on_disabled(scope: Scope, now: datetime) -> None:
    """Leave a trace."""
    await audit(scope, "sample.disabled", kind="sample", subject=None, now=now)


async def on_settings(scope: Scope, changed: Mapping[str, Any], now: datetime) -> None:
    """Leave a trace."""
    await audit(scope, "sample.settings", kind="sample", subject=None, now=now, data=changed)


async def slot_values(scope: Scope, known: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give what the slot shows on the page of an incoming task."""
    return {"notes": await count_notes(scope), "incoming": known["incoming"]}

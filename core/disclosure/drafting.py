"""Drafts: what would be published now, collected afresh each time and kept nowhere. A draft is masked already."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from core.contracts.disclosure import Attachment, Clock, Collected, Period, Section
from core.contracts.registry import current
from core.disclosure.cleaning import NO_LOOKS, Cleaned, Looks, look_into, seen
from core.disclosure.periods import DisclosureSettings, Span, notice_until, span_named, span_of, today
from core.disclosure.rules import LONGEST_NOTE, LONGEST_TITLE, Leak, content_of, digest_of, leaks_in
from core.kernel.database import transaction
from core.kernel.errors import Invalid, NotFound, mark
from core.kernel.scope import LENGTHS, Scope
from core.tenancy.queries.regions import Region, path_of, region_now
from core.tenancy.settings import settings_of

VILLAGE_LEVEL: Final = 5


@dataclass(frozen=True, slots=True)
class Draft:
    """What a release would write. ``digest`` names exactly this content; ``leaks`` are what holds it back."""

    section: Section
    place: Region
    place_name: str
    span: Span
    subject: UUID | None
    title: str
    content: Mapping[str, Any]
    notice_until: date | None
    leaks: tuple[Leak, ...]
    over: bool
    files: tuple[Attachment, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()  # files that cannot be published: name, and a key of ``cleaning.REFUSALS``
    unseen: tuple[Attachment, ...] = ()  # those nobody looked into yet
    sources: tuple[Attachment, ...] = ()  # all of them as they were sent up

    @property
    def digest(self) -> str:
        """A mark of what was shown; a release names it, so that nothing else is released."""
        return digest_of(self.title, self.content)

    @property
    def period(self) -> str:
        """The name stored; one subject is published once, whatever the day."""
        return "" if self.subject is not None else self.span.name


def section_named(scope: Scope, name: str, *, level: int) -> Section:
    """Give a section that may publish something new here. Raises ``NotFound``, also where its plugin is off."""
    section = current().named(Section, name)
    if section is None or section not in current().active(Section, scope) or level not in section.levels:
        raise NotFound
    return section


def sections_in_use(scope: Scope, rule: DisclosureSettings) -> list[Section]:
    """Give every section that something new may be published in: its plugin is on, and no setting takes it away."""
    return [section for section in current().active(Section, scope) if rule.offers(section.name)]


def sections_for(scope: Scope, rule: DisclosureSettings, *, level: int) -> list[Section]:
    """Give the sections that places of a level publish, in the order of the board."""
    found = [section for section in sections_in_use(scope, rule) if level in section.levels]
    order = {group: n for n, group in enumerate(type(found[0].group))} if found else {}
    return sorted(found, key=lambda section: order[section.group])


async def whole_draft(
    scope: Scope, *, section: str, region: str, period: str, subject: UUID | None, note: str, now: datetime
) -> Draft:
    """Give a draft whose documents were all looked into. Opens its own transactions: looking takes seconds."""
    looks: dict[bytes, Cleaned] = {}
    while True:
        async with transaction(scope):
            draft = await draft_of(
                scope, section=section, region=region, period=period, subject=subject, note=note, now=now, looks=looks
            )
        if not draft.unseen:
            return draft
        for file in draft.unseen:
            looks[file.sha256] = await look_into(file)


async def draft_of(
    scope: Scope, *, section: str, region: str, period: str, subject: UUID | None, note: str, now: datetime,
    looks: Looks = NO_LOOKS,
) -> Draft:  # fmt: skip
    """Collect and mask what would be published of a place. Raises ``NotFound`` and, for what is too long, ``Invalid``.

    ``looks`` is what was found in its documents; one that nobody looked into is told as unseen.
    """
    place = await region_now(scope, region)
    chosen = section_named(scope, section, level=LENGTHS.index(len(place.code)) + 1)
    rule = await settings_of(scope, DisclosureSettings, at=now, region=place.code)
    if place.closed is not None or chosen.by_subject != (subject is not None) or not rule.offers(section):
        raise NotFound
    span = _span(chosen.clock, period, now)
    asked = Period(place.code, scope.county, "" if subject else span.name, span.starts, span.ends, subject)
    found = await chosen.collect(scope, asked)
    sources, told = found.files, seen(found.files, looks)
    found = replace(found, files=told.files)
    if len(note) > LONGEST_NOTE:
        raise Invalid(fields={"note": mark("说明太长了，最多 500 字。")})
    days = max(chosen.notice_days, rule.notice_days, found.notice_days) if chosen.notice_days else 0
    content, title = content_of(chosen, found, note=note), _title(chosen, found, span)
    return Draft(
        chosen, place, await place_name_of(scope, place.code), span, subject, title, content,
        notice_until(days, now) if days else None, tuple(leaks_in(title, content)),
        today(now) > span.last_day or not chosen.clock.by_period, told.files, told.refused, told.unseen, sources,
    )  # fmt: skip


def _span(clock: Clock, name: str, now: datetime) -> Span:
    if not clock.by_period:
        return span_of(clock, now)
    try:
        return span_named(clock, name)
    except ValueError:
        raise NotFound from None


def _title(section: Section, found: Collected, span: Span) -> str:
    title = found.title.strip() or f"{words_of_period(span.name)}{section.title}"
    return title[:LONGEST_TITLE]


def words_of_period(name: str) -> str:
    """Write a period as the titles of documents do: 2026年11月, 2026年第4季度. A day and an empty name say nothing."""
    if len(name) == len("2026-Q4") and "Q" in name:
        return f"{name[:4]}年第{name[6]}季度"
    if len(name) == len("2026-11"):
        return f"{name[:4]}年{int(name[5:])}月"
    return f"{name}年" if len(name) == len("2026") else ""


async def place_name_of(scope: Scope, code: str) -> str:
    """Write a place with all that is above it: 浙江省湖州市南浔区练市镇朱家兜村."""
    path = await path_of(scope, code)
    return "".join(each.short_name if each.level == VILLAGE_LEVEL else each.name for each in path)

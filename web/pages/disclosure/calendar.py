"""The calendar of disclosure: what is missing, due soon, coming, and what was published lately."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from core.contracts.disclosure import Clock, Section
from core.contracts.registry import current
from core.disclosure.by_hand import BY_NAME
from core.disclosure.drafting import sections_for
from core.disclosure.entries import FILL, acts_for
from core.disclosure.enums import STANDING_TITLES, STANDING_TONES, Standing
from core.disclosure.periods import DAY, DisclosureSettings, today
from core.disclosure.queries import Due, Sum, dues_in, folded_dues, open_objections, sums_below
from core.kernel.database import transaction
from core.kernel.errors import mark
from core.kernel.scope import LENGTHS, Scope
from core.tenancy.queries.regions import Region, children_of, region_now
from core.tenancy.settings import settings_of
from web.answers import Answer, Request, language_of, page, renderer_of, request_now, say
from web.pages.public.words import Words
from web.routing import get_page

READ: Final = "core:disclosure:read"
RELEASE: Final = "core:disclosure:release"
VILLAGE: Final = 5
COUNTY: Final = 3
_SIZE: Final = 50
_EACH: Final = 12
_LATELY: Final = timedelta(days=40)
SHOWS: Final = {"": mark("全部"), "open": mark("待公开"), "missing": mark("缺公开")}
# Those above see what is late and what is about to be first, and their villages folded.
SHOWS_ABOVE: Final = {"": mark("缺公开和快到期"), "missing": mark("缺公开"), "open": mark("待公开"), "all": mark("全部")}


@get_page("/disclosure", permission=READ)
async def calendar_page(request: Request, scope: Scope, show: str = "", region: str = "", start: int = 1) -> Answer:
    """Show what has to be published in the reader's range, or in one place of it, the worst first."""
    now, first = request_now(request), max(start, 1)
    async with transaction(scope):
        place = await region_now(scope, region or scope.region)
        above = COUNTY <= place.level < VILLAGE
        shows = SHOWS_ABOVE if above else SHOWS
        chosen = show if show in shows else ""
        rule = await settings_of(scope, DisclosureSettings, at=now, region=place.code)
        names = [section.name for section in current().visible(Section, scope) if rule.offers(section.name)]
        folded = await _folded(request, scope, place, names, rule, chosen) if above else None
        dues = [] if above and chosen != "all" else await dues_in(
            scope, sections=names, now=now, done_since=now - _LATELY, region=place.code, only="" if above else chosen,
            limit=_SIZE + 1, offset=first - 1,
        )  # fmt: skip
        waiting = len(await open_objections(scope))
    words = words_for(request)
    return page(
        request, "disclosure/calendar.html", title=mark("公开"), place=place, name=called(place), own=place.code == scope.region,
        waiting=waiting, back="/disclosure" if place.code != scope.region else "", folded=folded if chosen != "all" else None,
        tabs=[
            {"href": _address(name, region), "label": say(request, title), "current": name == chosen,
             "count": folded.counts.get(name) if folded else None}
            for name, title in shows.items()
        ],
        rows=[row_of(words, due, request, rule.soon_days, fills=_fills(scope, due)) for due in dues[:_SIZE]], rule=rule,
        sections=_sections(scope, rule, place, words),
        previous=_address(chosen, region, max(1, first - _SIZE)) if first > 1 else None,
        next=_address(chosen, region, first + _SIZE) if len(dues) > _SIZE else None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Folded:
    """What is due of a place itself, and under each place below it that has something to do; ``idle`` counts the others."""

    own: list[dict[str, Any]]
    groups: list[dict[str, Any]]
    idle: int
    counts: Mapping[str, int]


async def _folded(
    request: Request, scope: Scope, place: Region, names: list[str], rule: DisclosureSettings, chosen: str
) -> Folded:
    now = request_now(request)
    day, words, digits = today(now), words_for(request), LENGTHS[place.level]
    soon = day + timedelta(days=rule.soon_days)
    until = {"": soon, "missing": day - DAY}.get(chosen, date.max)
    asked: dict[str, Any] = {"region": place.code, "sections": names, "now": now, "digits": digits}
    dues = await folded_dues(scope, **asked, until=until, most=_EACH)
    sums = {each.code: each for each in await sums_below(scope, **asked, soon_on=soon)}
    below = [each for each in await children_of(scope, place.code) if not each.pseudo]

    def rows(code: str) -> list[dict[str, Any]]:
        return [row_of(words, due, request, rule.soon_days, fills=_fills(scope, due)) for due in dues.get(code, [])]

    groups = [_group(each, sums[each.code], rows(each.code), chosen) for each in below if each.code in dues]
    groups.sort(key=lambda group: (-group["missing"], -group["soon"], group["code"]))
    missing, soon_ones = sum(each.missing for each in sums.values()), sum(each.soon for each in sums.values())
    counts = {"": missing + soon_ones, "missing": missing, "open": sum(each.open for each in sums.values())}
    return Folded(rows(place.code), groups, len(below) - len(groups), counts)


def _group(place: Region, counted: Sum, rows: list[dict[str, Any]], chosen: str) -> dict[str, Any]:
    meant = {"": counted.missing + counted.soon, "missing": counted.missing}.get(chosen, counted.open)
    return {
        "code": place.code, "name": called(place), "href": _address("open", place.code), "rows": rows, "more": max(0, meant - len(rows)),
        "missing": counted.missing, "soon": counted.soon, "open": counted.open,
    }  # fmt: skip


def called(place: Region) -> str:
    """Give what a place is called in a heading: 练市镇, 朱家兜村."""
    return place.short_name if place.level == VILLAGE else place.name


def words_for(request: Request) -> Words:
    """Give the words of the signed-in reader's language."""
    return Words(renderer_of(request), language_of(request))


def draft_address(section: str, region: str, period: str = "", subject: object = None) -> str:
    """Give where a draft is looked at."""
    asked = {"section": section, "region": region, "period": period, "subject": str(subject) if subject else ""}
    return f"/disclosure/draft?{urlencode({name: value for name, value in asked.items() if value})}"


def hand_address(section: str, period: str = "") -> str:
    """Give where a village fills a section by hand."""
    return f"/disclosure/by-hand/{section}?period={period}" if period else f"/disclosure/by-hand/{section}"


def _address(show: str, region: str = "", start: int = 1) -> str:
    asked = {"show": show, "region": region, "start": str(start) if start > 1 else ""}
    kept = urlencode({name: value for name, value in asked.items() if value})
    return f"/disclosure?{kept}" if kept else "/disclosure"


def row_of(words: Words, due: Due, request: Request, soon_days: int, *, fills: bool = False) -> dict[str, Any]:
    """Give what lists show of a due date; ``fills`` leads those who write a section by hand to where they do."""
    standing = due.standing(request_now(request), soon_days)
    section = current().named(Section, due.section)
    href = draft_address(due.section, due.region, due.period, due.subject_id) if standing is not Standing.COMING else ""
    if due.section in BY_NAME and fills:
        href = f"/disclosure/entries/{due.subject_id}" if due.subject_id else hand_address(due.section, due.period)
    if due.publication_id is not None:
        href = f"/publications/{due.publication_id}"
    title = words.say(section.title) if section else due.section
    return {
        "title": due.title or title, "section": title if due.title else "", "period": words.period(due.period),
        "place": due.place or due.region, "due_on": due.due_on, "href": href,
        "standing": STANDING_TITLES[standing], "tone": STANDING_TONES[standing], "opens_on": due.opens_on,
    }  # fmt: skip


def _fills(scope: Scope, due: Due) -> bool:
    """Whether this post writes what is due by hand: for its own village, not for those below."""
    return FILL in scope.permissions and due.region == scope.region


def _sections(scope: Scope, rule: DisclosureSettings, place: Region, words: Words) -> list[dict[str, Any]]:
    """Name what may be published at any time here, and what the village fills by hand; the rest stands in the list."""
    fills = FILL in scope.permissions and place.code == scope.region
    found = []
    for each in sections_for(scope, rule, level=place.level):
        by_hand, at_any_time = each.name in BY_NAME, each.clock is Clock.NONE and not each.by_subject
        if fills and by_hand:
            found.append((each, hand_address(each.name)))
        elif RELEASE in scope.permissions and at_any_time and acts_for(scope, place.code):
            found.append((each, draft_address(each.name, place.code)))
    return [
        {"title": words.say(each.title), "hint": words.say(each.hint), "href": href, "by_hand": each.name in BY_NAME}
        for each, href in found
    ]

"""The public boards: which counties, one county, one township or village, one section through the years."""

from datetime import datetime
from itertools import groupby
from typing import Any, Final

from core.disclosure import public
from core.disclosure.public import BoardCard, Place
from core.disclosure.rules import plain_check_number
from core.kernel.errors import NotFound, mark
from web.answers import Answer, Request, renderer_of, request_now, see_other
from web.pages.public.answering import REASON, Look, public_page, public_say
from web.pages.public.petition_forms import client_key
from web.pages.public.words import Words, in_order
from web.routing import get_page

COUNTY: Final = 3
VILLAGE: Final = 5
_EACH: Final = 3
_RECENT: Final = 10
_SECTION: Final = 30
_FOUND: Final = 20
_LONGEST: Final = 30
_MINUTES: Final = 600  # seconds
SEARCHES: Final = 120  # in ten minutes; a village behind one address is many people


@get_page("/public", public=REASON)
async def counties_page(request: Request) -> Answer:
    """Name the counties whose boards may be read, and take the number printed on one."""
    counties = await public.open_counties()
    return public_page(
        request, "public/counties.html", title=public_say(request, mark("村务公开")), counties=counties, number="", missed=False
    )


@get_page("/public/check", public=REASON)
async def check_page(request: Request, number: str = "") -> Answer:
    """Lead from the number printed on a board to what was published under it."""
    plain = plain_check_number(number)
    cards = await public.by_check_number(plain) if plain else []
    if len(cards) == 1:
        return see_other(request, Look.of(request).go(f"/p/{cards[0].token}/proof"))
    return public_page(
        request, "public/counties.html", title=public_say(request, mark("村务公开")), counties=await public.open_counties(),
        number=number[:40], missed=bool(number),
    )  # fmt: skip


@get_page("/public/{code:str}", public=REASON)
async def board_page(request: Request, code: str, q: str = "") -> Answer:
    """Show the board of a place: a county with its townships and a search, a township, a village. Looking for words is limited."""
    place = await public.place_of(code)
    q = " ".join(q.split())[:_LONGEST]
    if q:
        await public.count_use(f"board:search:{client_key(request)}", seconds=_MINUTES, most=SEARCHES)
    cards = await public.board_of(code, each=_EACH)
    below = await public.places_below(code) if place.level < VILLAGE else []
    recent = await public.recent_of(place, most=_RECENT) if place.level < VILLAGE else []
    found = await public.find_places(code, q) if q and place.level < VILLAGE else []
    hits = await public.search_board(code, q, most=_FOUND) if q and place.level == VILLAGE else []
    words, now = words_of(request), request_now(request)
    newer = await _successor(place)
    return public_page(
        request, "public/board.html", title=title_of(request, place), place=place, boards=_parts(words, cards, now),
        below=below, recent=[words.line(card, now) for card in recent], found=found, q=q, newer=newer,
        hits=[words.line(card, now) for card in hits],
    )  # fmt: skip


@get_page("/public/{code:str}/sections/{section:str}", public=REASON)
async def section_page(request: Request, code: str, section: str, before: str = "") -> Answer:
    """Show everything of one section of one place, back in time, also what was corrected or withdrawn."""
    place = await public.place_of(code)
    cards = await public.section_of(code, section, before=_moment(before), most=_SECTION + 1)
    if not cards:
        raise NotFound
    words, now = words_of(request), request_now(request)
    more = cards[_SECTION - 1].released_at.isoformat() if len(cards) > _SECTION else None
    return public_page(
        request, "public/section.html", title=words.say(cards[0].section_title), place=place,
        lines=[words.line(card, now) for card in cards[:_SECTION]], more=more, first=not before,
    )  # fmt: skip


def words_of(request: Request) -> Words:
    """Give the words of the reader's language."""
    return Words(renderer_of(request), Look.of(request).language)


def title_of(request: Request, place: Place) -> str:
    """Say whose board it is: 朱家兜村村务公开."""
    text = mark("%(place)s村务公开") if place.level == VILLAGE else mark("%(place)s公开")
    return public_say(request, text, place=place.name)


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise NotFound from None
    if found.tzinfo is None:
        raise NotFound
    return found


async def _successor(place: Place) -> tuple[str, str] | None:
    """Give the place that followed one that is no more, if it can be read."""
    if not place.closed or not place.successor:
        return None
    try:
        newer = await public.place_of(place.successor)
    except NotFound:
        return None
    return newer.name, newer.code


def _parts(words: Words, cards: list[BoardCard], now: datetime) -> list[dict[str, Any]]:
    """Sort the cards of a board into its parts and sections."""
    parts = []
    for name in in_order([card.board for card in cards]):
        own = [card for card in cards if card.board == name]
        sections = [
            _section(words, list(group), now) for _, group in groupby(sorted(own, key=_by_section), key=_by_section)
        ]
        parts.append({"name": name, "title": words.board(name), "sections": sections})
    return parts


def _by_section(card: BoardCard) -> str:
    return card.section


def _section(words: Words, cards: list[BoardCard], now: datetime) -> dict[str, Any]:
    first = cards[0]
    return {
        "name": first.section, "title": words.say(first.section_title), "period": words.period(first.period),
        "figures": words.figures(first.figures), "lines": [words.line(card, now) for card in cards],
    }  # fmt: skip


ROUTES: Final = [counties_page, check_page, board_page, section_page]

"""The same for machines: Atom, RSS and JSON of a place, QR codes of boards and publications."""

import io
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final

import msgspec
import segno
from markupsafe import escape

from core.disclosure import public
from core.disclosure.public import Card, Place
from core.kernel.clock import local
from web.answers import Answer, Request
from web.pages.public.answering import REASON, address_of, public_bytes
from web.pages.public.boards import title_of
from web.routing import get_page

_MOST: Final = 30
_SCALE: Final = 5


@get_page("/public/{code:str}/feed.atom", public=REASON)
async def atom(request: Request, code: str) -> Answer:
    """Give the newest publications of a place and all that lies in it, as Atom."""
    place = await public.place_of(code)
    cards = await public.recent_of(place, most=_MOST)
    entries = "".join(_atom_entry(request, card) for card in cards)
    here, updated = address_of(request, f"/public/{code}"), cards[0].released_at if cards else None
    text = (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>{escape(title_of(request, place))}</title><id>{here}</id>"
        f'<link href="{here}"/><link rel="self" href="{here}/feed.atom"/>'
        f"<updated>{_iso(updated) if updated else '1970-01-01T00:00:00+08:00'}</updated>"
        f"<author><name>{escape(place.full_name)}</name></author>{entries}</feed>\n"
    )
    return public_bytes(request, text.encode(), "application/atom+xml; charset=utf-8")


def _atom_entry(request: Request, card: Card) -> str:
    link = address_of(request, f"/p/{card.token}")
    return (
        f'<entry><title>{escape(card.place_name)} {escape(card.title)}</title><id>{link}</id><link href="{link}"/>'
        f"<updated>{_iso(card.released_at)}</updated><summary>{escape(card.section_title)}</summary></entry>"
    )


@get_page("/public/{code:str}/feed.rss", public=REASON)
async def rss(request: Request, code: str) -> Answer:
    """Give the same as RSS, for readers that know nothing newer."""
    place = await public.place_of(code)
    here = address_of(request, f"/public/{code}")
    items = "".join(_rss_item(request, card) for card in await public.recent_of(place, most=_MOST))
    title = escape(title_of(request, place))
    text = (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>'
        f"<title>{title}</title><link>{here}</link><description>{escape(place.full_name)}</description>{items}"
        "</channel></rss>\n"
    )
    return public_bytes(request, text.encode(), "application/rss+xml; charset=utf-8")


def _rss_item(request: Request, card: Card) -> str:
    link = address_of(request, f"/p/{card.token}")
    return (
        f'<item><title>{escape(card.place_name)} {escape(card.title)}</title><link>{link}</link><guid isPermaLink="true">{link}</guid>'
        f"<pubDate>{format_datetime(card.released_at)}</pubDate><description>{escape(card.section_title)}</description></item>"
    )


@get_page("/public/{code:str}/board.json", public=REASON)
async def board_json(request: Request, code: str) -> Answer:
    """Give what stands on the board of one place, as open data."""
    place = await public.place_of(code)
    cards = await public.board_of(code, each=20)
    body = msgspec.json.encode({
        "place": _place(place), "address": address_of(request, f"/public/{code}"),
        "publications": [{**_card(request, card), "figures": card.figures} for card in cards],
    })  # fmt: skip
    return public_bytes(request, body, "application/json")


def _place(place: Place) -> dict[str, Any]:
    return {"code": place.code, "name": place.name, "full_name": place.full_name}


def _card(request: Request, card: Card) -> dict[str, Any]:
    return {
        "title": card.title, "section": card.section, "section_title": card.section_title, "period": card.period,
        "rows": card.lines, "released_at": _iso(card.released_at),
        "notice_until": card.notice_until.isoformat() if card.notice_until else None,
        "page": address_of(request, f"/p/{card.token}"),
        "document": address_of(request, f"/p/{card.token}/document.json"),
    }  # fmt: skip


def _iso(moment: datetime) -> str:
    return local(moment).isoformat(timespec="seconds")


@get_page("/p/{token:str}/qr.svg", public=REASON)
async def publication_code(request: Request, token: str) -> Answer:
    """Draw the QR code that leads to a publication."""
    await public.shown(token)
    return _code(request, f"/p/{token}")


@get_page("/public/{code:str}/qr.svg", public=REASON)
async def board_code(request: Request, code: str) -> Answer:
    """Draw the QR code that leads to a place's board."""
    place = await public.place_of(code)
    return _code(request, f"/public/{place.code}")


def _code(request: Request, path: str) -> Answer:
    drawn = io.BytesIO()
    segno.make(address_of(request, path), error="m", micro=False).save(
        drawn, kind="svg", scale=_SCALE, border=2, xmldecl=False, svgclass=None, lineclass=None, omitsize=False
    )
    return public_bytes(request, drawn.getvalue(), "image/svg+xml")


ROUTES: Final = [atom, rss, board_json, publication_code, board_code]

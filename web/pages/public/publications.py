"""One publication: its content, its history, its proof, its printed sheet."""

from typing import Any, Final

import msgspec

from core.chain.queries import keeper_of, proof_of
from core.disclosure import public
from core.disclosure.public import Place, Shown
from core.disclosure.rules import canonical, shown_check_number
from core.disclosure.workflows import NOTICE
from core.kernel.chain import Proof
from core.kernel.database import transaction
from core.kernel.errors import NotFound
from web.answers import Answer, Request, request_now
from web.pages.public.answering import REASON, address_of, public_bytes, public_page
from web.pages.public.boards import words_of
from web.pages.public.words import ROWS
from web.routing import get_page

_HREF: Final = "/p/{}"


@get_page("/p/{token:str}", public=REASON)
async def publication_page(request: Request, token: str, start: int = 1) -> Answer:
    """Show what was published, as it was released; long tables in parts."""
    one, place = await seen(token)
    rows = one.content["rows"] if one.content else []
    if start < 1 or (rows and start > len(rows)):
        raise NotFound
    came, answered = await public.objections_counted(token) if one.notice_until else (0, 0)
    return public_page(
        request, "public/publication.html", title=one.title, place=place, came=came, answered=answered,
        table=_table(request, one, start), start=start, total=len(rows),
        files=words_of(request).files(one.content) if one.content else [], previous=max(1, start - ROWS) if start > 1 else None, next=start + ROWS if start + ROWS <= len(rows) else None,
        **facts(request, one),
    )  # fmt: skip


@get_page("/p/{token:str}/history", public=REASON)
async def history_page(request: Request, token: str) -> Answer:
    """Show all that was released of the same thing: corrections and withdrawals with their reasons."""
    one, place = await seen(token)
    words, now = words_of(request), request_now(request)
    versions = [
        {**words.line(version, now), "reason": version.end_reason, "check": shown_check_number(version.check_number),
         "here": version.token == token, "ended_at": version.ended_at}
        for version in await public.versions_of(token)
    ]  # fmt: skip
    return public_page(
        request, "public/history.html", title=one.title, place=place, versions=versions, **facts(request, one)
    )


@get_page("/p/{token:str}/proof", public=REASON)
async def proof_page(request: Request, token: str) -> Answer:
    """Show by what anybody can check that nothing was changed since the release."""
    one, place = await seen(token)
    proof = await _chained(one)
    return public_page(
        request, "public/proof.html", title=one.title, place=place, hash=one.hash.hex(),
        address=address_of(request, _HREF.format(token)), block=proof.head.header if proof else None, **facts(request, one),
    )  # fmt: skip


@get_page("/p/{token:str}/proof.json", public=REASON)
async def proof_file(request: Request, token: str) -> Answer:
    """Send the proof that it stands in the county's audit chain; ``scripts/verify_publication.py`` checks it offline."""
    one, _ = await seen(token)
    proof = await _chained(one)
    if proof is None:
        raise NotFound
    headers = {"content-disposition": f'inline; filename="{one.check_number}-proof.json"'}
    return public_bytes(request, msgspec.json.encode(proof.told()), "application/json", headers=headers)


async def _chained(one: Shown) -> Proof | None:
    """Give where it stands in the chain; None until the sealer has come by. A proof holds hashes and nothing else."""
    scope = (await keeper_of(one.county)).scope
    async with transaction(scope):
        return await proof_of(scope, one.id)


@get_page("/p/{token:str}/print", public=REASON)
async def sheet_page(request: Request, token: str) -> Answer:
    """Show the sheet for the village's notice board: all rows, seal space, QR code and check number."""
    one, place = await seen(token)
    return public_page(
        request, "public/sheet.html", title=one.title, place=place, table=_table(request, one, 1, every=True),
        address=address_of(request, _HREF.format(token)), **facts(request, one),
    )  # fmt: skip


@get_page("/p/{token:str}/document.json", public=REASON)
async def document(request: Request, token: str) -> Answer:
    """Send the very bytes that were hashed: whoever computes their SHA-256 finds the published value."""
    one, _ = await seen(token)
    headers = {"content-disposition": f'inline; filename="{one.check_number}.json"'}
    return public_bytes(request, canonical(one.document()), "application/json", headers=headers)


async def seen(token: str) -> tuple[Shown, Place]:
    """Give a publication with the place it was released for. Raises ``NotFound``."""
    one = await public.shown(token)
    return one, await public.place_of(one.region)


def facts(request: Request, one: Shown) -> dict[str, Any]:
    """Give what every page about a publication shows."""
    words, now = words_of(request), request_now(request)
    state, tone = words.state(one, now)
    return {
        "one": one, "href": _HREF.format(one.token), "state": state, "tone": tone, "period": words.period(one.period),
        "check": shown_check_number(one.check_number), "section": words.say(one.section_title),
        "figures": words.figures(one.content["figures"]) if one.content else [], "open": one.state(now) == NOTICE,
        "moved": one.place != one.region,
    }  # fmt: skip


def _table(request: Request, one: Shown, start: int, *, every: bool = False) -> dict[str, Any] | None:
    if one.content is None:
        return None
    rows = one.content["rows"]
    return words_of(request).table(one.content, rows if every else rows[start - 1 : start - 1 + ROWS])


ROUTES: Final = [publication_page, history_page, proof_page, proof_file, sheet_page, document]

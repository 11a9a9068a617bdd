"""The heads of a county's audit chain, for whoever wants to keep one: a page, JSON, the public key, the script that checks."""

import json
from pathlib import Path
from typing import Any, Final

from core.chain.public import heads_of
from core.disclosure.public import Place, place_of
from core.kernel.chain import Head, signer
from core.kernel.errors import NotFound, mark
from web.answers import Answer, Request
from web.pages.public.answering import REASON, address_of, public_bytes, public_page, public_say
from web.routing import get_page

_PAGE: Final = 20
_MOST: Final = 500
_COUNTY: Final = 3
_FAR: Final = 2**62
_SCRIPT: Final = Path(__file__).parents[3] / "scripts" / "verify_publication.py"
ALGORITHMS: Final = {"sha256": "SHA-256", "sm3": "SM3"}


@get_page("/public/{code:str}/chain", public=REASON)
async def heads_page(request: Request, code: str, before: int = 0) -> Answer:
    """Show the newest head, and those before it."""
    place = await _county(code)
    last = before - 1 if 0 < before < _FAR else _FAR
    heads = await heads_of(place.county, last=last, most=_PAGE + 1)
    if not heads and before:
        raise NotFound
    return public_page(
        request, "public/chain.html", title=public_say(request, mark("%(place)s存证链"), place=place.name), place=place,
        newest=_shown(heads[0]) if heads and not before else None, heads=[_shown(head) for head in heads[:_PAGE]],
        more=heads[_PAGE - 1].header.height if len(heads) > _PAGE else None, first=not before,
        keys=_keys(heads), script=_SCRIPT.exists(), json=address_of(request, f"/public/{code}/chain.json"),
    )  # fmt: skip


@get_page("/public/{code:str}/chain.json", public=REASON)
async def heads_json(request: Request, code: str, first: int = 1, last: int = 0) -> Answer:
    """Give heads as JSON, the newest first: the newest alone, or all between ``first`` and ``last`` (at most 500)."""
    place = await _county(code)
    asked = "first" in request.query_params or "last" in request.query_params
    if not (0 < first < _FAR and 0 <= last < _FAR):
        raise NotFound
    heads = await heads_of(place.county, first=first, last=last or _FAR, most=_MOST if asked else 1)
    own = signer()
    told: dict[str, Any] = {
        "county": place.county, "name": place.name, "public_key": own.public.hex(), "key": own.name,
        "heads": [head.told() for head in heads],
    }  # fmt: skip
    return public_bytes(request, json.dumps(told, ensure_ascii=False).encode(), "application/json")


@get_page("/public/verify_publication.py", public=REASON)
async def script(request: Request) -> Answer:
    """Give the script that checks a proof by itself, without our software and without a network."""
    if not _SCRIPT.exists():
        raise NotFound
    headers = {"content-disposition": 'attachment; filename="verify_publication.py"'}
    return public_bytes(request, _SCRIPT.read_bytes(), "text/x-python; charset=utf-8", headers=headers)


async def _county(code: str) -> Place:
    """Only counties have a chain; what happens in a village stands in its county's."""
    place = await place_of(code)
    if place.level != _COUNTY:
        raise NotFound
    return place


def _shown(head: Head) -> dict[str, Any]:
    header = head.header
    return {
        "height": header.height, "hash": head.hash.hex(), "lines": header.lines, "at": header.sealed_at, "key": header.key,
        "algorithm": ALGORITHMS.get(header.algorithm, header.algorithm), "signature": head.signature.hex(),
        "previous": header.previous.hex(), "root": header.root.hex(),
    }  # fmt: skip


def _keys(heads: list[Head]) -> list[tuple[str, str, bool]]:
    """Give (name, key, whether it signs today) of this server's key and of those that signed the blocks shown."""
    own = signer()
    others = {head.header.key: head.public_key.hex() for head in heads if head.header.key != own.name}
    return [(own.name, own.public.hex(), True), *((name, key, False) for name, key in others.items())]


ROUTES: Final = [heads_page, heads_json, script]

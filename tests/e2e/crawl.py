"""Walking through the product as somebody with a mouse would: along the links of each page."""

import re
from collections.abc import AsyncIterator

from tests.e2e.people import TOWN, VILLAGE, Visit

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_CODE = re.compile(r"/\d{4,12}(?=/|$)")
_TOKEN = re.compile(r"(?<=^/p/)[^/]+")
_FILES = re.compile(r"/export|\.xlsx|^/files/|/files/\d|/template|/bad$|\.(json|atom|rss|xml|svg|pdf|zip|py)(\?|$)")
_OUTSIDE = re.compile(r"^/(p|public|petition)(/|$)")  # whoever needs no account walks there, and by himself
_GATES = ("/", "/public", f"/public/{TOWN[:6]}", f"/public/{TOWN}", f"/public/{VILLAGE}", "/petition")
LINKS = "[...document.querySelectorAll('a[href]')].map((a) => a.getAttribute('href')).filter((h) => h.startsWith('/'))"
_MENU = "[...document.querySelectorAll('#menu a, .top a')].map((a) => a.getAttribute('href')).filter((h) => h.startsWith('/'))"


def kind_of(path: str) -> str:
    """Give the kind of page behind an address: ids, codes and what is asked for do not matter."""
    return _TOKEN.sub("…", _CODE.sub("/…", _ID.sub("…", path.partition("#")[0].partition("?")[0])))


async def walk(visit: Visit, seen: set[str]) -> AsyncIterator[str]:
    """Open the places of the menu, and beyond them each kind of page that is not in ``seen`` yet; give each address."""
    await visit.open("/")
    menu = dict.fromkeys([visit.path, *await visit.page.evaluate(_MENU)])
    async for path in _along(visit, menu, seen):
        yield path


async def walk_outside(visit: Visit, seen: set[str]) -> AsyncIterator[str]:
    """Open what somebody without an account comes to: the door, the boards with what they publish, the petitions' forms."""
    async for path in _along(visit, dict.fromkeys(_GATES), seen, outside=True):
        yield path


async def _along(visit: Visit, first: dict[str, None], seen: set[str], *, outside: bool = False) -> AsyncIterator[str]:
    opened: set[str] = set()  # kinds, and of the first their addresses too
    waiting = list(first)
    while waiting:
        path = waiting.pop(0)
        kind = kind_of(path)
        known = path in opened if path in first else kind in opened or kind in seen
        if known or _FILES.search(path) or (_OUTSIDE.search(path) and not outside):
            continue
        opened |= {path, kind}
        seen.add(kind)
        await visit.open(path)
        yield path
        waiting += await visit.page.evaluate(LINKS)

"""Walking through the product as somebody with a mouse would: along the links of each page."""

import re
from collections.abc import AsyncIterator

from tests.e2e.people import Visit

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_CODE = re.compile(r"/\d{4,12}(?=/|$)")
_ANSWERS = re.compile(r"/export|\.xlsx|^/files/|/template|/bad$|\.(json|atom|rss|xml|svg|pdf|zip)(\?|$)|^/(p|public|petition)(/|$)")  # files, and pages without an account
LINKS = "[...document.querySelectorAll('a[href]')].map((a) => a.getAttribute('href')).filter((h) => h.startsWith('/'))"
_MENU = "[...document.querySelectorAll('#menu a, .top a')].map((a) => a.getAttribute('href')).filter((h) => h.startsWith('/'))"


def kind_of(path: str) -> str:
    """Give the kind of page behind an address: ids, codes and what is asked for do not matter."""
    return _CODE.sub("/…", _ID.sub("…", path.partition("#")[0].partition("?")[0]))


async def walk(visit: Visit, seen: set[str]) -> AsyncIterator[str]:
    """Open the places of the menu, and beyond them each kind of page that is not in ``seen`` yet; give each address."""
    await visit.open("/")
    menu = dict.fromkeys([visit.path, *await visit.page.evaluate(_MENU)])
    own, waiting = set(), list(menu)
    while waiting:
        path = waiting.pop(0)
        kind = kind_of(path)
        if kind in own or (kind in seen and path not in menu) or _ANSWERS.search(path):
            continue
        own.add(kind)
        seen.add(kind)
        await visit.open(path)
        yield path
        waiting += await visit.page.evaluate(LINKS)

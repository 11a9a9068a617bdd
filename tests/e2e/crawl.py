"""Walking through the product as somebody with a mouse would: along the links of each page."""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from tests.e2e.people import TOWN, VILLAGE, Visit

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_CODE = re.compile(r"/\d{4,12}(?=/|$)")
# A token and a receipt are a secret each; ready roles are one page with other words.
_WORD = re.compile(r"(?<=^/p/)[^/]+|(?<=^/petition/)[^/]+|(?<=^/public/receipts/)[^/]+|(?<=^/roles/ready/)[^/]+")
_FILES = re.compile(r"/export|\.xlsx|^/files/|/files/\d|/template|/bad$|/(xlsx|csv)$|\.(json|atom|rss|xml|svg|pdf|zip|py)(\?|$)")
_OUTSIDE = re.compile(r"^/(p|public|petition)(/|$)")  # whoever needs no account walks there, and by himself
_GATES = ("/", "/public", f"/public/{TOWN[:6]}", f"/public/{TOWN}", f"/public/{VILLAGE}", f"/public/{TOWN[:6]}/chain", "/public/check?number=1", "/petition")
LINKS = "[...document.querySelectorAll('a[href]')].map((a) => a.getAttribute('href')).filter((h) => h.startsWith('/'))"
_MENU = "[...document.querySelectorAll('#menu a, .top a')].map((a) => a.getAttribute('href')).filter((h) => h.startsWith('/'))"
_HREF = re.compile(r'<a [^>]*?href="(/[^"]*)"')


@dataclass(frozen=True, slots=True)
class Door:
    """A page that is not met on the way: one has to be at the right one of many. ``at`` is its list, ``to`` where it leads to."""

    at: str
    to: str


def kind_of(path: str) -> str:
    """Give the kind of page behind an address: ids, codes and what is asked for do not matter."""
    return _WORD.sub("…", _CODE.sub("/…", _ID.sub("…", path.partition("#")[0].partition("?")[0])))


async def walk(
    visit: Visit, seen: set[str], *, doors: Sequence[str | Door] = (), guest: bool = False
) -> AsyncIterator[str]:
    """Open the places of the menu, and beyond them each kind of page that is not in ``seen`` yet; give each address.

    ``doors`` are opened first, with what lies behind them. A guest passes over the kinds that were seen in the menu too.
    """
    behind = await _behind_all(visit, doors)
    await visit.open("/")
    menu = dict.fromkeys([visit.path, *await visit.page.evaluate(_MENU)])
    first, then = (behind, menu) if guest else (behind | menu, {})
    async for path in _along(visit, first, then, seen):
        yield path


async def walk_outside(visit: Visit, seen: set[str], *, doors: Sequence[str | Door] = ()) -> AsyncIterator[str]:
    """Open what somebody without an account comes to: the door, the boards with what they publish, the petitions' forms."""
    first = dict.fromkeys([*await _behind_all(visit, doors), *_GATES])
    async for path in _along(visit, first, {}, seen, outside=True):
        yield path


async def _behind_all(visit: Visit, doors: Sequence[str | Door]) -> dict[str, None]:
    return dict.fromkeys([each if isinstance(each, str) else await behind(visit, each) for each in doors])


async def behind(visit: Visit, door: Door) -> str:
    """Ask for the pages that a list leads to, one by one, until one of them has the wanted link; give that page."""
    for path in dict.fromkeys(await _links(visit, door.at)):
        if kind_of(path) != kind_of(door.at) and door.to in map(kind_of, await _links(visit, path)):
            return path
    raise LookupError(door)


async def _links(visit: Visit, path: str) -> list[str]:
    answer = await visit.page.request.get(visit.address + path)
    try:
        return [] if _FILES.search(path) else _HREF.findall((await answer.text()).replace("&amp;", "&"))
    finally:
        await answer.dispose()


async def _along(
    visit: Visit, first: dict[str, None], then: dict[str, None], seen: set[str], *, outside: bool = False
) -> AsyncIterator[str]:
    opened: set[str] = set()  # kinds, and of the first their addresses too
    waiting = [*first, *then]
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

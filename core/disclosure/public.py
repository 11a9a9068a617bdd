"""What readers without an account see. No scope is open here: the second wall is a role of its own.

Each statement calls one function of the database that belongs to ``xiangzhi_public``. That role may read publications and
count objections; it reaches no other row of any county, whatever the statement. Regions are reference data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from core.disclosure.periods import today
from core.disclosure.rules import document_of
from core.disclosure.workflows import NOTICE, STANDING
from core.kernel.database import platform_fetch
from core.kernel.errors import NotFound, TooMany
from core.kernel.scope import LENGTHS, Scope, ancestors_of, is_code, system_scope

_COUNTIES: Final = """
SELECT c.county, c.code, c.name, (SELECT string_agg(r.name, '' ORDER BY r.level) FROM region r
  WHERE r.code = ANY (ARRAY[left(c.code, 2), left(c.code, 4)]) AND NOT r.pseudo) AS above
FROM county c WHERE c.closed_at IS NULL AND length(c.code) = 6 ORDER BY c.code LIMIT 500
"""
_PATH: Final = """
SELECT r.code, r.level, r.shown_name AS name, r.pseudo, r.closed, r.successor,
  (SELECT c.county FROM county c WHERE c.code = left($2, 6) AND c.closed_at IS NULL) AS county
FROM region r WHERE r.code = ANY ($1) ORDER BY r.level
"""
_BELOW: Final = """
SELECT r.code, r.shown_name AS name FROM region r WHERE r.parent = $1 AND r.closed IS NULL AND NOT r.pseudo ORDER BY r.code LIMIT 300
"""
_FIND: Final = """
SELECT r.code, r.shown_name AS name, t.name AS township, r.closed FROM region r LEFT JOIN region t ON t.code = left(r.code, 9)
WHERE r.code >= $1 AND r.code < $1 || ':' AND r.level IN (4, 5) AND NOT r.pseudo AND (strpos(r.name, $2) > 0 OR strpos(r.short_name, $2) > 0)
ORDER BY (r.shown_name = $2) DESC, starts_with(r.shown_name, $2) DESC, r.level DESC, r.code LIMIT $3
"""
_SEARCH: Final = "SELECT * FROM public_search($1, $2, $3)"
_COUNT_USE: Final = "SELECT count_use($1, $2, $3) AS wait"
_VILLAGE: Final = 5


@dataclass(frozen=True, slots=True)
class Place:
    """A place whose board may be read: a county that uses the product, or something inside it."""

    code: str
    name: str
    level: int
    county: str
    path: tuple[tuple[str, str], ...]  # (name, code) from the province down to the place itself
    closed: bool
    successor: str | None

    @property
    def full_name(self) -> str:
        """Write it with all that is above it."""
        return "".join(name for name, _ in self.path)


@dataclass(frozen=True, slots=True)
class Card:
    """A publication in a list."""

    place: str
    place_name: str
    section: str
    section_title: str
    board: str
    period: str
    title: str
    lines: int
    token: str
    notice_until: date | None
    released_at: datetime
    ended_at: datetime | None
    ended: str

    def state(self, now: datetime) -> str:
        """Give the workflow's state at a time."""
        if self.ended_at is not None:
            return self.ended
        return NOTICE if self.notice_until is not None and today(now) <= self.notice_until else STANDING


@dataclass(frozen=True, slots=True)
class BoardCard(Card):
    """With the headline figures, for the board."""

    figures: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Version(Card):
    """One of all that were released of the same thing."""

    end_reason: str
    check_number: str


@dataclass(frozen=True, slots=True)
class Shown(Card):
    """A publication whole. ``content`` is None where it was withdrawn because it showed a person's data."""

    county: str
    id: UUID
    region: str
    subject_id: UUID | None
    content: Mapping[str, Any] | None
    hash: bytes
    check_number: str
    released_name: str
    released_office: str
    corrects: UUID | None
    end_reason: str
    hidden: bool
    successor_token: str | None
    corrects_token: str | None

    def document(self) -> dict[str, Any]:
        """Give the document whose canonical form has the hash. Raises ``NotFound`` where the content was closed."""
        if self.content is None:
            raise NotFound
        fields = {name: getattr(self, name) for name in _IN_DOCUMENT}
        return document_of(fields)


_IN_DOCUMENT: Final = (
    "id", "county", "place", "place_name", "section", "period", "subject_id", "title", "content", "notice_until",
    "released_name", "released_office", "released_at", "corrects",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Receipt:
    """An objection as its author may follow it."""

    body: str
    at: datetime
    answer_on: date
    answered_at: datetime | None
    upheld: bool | None
    answer: str
    title: str
    place: str
    place_name: str
    token: str


async def open_counties() -> list[Mapping[str, Any]]:
    """Name the counties that use the product."""
    return list(await platform_fetch(_COUNTIES))


async def place_of(code: str) -> Place:
    """Give a place by its code: a county that is open, a township or village inside one. Raises ``NotFound``."""
    if not is_code(code) or len(code) < LENGTHS[2]:
        raise NotFound
    path = await platform_fetch(_PATH, [*ancestors_of(code), code], code)
    if not path or path[-1]["code"] != code or path[-1]["county"] is None:
        raise NotFound
    own = path[-1]
    names = tuple((row["name"], row["code"]) for row in path if not row["pseudo"])
    return Place(
        code, own["name"], own["level"], own["county"], names, own["closed"] is not None, own["successor"]
    )


async def places_below(code: str) -> list[tuple[str, str]]:
    """Give (code, name) of the places one level below."""
    return [(row["code"], row["name"]) for row in await platform_fetch(_BELOW, code)]


async def find_places(county: str, name: str, *, most: int = 30) -> list[Mapping[str, Any]]:
    """Find villages and townships of a county by a part of their name."""
    words = "".join(name.split())[:30]
    return list(await platform_fetch(_FIND, county, words, most)) if words else []


async def board_of(code: str, *, each: int = 3) -> list[BoardCard]:
    """Give the newest publications of each section of one place."""
    return [BoardCard(**row) for row in await platform_fetch("SELECT * FROM public_board($1, $2)", code, each)]


async def search_board(code: str, words: str, *, most: int) -> list[Card]:
    """Find what stands on one place's board by words in its title, note or rows, the newest first."""
    return [Card(**row) for row in await platform_fetch(_SEARCH, code, words, most)]


async def section_of(code: str, section: str, *, before: datetime | None, most: int) -> list[Card]:
    """Give one section of one place back in time, also what has ended."""
    rows = await platform_fetch("SELECT * FROM public_section($1, $2, $3, $4)", code, section, before, most)
    return [Card(**row) for row in rows]


async def recent_of(place: Place, *, most: int) -> list[Card]:
    """Give the newest publications of a place and all that lies in it."""
    rows = await platform_fetch("SELECT * FROM public_recent($1, $2, $3)", place.county, place.code, most)
    return [Card(**row) for row in rows]


async def shown(token: str) -> Shown:
    """Give one publication by its link. Raises ``NotFound``."""
    rows = await platform_fetch("SELECT * FROM public_publication($1)", token)
    if not rows:
        raise NotFound
    return Shown(**rows[0])


async def versions_of(token: str) -> list[Version]:
    """Give all that was released of the same thing, the newest first."""
    return [Version(**row) for row in await platform_fetch("SELECT * FROM public_versions($1)", token)]


async def by_check_number(number: str) -> list[Card]:
    """Find publications by the number printed on a board."""
    return [Card(**row) for row in await platform_fetch("SELECT * FROM public_by_check($1)", number)]


async def objections_counted(token: str) -> tuple[int, int]:
    """Count the objections to a notice, and those that were answered."""
    row = (await platform_fetch("SELECT * FROM public_objections($1)", token))[0]
    return row["came"], row["answered"]


async def receipt_of(receipt: str) -> Receipt:
    """Give an objection to whoever kept its receipt. Raises ``NotFound``."""
    rows = await platform_fetch("SELECT * FROM public_receipt($1)", receipt)
    if not rows:
        raise NotFound
    return Receipt(**rows[0])


async def count_use(key: str, *, seconds: int, most: int) -> None:
    """Count one use of something that anybody may do. Raises ``TooMany`` beyond the limit, in all processes together."""
    wait = (await platform_fetch(_COUNT_USE, key, seconds, most))[0]["wait"]
    if wait:
        raise TooMany(seconds=wait)


def scope_at(publication: Shown) -> Scope:
    """Give the system's scope at a publication's place, for what its readers may add there."""
    return system_scope(publication.region, county=publication.county, by_name="")

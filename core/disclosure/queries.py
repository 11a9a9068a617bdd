"""Publications, due dates and objections as staff see them: by range."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from core.disclosure.enums import Standing
from core.disclosure.periods import standing, today
from core.disclosure.workflows import NOTICE, STANDING
from core.kernel.database import fetch, fetch_as, fetch_one, fetch_value
from core.kernel.errors import NotFound
from core.kernel.scope import Scope

_FIELDS: Final = """p.county, p.id, p.region, p.place, p.place_name, p.section, p.section_title, p.board, p.period, p.subject_id,
  p.title, p.lines, p.hash, p.check_number, p.token, p.notice_until, p.released_name, p.released_office, p.released_at,
  p.corrects, p.ended_at, p.ended, p.end_reason, p.ended_name, p.successor, p.hidden"""
_ONE: Final = f"SELECT {_FIELDS} FROM publication p WHERE p.region >= $1 AND p.region < $2 AND p.id = $3"  # noqa: S608 - constants
_CONTENT: Final = "SELECT p.content FROM publication p WHERE p.region >= $1 AND p.region < $2 AND p.id = $3"
_LIST: Final = f"""
SELECT {_FIELDS} FROM publication p
WHERE p.region >= $1 AND p.region < $2 AND p.region >= $3 AND p.region < $3 || ':' AND ($4 = '' OR p.section = $4)
  AND ($5 = '' OR strpos(p.title, $5) > 0)
ORDER BY p.released_at DESC, p.id DESC LIMIT $6 OFFSET $7
"""  # noqa: S608 - constants
_COUNT: Final = """
SELECT count(*) FROM publication p
WHERE p.region >= $1 AND p.region < $2 AND p.region >= $3 AND p.region < $3 || ':' AND ($4 = '' OR p.section = $4)
  AND ($5 = '' OR strpos(p.title, $5) > 0)
"""
# All else that was released of the same and can still be read though it has ended, the newest first.
_LEFT: Final = f"""
SELECT {_FIELDS} FROM publication t JOIN publication p ON p.county = t.county AND p.place = t.place AND p.section = t.section
  AND p.period = t.period AND p.subject_id IS NOT DISTINCT FROM t.subject_id AND p.id <> t.id
WHERE t.region >= $1 AND t.region < $2 AND p.region >= $1 AND p.region < $2 AND t.id = $3 AND p.ended_at IS NOT NULL AND NOT p.hidden
ORDER BY p.released_at DESC, p.id DESC LIMIT 50
"""  # noqa: S608 - constants
_STANDS: Final = """
SELECT p.id FROM publication p WHERE p.region >= $1 AND p.region < $2 AND p.place = $3 AND p.section = $4 AND p.period = $5
  AND p.subject_id IS NOT DISTINCT FROM $6 AND p.ended_at IS NULL
"""
_DUES: Final = """
SELECT d.id, d.region, r.shown_name AS place, d.section, d.period, d.subject_id, d.title, d.at, d.opens_on, d.due_on, d.done_at,
       d.publication_id
FROM publication_due d LEFT JOIN region r ON r.code = d.region
WHERE d.region >= $1 AND d.region < $2 AND d.region >= $3 AND d.region < $3 || ':' AND d.section = ANY ($4)
  AND (d.done_at IS NULL OR (d.done_at >= $5 AND d.publication_id IS NOT NULL)) AND (d.opens_on <= $6 OR NOT $7) AND (d.due_on < $6 OR NOT $8)
  AND (NOT $7 OR d.done_at IS NULL)
ORDER BY (d.done_at IS NOT NULL), d.due_on, d.region, d.section, d.id LIMIT $9 OFFSET $10
"""
# Of each place one level below (and of the place itself) what is most urgent; the rest is counted.
_FOLDED: Final = """
SELECT x.* FROM (
  SELECT d.id, d.region, r.shown_name AS place, d.section, d.period, d.subject_id, d.title, d.at, d.opens_on, d.due_on, d.done_at,
         d.publication_id, left(d.region, $5) AS under,
         row_number() OVER (PARTITION BY left(d.region, $5) ORDER BY d.due_on, d.region, d.section, d.id) AS number
  FROM publication_due d LEFT JOIN region r ON r.code = d.region
  WHERE d.region >= $1 AND d.region < $2 AND d.region >= $3 AND d.region < $3 || ':' AND d.section = ANY ($4) AND d.done_at IS NULL
    AND d.opens_on <= $6 AND d.due_on <= $7) x
WHERE x.number <= $8 ORDER BY x.under, x.number
"""
_SUMS: Final = """
SELECT left(d.region, $5) AS code, count(*) FILTER (WHERE d.due_on < $4) AS missing,
       count(*) FILTER (WHERE d.due_on >= $4 AND d.due_on <= $6) AS soon, count(*) AS open
FROM publication_due d
WHERE d.region >= $1 AND d.region < $2 AND d.region >= $7 AND d.region < $7 || ':' AND d.section = ANY ($3) AND d.done_at IS NULL
  AND d.opens_on <= $4
GROUP BY 1 ORDER BY missing DESC, soon DESC, 1
"""
_ABOUT: Final = """
SELECT d.id, d.region, r.shown_name AS place, d.section, d.period, d.subject_id, d.title, d.at, d.opens_on, d.due_on, d.done_at,
       d.publication_id
FROM publication_due d LEFT JOIN region r ON r.code = d.region
WHERE d.region >= $1 AND d.region < $2 AND d.region = $3 AND d.section = ANY ($4) AND d.period = '' AND d.subject_id = $5
  AND d.done_at IS NULL
ORDER BY d.due_on, d.section
"""
_OBJECTIONS: Final = """
SELECT o.id, o.region, o.publication_id, o.body, o.contact IS NOT NULL AS has_contact, o.at, o.answer_on, o.answered_at, o.upheld,
       o.answer, o.answered_name, p.title, p.place_name
FROM publication_objection o JOIN publication p ON p.county = o.county AND p.id = o.publication_id
WHERE o.region >= $1 AND o.region < $2 AND p.region >= $1 AND p.region < $2
  AND ($3::uuid IS NULL OR o.publication_id = $3) AND ($4::uuid IS NULL OR o.id = $4) AND (o.answered_at IS NULL OR NOT $5)
ORDER BY (o.answered_at IS NOT NULL), o.answer_on, o.at, o.id LIMIT 200
"""


_WAITING: Final = """
SELECT count(*) FROM publication_due d
WHERE d.region >= $1 AND d.region < $2 AND d.region = $1 AND d.done_at IS NULL AND d.opens_on <= $3 AND d.section = ANY ($4)
"""


@dataclass(frozen=True, slots=True)
class Publication:
    """One publication without its content."""

    county: str
    id: UUID
    region: str
    place: str
    place_name: str
    section: str
    section_title: str
    board: str
    period: str
    subject_id: UUID | None
    title: str
    lines: int
    hash: bytes
    check_number: str
    token: str
    notice_until: date | None
    released_name: str
    released_office: str
    released_at: datetime
    corrects: UUID | None
    ended_at: datetime | None
    ended: str
    end_reason: str
    ended_name: str
    successor: UUID | None
    hidden: bool

    def state(self, now: datetime) -> str:
        """Give the workflow's state at a time."""
        if self.ended_at is not None:
            return self.ended
        return NOTICE if self.notice_until is not None and today(now) <= self.notice_until else STANDING


@dataclass(frozen=True, slots=True)
class Due:
    """Something that has to be published by ``due_on``, from ``opens_on`` on."""

    id: UUID
    region: str
    place: str | None
    section: str
    period: str
    subject_id: UUID | None
    title: str
    at: datetime
    opens_on: date
    due_on: date
    done_at: datetime | None
    publication_id: UUID | None

    def standing(self, now: datetime, soon_days: int) -> Standing:
        """Say where it stands today."""
        return standing(
            due_on=self.due_on, opens_on=self.opens_on, done=self.done_at is not None, day=today(now), soon_days=soon_days
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sum:
    """How many due dates of a place below are open: missed, close, in all."""

    code: str
    missing: int
    soon: int
    open: int


@dataclass(frozen=True, slots=True)
class Objection:
    """One objection with what it is against."""

    id: UUID
    region: str
    publication_id: UUID
    body: str
    has_contact: bool
    at: datetime
    answer_on: date
    answered_at: datetime | None
    upheld: bool | None
    answer: str
    answered_name: str
    title: str
    place_name: str


async def publication_of(scope: Scope, publication: UUID) -> Publication:
    """Give one publication of the range. Raises ``NotFound``."""
    row = await fetch_one(scope, _ONE, publication)
    if row is None:
        raise NotFound
    return Publication(**row)


async def left_of(scope: Scope, publication: UUID) -> list[Publication]:
    """List the other versions of the same that have ended and can still be read: they may show what this one shows."""
    return await fetch_as(scope, Publication, _LEFT, publication)


async def content_of_publication(scope: Scope, publication: UUID) -> Mapping[str, Any]:
    """Give the masked content. Raises ``NotFound``."""
    content: Mapping[str, Any] | None = await fetch_value(scope, _CONTENT, publication)
    if content is None:
        raise NotFound
    return content


async def publications_in(
    scope: Scope, *, region: str = "", section: str = "", search: str = "", limit: int = 30, offset: int = 0
) -> tuple[list[Publication], int]:
    """List the publications of a range, the newest first, and count them all."""
    asked = (region or scope.region, section, search)
    rows = await fetch_as(scope, Publication, _LIST, *asked, limit, offset)
    return rows, await fetch_value(scope, _COUNT, *asked)


async def standing_one(
    scope: Scope, *, place: str, section: str, period: str, subject: UUID | None
) -> UUID | None:
    """Give the publication of this very thing that stands now, if any."""
    found: UUID | None = await fetch_value(scope, _STANDS, place, section, period, subject)
    return found


async def dues_in(
    scope: Scope, *, sections: Sequence[str], now: datetime, done_since: datetime, region: str = "",
    only: str = "", limit: int = 100, offset: int = 0,
) -> list[Due]:  # fmt: skip
    """List what is due in a range, what is late first; ``only`` is "open" or "missing", else what was done lately too."""
    return await fetch_as(
        scope, Due, _DUES, region or scope.region, list(sections), done_since, today(now), only != "", only == "missing",
        limit, offset,
    )  # fmt: skip


async def dues_about(scope: Scope, *, region: str, sections: Sequence[str], subject: UUID) -> list[Due]:
    """List what is still to be published of one subject, the most urgent first."""
    return await fetch_as(scope, Due, _ABOUT, region, list(sections), subject)


async def waiting(scope: Scope, *, sections: Sequence[str], now: datetime) -> int:
    """Count for the menu what one's own place has to publish now, what is late included."""
    counted: int = await fetch_value(scope, _WAITING, today(now), list(sections))
    return counted


async def folded_dues(
    scope: Scope, *, region: str, sections: Sequence[str], now: datetime, until: date, digits: int, most: int
) -> dict[str, list[Due]]:
    """List what is open and due by a day, under each place below: its most urgent ones, ``most`` of each."""
    found: dict[str, list[Due]] = {}
    for row in await fetch(scope, _FOLDED, region, list(sections), digits, today(now), until, most):
        fields = dict(row)
        del fields["number"]
        found.setdefault(fields.pop("under"), []).append(Due(**fields))
    return found


async def sums_below(
    scope: Scope, *, region: str, sections: Sequence[str], now: datetime, soon_on: date, digits: int
) -> list[Sum]:
    """Count what is open in each place below one, by the first ``digits`` of the code, the worst first."""
    return await fetch_as(scope, Sum, _SUMS, list(sections), today(now), digits, soon_on, region)


async def objections_to(scope: Scope, publication: UUID) -> list[Objection]:
    """List the objections to one publication, those without an answer first."""
    return await fetch_as(scope, Objection, _OBJECTIONS, publication, None, False)


async def open_objections(scope: Scope) -> list[Objection]:
    """List what has to be answered in the range, the most urgent first."""
    return await fetch_as(scope, Objection, _OBJECTIONS, None, None, True)


async def objection_of(scope: Scope, objection: UUID) -> Objection:
    """Give one objection of the range. Raises ``NotFound``."""
    rows = await fetch(scope, _OBJECTIONS, None, objection, False)
    if not rows:
        raise NotFound
    return Objection(**rows[0])

"""Requests as they are read: by the county, by who asked, and by the offices that were asked for their opinion."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.api import (
    Item,
    ListVersion,
    NotFound,
    Scope,
    drafts_of,
    fetch,
    fetch_one,
    fetch_value,
    items_in_force,
    where_on,
)
from plugins.township_filter.paging import PAGE_SIZE, Narrowed
from plugins.township_filter.requests.rules import COUNTY

_COUNTY_DIGITS: Final = 6
_ON: Final = where_on("township_filter", "q")
_FIELDS: Final = """q.county, q.id, q.region, q.place_name, q.number, q.kind, q.state, q.office_id, q.incoming_id, q.level, q.way, q.item_id,
 q.item_code, q.item_title, q.was, q.wanted, q.frequency, q.why, q.effective_on, q.asked_at, q.asked_person, q.asked_membership, q.asked_name,
 q.asked_office, q.due_at, q.overdue_at, q.round, q.decided_at, q.decided_person, q.decided_name, q.decision_text, q.list_id,
 q.list_version, q.in_force_from, q.listed_at"""
# A department sees what it asked for and what it was asked about; whoever has no office sees the whole range.
_FROM: Final = f"""FROM township_filter.list_request q WHERE q.region >= $1 AND q.region < $2 AND {_ON}
 AND ($3::uuid IS NULL OR q.office_id = $3 OR EXISTS (
   SELECT FROM township_filter.request_opinion o
   WHERE o.region >= $1 AND o.region < $2 AND o.county = q.county AND o.request_id = q.id AND o.office_id = $3))"""
_MINE: Final = """EXISTS (SELECT FROM township_filter.request_opinion m
 WHERE m.region >= $1 AND m.region < $2 AND m.county = q.county AND m.request_id = q.id AND m.round = q.round AND m.office_id = $3
   AND m.opinion = '' AND q.state = 'reviewing')"""
# Empty arguments do not narrow: kind, state or view, words.
_NARROW: Final = f"""{_FROM} AND ($4 = '' OR q.kind = $4)
 AND CASE $5 WHEN '' THEN true WHEN 'open' THEN q.state IN ('submitted', 'reviewing', 'deciding', 'returned', 'approved')
             WHEN 'late' THEN q.state IN ('submitted', 'reviewing', 'deciding') AND q.due_at < $7 WHEN 'mine' THEN {_MINE} ELSE q.state = $5 END
 AND ($6 = '' OR strpos(q.item_title, $6) > 0 OR strpos(q.asked_office, $6) > 0 OR q.item_code = $6 OR q.number = $6)"""
_LIST: Final = f"""SELECT {_FIELDS} {_NARROW}
 ORDER BY (q.state IN ('listed', 'refused', 'withdrawn')), q.asked_at DESC, q.id DESC LIMIT $8 OFFSET $9"""
_COUNTS: Final = f"""SELECT count(*) AS found, count(*) FILTER (WHERE q.state IN ('submitted', 'deciding')) AS waiting,
 count(*) FILTER (WHERE q.state IN ('submitted', 'reviewing', 'deciding') AND q.due_at < $7) AS late,
 count(*) FILTER (WHERE {_MINE}) AS mine {_NARROW}"""
_ONE: Final = f"SELECT {_FIELDS} {_FROM} AND q.id = $4"
_LOCKED: Final = f"SELECT {_FIELDS} {_FROM} AND q.id = $4 FOR UPDATE OF q"
_OPEN_OF: Final = f"""SELECT {_FIELDS} {_FROM} AND q.incoming_id = $4 ORDER BY q.asked_at DESC, q.id DESC LIMIT 1"""
_OPINIONS: Final = """
SELECT o.id, o.round, o.office_id, o.office_name, o.asked_at, o.due_at, o.opinion, o.text, o.said_at, o.by_name
FROM township_filter.request_opinion o WHERE o.region >= $1 AND o.region < $2 AND o.county = $3 AND o.request_id = $4
ORDER BY o.round DESC, o.office_name, o.id
"""
_EVENTS: Final = """
SELECT e.at, e.kind, e.text, e.by_name, e.by_office, e.data FROM township_filter.request_event e
WHERE e.region >= $1 AND e.region < $2 AND e.county = $3 AND e.request_id = $4 ORDER BY e.at DESC, e.id DESC
"""
_ASKED_BY: Final = """
SELECT EXISTS (SELECT FROM township_filter.request_event e WHERE e.region >= $1 AND e.region < $2 AND e.county = $3
  AND e.request_id = $4 AND e.kind IN ('submitted', 'resubmitted') AND e.data ->> 'person' = $5)
"""
_LAST_ASKED: Final = """
SELECT o.office_id FROM township_filter.request_opinion o WHERE o.region >= $1 AND o.region < $2 AND o.county = $3
  AND (o.request_id, o.round) = (SELECT l.request_id, l.round FROM township_filter.request_opinion l
                                 WHERE l.region >= $1 AND l.region < $2 AND l.county = $3 ORDER BY l.asked_at DESC, l.id DESC LIMIT 1)
"""
_WAITING: Final = """
SELECT o.office_id FROM township_filter.request_opinion o
WHERE o.region >= $1 AND o.region < $2 AND o.county = $3 AND o.request_id = $4 AND o.round = $5 AND o.opinion = ''
"""
# What was refused, for those who judge the request: they read it here although the matter itself is another office's.
_MATTER: Final = """
SELECT i.id, i.title, i.body, i.sender_name, i.created_at, ($5::uuid IS NULL OR i.office_id = $5) AS readable FROM incoming_task i
WHERE i.region >= $1 AND i.region < $2 AND i.county = $3 AND i.id = $4
"""
_NUMBER: Final = """
SELECT 1 + count(*) FROM township_filter.list_request q
WHERE q.region >= $1 AND q.region < $2 AND q.county = $3 AND q.region = $4 AND q.number LIKE $5 || '%'
"""


@dataclass(frozen=True, slots=True)
class RequestFilter(Narrowed):
    """What a reader narrows the list to. ``show`` is open, late, mine (my office's opinion is awaited) or one state."""

    kind: str = ""
    show: str = ""
    text: str = ""


def office_of(scope: Scope) -> UUID | None:
    """Give the office that narrows what a post sees: a department's at the county; in a township all see the same."""
    return scope.office if scope.level == COUNTY else None


async def requests_of(scope: Scope, wanted: RequestFilter, *, now: datetime) -> tuple[list[Any], Any]:
    """Give one page of requests, open ones first, with their counts: found, waiting for the county, late, waiting for me."""
    filters = (office_of(scope), wanted.kind, wanted.show, wanted.text, now)
    rows = await fetch(scope, _LIST, *filters, PAGE_SIZE, wanted.offset)
    return rows, await fetch_one(scope, _COUNTS, *filters)


async def request_row(scope: Scope, request: UUID, *, lock: bool = False) -> Any:
    """Give one request. Raises ``NotFound`` out of sight. With ``lock`` the next who asks so waits."""
    row = await fetch_one(scope, _LOCKED if lock else _ONE, office_of(scope), request)
    if row is None:
        raise NotFound
    return row


async def request_of_matter(scope: Scope, incoming: UUID) -> Any | None:
    """Give the latest request that was made for a refused matter, or None."""
    return await fetch_one(scope, _OPEN_OF, office_of(scope), incoming)


async def matter_of(scope: Scope, row: Any) -> Any | None:
    """Give the refused matter that a request was made for; ``row`` is a request that this post may read."""
    return await fetch_one(scope, _MATTER, row["county"], row["incoming_id"], office_of(scope)) if row["incoming_id"] else None


async def opinions_of(scope: Scope, row: Any) -> list[Any]:
    """Give what offices were asked and said, the latest round first."""
    return await fetch(scope, _OPINIONS, row["county"], row["id"])


async def events_of(scope: Scope, row: Any) -> list[Any]:
    """Give the history of a request, the latest first."""
    return await fetch(scope, _EVENTS, row["county"], row["id"])


async def has_asked(scope: Scope, row: Any) -> bool:
    """Tell whether this very person has handed the request in, at whichever post."""
    found: bool = scope.person is not None and await fetch_value(scope, _ASKED_BY, row["county"], row["id"], str(scope.person))
    return found


async def offices_asked_last(scope: Scope) -> set[UUID]:
    """Give the offices that the county asked the last time: the proposal for the next request."""
    return {row["office_id"] for row in await fetch(scope, _LAST_ASKED, scope.county)}


async def offices_waited_for(scope: Scope, row: Any) -> list[UUID]:
    """Give the offices that have not said anything in this round."""
    found = await fetch(scope, _WAITING, row["county"], row["id"], row["round"])
    return [each["office_id"] for each in found]


async def next_number(scope: Scope, *, region: str, year: str) -> int:
    """Give how many requests a place has made this year, and one more."""
    found: int = await fetch_value(scope, _NUMBER, scope.county, region, year)
    return found


async def county_items(scope: Scope, *, level: str, at: datetime, region: str = "") -> list[Item]:
    """Give the items in force of the county's own list: what the county can change."""
    county = (region or scope.region)[:_COUNTY_DIGITS]
    items = await items_in_force(scope, level=level, at=at, region=county)
    return [item for item in items if item.region == county and not item.special]


async def county_draft(scope: Scope, *, level: str, region: str) -> ListVersion | None:
    """Give the draft of the county's own list that is being worked on, or None."""
    drafts: Sequence[ListVersion] = await drafts_of(scope)
    return next((each for each in drafts if (each.region, each.level, each.special) == (region, level, False)), None)

"""What follows by itself: whoever must act or know is told, late answers are noted, a published version ends its requests."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from core.api import Event, Handler, NotFound, Scope, fetch, held_by, ready_roles, tell
from plugins.township_filter.requests.actions.deciding import note_late, note_published
from plugins.township_filter.requests.actions.moving import CLOCK, COUNTY_DIGITS, MOVED
from plugins.township_filter.requests.enums import ANSWER_OWED, RequestState
from plugins.township_filter.requests.queries import offices_waited_for, request_row
from plugins.township_filter.requests.workflows import DECIDE, OPINE

PLUGIN: Final = "township_filter"
_POSTS: Final = """
SELECT m.id FROM membership m
WHERE m.region >= $1 AND m.region < $2 AND m.county = $3 AND m.region = $4 AND m.role = ANY ($5)
  AND m.valid_from <= $6 AND (m.valid_to IS NULL OR m.valid_to > $6)
  AND ($7::uuid[] IS NULL OR m.office_id = ANY ($7)) AND m.person_id IS DISTINCT FROM $8
"""
_TO_ASKER: Final = {
    "approve": "township_filter:approved", "refuse": "township_filter:refused", "return": "township_filter:returned",
    "list": "township_filter:listed",
}  # fmt: skip
_TO_COUNTY: Final = {
    "submit": "township_filter:asked", "resubmit": "township_filter:asked", "complete": "township_filter:reviewed",
    "withdraw": "township_filter:taken_back",
}  # fmt: skip


def county_of_event(event: Event) -> str:
    """Widen the scope to the county: who decides sits there, and a township may have asked."""
    return event.region[:COUNTY_DIGITS]


async def on_moved(scope: Scope, event: Event) -> None:
    """Tell the county of what waits for it, offices that they are asked, and the asker what became of the request."""
    row = await _row(scope, event)
    if row is None:
        return
    way = event.payload["way"]
    if way in _TO_COUNTY:
        await _tell(scope, event, row, await _deciders(scope, event, row), _TO_COUNTY[way])
    elif way == "review":
        await _tell(scope, event, row, await _reviewers(scope, event, row), "township_filter:review")
    elif way in _TO_ASKER and row["asked_membership"] is not None:
        await _tell(scope, event, row, [row["asked_membership"]], _TO_ASKER[way])


async def on_clock(scope: Scope, event: Event) -> None:
    """Remind the county before its answer is due and when it is late, and the offices that have said nothing."""
    row = await _row(scope, event)
    if row is None or row["state"] not in ANSWER_OWED or row["round"] != event.payload["round"]:
        return
    what = event.payload["what"]
    if what == "late":
        await note_late(scope, row, now=event.created_at)
    if what != "opinions":
        kind = "township_filter:late" if what == "late" else "township_filter:soon"
        await _tell(scope, event, row, await _deciders(scope, event, row), kind)
    if row["state"] == RequestState.REVIEWING:
        await _tell(scope, event, row, await _reviewers(scope, event, row), "township_filter:opinion_due")


async def on_published(scope: Scope, event: Event) -> None:
    """End the requests whose change is in the version that was published."""
    await note_published(scope, list_id=UUID(event.payload["list_id"]), now=event.created_at)


async def _row(scope: Scope, event: Event) -> Any | None:
    try:
        return await request_row(scope, UUID(event.payload["request"]))
    except NotFound:
        return None


async def _deciders(scope: Scope, event: Event, row: Any) -> list[UUID]:
    return await _posts(scope, event, row, DECIDE, offices=None)


async def _reviewers(scope: Scope, event: Event, row: Any) -> list[UUID]:
    return await _posts(scope, event, row, OPINE, offices=await offices_waited_for(scope, row))


async def _posts(scope: Scope, event: Event, row: Any, permission: str, *, offices: Sequence[UUID] | None) -> list[UUID]:
    """Give the county's posts that may do it now, but none of who asked."""
    roles = sorted(name for name in ready_roles() if permission in held_by(name, {PLUGIN: "on"}, ()))
    county = row["region"][:COUNTY_DIGITS]
    wanted = None if offices is None else list(offices)
    found = await fetch(scope, _POSTS, row["county"], county, roles, event.created_at, wanted, row["asked_person"])
    return [each["id"] for each in found]


async def _tell(scope: Scope, event: Event, row: Any, posts: Sequence[UUID], kind: str) -> None:
    data = {"title": row["item_title"], "sender": row["asked_office"], "reason": row["decision_text"]}
    await tell(
        scope, memberships=posts, kind=kind, key=f"{kind}:{event.id}", data=data, link=f"/township_filter/requests/{row['id']}",
        now=event.created_at,
    )  # fmt: skip


FOLLOWING: Final = (
    Handler(MOVED, "township_filter:request_moved", on_moved, reach=county_of_event),
    Handler(CLOCK, "township_filter:request_clock", on_clock, reach=county_of_event),
    Handler("entry_list.published", "township_filter:request_listed", on_published, reach=county_of_event),
)

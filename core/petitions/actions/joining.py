"""Joining matters of one sort on one desk, parting them again, and the one deadline by which joined ones are handled.

Whatever is joined, the earliest deadline among them counts for the leading one: its clock, its reminders and its warning follow
that. Each keeps its own deadline beside it and has it again once they part, also where only one of several leaves; a matter that
was said to be late by another's deadline alone is not late any more then, and its own clock runs on.

Where the leading one goes to another level meanwhile (passed on, or for whoever is named in it), that desk's own time begins for
all that is handled together, as it would have begun for each of them alone: nothing is lent there any more. Parting them then
leaves the leading one's deadline as it is, and the other waits on the desk where it was, with the deadline it had. There is no
other way to extend a deadline: within one village, or one township and its offices, the time runs on.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.kernel.database import fetch_one, fetch_value
from core.kernel.errors import Conflict, NotFound, mark
from core.kernel.outbox import announce
from core.kernel.scope import Scope
from core.petitions.actions.moves import CHANGED, MOVED, act_on, move, remember, set_clock
from core.petitions.actions.named import look_through
from core.petitions.enums import OPEN_STATES, Happened, Kind
from core.petitions.queries import petition_row
from core.petitions.workflows import ROUTE

_PARTS: Final = """
SELECT count(*) FROM petition p WHERE p.region >= $1 AND p.region < $2 AND p.county = $3 AND p.merged_into = $4 AND p.state = 'merged'
"""
_EARLIEST: Final = """
SELECT min(p.lent_due_at) FROM petition p
WHERE p.region >= $1 AND p.region < $2 AND p.county = $3 AND p.merged_into = $4 AND p.state = 'merged'
"""
# The leading one, also where whoever parts them does not see it: nobody may be kept from parting what is his.
_LEADING: Final = "SELECT p.* FROM petition p WHERE p.region >= $1 AND p.region < $2 AND p.county = $3 AND p.id = $4 FOR UPDATE"
_DUE: Final = """
UPDATE petition SET due_at = $5::timestamptz, own_due_at = $6, overdue_at = CASE WHEN $5 > $7::timestamptz THEN NULL ELSE overdue_at END
WHERE region >= $1 AND region < $2 AND county = $3 AND id = $4 RETURNING *
"""


async def merge_petition(scope: Scope, *, petition: UUID, into: UUID, now: datetime) -> None:
    """Join it to another of the same sort on the same desk; it is answered with that one. ``unmerge`` takes it back."""
    # In one order, whichever is joined to which: two who do the opposite at once would wait for each other.
    rows = {each: await act_on(scope, each, ROUTE) for each in sorted({petition, into})}
    row, main = rows[petition], rows[into]
    same = (row["kind"] == Kind.SUPERVISION) == (main["kind"] == Kind.SUPERVISION)
    if into == petition or main["desk"] != row["desk"] or main["county"] != row["county"] or not same:
        raise NotFound
    if main["state"] not in OPEN_STATES:
        raise Conflict(mark("要并入的那件已经不在办理，请刷新后再选。"))
    await require_alone(scope, row)
    changed = await move(scope, row, "merge", now=now, sets={"merged_into": into, "lent_due_at": row["due_at"]})
    await remember(scope, changed, Happened.MERGED, now=now, data={"into": str(into), "number": main["number"]})
    await _follow_earliest(scope, main, now=now)
    await look_through(scope, main, now=now)  # whoever is shut out of the one must not answer it by the other


async def require_alone(scope: Scope, row: Any) -> None:
    """Refuse what would leave those behind that were joined to this one."""
    parts = await fetch_one(scope, _PARTS, row["county"], row["id"])
    if parts is not None and parts["count"]:
        raise Conflict(mark("已有别的反映并入了这一件，要等它答复。请先答复，或取消那些合并。"))


async def unmerge_petition(scope: Scope, *, petition: UUID, now: datetime) -> None:
    """Take a joining back, as long as it is not answered: the matter waits on its desk again, with the deadline it had.

    The one it was joined to has its own again, or the earliest of those that stay with it.
    """
    scope.require(ROUTE)
    seen = await petition_row(scope, petition)
    # The leading one first, as whoever answers or passes it on does: the other way round both would wait for each other.
    main = await fetch_one(scope, _LEADING, seen["county"], seen["merged_into"])
    row = await act_on(scope, petition, ROUTE)
    if row["merged_into"] != seen["merged_into"]:
        raise Conflict(CHANGED)
    changed = await move(scope, row, "unmerge", now=now, sets={"merged_into": None, "lent_due_at": None})
    await remember(scope, changed, Happened.UNMERGED, now=now, data={"from": str(row["merged_into"])})
    if main is not None:
        await _follow_earliest(scope, main, now=now)


async def _follow_earliest(scope: Scope, main: Any, *, now: datetime) -> None:
    """Give the leading one the earliest deadline of all that are joined now, and let whatever rests on it follow."""
    own = main["own_due_at"] or main["due_at"]
    lent = await fetch_value(scope, _EARLIEST, main["county"], main["id"])
    due = own if lent is None else min(own, lent)
    if due == main["due_at"]:
        return
    changed = await fetch_one(scope, _DUE, main["county"], main["id"], due, own if due < own else None, now)
    if changed is None:
        raise Conflict(CHANGED)
    await set_clock(scope, changed)
    what = Happened.HASTENED if due < main["due_at"] else Happened.RELAXED
    await remember(scope, changed, what, now=now, data={"from": main["due_at"].isoformat(), "to": due.isoformat()})
    told = {"petition": str(main["id"]), "state": changed["state"]}
    await announce(scope, MOVED, told, now=now, region=main["region"], county=main["county"])

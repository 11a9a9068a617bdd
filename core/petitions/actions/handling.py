"""What handlers do: accept, note, answer, refuse, transfer; look at who raised it, with a reason."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.kernel.database import fetch, fetch_one
from core.kernel.errors import Conflict, Invalid, NotFound, mark
from core.kernel.numbers import without_numbers
from core.kernel.outbox import announce, set_timer
from core.kernel.scope import Scope, ancestors_of
from core.kernel.secrets import decrypt
from core.petitions.actions.joining import require_alone
from core.petitions.actions.moves import CAME, LAPSE, act_on, level_of, move, reason_of, remember, time_at
from core.petitions.enums import OPEN_STATES, Happened, Kind
from core.petitions.queries import raiser_row
from core.petitions.rules import COUNTY, LONGEST_BODY, NAME, PHONE, PetitionSettings
from core.petitions.workflows import HANDLE, REVEAL, ROUTE
from core.tenancy.queries.offices import grid_of, office_of
from core.tenancy.settings import settings_of

ANSWERED: Final = "petition.answered"
LONGEST_PUBLIC_TITLE: Final = 40
# What was joined is answered with the one it was joined to; each raiser then judges for himself.
_TOGETHER: Final = """
UPDATE petition SET state = 'answered', answer = $5, answered_name = $6, answered_at = $4, office_solved = $7, changed_at = $4
WHERE region >= $1 AND region < $2 AND county = $8 AND merged_into = $3 AND state = 'merged' RETURNING *
"""
_DESK: Final = "SELECT r.shown_name FROM region r WHERE r.code = $3 AND r.closed IS NULL AND $1 < $2"
_LEFT_BEHIND: Final = """
SELECT count(*) FILTER (WHERE NOT (p.region >= $5 AND p.region < $5 || ':')) AS beside, count(*) FILTER (WHERE p.floor < $6) AS above
FROM petition p WHERE p.region >= $1 AND p.region < $2 AND p.county = $3 AND p.merged_into = $4 AND p.state = 'merged'
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler answers. ``public_title`` names the matter in the published list, where its raiser agreed to that."""

    text: str
    solved: bool
    public_title: str = ""


@dataclass(frozen=True, slots=True)
class Raiser:
    """Who raised a matter, as he said; empty where he did not."""

    name: str
    phone: str


async def accept_petition(scope: Scope, *, petition: UUID, now: datetime) -> None:
    """Take it in hand."""
    row = await act_on(scope, petition, HANDLE)
    changed = await move(scope, row, "accept", now=now, sets={"accepted_at": now})
    await remember(scope, changed, Happened.ACCEPTED, now=now)


async def note_petition(scope: Scope, *, petition: UUID, text: str, now: datetime) -> None:
    """Write down what was done so far, for the handlers alone."""
    row = await act_on(scope, petition, HANDLE)
    if row["state"] not in OPEN_STATES:
        raise Conflict
    await remember(scope, row, Happened.NOTED, now=now, text=reason_of(text, "text"))


async def answer_petition(scope: Scope, *, petition: UUID, answer: Answer, now: datetime) -> None:
    """Answer, and say whether the matter is solved; its raiser says so for himself. What was joined is answered with it."""
    row = await act_on(scope, petition, HANDLE)
    text, title = without_numbers(answer.text.strip()), without_numbers(" ".join(answer.public_title.split()))
    wrong = {}
    if not text or len(text) > LONGEST_BODY:
        wrong["text"] = mark("请写明办理结果，最多 1000 字。")
    if len(title) > LONGEST_PUBLIC_TITLE:
        wrong["public_title"] = mark("公开时的标题最多 40 字。")
    if wrong:
        raise Invalid(fields=wrong)
    sets = {
        "answer": text, "answered_name": scope.by_name, "answered_at": now, "office_solved": answer.solved,
        "public_title": title if row["may_publish"] else "",
    }  # fmt: skip
    changed = await move(scope, row, "answer", now=now, sets=sets)
    await _answered(scope, changed, now)
    for part in await fetch(scope, _TOGETHER, petition, now, text, scope.by_name, answer.solved, row["county"]):
        if part["overdue_at"] is None and part["lent_due_at"] is not None and now > part["lent_due_at"]:
            await remember(scope, part, Happened.OVERDUE, now=now)  # it stays late when it is opened again
        await _answered(scope, part, now)


async def _answered(scope: Scope, row: Any, now: datetime) -> None:
    rule = await settings_of(scope, PetitionSettings, at=now, region=row["region"])
    await remember(scope, row, Happened.ANSWERED, now=now, text=row["answer"], data={"solved": row["office_solved"]})
    payload = {"petition": str(row["id"]), "answered": now.isoformat()}
    await set_timer(
        scope, LAPSE, subject=row["id"], due_at=now + rule.judge_time, payload=payload, region=row["region"], county=row["county"],
    )  # fmt: skip
    await announce(
        scope, ANSWERED, {"petition": str(row["id"])}, now=now, region=row["region"], county=row["county"]
    )


async def refuse_petition(scope: Scope, *, petition: UUID, reason: str, now: datetime) -> None:
    """Say why it is not taken: nothing to handle, abuse, another way by law. Its raiser may ask once for another look."""
    row = await act_on(scope, petition, HANDLE)
    words = without_numbers(reason_of(reason))
    await require_alone(scope, row)
    changed = await move(scope, row, "refuse", now=now, sets={"closed_at": now})
    await remember(scope, changed, Happened.REFUSED, now=now, text=words)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a matter goes: a place on its own path, or an office or grid there."""

    region: str
    office: UUID | None = None
    grid: UUID | None = None


async def transfer_petition(scope: Scope, *, petition: UUID, to: Desk, reason: str, now: datetime) -> bool:
    """Give it to another desk: a grid, the village, the township or one of its offices, a county department.

    It stays on the path of its place and never goes below its ``floor``. Another level's own deadline begins, for what was joined
    to it as well; within a village, or a township and its offices, the deadline stays. Those above the desk may do so too: they
    take over what is stuck below. Gives whether a time of its own began.
    """
    row = await act_on(scope, petition, ROUTE, also_above=True)
    words = reason_of(reason)
    path = [*ancestors_of(row["region"]), row["region"]]
    level = level_of(to.region)
    if to.region not in path or level < COUNTY or level > row["floor"]:
        raise NotFound
    if row["kind"] == Kind.SUPERVISION and (to.office or to.grid):
        raise Conflict(mark("监督举报只能交给监察工作联络站、乡镇或县级监督员，不能交给科室和网格。"))
    sub = ""
    if to.office is not None:
        office = await office_of(scope, to.office)
        if office.region != to.region or office.closed_at is not None:
            raise NotFound
        sub = office.name
    if to.grid is not None:
        grid = await grid_of(scope, to.grid)
        if grid.region != to.region or grid.closed_at is not None:
            raise NotFound
        sub = grid.name
    if (to.region, to.office, to.grid) == (row["desk"], row["office_id"], row["grid_id"]):
        raise Invalid(fields={"to": mark("这件反映已经在这里办理，请选另一个单位。")})
    await _require_together(scope, row, to)
    place = await fetch_one(scope, _DESK, to.region)
    if place is None:
        raise NotFound
    await _moved(scope, row, to, place["shown_name"] + sub, words, now)
    return level != level_of(row["desk"])


async def _require_together(scope: Scope, row: Any, to: Desk) -> None:
    """Refuse a desk that could not answer all that was joined to this one: what came from beside it would wait for ever.

    And a desk that what was joined must not reach: it would be answered by those whom it is about.
    """
    (found,) = await fetch(scope, _LEFT_BEHIND, row["county"], row["id"], to.region, level_of(to.region))
    if found["beside"]:
        raise Conflict(mark("并入这一件的有别的村（社区）的反映，不能转到这里。请先取消那些合并。"))
    if found["above"]:
        raise Conflict(mark("并入这一件的有按规定不能由这里办理的举报，不能转到这里。请先取消那些合并。"))


async def _moved(scope: Scope, row: Any, to: Desk, name: str, words: str, now: datetime) -> None:
    sets = {
        "desk": to.region, "desk_name": name, "office_id": to.office, "grid_id": to.grid, "accepted_at": None, "pressed_at": None,
        **await time_at(scope, row, to.region, now=now),
    }  # fmt: skip
    changed = await move(scope, row, "transfer", now=now, sets=sets)
    data = {"from": row["desk_name"], "to": name}
    await remember(scope, changed, Happened.TRANSFERRED, now=now, text=words, data=data)
    told = {"petition": str(row["id"]), "why": "came"}
    await announce(scope, CAME, told, now=now, region=row["region"], county=row["county"])


async def reveal_raiser(scope: Scope, *, petition: UUID, reason: str, now: datetime) -> Raiser:
    """Give name and phone in clear to whoever handles the matter; that and the reason are written down."""
    row = await act_on(scope, petition, REVEAL)
    words = reason_of(reason)
    found = await raiser_of(scope, row)
    await remember(scope, row, Happened.REVEALED, now=now, text=words)
    return found


async def raiser_of(scope: Scope, row: Any) -> Raiser:
    """Decrypt what is stored of the raiser, for a row of ``petition_row``; empty where he said nothing or the term is over."""
    stored = await raiser_row(scope, row)
    if stored is None:
        return Raiser("", "")
    name, phone = (
        decrypt(stored[field], purpose=purpose, owner=row["county"]) if stored[field] else ""
        for field, purpose in (("name", NAME), ("phone", PHONE))
    )
    return Raiser(name, phone)

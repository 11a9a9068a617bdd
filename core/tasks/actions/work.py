"""What the receiver does with a share: acknowledge, give it to somebody, note, attach, submit, rate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from core.contracts.guards import ask_guards
from core.files.actions import attach_files, put_file_back, remove_file, set_file_aside
from core.files.enums import FileState
from core.files.queries import StoredFile, file_for, files_of
from core.kernel.database import execute, fetch_one, fetch_value
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound, filled, mark
from core.kernel.ids import new_id
from core.kernel.outbox import announce
from core.kernel.scope import Scope
from core.tasks.actions.moves import change, find_assignment, move, remember
from core.tasks.enums import AssignmentState as A
from core.tasks.enums import Happened
from core.tasks.forms import stored_answers, wrong_answers
from core.tasks.queries.forms import asked_by
from core.tasks.rules import MISSING_TEXTS, EvidenceWanted, Handed, missing_evidence, receives, sends

_STILL_CHECKED: Final = mark("“%(name)s”还在检查，请过一会儿再提交。")
_TOO_LONG: Final = mark("写得太长了，最多 %(most)s 个字。")
LONGEST_RESULT: Final = 5000
Answers = Mapping[str, str]
NOTHING_ASKED: Final[Answers] = {}
_WORKING: Final[list[str]] = [A.SENT, A.IN_HAND, A.RETURNED]
_PERSON = """
SELECT m.id, p.name, m.grid_id FROM membership m JOIN person p ON p.county = m.county AND p.id = m.person_id
WHERE m.region >= $1 AND m.region < $2 AND m.region = $5 AND m.id = $3 AND m.valid_from <= $4 AND (m.valid_to IS NULL OR m.valid_to > $4)
"""
_GRID = "SELECT g.id, g.name FROM grid g WHERE g.region >= $1 AND g.region < $2 AND g.region = $4 AND g.id = $3 AND g.closed_at IS NULL"
_SUBMISSION = """
INSERT INTO submission (county, id, region, assignment_id, n, text, at, membership, by_name, files, answers, state)
SELECT $3, $4, $5, $6, (SELECT 1 + count(*) FROM submission s
                        WHERE s.region >= $1 AND s.region < $2 AND s.county = $3 AND s.assignment_id = $6), $7, $8, $9, $10, $11, $12, 'submitted'
WHERE $5 >= $1 AND $5 < $2 RETURNING n
"""
_RATE = """
INSERT INTO task_rating (county, id, region, assignment_id, clarity, time_given, need, burden_hours, comment, at, membership, by_name)
SELECT $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14 WHERE $5 >= $1 AND $5 < $2
ON CONFLICT (county, assignment_id) DO NOTHING
"""


def _received(scope: Scope, row: Any) -> None:
    """Only the receiver works on a share: the sender sees it in his range, but does not acknowledge in its name."""
    if not scope.system and not receives(scope, row):
        raise Forbidden("core:assignment:work")


def _allocated_here(scope: Scope, row: Any) -> None:
    """Refuse others: a share given to one person is worked on by that person, or by whoever may allocate it."""
    given = row["allocated_membership"]
    if given is None or given == scope.membership or scope.may("core:assignment:allocate"):
        return
    if row["allocated_grid"] is not None and row["allocated_grid"] == scope.grid:
        return
    raise Forbidden(
        "core:assignment:work",
        mark("这件任务已经分派给%(name)s，由他（她）办理。"),
        name=row["allocated_name"],
    )


async def acknowledge_assignment(scope: Scope, *, assignment: UUID, now: datetime) -> Any:
    """Acknowledge (签收): the receiver accepts the share."""
    scope.require("core:assignment:acknowledge")
    _received(scope, await find_assignment(scope, assignment))
    await ask_guards(scope, "assignment", "acknowledge", subject=assignment, now=now)
    row = await move(
        scope, assignment, "acknowledge", now=now,
        sets={"acknowledged_at": now, "acknowledged_by_name": scope.by_name},
    )  # fmt: skip
    await remember(scope, row, Happened.ACKNOWLEDGED, now=now)
    return row


async def allocate_assignment(
    scope: Scope,
    *,
    assignment: UUID,
    now: datetime,
    membership: UUID | None = None,
    grid: UUID | None = None,
    text: str = "",
) -> Any:
    """Give a share to a cadre or a grid of one's own region (分派). It acknowledges at the same time if nobody did.

    Raises ``Conflict`` where they have it already: they would be told of it twice.
    """
    scope.require("core:assignment:allocate")
    row = await find_assignment(scope, assignment, lock=True)
    _received(scope, row)
    sets: dict[str, Any] = {"allocated_membership": None, "allocated_grid": None}
    if membership is not None:
        person = await fetch_one(scope, _PERSON, membership, now, row["region"])
        if person is None:
            raise NotFound
        sets |= {
            "allocated_membership": membership,
            "allocated_grid": person["grid_id"],
            "allocated_name": person["name"],
        }
    elif grid is not None:
        found = await fetch_one(scope, _GRID, grid, row["region"])
        if found is None:
            raise NotFound
        sets |= {"allocated_grid": grid, "allocated_name": found["name"]}
    else:
        raise Invalid(fields={"receiver": mark("请选择交给谁办。")})
    if _has_it(row, sets):
        raise Conflict(mark("这件任务已经交给%(name)s办理，不用再分派。"), name=row["allocated_name"])
    if row["state"] == A.SENT:
        await acknowledge_assignment(scope, assignment=assignment, now=now)
    row = await change(scope, assignment, now=now, sets=sets, states=[A.IN_HAND, A.RETURNED])
    await remember(scope, row, Happened.ALLOCATED, now=now, text=text, data={"to": row["allocated_name"]})
    await announce(scope, "assignment.allocated", {"assignment": str(assignment)}, now=now)
    return row


def _has_it(row: Any, sets: Mapping[str, Any]) -> bool:
    """Tell whether a share is with that person, or that grid, already. A closed one says so by itself."""
    if row["state"] not in _WORKING:
        return False
    if sets["allocated_membership"] is not None:
        return bool(row["allocated_membership"] == sets["allocated_membership"])
    return bool(row["allocated_membership"] is None and row["allocated_grid"] == sets["allocated_grid"])


async def add_note(scope: Scope, *, assignment: UUID, text: str, now: datetime) -> None:
    """Add a note on the way: receiver or sender, who both read it in the history."""
    scope.require("core:assignment:work")
    if not text.strip():
        raise Invalid(fields={"text": mark("请写内容。")})
    row = await find_assignment(scope, assignment)
    if not (scope.system or receives(scope, row) or sends(scope, row)):
        raise Forbidden("core:assignment:work")
    if row["state"] not in _WORKING and row["state"] != A.SUBMITTED:
        raise Conflict
    await remember(scope, row, Happened.NOTED, now=now, text=text.strip())


async def may_attach(scope: Scope, *, assignment: UUID) -> Any:
    """Give the share if this post may add pictures to it now; raises otherwise."""
    scope.require("core:assignment:work")
    row = await find_assignment(scope, assignment)
    _received(scope, row)
    _allocated_here(scope, row)
    if row["state"] not in _WORKING:
        raise Conflict(mark("成果已经提交，不能再添加照片。如需补充，请联系派发人退回。"))
    return row


async def remove_evidence(scope: Scope, *, assignment: UUID, file: UUID, now: datetime) -> bool:
    """Take a picture back before it is handed in. What was handed in before stays there and is left out of the next.

    Tells whether it was set aside so, and can be put back.
    """
    row = await may_attach(scope, assignment=assignment)
    found = await file_for(scope, file_id=file)
    if found.attached_at is None:
        await remove_file(scope, file_id=file, now=now)
        return False
    await set_file_aside(scope, file_id=file, subject=assignment, now=now)
    await remember(scope, row, Happened.SET_ASIDE, now=now, data={"name": found.name})
    return True


async def put_back_evidence(scope: Scope, *, assignment: UUID, file: UUID, now: datetime) -> None:
    """Take a picture that was set aside into the next submission again; whoever may set it aside may do so until he hands in."""
    row = await may_attach(scope, assignment=assignment)
    found = await put_file_back(scope, file_id=file, subject=assignment, now=now)
    await remember(scope, row, Happened.PUT_BACK, now=now, data={"name": found.name})


def to_hand_in(files: Sequence[StoredFile]) -> list[StoredFile]:
    """Give what the next submission consists of: all that was looked into and kept, less what was set aside."""
    return [file for file in files if file.is_kept and file.set_aside_at is None]


def handed_so_far(row: Any, files: Sequence[StoredFile], *, text: str) -> Handed:
    """Count what there is, for the page and for the submission alike: pictures, files, and parts given to villages."""
    kept = to_hand_in(files)
    photos = sum(file.is_picture for file in kept)
    return Handed(
        text=text, photos=photos, files=len(kept) - photos, parts=row["parts"], parts_done=row["parts_done"]
    )


def _wrong_in(row: Any, files: Sequence[StoredFile], text: str) -> dict[str, str]:
    wanted, handed = EvidenceWanted.of(row["evidence"]), handed_so_far(row, files, text=text)
    wrong: dict[str, str] = {
        kind: filled(MISSING_TEXTS[kind], n=number) for kind, number in missing_evidence(wanted, handed)
    }
    if waiting := next((file for file in files if file.state == FileState.RECEIVED), None):
        wrong["photos"] = filled(_STILL_CHECKED, name=waiting.name)
    if len(text) > LONGEST_RESULT:
        wrong["text"] = filled(_TOO_LONG, most=LONGEST_RESULT)
    return wrong


async def wrong_in_result(
    scope: Scope, *, assignment: UUID, text: str, answers: Answers = NOTHING_ASKED
) -> dict[str, str]:
    """Say why a result cannot be handed in yet, by field; empty where it can."""
    row = await find_assignment(scope, assignment)
    wrong = _wrong_in(row, await files_of(scope, subject=assignment), text)
    return wrong | wrong_answers(await asked_by(scope, row["brief_id"]), answers)


async def submit_assignment(
    scope: Scope, *, assignment: UUID, text: str, now: datetime, answers: Answers = NOTHING_ASKED
) -> Any:
    """Hand in the result (提交成果). Raises ``Invalid`` naming everything that is missing; nothing is lost by it.

    ``answers`` are those to the task's form, by input; nothing is answered for the receiver that is not among them.
    """
    scope.require("core:assignment:work")
    row = await find_assignment(scope, assignment)
    _received(scope, row)
    _allocated_here(scope, row)
    files = await files_of(scope, subject=assignment)
    asked = await asked_by(scope, row["brief_id"])
    if wrong := _wrong_in(row, files, text) | wrong_answers(asked, answers):
        raise Invalid(mark("还不能提交，缺的内容见下面。您写的内容和照片都已保存。"), fields=wrong)
    await ask_guards(scope, "assignment", "submit", subject=assignment, now=now)
    row = await move(scope, assignment, "submit", now=now, sets={"submitted_at": now, "return_reason": ""})
    made = new_id()
    await fetch_value(
        scope,
        _SUBMISSION,
        row["county"],
        made,
        row["region"],
        assignment,
        text.strip(),
        now,
        scope.membership,
        scope.by_name,
        [file.id for file in to_hand_in(files)],
        stored_answers(asked, answers),
    )
    pending = [file.id for file in to_hand_in(files) if file.attached_at is None]
    await attach_files(scope, file_ids=pending, subject=assignment, now=now)
    await remember(scope, row, Happened.SUBMITTED, now=now, text=text.strip(), data={"submission": str(made)})
    await announce(
        scope,
        "assignment.submitted",
        {"assignment": str(assignment), "sender_region": row["sender_region"]},
        now=now,
    )
    return row


@dataclass(frozen=True, slots=True)
class Rating:
    """How the receiver found the task (反评). Marks from 1 to 5; ``burden_hours`` is the work it took."""

    clarity: int
    time_given: int
    need: int
    burden_hours: Decimal = Decimal(0)
    comment: str = ""


async def rate_task(scope: Scope, *, assignment: UUID, rating: Rating, now: datetime) -> None:
    """Rate the task one was sent, once, after it was submitted. The sender sees figures, never who rated."""
    scope.require("core:task:rate")
    row = await find_assignment(scope, assignment)
    _received(scope, row)
    if row["state"] not in {A.SUBMITTED, A.ACCEPTED, A.RETURNED}:
        raise Conflict(mark("提交成果以后才能评价这件任务。"))
    marks = {"clarity": rating.clarity, "time_given": rating.time_given, "need": rating.need}
    if wrong := {name: mark("请选 1 到 5 分。") for name, value in marks.items() if not 1 <= value <= 5}:  # noqa: PLR2004
        raise Invalid(fields=wrong)
    written = await execute(
        scope, _RATE, row["county"], new_id(), row["region"], assignment, rating.clarity, rating.time_given, rating.need,
        rating.burden_hours, rating.comment, now, scope.membership, scope.by_name,
    )  # fmt: skip
    if not written:
        raise Conflict(mark("这件任务已经评价过了。"))
    await change(
        scope, assignment, now=now, sets={"rated_at": now}, states=[A.SUBMITTED, A.ACCEPTED, A.RETURNED]
    )

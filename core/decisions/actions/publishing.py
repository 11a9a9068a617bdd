"""Making public: the resolution and the result go up, on the board or online, and their days are waited for."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from core.contracts.disclosure import WANTED
from core.decisions.actions.meetings import RECORD, RESOLUTION_SECTION, RESULT_SECTION
from core.decisions.actions.moves import act_on, close_record, move, remember
from core.decisions.enums import Happened, Phase, RecordState, StepKind
from core.decisions.procedures import Procedure, Step
from core.decisions.queries import find_decision, find_record
from core.decisions.rules import last_day, shown_until
from core.files.actions import attach_files
from core.files.enums import FileState
from core.files.queries import files_of
from core.kernel.clock import local
from core.kernel.database import execute
from core.kernel.errors import Conflict, Invalid, filled, mark
from core.kernel.outbox import announce
from core.kernel.scope import Scope

POSTED: Final = "decision.posted"
PUBLISHED: Final = "decision.published"
SECTIONS: Final = {
    StepKind.PUBLISH_RESOLUTION: RESOLUTION_SECTION,
    StepKind.PUBLISH_RESULT: RESULT_SECTION,
}
PUBLISHES: Final = {StepKind.PUBLISH_RESOLUTION: "resolution", StepKind.PUBLISH_RESULT: "result"}
_LINK: Final = """
UPDATE decision_record SET publication_id = $5
 WHERE region >= $1 AND region < $2 AND decision_id = $3 AND step = $4 AND publication_id IS NULL
"""
_LONG_WORDS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Posted:
    """How something was made public: by a publication, or on paper on a day (then a picture of the board is attached)."""

    posted_on: date | None
    text: str = ""
    place: str = ""
    publication: UUID | None = None


async def post_step(scope: Scope, *, decision: UUID, posted: Posted, now: datetime) -> Any:
    """Note that the resolution or the result went up; the days of the notice run from that day. Gives the changed row."""
    row = await act_on(scope, decision, RECORD)
    procedure = Procedure.of(row["procedure"])
    step = procedure.at(row["step"])
    if not step.publishes or row["state"] != Phase.OPEN:
        raise Conflict
    files = [file for file in await files_of(scope, subject=row["record_id"]) if file.state != FileState.REFUSED]
    photos = sum(file.purpose == "decision_photo" for file in files)
    wrong = _wrong(row, step, posted, photos, now=now)
    if wrong or posted.posted_on is None:
        raise Invalid(fields=wrong)
    until = shown_until(posted.posted_on, step.days)
    sets: dict[str, Any] = {
        "posted_on": posted.posted_on, "shown_until": until, "publication_id": posted.publication,
        "place": posted.place.strip(), "membership": scope.membership, "by_name": scope.by_name,
    }  # fmt: skip
    if posted.text.strip():
        sets["text"] = posted.text.strip()
    if not step.days:
        sets |= {"state": RecordState.PASSED, "closed_at": now}
    await close_record(scope, row["record_id"], sets)
    loose = [file.id for file in files if file.attached_at is None]
    await attach_files(scope, file_ids=loose, subject=row["record_id"], now=now)
    return await _go_up(scope, row, procedure, posted, until=until, now=now)


async def _go_up(
    scope: Scope, row: Any, procedure: Procedure, posted: Posted, *, until: datetime, now: datetime
) -> Any:
    step, on = procedure.at(row["step"]), posted.posted_on or local(now).date()
    times = {"waits_until": until, "due_at": None} if step.days else _published(procedure, row, now)
    changed = await move(scope, row, f"post.{step.code}", now=now, on=on, sets=times)
    data = {"step": step.title, "on": on.isoformat(), "until": until.isoformat() if step.days else None}
    await remember(scope, changed, Happened.POSTED, now=now, text=posted.text.strip(), data=data)
    await _tell(scope, changed, POSTED, step, now=now)
    if not step.days:
        await _tell(scope, changed, PUBLISHED, step, now=now)
    elif until <= now:  # it went up so long ago that its days are over
        return await complete_notice(scope, decision=row["id"], now=now)
    return changed


def _wrong(row: Any, step: Step, posted: Posted, photos: int, *, now: datetime) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if posted.posted_on is None or not row["step_on"] <= posted.posted_on <= local(now).date():
        first = row["step_on"].isoformat()
        wrong["posted_on"] = filled(mark("日期应在 %(first)s 和今天之间。"), first=first)
    if step.kind is not StepKind.PUBLISH_RESOLUTION and not posted.text.strip():
        wrong["text"] = mark("请写明结果：办了什么、花了多少钱、和决议是否一致。")
    if len(posted.text) > _LONG_WORDS:
        wrong["text"] = mark("写得太长了。")
    wanted = max(1, step.photos)
    if posted.publication is None and photos < wanted:
        wrong["photos"] = filled(mark("张榜公示的，请上传公示栏的照片，还差 %(n)s 张。"), n=wanted - photos)
    return wrong


def _published(procedure: Procedure, row: Any, now: datetime) -> dict[str, Any]:
    return {"published_at": now} if row["step"] == procedure.publishes_at else {}


async def complete_notice(scope: Scope, *, decision: UUID, now: datetime) -> Any:
    """Go on where the days of a notice are over; the clock does it. Raises ``Conflict`` while they run."""
    row = await find_decision(scope, decision, lock=True)
    if row["state"] != Phase.POSTED or row["waits_until"] is None or row["waits_until"] > now:
        raise Conflict
    procedure = Procedure.of(row["procedure"])
    step = procedure.at(row["step"])
    await close_record(scope, row["record_id"], {"state": RecordState.PASSED, "closed_at": now})
    changed = await move(
        scope, row, f"shown.{step.code}", now=now, on=local(row["waits_until"]).date(), sets=_published(procedure, row, now)
    )
    await remember(scope, changed, Happened.SHOWN, now=now, data={"step": step.title})
    await _tell(scope, changed, PUBLISHED, step, now=now)
    return changed


def told_of(row: Any, what: str) -> dict[str, Any]:
    """Give what is announced about a decision that was made public, or is not public any more."""
    return {
        "decision": str(row["id"]), "what": what, "title": row["title"], "subject_kind": row["subject_kind"],
        "subject": str(row["subject_id"]) if row["subject_id"] else None,
    }  # fmt: skip


async def _tell(scope: Scope, row: Any, topic: str, step: Step, *, now: datetime) -> None:
    told = told_of(row, PUBLISHES.get(step.kind, "own"))
    await announce(scope, topic, told, now=now, region=row["region"], county=row["county"])


async def request_publication(scope: Scope, *, decision: UUID, text: str, now: datetime) -> None:
    """Ask for the present step to be published online: keeps the words, and makes the publication due."""
    row = await act_on(scope, decision, RECORD)
    step = Procedure.of(row["procedure"]).at(row["step"])
    section = SECTIONS.get(step.kind)
    if section is None or row["state"] != Phase.OPEN:
        raise Conflict
    if step.kind is StepKind.PUBLISH_RESULT and not text.strip():
        raise Invalid(fields={"text": mark("请写明结果：办了什么、花了多少钱、和决议是否一致。")})
    await close_record(scope, row["record_id"], {"text": text.strip()})
    due = {"due_on": last_day(row["due_at"]).isoformat()} if row["due_at"] else {}
    wanted = {"section": section, "subject": str(row["id"]), "title": row["title"][:100], "at": now.isoformat(), **due}
    await announce(scope, WANTED, wanted, now=now, region=row["region"], county=row["county"])


async def link_publication(
    scope: Scope, *, decision: UUID, section: str, publication: UUID, on: date, now: datetime
) -> None:
    """Take a released publication as the present step's, or note it beside the paper that went up before."""
    row = await find_decision(scope, decision, lock=True)
    procedure = Procedure.of(row["procedure"])
    place = next(n for n, step in enumerate(procedure.steps) if SECTIONS.get(step.kind) == section)
    if row["step"] == place and row["state"] == Phase.OPEN:
        record = await _text_of(scope, row)
        posted = Posted(max(on, row["step_on"]), text=record, publication=publication)
        await post_step(scope, decision=decision, posted=posted, now=now)
    else:
        await execute(scope, _LINK, decision, place, publication)


async def _text_of(scope: Scope, row: Any) -> str:
    return str((await find_record(scope, row["record_id"]))["text"])

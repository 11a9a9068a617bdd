"""Meetings: told in time, held after that, counted, and written down. Steps without a vote are written down alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.contracts.disclosure import WANTED
from core.decisions.actions.moves import act_on, clock_of, close_record, move, remember
from core.decisions.attendance import LONGEST_REASON, Earlier, Fewer, fewer_than, measure_of
from core.decisions.enums import Happened, Phase, RecordState
from core.decisions.procedures import Meeting, Procedure, Step
from core.decisions.queries import find_record, meetings_before
from core.decisions.rules import (
    Count,
    DecisionSettings,
    Short,
    day_start,
    earliest_meeting,
    impossible,
    last_day,
    shortfalls,
    words_of_shortfalls,
)
from core.files.actions import attach_files, remove_file
from core.files.enums import FileState
from core.files.queries import StoredFile, files_of
from core.kernel.clock import local
from core.kernel.errors import Conflict, Invalid, filled, mark
from core.kernel.numbers import without_numbers
from core.kernel.outbox import announce
from core.kernel.scope import Scope
from core.tenancy.settings import settings_of

RECORD: Final = "core:decision:record"
RESOLVED: Final = "decision.resolved"
RESOLUTION_SECTION: Final = "decision_resolution"
RESULT_SECTION: Final = "decision_result"
_SHORT_WORDS: Final = 200
_LONG_WORDS: Final = 20_000
_MONTH_DAYS: Final = 31  # rather a few days too many than a meeting of the same month missed


class VoteShort(Invalid):
    """Too few came or agreed: it does not count as passed. It may be recorded as what it was, a vote that failed."""

    default = mark("人数没有达到规定，这次会议不能记为通过。请核对人数；如果人数无误，可以如实记为未通过，以后再议。")

    def __init__(self, short: Sequence[Short]) -> None:
        super().__init__(fields=words_of_shortfalls(short))
        self.short = short


class FewerShould(Invalid):
    """Fewer should attend than before, which eases the vote: a hint. It is recorded once a reason is given."""

    default = mark("应到人数比以前少。请核对；人数没有错的，写明为什么少了再记录，原因会留在会议记录里。")

    def __init__(self, fewer: Fewer) -> None:
        super().__init__(fields={"should": fewer.words, "fewer_reason": mark("请写明应到人数为什么少了，最多 500 字。")})
        self.fewer = fewer


@dataclass(frozen=True, slots=True)
class Told:
    """How people were told of a meeting: which body, on which day, in which words."""

    body: str
    told_on: date | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """What a step came to. ``count`` is needed where it is voted; ``as_failed`` records a vote that fell short.

    ``fewer_reason`` says why fewer should attend than before, where that is so.
    """

    text: str
    held_on: date | None
    body: str = ""
    count: Count | None = None
    place: str = ""
    chair: str = ""
    recorder: str = ""
    as_failed: bool = False
    fewer_reason: str = ""


async def tell_meeting(scope: Scope, *, decision: UUID, told: Told, now: datetime) -> Any:
    """Note that people were told (and the plan was shown, where the procedure wants it); the days run from that day."""
    row = await act_on(scope, decision, RECORD)
    step = Procedure.of(row["procedure"]).at(row["step"])
    meeting = _meeting(step, told.body)
    if meeting is None or not meeting.notice_days:
        raise Invalid(fields={"body": mark("请选择开什么会。")})
    wrong: dict[str, str] = {}
    if told.told_on is None or not row["step_on"] <= told.told_on <= local(now).date():
        first = row["step_on"].isoformat()
        wrong["told_on"] = filled(mark("通知的日期应在 %(first)s 和今天之间。"), first=first)
    if len(told.text) > _LONG_WORDS:
        wrong["told_text"] = mark("写得太长了。")
    files = await files_of(scope, subject=row["record_id"])
    if meeting.on_board and not _kept(files, "decision_photo"):
        wrong["photos"] = mark("方案要先张榜公示，请上传公示栏的照片。")
    if wrong or told.told_on is None:
        raise Invalid(fields=wrong)
    may_meet = earliest_meeting(told.told_on, meeting.notice_days)
    sets = {"body": meeting.body, "told_on": told.told_on, "may_meet_on": may_meet, "told_text": told.text.strip()}
    await close_record(scope, row["record_id"], sets)
    await _attach(scope, row["record_id"], files, now=now)
    begins = max(now, day_start(may_meet))
    times = {
        "waits_until": day_start(may_meet),
        "due_at": await clock_of(scope, row, step, since=begins, now=now),
    }
    changed = await move(scope, row, f"tell.{step.code}", now=now, on=told.told_on, sets=times)
    data = {"step": step.title, "on": told.told_on.isoformat(), "may_meet_on": may_meet.isoformat()}
    await remember(scope, changed, Happened.TOLD, now=now, text=told.text.strip(), data=data)
    return changed


async def record_step(scope: Scope, *, decision: UUID, held: Held, now: datetime) -> Any:
    """Write down what a step came to and go on, or note that the vote failed. Figures alone decide which of the two.

    Raises ``VoteShort`` with how many are missing, ``FewerShould`` where fewer should attend than before, ``Invalid`` naming everything that is missing or cannot be; what was
    written and sent up before stays. Gives the changed row.
    """
    row = await act_on(scope, decision, RECORD)
    procedure = Procedure.of(row["procedure"])
    step = procedure.at(row["step"])
    if step.publishes or row["state"] not in {Phase.OPEN, Phase.TOLD}:
        raise Conflict
    record = await find_record(scope, row["record_id"])
    meeting = _meeting(step, record["body"] or held.body) if step.votes else None
    wrong = _wrong(row, record, step, meeting, held, now=now)
    short = [] if wrong or meeting is None or held.count is None else _short(meeting, held.count)
    files = await files_of(scope, subject=record["id"])
    if not (short and held.as_failed):
        wrong |= _missing(step, files)
    if wrong:
        raise Invalid(fields={**wrong, **words_of_shortfalls(short)})
    if short and not held.as_failed:
        raise VoteShort(short)
    fewer = None if short or meeting is None else await _fewer(scope, row, meeting, held, now=now)
    if fewer is not None and not 0 < len(held.fewer_reason.strip()) <= LONGEST_REASON:
        raise FewerShould(fewer)
    outcome = _Outcome(meeting, short, fewer)
    return await _conclude(scope, row, procedure, held, outcome, files=files, now=now)


async def comparable(scope: Scope, row: Any, body: str, *, on: date, now: datetime) -> Earlier | None:
    """Give the meeting before that a body's number of who should attend is compared with on a day, by the county's months."""
    rule = await settings_of(scope, DecisionSettings, at=now, region=row["region"])
    since = on - timedelta(days=rule.compare_months * _MONTH_DAYS)
    return measure_of(await meetings_before(scope, row, body=body, since=since, until=on))


async def _fewer(scope: Scope, row: Any, meeting: Meeting, held: Held, *, now: datetime) -> Fewer | None:
    """Compare who should attend with the meetings before. A vote that failed is not compared: it gained nothing by it."""
    if held.count is None or held.held_on is None:
        return None
    rule = await settings_of(scope, DecisionSettings, at=now, region=row["region"])
    measure = await comparable(scope, row, meeting.body, on=held.held_on, now=now)
    return fewer_than(held.count, measure, quorum=meeting.quorum, majority=meeting.majority, percent=rule.compare_percent)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a step came to, by its figures: which body met, what the vote lacks, how its number is lower than before."""

    meeting: Meeting | None
    short: Sequence[Short]
    fewer: Fewer | None


async def _conclude(
    scope: Scope, row: Any, procedure: Procedure, held: Held, outcome: _Outcome, *, files: Sequence[StoredFile], now: datetime
) -> Any:
    step, on, short = procedure.at(row["step"]), held.held_on or local(now).date(), outcome.short
    await _write_down(scope, row, held, outcome, on=on, now=now)
    await _attach(scope, row["record_id"], files, now=now)
    resolves = row["step"] == procedure.resolves_at and not short
    way = "fail" if short else "pass"
    changed = await move(
        scope, row, f"{way}.{step.code}", now=now, on=on, sets={"resolved_at": now} if resolves else None
    )
    data: dict[str, Any] = {"step": step.title, "on": on.isoformat()}
    if outcome.fewer is not None:
        told = {**data, "fewer": outcome.fewer.stored(), "reason": _reason(held)}
        await remember(scope, changed, Happened.FEWER, now=now, text=_reason(held), data=told)
    if held.count is not None and outcome.meeting is not None:
        data |= {"should": held.count.should, "came": held.count.came, "approved": held.count.approved}
    if short:
        data["short"] = [each.stored() for each in short]
    await remember(scope, changed, Happened.FAILED if short else Happened.PASSED, now=now, data=data)
    if resolves:
        await _announce_resolution(scope, changed, now=now)
    return changed


async def _write_down(scope: Scope, row: Any, held: Held, outcome: _Outcome, *, on: date, now: datetime) -> None:
    meeting, short, fewer = outcome.meeting, outcome.short, outcome.fewer
    count = held.count if meeting is not None else None
    sets: dict[str, Any] = {
        "state": RecordState.FAILED if short else RecordState.PASSED, "text": held.text.strip(), "held_on": on,
        "place": held.place.strip(), "chair": held.chair.strip(), "recorder": held.recorder.strip(),
        "short": [each.stored() for each in short], "membership": scope.membership, "by_name": scope.by_name, "closed_at": now,
    }  # fmt: skip
    if meeting is not None:
        sets["body"] = meeting.body
    if count is not None:
        sets |= {
            "should": count.should, "came": count.came, "approved": count.approved, "against": count.against,
            "abstained": count.abstained,
        }  # fmt: skip
    if fewer is not None:
        sets |= {"fewer": fewer.stored(), "fewer_reason": _reason(held)}
    await close_record(scope, row["record_id"], sets)


def _reason(held: Held) -> str:
    """Give why fewer should attend, without personal numbers: the minutes hang on a wall."""
    return str(without_numbers(held.fewer_reason.strip()))


async def _announce_resolution(scope: Scope, row: Any, *, now: datetime) -> None:
    """Say what is to be made public: core.disclosure makes it due and offers the draft."""
    where = {"now": now, "region": row["region"], "county": row["county"]}
    told = {
        "decision": str(row["id"]), "what": "resolution", "title": row["title"], "subject_kind": row["subject_kind"],
        "subject": str(row["subject_id"]) if row["subject_id"] else None,
    }  # fmt: skip
    await announce(scope, RESOLVED, told, **where)
    # The step of publishing has its days; the calendar of what is to be published takes the same, if it has any.
    due = {"due_on": last_day(row["due_at"]).isoformat()} if row["due_at"] else {}
    wanted = {
        "section": RESOLUTION_SECTION, "subject": str(row["id"]), "title": row["title"][:100], "at": now.isoformat(), **due,
    }  # fmt: skip
    await announce(scope, WANTED, wanted, **where)


def _meeting(step: Step, body: str) -> Meeting | None:
    """Give the rules of the body that met: the chosen one, or the only one there is."""
    if not body and len(step.meetings) == 1:
        return step.meetings[0]
    return step.meeting(body)


def _short(meeting: Meeting, count: Count) -> list[Short]:
    return shortfalls(count, quorum=meeting.quorum, majority=meeting.majority)


def _wrong(row: Any, record: Any, step: Step, meeting: Meeting | None, held: Held, *, now: datetime) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if not held.text.strip():
        wrong["text"] = mark("请写会议记录。") if step.votes else mark("请写明情况。")
    if len(held.text) > _LONG_WORDS:
        wrong["text"] = mark("写得太长了。")
    if max(len(held.place), len(held.chair), len(held.recorder)) > _SHORT_WORDS:
        wrong["place"] = mark("写得太长了。")
    if held.held_on is None or not row["step_on"] <= held.held_on <= local(now).date():
        first = row["step_on"].isoformat()
        wrong["held_on"] = filled(mark("日期应在 %(first)s 和今天之间。"), first=first)
    if not step.votes:
        return wrong
    if meeting is None:
        return {**wrong, "body": mark("请选择开什么会。")}
    if meeting.notice_days and row["state"] != Phase.TOLD:
        raise Conflict(mark("这个会要提前 %(days)s 天通知，请先记录会议通知。"), days=meeting.notice_days)
    if meeting.notice_days and held.held_on is not None and held.held_on < record["may_meet_on"]:
        first = record["may_meet_on"].isoformat()
        wrong["held_on"] = filled(
            mark("通知后要满 %(days)s 天才能开会，最早 %(first)s。"), days=meeting.notice_days, first=first
        )
    if held.count is None:
        return {**wrong, "should": mark("请填写应到人数。")}
    return {**wrong, **impossible(held.count)}


def _missing(step: Step, files: Sequence[StoredFile]) -> dict[str, str]:
    """Say which papers and pictures the step still wants."""
    wrong: dict[str, str] = {}
    if (left := step.sheets - len(_kept(files, "decision_sheet"))) > 0:
        wrong["sheets"] = filled(mark("还差 %(n)s 份签到表或会议材料。"), n=left)
    if (left := step.photos - len(_kept(files, "decision_photo"))) > 0:
        wrong["photos"] = filled(mark("还差 %(n)s 张照片。"), n=left)
    return wrong


def _kept(files: Sequence[StoredFile], purpose: str) -> list[StoredFile]:
    return [file for file in files if file.purpose == purpose and file.state != FileState.REFUSED]


async def _attach(scope: Scope, record: UUID, files: Sequence[StoredFile], *, now: datetime) -> None:
    loose = [file.id for file in files if file.attached_at is None and file.state != FileState.REFUSED]
    await attach_files(scope, file_ids=loose, subject=record, now=now)


async def remove_paper(scope: Scope, *, file: StoredFile, now: datetime) -> None:
    """Take a picture or paper of one's own back while its step is open."""
    await remove_file(scope, file_id=file.id, now=now)

"""One use of a seal: asked for, decided by somebody else, done with a photo of the stamped page, filed.

A use that nobody asked for is entered as what it was; that is what supervision is told of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.contracts.guards import ask_guards
from core.files.actions import attach_files, remove_file
from core.files.enums import FileState
from core.files.queries import StoredFile, files_of
from core.kernel.clock import local
from core.kernel.database import execute, fetch_one, fetch_value
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound, filled, mark
from core.kernel.ids import new_id
from core.kernel.outbox import announce
from core.kernel.scope import Scope
from core.kernel.written import written
from core.seals.actions.escalating import send_up
from core.seals.actions.keeping import name_of_keeper
from core.seals.actions.telling import remember, tell
from core.seals.enums import Happened, UseState
from core.seals.queries import seal_row, use_row
from core.seals.rules import (
    LONGEST_TEXT,
    MOST_COPIES,
    PHOTO,
    Asked,
    SealSettings,
    checked,
    decides,
    due_in,
    goes_to_township,
    is_irregular,
)
from core.seals.workflows import APPROVE, ASK, KEEP, SEAL_USE
from core.tenancy.settings import settings_of

# Announced at the village. Payload: ``use`` (id), ``irregular``.
USED: Final = "seal.used"
_INSERT: Final = """
INSERT INTO seal_use (county, id, region, place_name, number, seal_id, seal_title, purpose, document, copies, for_whom, unasked, by_township,
  state, due_at, asked_at, asked_person, asked_membership, asked_name, changed_at)
SELECT $3, $4, s.region, s.place_name, $5, s.id, s.title, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $15
FROM seal s WHERE s.region >= $1 AND s.region < $2 AND s.id = $6 AND s.stopped_at IS NULL ON CONFLICT (county, seal_id, number) DO NOTHING RETURNING *
"""
# One number after the other in a village and year; the advisory lock makes the next wait. The seal remembers its last one: no number
# comes twice for a seal, wherever the uses before have gone with their place.
_NUMBER: Final = """
SELECT 1 + greatest(
  (SELECT max(split_part(u.number, '-', 2)::integer) FROM seal_use u
    WHERE u.region >= $1 AND u.region < $2 AND u.county = $3 AND u.region = $4 AND u.number LIKE $5 || '%'),
  (SELECT split_part(s.numbered, '-', 2)::integer FROM seal s WHERE s.region >= $1 AND s.region < $2 AND s.id = $6 AND s.numbered LIKE $5 || '%'),
  0)
"""
_NUMBERED: Final = "UPDATE seal SET numbered = $4 WHERE region >= $1 AND region < $2 AND id = $3"
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended($3, 0)) WHERE $1 < $2"
_EARLIEST: Final = timedelta(days=366)
# Pages ask for the minute: a use in the minute of its grant did not come before it.
_MINUTE: Final = timedelta(minutes=1)
_FASTER: Final = mark("这次用章刚刚有人办过，请刷新后再看。")


@dataclass(frozen=True, slots=True)
class Used:
    """How a seal was used: when, on how many copies, who kept it (the seal's own keeper unless named).

    ``over`` is the keeper's word that there were more copies than were granted.
    """

    at: datetime
    copies: int
    keeper: UUID | None = None
    text: str = ""
    over: bool = False


async def ask_seal(scope: Scope, *, seal: UUID, asked: Asked, now: datetime) -> UUID:
    """Ask for a seal. The request goes to whoever decides in this village by the setting, never to the asker or the seal's keeper."""
    scope.require(ASK)
    plain = checked(asked)
    row = await _put(scope, seal, plain, UseState.REQUESTED, now=now)
    await remember(scope, row, Happened.REQUESTED, now)
    await send_up(scope, county=row["county"], use=row["id"], now=now)
    await tell(scope, row, "seal.requested", now)
    made: UUID = row["id"]
    return made


async def enter_use(scope: Scope, *, seal: UUID, asked: Asked, used: Used, reason: str, now: datetime) -> UUID:
    """Enter a use that nobody asked for, with the reason. It stays visible as that, and a warning model reads it."""
    scope.require(KEEP)
    plain, told = checked(asked), written(reason, field="reason", most=LONGEST_TEXT)
    _check_used(used, now)
    row = await _put(scope, seal, plain, UseState.USED, now=now)
    sets = await _use_sets(scope, row, used, now) | {"use_text": told}
    row = await _set(scope, row, UseState.USED, sets, now)
    await remember(scope, row, Happened.ENTERED, now, text=told)
    await tell(scope, row, "seal.entered", now)
    await _announce_use(scope, row, now)
    made: UUID = row["id"]
    return made


async def _put(scope: Scope, seal: UUID, asked: Asked, state: str, *, now: datetime) -> Any:
    held = await seal_row(scope, seal)
    rule = await settings_of(scope, SealSettings, at=now, region=held["region"])
    await fetch_value(scope, _LOCK, f"seal_use:{held['region']}")
    year = f"{local(now):%Y}-"
    number = f"{year}{await fetch_value(scope, _NUMBER, held['county'], held['region'], year, seal):04}"
    unasked = state == UseState.USED
    row = await fetch_one(
        scope, _INSERT, held["county"], new_id(), number, seal, asked.purpose, asked.document, asked.copies, asked.for_whom, unasked,
        not unasked and goes_to_township(rule, scope), state, due_in(state, rule, now), now, scope.person, scope.membership, scope.by_name,
    )  # fmt: skip
    if row is None:
        raise Conflict(mark("这枚印章已经停用。") if held["stopped_at"] is not None else _FASTER)
    await execute(scope, _NUMBERED, seal, number)
    return row


async def approve_use(scope: Scope, *, use: UUID, text: str, now: datetime) -> None:
    """Grant a request; never one's own."""
    await _decide(scope, use, "approve", Happened.APPROVED, written(text, field="text", most=LONGEST_TEXT, least=0), now)


async def refuse_use(scope: Scope, *, use: UUID, reason: str, now: datetime) -> None:
    """Refuse a request, with the reason."""
    await _decide(scope, use, "refuse", Happened.REFUSED, written(reason, field="reason", most=LONGEST_TEXT), now)


async def _decide(scope: Scope, use: UUID, way: str, kind: str, text: str, now: datetime) -> None:
    scope.require(APPROVE)
    row = await use_row(scope, use, lock=True)
    if scope.person is not None and row["asked_person"] == scope.person:
        raise Forbidden(APPROVE, mark("自己申请的用章由别人审批。"))
    if scope.person is not None and row["held_by"] == scope.person:
        raise Forbidden(APPROVE, mark("您是这枚印章的保管人，这次用章由别人审批。"))
    if not decides(scope, row):
        raise Forbidden(APPROVE, mark("这次用章由乡镇（街道）审批。") if row["by_township"] else mark("这次用章由村里审批。"))
    sets = {"decided_at": now, "decided_person": scope.person, "decided_name": scope.by_name, "decision_text": text}
    await _move(scope, row, way, now=now, sets=sets, kind=kind, text=text)


async def withdraw_use(scope: Scope, *, use: UUID, now: datetime) -> None:
    """Take one's own request back before the seal was used."""
    scope.require(ASK)
    row = await use_row(scope, use, lock=True)
    if row["asked_person"] != scope.person:
        raise Forbidden(ASK, mark("申请由申请人自己撤回。"))
    await _move(scope, row, "withdraw", now=now, kind=Happened.WITHDRAWN)


async def record_use(scope: Scope, *, use: UUID, used: Used, now: datetime) -> None:
    """Note how the seal was used: when, how often, who kept it, with the photo of the stamped page.

    More copies than were granted are taken down only when the keeper says so, with the reason: it may be a slip of the pen, and a
    warning follows at once.
    """
    scope.require(KEEP)
    row = await use_row(scope, use, lock=True)
    SEAL_USE.target_of("use", row["state"])
    _check_used(used, now)
    rule = await settings_of(scope, SealSettings, at=now, region=row["region"])
    if used.at > row["decided_at"] + timedelta(days=rule.valid_days):
        raise Conflict(mark("批准已超过有效期，请重新申请。已经用过的，按没有申请如实登记。"))
    _check_over(used, row)
    await _photos(scope, row, rule.photos, now)
    sets = await _use_sets(scope, row, used, now) | {"use_text": written(used.text, field="text", most=LONGEST_TEXT, least=0)}
    changed = await _move(scope, row, "use", now=now, sets=sets, kind=Happened.USED, text=used.text.strip())
    await _announce_use(scope, changed, now)


async def file_use(scope: Scope, *, use: UUID, place: str, now: datetime) -> None:
    """File what was stamped: where the copy lies. The photo of the stamped page must be there by now."""
    scope.require(KEEP)
    row = await use_row(scope, use, lock=True)
    SEAL_USE.target_of("file", row["state"])
    told = written(place, field="place", most=LONGEST_TEXT)
    rule = await settings_of(scope, SealSettings, at=now, region=row["region"])
    await _photos(scope, row, rule.photos, now)
    await _move(scope, row, "file", now=now, sets={"filed_at": now, "filed_place": told}, kind=Happened.FILED, text=told)


def _check_used(used: Used, now: datetime) -> None:
    wrong = {}
    if not now - _EARLIEST < used.at <= now:
        wrong["used_at"] = mark("请填写用章的时间，不能晚于现在。")
    if not 0 < used.copies <= MOST_COPIES:
        wrong["used_copies"] = mark("请填写份数，1 到 10000。")
    if wrong:
        raise Invalid(fields=wrong)


def _check_over(used: Used, row: Any) -> None:
    if used.copies <= row["copies"]:
        return
    wrong: dict[str, str] = {}
    if not used.over:
        wrong["over"] = filled(
            mark("批准 %(granted)s 份，填的是 %(used)s 份。填错的请改份数；确实多盖了的，请勾选确认。"), granted=row["copies"], used=used.copies
        )
    if not used.text.strip():
        wrong["text"] = mark("盖的份数比批准的多，请写明原因。")
    if wrong:
        raise Invalid(fields=wrong)


async def _use_sets(scope: Scope, row: Any, used: Used, now: datetime) -> dict[str, Any]:
    seal = await seal_row(scope, row["seal_id"])
    keeper, name = seal["keeper_person"], seal["keeper_name"]
    if used.keeper is not None and used.keeper != keeper:
        keeper, name = used.keeper, await name_of_keeper(scope, row, used.keeper, now)
    if not name:
        raise Invalid(fields={"keeper": mark("请从列表里选择保管人。")})
    if keeper is not None and keeper == row["decided_person"]:
        raise Invalid(fields={"keeper": mark("批准这次用章的人不能同时是盖章的人，请选择别人。")})
    at = row["decided_at"] if row["decided_at"] is not None and used.at < row["decided_at"] < used.at + _MINUTE else used.at
    return {"used_at": at, "used_copies": used.copies, "keeper_person": keeper, "keeper_name": name}


async def _photos(scope: Scope, row: Any, least: int, now: datetime) -> None:
    """Hang up the photos that were sent; raises ``Invalid`` while there are too few."""
    files = [file for file in await files_of(scope, subject=row["id"]) if file.purpose == PHOTO and file.state != FileState.REFUSED]
    if len(files) < least:
        raise Invalid(fields={"photos": filled(mark("请上传盖章页的照片，还差 %(n)s 张。"), n=least - len(files))})
    loose = [file.id for file in files if file.attached_at is None]
    await attach_files(scope, file_ids=loose, subject=row["id"], now=now, region=row["region"])


async def may_attach(scope: Scope, use: UUID) -> Any:
    """Give the use where this post may add photos of the stamped page now; raises otherwise."""
    scope.require(KEEP)
    row = await use_row(scope, use)
    if row["state"] not in {UseState.APPROVED, UseState.USED}:
        raise Conflict(mark("这次用章现在不能添加照片。"))
    return row


async def remove_photo(scope: Scope, *, file: StoredFile, now: datetime) -> None:
    """Take back a photo that was not handed in yet."""
    if file.subject_id is None:
        raise NotFound
    await may_attach(scope, file.subject_id)
    await remove_file(scope, file_id=file.id, now=now)


def ways_of(scope: Scope, row: Any) -> set[str]:
    """Name the transitions that this reader may make now: the page's buttons."""
    ways = {way.name for way in SEAL_USE.transitions if row["state"] in way.sources and scope.may(way.permission)}
    if not decides(scope, row):
        ways -= {"approve", "refuse"}
    if row["asked_person"] != scope.person:
        ways -= {"withdraw"}
    return ways


async def _move(
    scope: Scope, row: Any, way: str, *, now: datetime, kind: str, sets: Mapping[str, Any] | None = None, text: str = ""
) -> Any:
    target = SEAL_USE.target_of(way, row["state"])
    await ask_guards(scope, SEAL_USE.name, way, subject=row["id"], now=now, data={"purpose": row["purpose"]})
    rule = await settings_of(scope, SealSettings, at=now, region=row["region"])
    changed = await _set(scope, row, target, {"due_at": due_in(target, rule, now), **(sets or {})}, now)
    await remember(scope, row, kind, now, text=text)
    await tell(scope, changed, f"seal.{way}", now)
    return changed


async def _set(scope: Scope, row: Any, state: str, sets: Mapping[str, Any], now: datetime) -> Any:
    changes = {"state": state, "changed_at": now, **sets}
    columns = ", ".join(f"{name} = ${n}" for n, name in enumerate(changes, start=5))
    sql = f"UPDATE seal_use SET {columns} WHERE region >= $1 AND region < $2 AND id = $3 AND state = $4 RETURNING *"  # noqa: S608 - our names
    changed = await fetch_one(scope, sql, row["id"], row["state"], *changes.values())
    if changed is None:
        raise Conflict(_FASTER)
    return changed


async def _announce_use(scope: Scope, row: Any, now: datetime) -> None:
    told = {"use": str(row["id"]), "irregular": is_irregular(row)}
    await announce(scope, USED, told, now=now, region=row["region"], county=row["county"])


def photos_of(files: Sequence[StoredFile]) -> list[StoredFile]:
    """Give the photos of stamped pages among files."""
    return [file for file in files if file.purpose == PHOTO]

"""Raising a matter: by anybody on a public page, or entered by staff for somebody who said it elsewhere."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.files.actions import attach_files
from core.kernel.clock import local
from core.kernel.database import ABOVE, fetch_one, fetch_value
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, mark
from core.kernel.ids import new_id
from core.kernel.outbox import announce
from core.kernel.scope import Scope, is_code
from core.kernel.secrets import encrypt, index_of
from core.petitions.actions.moves import CAME, level_of, remember, set_due
from core.petitions.actions.phones import use_code
from core.petitions.enums import Happened, Kind
from core.petitions.queries import due_for
from core.petitions.rules import (
    CLOSED,
    MOST_ENTERED_PHOTOS,
    NAME,
    NOBODY,
    PHONE,
    TOWNSHIP,
    PetitionSettings,
    Raised,
    Sender,
    checked,
    floor_of,
    hash_of_receipt,
    is_plain,
    number_of,
    sees_supervision,
)
from core.petitions.workflows import ENTER, RAISE
from core.tenancy.settings import settings_of

DAY: Final = timedelta(days=1)
STOPPED: Final = mark("因为之前滥用反映渠道，这个手机号或网络在 %(day)s 之前不能在公开页上反映，监督举报除外。有事请到村（社区）、乡镇（街道）当面说，或拨打 12345。")
_INSERT: Final = """
INSERT INTO petition (county, id, region, place_name, number, kind, source, title, body, spot, about, about_name, floor, desk, desk_name,
  state, may_publish, has_contact, receipt_hash, raised_at, due_at, sorted_at, changed_at, membership, by_name,
  phone_proved, identity_seen)
SELECT $3, $4, r.code, r.shown_name, $5, $6, $7, $8, $9, $10, $11, $12, $13, d.code, d.shown_name, 'raised', $14, $15, $16, $17, $18, $19, $17,
       $20, $21, $24, $25
FROM region r JOIN region d ON d.code = $23
WHERE r.code = $22 AND r.code >= $1 AND r.code < $2 AND r.closed IS NULL
ON CONFLICT (county, receipt_hash) DO NOTHING RETURNING *
"""
_RAISER: Final = """
INSERT INTO petition_raiser (county, id, region, petition_id, name, phone, phone_index, at, source_hash)
SELECT $3, $4, $5, $6, $7, $8, $9, $10, $11 WHERE $5 >= $1 AND $5 < $2
"""
_BY_PHONE: Final = """
SELECT count(*) FROM petition_raiser x WHERE x.region >= $1 AND x.region < $2 AND x.county = $3 AND x.phone_index = $4 AND x.at > $5
"""
# A stop holds where it was made and below.
_STOPPED: Final = f"""
SELECT max(b.until) FROM petition_block b WHERE ((b.region >= $1 AND b.region < $2) OR b.region = ANY {ABOVE}) AND b.county = $3
  AND (b.phone_index = $4 OR b.source_hash = $5) AND b.lifted_at IS NULL AND b.until > $6
"""  # noqa: S608 - constants
_BY_RECEIPT: Final = "SELECT p.id FROM petition p WHERE p.region >= $1 AND p.region < $2 AND p.county = $3 AND p.receipt_hash = $4"


async def raise_petition(
    scope: Scope, *, raised: Raised, receipt: str, now: datetime, files: Sequence[UUID] = (), made: UUID | None = None,
    sender: Sender = NOBODY,
) -> UUID:
    """Take what a stranger raises at the scope's place; the scope carries ``RAISE`` alone. Gives the petition.

    Sent again with the same receipt it changes nothing. Raises ``Invalid``, ``Conflict`` where the place takes none on the
    public page or none from this source, ``TooMany`` beyond the day's number from one phone.
    """
    scope.require(RAISE)
    rule = await settings_of(scope, PetitionSettings, at=now)
    if not rule.open:
        raise Conflict(CLOSED)
    if (known := await _known(scope, receipt)) is not None:
        return known
    plain = checked(raised, rule, level=scope.level)
    await _require_welcome(scope, plain, sender, rule, now)
    if plain.phone and rule.proves_phones:
        await use_code(scope, phone=plain.phone, code=sender.code, now=now)
    row = await _put(scope, plain, rule, region=scope.region, receipt=receipt, now=now, made=made, sender=sender)
    if row is None:
        return await _sent_already(scope, receipt)
    await attach_files(scope, file_ids=files, subject=row["id"], now=now)
    petition: UUID = row["id"]
    return petition


async def _require_welcome(scope: Scope, plain: Raised, sender: Sender, rule: PetitionSettings, now: datetime) -> None:
    """Refuse what comes from a source that was stopped, or too often from one phone. No stop keeps a supervision matter out."""
    index = index_of(plain.phone, purpose=PHONE) if plain.phone else None
    if plain.kind != Kind.SUPERVISION:
        until: datetime | None = await fetch_value(scope, _STOPPED, scope.county, index, sender.source_hash(scope.county), now)
        if until is not None:
            raise Conflict(STOPPED, day=f"{local(until):%Y-%m-%d %H:%M}")
    if index is not None and await fetch_value(scope, _BY_PHONE, scope.county, index, now - DAY) >= rule.phone_a_day:
        raise TooMany(mark("这个手机号今天反映的件数已到上限，请明天再来，或到村（社区）当面说。"))


async def enter_petition(
    scope: Scope, *, raised: Raised, region: str, receipt: str, now: datetime, files: Sequence[UUID] = ()
) -> UUID:
    """Enter what somebody said by WeChat group, 12345 or in person. The receipt is for that person to follow it.

    Sent again with the same receipt it changes nothing. Raises ``NotFound`` for a place outside the scope.
    """
    scope.require(ENTER)
    if len(files) > MOST_ENTERED_PHOTOS:
        raise Invalid(fields={"photos": mark("照片最多 9 张。")})
    if not is_code(region) or not scope.covers(region) or level_of(region) < TOWNSHIP:
        raise NotFound
    if raised.kind == Kind.SUPERVISION and not sees_supervision(scope):
        raise Forbidden(ENTER, mark("监督举报请反映人自己在公开页上提交，或到监察工作联络站当面说，不经您转。"))
    if (known := await _known(scope, receipt)) is not None:
        return known
    rule = await settings_of(scope, PetitionSettings, at=now, region=region)
    plain = checked(raised, rule, by_staff=True, level=level_of(region))
    row = await _put(scope, plain, rule, region=region, receipt=receipt, now=now)
    if row is None:
        return await _sent_already(scope, receipt)
    await attach_files(scope, file_ids=files, subject=row["id"], now=now, region=row["region"])
    petition: UUID = row["id"]
    return petition


async def _known(scope: Scope, receipt: str) -> UUID | None:
    found: UUID | None = await fetch_value(scope, _BY_RECEIPT, scope.county, hash_of_receipt(receipt))
    return found


async def _sent_already(scope: Scope, receipt: str) -> UUID:
    """Give what the same form, sent twice at once, has just raised. Raises ``Conflict`` where the place is no more."""
    known = await _known(scope, receipt)
    if known is None:
        raise Conflict(mark("这个地方现在不能收反映，可能已经撤并。请选现在的村（社区）。"))
    return known


async def _put(
    scope: Scope, plain: Raised, rule: PetitionSettings, *, region: str, receipt: str, now: datetime, made: UUID | None = None,
    sender: Sender | None = None,
) -> Any | None:
    """Write it down; None where the place is no more, or the same form was faster."""
    level = level_of(region)
    floor = floor_of(plain.kind, plain.about, level)
    desk = region if floor >= level else region[: {4: 9, 3: 6}[floor]]
    petition = made or new_id()
    # Until it is known who is meant, nobody sees it: the person meant might be the first to look.
    due = await due_for(scope, rule, level=level_of(desk), now=now)
    row = await fetch_one(
        scope, _INSERT, scope.county, petition, number_of(now), plain.kind, plain.source, plain.title, plain.body,
        plain.spot, plain.about, plain.about_name, floor, plain.may_publish, bool(plain.phone), hash_of_receipt(receipt),
        now, due, now if is_plain(plain) else None, scope.membership, scope.by_name, region, desk,
        bool(sender is not None and plain.phone and rule.proves_phones), plain.identity_seen,
    )  # fmt: skip
    if row is None:
        return None
    source = sender.source_hash(row["county"]) if sender is not None else None
    if plain.name or plain.phone or source:
        await _put_raiser(scope, row, plain, source, now)
    await remember(scope, row, Happened.RAISED, now=now, data={"source": plain.source})
    await set_due(scope, row)
    await announce(scope, CAME, {"petition": str(petition), "why": "came"}, now=now, region=region)
    return row


async def _put_raiser(scope: Scope, row: Any, plain: Raised, source: bytes | None, now: datetime) -> None:
    county = row["county"]
    name = encrypt(plain.name, purpose=NAME, owner=county) if plain.name else None
    phone = encrypt(plain.phone, purpose=PHONE, owner=county) if plain.phone else None
    index = index_of(plain.phone, purpose=PHONE) if plain.phone else None
    await fetch_one(scope, _RAISER, county, new_id(), row["region"], row["id"], name, phone, index, now, source)

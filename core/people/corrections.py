"""Correcting what was registered wrongly about a person: the name, the phone number. Each with a reason.

What was written before keeps the name it was written under: audit lines, notes and posts of the past. Posts that are held
show the new one. Codes made for the old number die with it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from core.kernel.audit import audit
from core.kernel.database import execute, fetch_value
from core.kernel.errors import Conflict, Forbidden, Invalid, mark
from core.kernel.outbox import announce
from core.kernel.scope import Scope
from core.kernel.secrets import encrypt, plain_phone
from core.people.accounts import phone_index_of
from core.people.actions import BAD_PHONE, PHONE, outranks
from core.people.queries import PersonFacts, person_for, posts_of
from core.people.rules import COUNTY_LEVEL, TOO_MUCH

CORRECT: Final = "core:person:correct"
TOPIC: Final = "person.corrected"

_RENAME = """
UPDATE person SET name = $4 WHERE region >= $1 AND region < $2 AND id = $3 AND erased_at IS NULL AND name <> $4
"""
_RENAME_POSTS = """
UPDATE membership SET person_name = $4
 WHERE region >= $1 AND region < $2 AND person_id = $3 AND (valid_to IS NULL OR valid_to > $5)
"""
_NEW_PHONE = """
UPDATE person SET phone = $4, phone_index = $5, phone_tail = $6
 WHERE region >= $1 AND region < $2 AND id = $3 AND erased_at IS NULL AND phone_index IS DISTINCT FROM $5
"""
_CODES_DIE = """
UPDATE invitation SET withdrawn_at = $4
 WHERE region >= $1 AND region < $2 AND person_id = $3 AND redeemed_at IS NULL AND withdrawn_at IS NULL
"""
_MOVE_LOGIN = "SELECT move_login_phone($3, $4, $5) WHERE $1 < $2"

NOT_ONESELF: Final = mark("不能更正自己的登记信息，请由另一位管理员办理。")
NAME_NEEDED: Final = mark("请填写姓名。")
UNCHANGED: Final = mark("姓名和手机号都没有变化。")
OTHERS_PHONE: Final = mark("这个手机号在本县已登记给另一个人，请核对。")


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a correction did. ``phone``: the number was changed. ``login``: the login follows it, and its sessions ended.

    It does not follow where the account serves beyond the scope or somebody else has the number: the owner then goes on
    signing in as before.
    """

    phone: bool
    login: bool


async def correct_person(
    scope: Scope, *, person: UUID, name: str, phone: str, reason: str, now: datetime
) -> Corrected:
    """Correct name and phone; an empty phone stays as it is.

    Raises ``Forbidden`` for oneself, below the county, and for holders of posts this one could not
    hand out; ``Invalid`` for what does not fit, ``Conflict`` where nothing would change.
    """
    scope.require(CORRECT)
    facts = await person_for(scope, person=person)
    if person == scope.person:
        raise Forbidden(CORRECT, NOT_ONESELF)
    if scope.level != COUNTY_LEVEL or not await outranks(scope, posts=await posts_of(scope, person=person)):
        raise Forbidden(CORRECT, TOO_MUCH)
    digits = plain_phone(phone)
    if phone and not digits:
        raise Invalid(fields={"phone": BAD_PHONE})
    if not name:
        raise Invalid(fields={"name": NAME_NEEDED})
    renamed = await _rename(scope, facts, name, now)
    moved = bool(digits) and await _change_phone(scope, facts, digits, now)
    if not (renamed or moved):
        raise Conflict(UNCHANGED)
    follows = moved and facts.has_account and await _move_login(scope, facts, digits)
    await _tell(scope, facts, name if renamed else "", digits[-4:] if moved else "", reason, follows=follows, now=now)
    return Corrected(phone=moved, login=follows)


async def _rename(scope: Scope, facts: PersonFacts, name: str, now: datetime) -> bool:
    if not await execute(scope, _RENAME, facts.id, name):
        return False
    await execute(scope, _RENAME_POSTS, facts.id, name, now)
    return True


async def _change_phone(scope: Scope, facts: PersonFacts, digits: str, now: datetime) -> bool:
    sealed = encrypt(digits, purpose=PHONE, owner=facts.county)
    try:
        changed = await execute(scope, _NEW_PHONE, facts.id, sealed, phone_index_of(digits), digits[-4:])
    except asyncpg.UniqueViolationError:
        raise Invalid(fields={"phone": OTHERS_PHONE}) from None
    if changed:
        await execute(scope, _CODES_DIE, facts.id, now)
    return bool(changed)


async def _move_login(scope: Scope, facts: PersonFacts, digits: str) -> bool:
    return bool(await fetch_value(scope, _MOVE_LOGIN, facts.county, facts.id, phone_index_of(digits)))


async def _tell(
    scope: Scope, facts: PersonFacts, name: str, tail: str, reason: str, *, follows: bool, now: datetime
) -> None:
    """Write the audit line, and announce the deed so that the person hears of it at every post."""
    told = {"reason": reason, **({"name": [facts.name, name]} if name else {}), **({"phone": True} if tail else {})}
    await audit(
        scope, TOPIC, kind="person", subject=facts.id, county=facts.county, region=facts.region, data=told, now=now
    )
    news = {"person": str(facts.id), "name": name, "tail": tail, "follows": follows, "by": scope.by_name}
    await announce(scope, TOPIC, news, now=now, county=facts.county, region=scope.region)

"""Deeds about people.

Inviting, appointing, ending posts, resets, unmasking. Each is one transaction of the caller.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from core.contracts.roles import Role
from core.kernel.audit import audit
from core.kernel.database import execute, fetch, fetch_one, fetch_value
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound, mark
from core.kernel.ids import new_id
from core.kernel.outbox import announce
from core.kernel.scope import Scope
from core.kernel.secrets import decrypt, encrypt, index_of, plain_id_number, plain_phone
from core.people.accounts import phone_index_of
from core.people.codes import LIVES, code_of, hash_of_code
from core.people.enums import Purpose
from core.people.queries import PostFacts, account_behind, person_for, post_for, posts_of, roles_here
from core.people.roles import ADMINISTRATOR
from core.people.rules import NOT_YOURSELF, TOO_MUCH, may_hand_out, refusal_to_grant

PHONE: Final = "phone"
ID_NUMBER: Final = "id_number"

_KNOWN = """
SELECT p.id, p.name, p.account_id IS NOT NULL AS has_account FROM person p
 WHERE p.region >= $1 AND p.region < $2 AND p.county = $3 AND p.phone_index = $4 AND p.erased_at IS NULL
"""
_ADD_PERSON = """
INSERT INTO person (county, id, region, name, phone, phone_index, phone_tail, id_number, id_number_index,
                    created_at)
SELECT $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 WHERE $5 >= $1 AND $5 < $2
"""
_ADD_POST = """
INSERT INTO membership (county, id, region, person_id, person_name, role, office_id, grid_id, valid_from,
                        granted_by, granted_by_name, created_at)
SELECT $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $11 WHERE $5 >= $1 AND $5 < $2
"""
_SAME_POST = """
SELECT true FROM membership m
 WHERE m.region >= $1 AND m.region < $2 AND m.county = $3 AND m.person_id = $4 AND m.role = $5 AND m.region = $6
   AND m.office_id IS NOT DISTINCT FROM $7 AND m.grid_id IS NOT DISTINCT FROM $8 AND m.valid_to IS NULL
"""
_OFFICE_FITS = (
    "SELECT true FROM office o WHERE o.region >= $1 AND o.region < $2 AND o.id = $3 AND o.region = $4"
)
_GRID_FITS = "SELECT true FROM grid g WHERE g.region >= $1 AND g.region < $2 AND g.id = $3 AND g.region = $4"
_PLACE_EXISTS = """
SELECT true FROM region x WHERE x.code >= $1 AND x.code < $2 AND x.code = $3 AND x.closed IS NULL
"""
_ADD_INVITATION = """
INSERT INTO invitation (county, id, region, person_id, purpose, code_hash, created_at, expires_at, by_name, membership)
SELECT $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 WHERE $5 >= $1 AND $5 < $2
"""
_WITHDRAW_OLD = """
UPDATE invitation SET withdrawn_at = $6 WHERE region >= $1 AND region < $2 AND county = $3 AND person_id = $4
   AND purpose = $5 AND redeemed_at IS NULL AND withdrawn_at IS NULL
"""
_INVITATION = "SELECT person_id FROM invitation WHERE region >= $1 AND region < $2 AND id = $3"
_WITHDRAW = """
UPDATE invitation SET withdrawn_at = $4 WHERE region >= $1 AND region < $2 AND id = $3 AND redeemed_at IS NULL
   AND withdrawn_at IS NULL RETURNING person_id, region, county, purpose
"""
_END_POST = """
UPDATE membership SET valid_to = $4, ended_by_name = $5, end_reason = $6
 WHERE region >= $1 AND region < $2 AND id = $3 AND (valid_to IS NULL OR valid_to > $4) RETURNING county, region
"""
# Locked in one order, so that two administrators who end each other at once leave one.
_OTHER_ADMINISTRATORS = """
SELECT m.id FROM membership m JOIN person p ON p.county = m.county AND p.id = m.person_id
 WHERE m.region >= $1 AND m.region < $2 AND m.county = $3 AND m.role = $4 AND (m.valid_to IS NULL OR m.valid_to > $5)
 ORDER BY m.id FOR UPDATE OF m
"""
_END_SESSIONS = "SELECT end_sessions_of_post($3, $4) WHERE $1 < $2"
_NUMBER = """
SELECT p.county, p.region, p.phone, p.id_number FROM person p
 WHERE p.region >= $1 AND p.region < $2 AND p.id = $3 AND p.erased_at IS NULL
"""

NAMED_OTHERWISE: Final = mark("这个手机号登记的是另一个姓名，请核对。")
PHONE_ELSEWHERE: Final = mark("这个手机号已在本县登记，但不在您的管理范围内，请由县（区）管理员办理。")
BAD_PHONE: Final = mark("请填写 11 位手机号。")
BAD_ID_NUMBER: Final = mark("身份证号不对，请检查 18 位号码。")
HELD_ALREADY: Final = mark("这个人已经有这个岗位。")
LAST_ADMINISTRATOR: Final = mark("这是最后一位县级管理员，不能结束。请先任命另一位管理员。")
ENDED_ALREADY: Final = mark("这个岗位刚刚已被结束，请刷新后再看。")
USED_ALREADY: Final = mark("这个码刚刚已被使用或撤回，请刷新后再看。")
ELSEWHERE: Final = mark("这个账号在本县还有不在您管理范围内的岗位，请由县（区）管理员重置。")
BEYOND: Final = mark("这个账号在本县以外也有岗位，本县不能重置。请本人联系平台运维员，由平台运维员发放重置码。")
NO_ACCOUNT: Final = mark("这个人还没有登录过，请重新发放邀请码。")
NO_NUMBER: Final = mark("没有登记这个号码。")


@dataclass(frozen=True, slots=True)
class Post:
    """Where and as what somebody is to serve."""

    role: str
    region: str
    office: UUID | None = None
    grid: UUID | None = None


@dataclass(frozen=True, slots=True)
class Invited:
    """What an invitation made. ``code`` is empty for a person who signs in here already."""

    person: UUID
    membership: UUID
    invitation: UUID | None
    code: str


async def invite_person(
    scope: Scope, *, name: str, phone: str, post: Post, id_number: str = "", now: datetime
) -> Invited:
    """Register a person of this county with a post and make the code they sign in with.

    The answer is the same whether or not the phone has an account in another county. Raises ``Invalid`` for
    what
    does not fit, ``Forbidden`` for a post this one may not hand out.
    """
    scope.require("core:person:invite")
    digits, number = _numbers(phone, id_number)
    known = await fetch_one(scope, _KNOWN, scope.county, phone_index_of(digits))
    if known is not None and known["name"] != name:
        raise Invalid(fields={"phone": NAMED_OTHERWISE})
    if known is not None and not known["has_account"]:
        await _check_rank(scope, known["id"])
    await _check_post(scope, post, person=known["id"] if known else None)
    person: UUID = known["id"] if known else await _add_person(scope, name, digits, number, post.region, now)
    membership = await _add_post(scope, person=person, name=name, post=post, now=now)
    if known is not None and known["has_account"]:
        return Invited(person, membership, None, "")
    invitation = await _make_code(scope, person=person, region=post.region, purpose=Purpose.INVITE, now=now)
    return Invited(person, membership, invitation, code_of(invitation))


def _numbers(phone: str, id_number: str) -> tuple[str, str]:
    """Give both numbers as they are kept. Raises ``Invalid`` with all that is wrong at once."""
    digits, number = plain_phone(phone), plain_id_number(id_number) if id_number else ""
    wrong = {} if digits else {"phone": BAD_PHONE}
    if id_number and not number:
        wrong["id_number"] = BAD_ID_NUMBER
    if wrong:
        raise Invalid(fields=wrong)
    return digits or "", number or ""


async def _add_person(
    scope: Scope, name: str, phone: str, id_number: str, region: str, now: datetime
) -> UUID:
    made = new_id()
    try:
        await execute(
            scope,
            _ADD_PERSON,
            scope.county,
            made,
            region,
            name,
            encrypt(phone, purpose=PHONE, owner=scope.county),
            phone_index_of(phone),
            phone[-4:],
            encrypt(id_number, purpose=ID_NUMBER, owner=scope.county) if id_number else None,
            index_of(id_number, purpose=ID_NUMBER) if id_number else None,
            now,
        )
    except asyncpg.UniqueViolationError:
        raise Invalid(fields={"phone": PHONE_ELSEWHERE}) from None
    await audit(scope, "person.added", kind="person", subject=made, region=region, now=now)
    return made


async def _check_post(scope: Scope, post: Post, *, person: UUID | None) -> Role:
    """Check that the post exists, fits together and may be handed out by whoever acts."""
    role = (await roles_here(scope)).get(post.role)
    if role is None:
        raise Invalid(fields={"role": mark("请从列表里选择。")})
    if refusal := refusal_to_grant(scope, role, region=post.region, person=person):
        if refusal in {TOO_MUCH, NOT_YOURSELF}:
            raise Forbidden("core:membership:edit", refusal)
        raise Invalid(fields={"region": refusal})
    if not await fetch_value(scope, _PLACE_EXISTS, post.region):
        raise Invalid(fields={"region": mark("没有这个地方，或者它已撤销。")})
    if post.office is not None and not await fetch_value(scope, _OFFICE_FITS, post.office, post.region):
        raise Invalid(fields={"office": mark("这个科室站所不属于所选的地方。")})
    if post.grid is not None and not await fetch_value(scope, _GRID_FITS, post.grid, post.region):
        raise Invalid(fields={"grid": mark("这个网格不属于所选的村。")})
    return role


async def _add_post(scope: Scope, *, person: UUID, name: str, post: Post, now: datetime) -> UUID:
    same = (scope.county, person, post.role, post.region, post.office, post.grid)
    if await fetch_value(scope, _SAME_POST, *same):
        raise Conflict(HELD_ALREADY)
    made = new_id()
    await execute(
        scope,
        _ADD_POST,
        scope.county,
        made,
        post.region,
        person,
        name,
        post.role,
        post.office,
        post.grid,
        now,
        scope.membership,
        scope.by_name,
    )
    told = {"role": post.role, "person": str(person)}
    await audit(
        scope, "membership.granted", kind="membership", subject=made, region=post.region, data=told, now=now
    )
    return made


async def grant_membership(scope: Scope, *, person: UUID, post: Post, now: datetime) -> UUID:
    """Appoint a person of this county to one more post, from now on."""
    scope.require("core:membership:edit")
    facts = await person_for(scope, person=person)
    await _check_post(scope, post, person=person)
    return await _add_post(scope, person=person, name=facts.name, post=post, now=now)


async def end_membership(scope: Scope, *, membership: UUID, reason: str, now: datetime) -> None:
    """End a post and every session that uses it, at once.

    Whoever may not hand out a post may not end it either. A county keeps one administrator: ``Conflict``.
    """
    scope.require("core:membership:edit")
    post = await post_for(scope, membership=membership)
    role = (await roles_here(scope)).get(post.role)
    if not scope.system and post.person_id == scope.person:
        raise Forbidden("core:membership:edit", NOT_YOURSELF)
    if role is not None and not scope.system and not may_hand_out(scope, role.permissions):
        raise Forbidden("core:membership:edit", TOO_MUCH)
    if post.role == ADMINISTRATOR:
        await _keep_an_administrator(scope, county=post.county, now=now)
    ended = await fetch_one(scope, _END_POST, membership, now, scope.by_name, reason)
    if ended is None:
        raise Conflict(ENDED_ALREADY)
    await fetch_value(scope, _END_SESSIONS, post.county, membership)
    await audit(
        scope,
        "membership.ended",
        kind="membership",
        subject=membership,
        county=post.county,
        region=post.region,
        data={"reason": reason, "role": post.role},
        now=now,
    )
    told = {"membership": str(membership), "person": str(post.person_id)}
    await announce(scope, "membership.ended", told, now=now, county=post.county, region=post.region)


async def _keep_an_administrator(scope: Scope, *, county: str, now: datetime) -> None:
    """Raise ``Conflict`` unless another administrator stays.

    Their rows stay locked until the end is written.
    """
    rows = await fetch(scope, _OTHER_ADMINISTRATORS, county, ADMINISTRATOR, now)
    if len(rows) <= 1:
        raise Conflict(LAST_ADMINISTRATOR)


async def withdraw_invitation(scope: Scope, *, invitation: UUID, now: datetime) -> None:
    """Take a code back before it is used. Refused for holders of posts that this one could not hand out."""
    scope.require("core:person:invite")
    found = await fetch_one(scope, _INVITATION, invitation)
    if found is None:
        raise NotFound
    await _check_rank(scope, found["person_id"], right="core:person:invite")
    row = await fetch_one(scope, _WITHDRAW, invitation, now)
    if row is None:
        raise Conflict(USED_ALREADY)
    await audit(
        scope, "invitation.withdrawn", kind="person", subject=row["person_id"], county=row["county"],
        region=row["region"], data={"purpose": row["purpose"]}, now=now,
    )  # fmt: skip


async def invite_again(scope: Scope, *, person: UUID, now: datetime) -> str:
    """Make a new code for a person who has not signed in yet; the old one dies. Gives the code."""
    scope.require("core:person:invite")
    facts = await person_for(scope, person=person)
    if facts.has_account:
        raise Conflict(mark("这个人已经能登录。忘记密码请用“重置密码”。"))
    await _check_rank(scope, person)
    made = await _make_code(scope, person=person, region=facts.region, purpose=Purpose.INVITE, now=now)
    return code_of(made)


async def start_reset(scope: Scope, *, person: UUID, purpose: Purpose, reason: str, now: datetime) -> str:
    """Make a code with which the owner of an account chooses a new password or enrols a new authenticator.

    Refused for oneself, for holders of posts this one could not hand out, and for accounts with posts outside
    the scope: whoever redeemed that code would gain their rights.
    """
    scope.require("core:account:reset")
    facts = await person_for(scope, person=person)
    if person == scope.person:
        raise Forbidden("core:account:reset", NOT_YOURSELF)
    behind = await account_behind(scope, county=facts.county, person=person)
    if behind is None:
        raise Conflict(NO_ACCOUNT)
    if behind["beyond"]:
        raise Conflict(BEYOND)
    if behind["elsewhere"]:
        raise Conflict(ELSEWHERE)
    await _check_rank(scope, person)
    made = await _make_code(scope, person=person, region=facts.region, purpose=purpose, now=now)
    told = {"purpose": purpose.value, "reason": reason}
    await audit(
        scope, "account.reset_started", kind="person", subject=person, region=facts.region, data=told, now=now
    )
    return code_of(made)


async def _check_rank(scope: Scope, person: UUID, *, right: str = "core:account:reset") -> None:
    """Refuse codes for holders of posts that this one could not hand out."""
    if not await outranks(scope, posts=await posts_of(scope, person=person)):
        raise Forbidden(right, TOO_MUCH)


async def outranks(scope: Scope, *, posts: Sequence[PostFacts]) -> bool:
    """Tell whether this post could hand out all of these that are held: only then may it see their holder's code."""
    if scope.system:
        return True
    roles = await roles_here(scope)
    held = [roles[post.role] for post in posts if post.valid_to is None and post.role in roles]
    return all(may_hand_out(scope, role.permissions) for role in held)


async def _make_code(scope: Scope, *, person: UUID, region: str, purpose: Purpose, now: datetime) -> UUID:
    """Write a one-time code; earlier ones of the same purpose die."""
    await execute(scope, _WITHDRAW_OLD, scope.county, person, purpose.value, now)
    made = new_id()
    await execute(
        scope,
        _ADD_INVITATION,
        scope.county,
        made,
        region,
        person,
        purpose.value,
        hash_of_code(code_of(made)),
        now,
        now + LIVES[purpose],
        scope.by_name,
        scope.membership,
    )
    return made


async def unmask(scope: Scope, *, person: UUID, field: str, reason: str, now: datetime) -> str:
    """Read a person's full number. The deed and its reason stand in the audit trail before it is shown."""
    scope.require("core:person:unmask")
    if field not in {PHONE, ID_NUMBER}:
        raise NotFound
    row = await fetch_one(scope, _NUMBER, person)
    if row is None:
        raise NotFound
    if row[field] is None:
        raise Conflict(NO_NUMBER)
    await audit(
        scope, "person.unmasked", kind="person", subject=person, county=row["county"], region=row["region"],
        data={"field": field, "reason": reason}, now=now,
    )  # fmt: skip
    return decrypt(row[field], purpose=field, owner=row["county"])

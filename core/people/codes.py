"""One-time codes (邀请码、重置码): made by an administrator, redeemed by the owner of the phone they are for.

A county's codes belong to a person of that county and go with the person's phone; the platform's (``resets``) belong to an
account and go with its phone or user name.

A code is derived from its invitation's id and our key, so that whoever may invite can show it again without
it
being stored; the database knows only its index. Nobody ever chooses a password for somebody else.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import asyncpg

from core.kernel.database import platform_fetch_one
from core.kernel.errors import Conflict, Invalid, mark
from core.kernel.ids import new_id
from core.kernel.secrets import derived_key, index_of, plain_phone
from core.kernel.settings import get_settings
from core.people.accounts import phone_index_of, refuse_after, refuse_known
from core.people.enums import Purpose
from core.people.passwords import hash_password
from core.people.profiles import check_password, profile_named
from core.people.sessions import Session, counter_key, start_session

# Without 0 1 I L O U: nothing to mistake when a code is read out over the telephone.
_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH: Final = 10
_HALF: Final = 5
LIVES: Final = {
    Purpose.INVITE: timedelta(days=30),
    Purpose.PASSWORD: timedelta(hours=24),
    Purpose.FACTOR: timedelta(hours=24),
}

NO_SUCH_CODE: Final = mark("手机号（或用户名）和一次性码对不上，或者码已用过、已过期。请核对，或请管理员重新发放。")
SIGN_IN_FIRST: Final = mark("这个手机号已有账号，请先登录，再接受邀请。")


def code_of(invitation: UUID) -> str:
    """Give the code of an invitation, as it is shown: ``K7MPQ-2XR9D``. About 49 bits."""
    number = int.from_bytes(hmac.new(derived_key("invitation"), invitation.bytes, hashlib.sha256).digest())
    letters = []
    for _ in range(_LENGTH):
        number, at = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[at])
    return "".join(letters[:_HALF]) + "-" + "".join(letters[_HALF:])


def hash_of_code(code: str) -> bytes:
    """Give what the database compares; blanks, hyphens and case do not matter."""
    return index_of("".join(c for c in code.upper() if c.isalnum()), purpose="code")


@dataclass(frozen=True, slots=True)
class Found:
    """A code that fits its phone.

    ``has_account`` says that its owner signs in instead of choosing a password. ``hashes`` are there for a platform's code
    alone, whose county is empty: the account's passwords, none of which may come back.
    """

    purpose: Purpose
    county: str
    person_name: str
    has_account: bool
    hashes: tuple[str, ...] = ()


async def find_code(phone: str, code: str, *, address: str) -> Found:
    """Look at a code before it is redeemed.

    Raises ``Invalid`` for anything that does not fit, always the same.
    """
    name, index = _key_of(phone)
    row = await platform_fetch_one(
        "SELECT * FROM find_invitation($1, $2, $3)", hash_of_code(code), index, counter_key("redeem", address)
    )
    if row is not None:
        refuse_after(row["wait"])
        return Found(Purpose(row["purpose"]), row["county"], row["person_name"], row["has_account"])
    row = await platform_fetch_one("SELECT * FROM find_account_reset($1, $2, $3)", hash_of_code(code), name, index)
    if row is None:
        raise Invalid(NO_SUCH_CODE)
    return Found(Purpose(row["purpose"]), "", row["person_name"], has_account=True, hashes=tuple(row["hashes"]))


def login_of(text: str) -> str:
    """Give a phone's digits, or a user name as it is kept: what a new password must not hold."""
    return plain_phone(text) or text.strip().lower()


def _key_of(login: str) -> tuple[str | None, bytes]:
    """Give the user name and the phone's index that a code is compared with; what is no phone matches none."""
    digits = plain_phone(login)
    name = login.strip().lower()
    if not (digits or name):
        raise Invalid(NO_SUCH_CODE)
    return (None, phone_index_of(digits)) if digits else (name, b"")


def _index(login: str) -> bytes:
    return _key_of(login)[1]


async def redeem(
    phone: str, code: str, *, password: str, address: str, client: str = "", old_token: str = ""
) -> str:
    """Choose the password that a code is good for, and give the token of a new session.

    An invitation makes the account of a new phone; a reset replaces the password and ends all sessions.
    """
    found = await find_code(phone, code, address=address)
    profile = profile_named(get_settings().password_profile)
    check_password(profile, password, known=[login_of(phone)])
    if found.purpose is Purpose.PASSWORD and not found.county:
        account = await _reset_by_platform(phone, code, password, found.hashes, kept=profile.history)
    elif found.purpose is Purpose.PASSWORD:
        account = await _reset(phone, code, password, kept=profile.history)
    elif found.purpose is Purpose.INVITE and not found.has_account:
        account = await _begin(phone, code, password)
    else:
        raise Conflict(SIGN_IN_FIRST)
    token = await start_session(account, old_token=old_token, client=client)
    if token is None:
        raise Invalid(NO_SUCH_CODE)
    return token


async def _begin(phone: str, code: str, password: str) -> UUID:
    try:
        row = await platform_fetch_one(
            "SELECT redeem_invitation($1, $2, $3, $4) AS account",
            hash_of_code(code),
            _index(phone),
            new_id(),
            await hash_password(password),
        )
    except asyncpg.UniqueViolationError:
        raise Conflict(SIGN_IN_FIRST) from None
    return _account(row["account"] if row else None)


async def _reset(phone: str, code: str, password: str, *, kept: int) -> UUID:
    known = await platform_fetch_one(
        "SELECT my_reset_history($1, $2) AS hashes", hash_of_code(code), _index(phone)
    )
    await refuse_known(password, (known["hashes"] if known else None) or [], kept=kept)
    row = await platform_fetch_one(
        "SELECT redeem_reset($1, $2, $3, $4) AS account",
        hash_of_code(code),
        _index(phone),
        await hash_password(password),
        kept,
    )
    return _account(row["account"] if row else None)


async def _reset_by_platform(login: str, code: str, password: str, hashes: tuple[str, ...], *, kept: int) -> UUID:
    await refuse_known(password, list(hashes), kept=kept)
    row = await platform_fetch_one(
        "SELECT redeem_account_reset($1, $2, $3, $4, $5) AS account",
        hash_of_code(code),
        *_key_of(login),
        await hash_password(password),
        kept,
    )
    return _account(row["account"] if row else None)


def _account(found: UUID | None) -> UUID:
    if found is None:
        raise Invalid(NO_SUCH_CODE)
    return found


async def accept(session: Session, code: str) -> None:
    """Accept an invitation with the account that is signed in; it must be for this account's own phone."""
    await _use(session, code, "accept_invitation")


async def reset_factor(session: Session, code: str) -> None:
    """Give up a lost authenticator with a county's or the platform's code; the next step enrols a new one."""
    await _use(session, code, "redeem_factor_reset", "redeem_account_factor_reset")


async def _use(session: Session, code: str, *functions: str) -> None:
    """Try a code, counted once, with one function of the database after the other until one takes it."""
    counted = await platform_fetch_one(
        "SELECT count_use($1, 600, 20) AS wait", counter_key("code", str(session.account))
    )
    refuse_after(counted["wait"] if counted else 0)
    for name in functions:
        row = await platform_fetch_one(f"SELECT {name}($1, $2) AS done", hash_of_code(code), session.token_hash)
        if row is not None and row["done"]:
            return
    raise Invalid(fields={"code": NO_SUCH_CODE})

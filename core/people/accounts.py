"""Accounts: one login of one human being. Signing in, the second factor, passwords; codes stand in ``codes``.

What a stranger is told never depends on whether a login exists, is locked or has the wrong password, and the
same work is done for each.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import pyotp

from core.kernel.database import Connection, Row, platform_fetch, platform_fetch_one
from core.kernel.errors import Invalid, TooMany, mark
from core.kernel.ids import new_id, new_token
from core.kernel.secrets import decrypt, encrypt, index_of, plain_phone
from core.kernel.settings import get_settings
from core.people.passwords import hash_password, is_outdated, is_right
from core.people.profiles import check_password, profile_named
from core.people.sessions import Session, counter_key, hash_of, start_session

LOGIN_TRIES: Final = 20
CLIENT_TRIES: Final = 600
FACTOR_TRIES: Final = 8
STEP_SECONDS: Final = 30
ISSUER: Final = "乡治"
_SECRET: Final = "totp"  # noqa: S105 (the name of a purpose)
_PHONE: Final = "phone"

REFUSED: Final = mark("登录没有成功。请检查手机号（或用户名）和密码；连续输错会暂停登录一段时间。")
WAIT: Final = mark("尝试次数太多，请在 %(minutes)s 分钟后再试。")
WRONG_CODE: Final = mark("验证码不对或已用过。请等验证器显示下一个验证码再输入。")
WRONG_PASSWORD: Final = mark("原密码不对。")
USED_BEFORE: Final = mark("不能使用最近用过的密码。")


def phone_index_of(phone: str) -> bytes:
    return index_of(phone, purpose=_PHONE)


def refuse_after(seconds: int) -> None:
    """Raise ``TooMany`` when a counter asks for a wait."""
    if seconds > 0:
        raise TooMany(WAIT, minutes=-(-seconds // 60), seconds=seconds)


async def sign_in(login: str, password: str, *, address: str, client: str = "", old_token: str = "") -> str:
    """Give the token of a new session. Raises ``Invalid`` whatever is wrong, ``TooMany`` to wait."""
    phone = plain_phone(login)
    name = "" if phone else login.strip().lower()
    login_key = counter_key("login", phone or name)
    found = await platform_fetch_one(
        "SELECT * FROM begin_signin($1, $2, $3, $4, $5, $6)",
        name or None,
        phone_index_of(phone) if phone else None,
        login_key,
        counter_key("client", address),
        LOGIN_TRIES,
        CLIENT_TRIES,
    )
    refuse_after(found["wait"] if found else 0)
    stored: str | None = found["password_hash"] if found else None
    right = await is_right(stored, password)
    if found is None or stored is None or found["locked"] or not right:
        if found is not None and not right:
            profile = profile_named(get_settings().password_profile)
            await platform_fetch(
                "SELECT fail_signin($1, $2, $3)", found["account_id"], profile.tries, profile.lock_seconds
            )
        raise Invalid(REFUSED)
    rehash = await hash_password(password) if is_outdated(stored) else None
    account: UUID = found["account_id"]
    token = await start_session(
        account, old_token=old_token, client=client, login_key=login_key, rehash=rehash
    )
    if token is None:
        raise Invalid(REFUSED)
    return token


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a new authenticator must be told: ``secret`` in base 32, ``address`` for the QR code."""

    secret: str
    address: str


async def begin_enrolment(session: Session, *, label: str) -> Enrolment:
    """Give the secret to enrol with, the same one until it is confirmed. Raises ``Invalid`` once it is."""
    row = await platform_fetch_one("SELECT * FROM begin_factor($1, 0)", session.token_hash)
    if row is None or row["confirmed"]:
        raise Invalid(mark("已经绑定过验证器。如需更换，请联系管理员重置。"))
    if row["totp_secret"] is None:
        sealed = encrypt(pyotp.random_base32(), purpose=_SECRET, owner=str(row["account_id"]))
        await platform_fetch("SELECT offer_factor($1, $2)", session.token_hash, sealed)
        row = await platform_fetch_one("SELECT * FROM begin_factor($1, 0)", session.token_hash)
    secret = decrypt(row["totp_secret"], purpose=_SECRET, owner=str(row["account_id"])) if row else ""
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=label, issuer_name=ISSUER))


async def show_factor(session: Session, code: str, *, now: datetime) -> str:
    """Check a code of the authenticator and give the session's new token.

    A code is good once: its step, and every earlier one, is used up with it. The neighbouring steps count
    too,
    for clocks that are half a minute off. Raises ``Invalid`` or ``TooMany``.
    """
    row = await platform_fetch_one("SELECT * FROM begin_factor($1, $2)", session.token_hash, FACTOR_TRIES)
    if row is None:
        raise Invalid(WRONG_CODE)
    refuse_after(row["wait"])
    step = _step_of(row, code, now) if row["totp_secret"] is not None else None
    token = new_token()
    if step is not None:
        done = await platform_fetch_one(
            "SELECT finish_factor($1, $2, $3, $4) AS done", session.token_hash, step, hash_of(token), new_id()
        )
        if done and done["done"]:
            return token
    raise Invalid(fields={"code": WRONG_CODE})


def _step_of(row: Row, code: str, now: datetime) -> int | None:
    """Find the time step a code belongs to, the latest first; None if it fits none of the three."""
    totp = pyotp.TOTP(decrypt(row["totp_secret"], purpose=_SECRET, owner=str(row["account_id"])))
    this = int(now.timestamp()) // STEP_SECONDS
    given = "".join(code.split())
    fitting = [
        step
        for step in (this + 1, this, this - 1)
        if pyotp.utils.strings_equal(totp.generate_otp(step), given)
    ]
    return fitting[0] if fitting else None


async def change_password(session: Session, *, old: str, new: str) -> str:
    """Change one's own password: the other sessions end, this one gets a new token, which is given back."""
    row = await platform_fetch_one("SELECT * FROM my_password($1)", session.token_hash)
    refuse_after(row["wait"] if row else 0)
    if row is None or not await is_right(row["password_hash"], old):
        raise Invalid(fields={"old": WRONG_PASSWORD})
    profile = profile_named(get_settings().password_profile)
    check_password(profile, new)
    await refuse_known(new, [row["password_hash"], *row["history"]], kept=profile.history)
    token = new_token()
    await platform_fetch(
        "SELECT set_my_password($1, $2, $3, $4, $5)",
        session.token_hash,
        await hash_password(new),
        profile.history,
        hash_of(token),
        new_id(),
    )
    return token


async def refuse_known(password: str, hashes: list[str], *, kept: int) -> None:
    """Refuse one of the last ``kept`` passwords; the present one is always refused."""
    for stored in hashes[: max(1, kept)]:
        if await is_right(stored, password):
            raise Invalid(fields={"password": USED_BEFORE})


_INSERT_ACCOUNT: Final = """
INSERT INTO account (id, login, phone_index, password_hash, totp_secret, totp_confirmed_at, operator, operator_name,
                     password_changed_at, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
"""


async def create_account(
    connection: Connection,
    *,
    password: str,
    now: datetime,
    login: str | None = None,
    phone: str = "",
    operator_name: str = "",
    totp_secret: str = "",
) -> UUID:
    """Make an account over the migrator's connection, for commands and demo data alone; give its id.

    The application's own role cannot do this. With ``operator_name`` it is a platform operator's; with
    ``totp_secret`` (base 32) the second factor counts as enrolled. An existing login raises.
    """
    made = new_id()
    async with connection.transaction():
        await connection.execute("SET LOCAL ROLE xiangzhi_signin")
        await connection.execute(
            _INSERT_ACCOUNT,
            made,
            login.strip().lower() if login else None,
            phone_index_of(phone) if phone else None,
            await hash_password(password),
            encrypt(totp_secret, purpose=_SECRET, owner=str(made)) if totp_secret else None,
            now if totp_secret else None,
            bool(operator_name),
            operator_name,
            now,
        )
    return made

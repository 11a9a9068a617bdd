"""Proving a phone that is left on the public page: a code goes to it, and counts once. Numbers and codes are stored as hashes.

Sending takes seconds and another's machine, so it stands between two transactions: ``begin_code`` notes the code, the caller
sends it, ``drop_code`` takes it back where that failed. A wrong code is counted in a transaction of its own
(``try_code``), for the one that is refused is undone.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from core.kernel.database import execute, fetch_one, fetch_value
from core.kernel.errors import Conflict, Invalid, TooMany, mark
from core.kernel.ids import new_id
from core.kernel.outbox import announce
from core.kernel.scope import Scope
from core.kernel.secrets import index_of, plain_phone
from core.kernel.texting import Message
from core.petitions.rules import CLOSED, PHONE, PetitionSettings
from core.petitions.workflows import RAISE
from core.tenancy.settings import settings_of

LIVES: Final = timedelta(minutes=10)
WAIT: Final = timedelta(seconds=60)
MOST_TRIES: Final = 5
_DIGITS: Final = 6
_TEXT: Final = "验证码 {code}，{minutes} 分钟内有效，用于核实您在公开页上反映时留的手机号。不是您本人操作的，请不要理会。"
_WRONG: Final = mark("验证码不对或已过期，请核对短信，或重新获取验证码。")
# One row a phone and place. Of two that are asked for at once, or within a minute, the second finds no row it may change.
_PUT: Final = """
INSERT INTO petition_code AS c (county, id, region, phone_index, code_hash, sent_at, expires_at)
SELECT $3, $4, $1, $5, $6, $7, $8 WHERE $1 < $2
ON CONFLICT (county, region, phone_index) DO UPDATE SET id = excluded.id, code_hash = excluded.code_hash, sent_at = excluded.sent_at,
   expires_at = excluded.expires_at, tries = 0, used_at = NULL WHERE c.sent_at <= $9 RETURNING c.id
"""
_DROP: Final = "DELETE FROM petition_code WHERE region >= $1 AND region < $2 AND county = $3 AND id = $4"
# Only the newest code of a phone counts.
_NEWEST: Final = """(
  SELECT n.id FROM petition_code n WHERE n.region >= $1 AND n.region < $2 AND n.county = $3 AND n.phone_index = $4
  ORDER BY n.sent_at DESC, n.id DESC LIMIT 1)"""
_TRY: Final = f"""
UPDATE petition_code c SET tries = c.tries + 1 WHERE c.region >= $1 AND c.region < $2 AND c.county = $3 AND c.id = {_NEWEST}
  AND c.used_at IS NULL AND c.expires_at > $6 AND c.tries < $7 RETURNING c.code_hash = $5 AS fits
"""  # noqa: S608 - constants
_USE: Final = f"""
UPDATE petition_code c SET used_at = $6 WHERE c.region >= $1 AND c.region < $2 AND c.county = $3 AND c.id = {_NEWEST}
  AND c.code_hash = $5 AND c.tries > 0 AND c.used_at IS NULL AND c.expires_at > $6 RETURNING c.id
"""  # noqa: S608 - constants
USED_UP: Final = "petition.codes_used_up"
PURGE_CODES: Final = "DELETE FROM petition_code WHERE region >= $1 AND region < $2 AND county = $3 AND expires_at < $4"


@dataclass(frozen=True, slots=True)
class Code:
    """A code that is to be sent; it is nowhere else."""

    id: UUID
    phone: str = field(repr=False)
    code: str = field(repr=False)

    @property
    def message(self) -> Message:
        """What goes to the phone."""
        minutes = str(int(LIVES.total_seconds()) // 60)
        text = _TEXT.format(code=self.code, minutes=minutes)
        return Message(self.phone, text, "petition_code", str(self.id), {"code": self.code, "minutes": minutes})


def phone_key(phone: str) -> str:
    """Give the name under which messages to a phone are counted, in all counties together."""
    return index_of(phone, purpose="petition_code_key").hex()[:32]


def _hash(phone: str, code: str) -> bytes:
    digits = "".join(each for each in code if each.isascii() and each.isdigit())
    return index_of(f"{phone}\n{digits}", purpose="petition_code")


async def begin_code(scope: Scope, *, phone: str, now: datetime) -> Code:
    """Note a code for a phone. Raises ``Invalid`` for what is no phone, ``TooMany`` within a minute of the last one."""
    scope.require(RAISE)
    rule = await settings_of(scope, PetitionSettings, at=now)
    if not rule.proves_phones:
        raise Conflict(mark("这里提交反映不用验证码。"))
    if not rule.open:
        raise Conflict(CLOSED)
    plain = plain_phone(phone)
    if not plain:
        raise Invalid(fields={"phone": mark("请填写 11 位手机号。")})
    index = index_of(plain, purpose=PHONE)
    made = Code(new_id(), plain, "".join(secrets.choice("0123456789") for _ in range(_DIGITS)))
    put = (scope.county, made.id, index, _hash(plain, made.code), now, now + LIVES, now - WAIT)
    if await fetch_value(scope, _PUT, *put) is None:
        raise TooMany(mark("刚发过验证码，请过 1 分钟再试。"))
    return made


async def tell_used_up(scope: Scope, *, now: datetime) -> None:
    """Have the county's administrators told that the day's codes are used up."""
    scope.require(RAISE)
    await announce(scope, USED_UP, {}, now=now)


async def drop_code(scope: Scope, *, code: UUID) -> None:
    """Take back a code that could not be sent, so that another may be asked for at once."""
    scope.require(RAISE)
    await execute(scope, _DROP, scope.county, code)


async def try_code(scope: Scope, *, phone: str, code: str, now: datetime) -> bool:
    """Count one try of a phone's code and tell whether it fits. The caller commits: a try that was undone would not count.

    ``use_code`` spends it afterwards, in the transaction that raises the matter.
    """
    scope.require(RAISE)
    index = index_of(plain_phone(phone), purpose=PHONE)
    row = await fetch_one(scope, _TRY, scope.county, index, _hash(plain_phone(phone), code), now, MOST_TRIES)
    return bool(row and row["fits"])


async def use_code(scope: Scope, *, phone: str, code: str, now: datetime) -> None:
    """Spend a phone's code that was tried. Raises ``Invalid`` where it is wrong, old, spent, or never was tried."""
    index = index_of(phone, purpose=PHONE)
    if not code.strip() or await fetch_one(scope, _USE, scope.county, index, _hash(phone, code), now) is None:
        raise wrong_code(code)


def wrong_code(code: str) -> Invalid:
    """Give what is said of a code that does not fit, or is missing."""
    return Invalid(fields={"code": _WRONG if code.strip() else mark("请填写短信里的验证码。")})

"""One's own user name (用户名), beside the phone number: chosen and changed by the owner alone.

The rules: three to thirty of a–z, 0–9, dot, hyphen and underscore, a letter first, so that no name can be taken for a phone
number. Names that sound like an office of the system are nobody's. A name that is taken and one that is kept back are
refused with the same words, and each attempt costs the password and counts with those of changing it.
"""

import re
from dataclasses import dataclass
from typing import Final

from core.kernel.database import platform_fetch_one
from core.kernel.errors import Invalid, mark
from core.kernel.ids import new_id, new_token
from core.people.accounts import WRONG_PASSWORD, refuse_after
from core.people.passwords import is_right
from core.people.sessions import Session, hash_of

LONGEST: Final = 30
_NAME: Final = re.compile(r"[a-z][a-z0-9._-]{2,29}")
_KEPT_BACK: Final = frozenset({"admin", "administrator", "operator", "platform", "root", "superuser", "support", "system", "xiangzhi"})

HINT: Final = mark("3 到 30 个字符：小写字母、数字、点、连字符、下划线，以字母开头。")
UNUSABLE: Final = mark("这个用户名不能使用，请换一个。")
NEEDED: Final = mark("这个账号没有手机号，必须有用户名。")


@dataclass(frozen=True, slots=True)
class OwnLogin:
    """What one may sign in with. ``name`` is empty where only the phone number does."""

    name: str
    has_phone: bool


async def own_login(session: Session) -> OwnLogin:
    row = await platform_fetch_one("SELECT * FROM my_login($1)", session.token_hash)
    return OwnLogin((row["login"] or "") if row else "", bool(row and row["has_phone"]))


def plain_login(text: str) -> str:
    """Give a user name as it is kept. Raises ``Invalid`` for the field ``login``; the empty text stays empty."""
    name = text.strip().lower()
    if name and not _NAME.fullmatch(name):
        raise Invalid(fields={"login": HINT})
    if name in _KEPT_BACK:
        raise Invalid(fields={"login": UNUSABLE})
    return name


async def change_login(session: Session, *, login: str, password: str) -> str:
    """Choose another user name, or none beside a phone number: the other sessions end, this one gets the token given back.

    Raises ``Invalid`` for what is wrong, ``TooMany`` to wait.
    """
    name = plain_login(login)
    if not name and not (await own_login(session)).has_phone:
        raise Invalid(fields={"login": NEEDED})
    row = await platform_fetch_one("SELECT * FROM my_password($1)", session.token_hash)
    refuse_after(row["wait"] if row else 0)
    if row is None or not await is_right(row["password_hash"], password):
        raise Invalid(fields={"password": WRONG_PASSWORD})
    token = new_token()
    done = await platform_fetch_one(
        "SELECT set_my_login($1, $2, $3, $4) AS done", session.token_hash, name or None, hash_of(token), new_id()
    )
    if not (done and done["done"]):
        raise Invalid(fields={"login": UNUSABLE})
    return token

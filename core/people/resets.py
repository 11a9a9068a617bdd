"""Resets that the platform's operator starts: for accounts that serve in several counties, and for a county's last administrator.

The operator finds an account by its exact login, never by leafing; each look and each deed stands in the platform's trail,
and the deeds also in the trail of every county where the account is known. The code is the owner's to redeem, as those of
counties are; the database checks the operator's own session.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.kernel.database import platform_fetch, platform_fetch_one
from core.kernel.errors import Conflict, Forbidden, NotFound, mark
from core.kernel.ids import new_id
from core.kernel.secrets import plain_phone
from core.people.accounts import phone_index_of
from core.people.codes import LIVES, code_of, hash_of_code
from core.people.enums import Purpose
from core.people.sessions import Session, role_title_of

LATEST: Final = 50
OWN_ACCOUNT: Final = mark("不能重置自己的账号，请由另一位平台运维员办理。")
GONE: Final = mark("这个账号刚刚已停用，请重新查找。")
USED: Final = mark("这个码刚刚已被使用或撤回，请刷新后再看。")


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """One account as the operator sees it before a reset. ``posts`` are held now: county, place, role_title (a source text)."""

    id: UUID
    names: Sequence[str]
    operator: bool
    has_factor: bool
    locked: bool
    mine: bool
    seen_at: datetime | None
    posts: Sequence[Mapping[str, str]]


async def account_named(session: Session, login: str) -> AccountFacts | None:
    """Find an account by its exact phone number or user name; None for nobody. The look is written down either way."""
    if not session.operator:
        raise NotFound
    phone = plain_phone(login)
    name = "" if phone else login.strip().lower()
    row = await platform_fetch_one(
        "SELECT * FROM find_account($1, $2, $3, $4)",
        session.token_hash, new_id(), name or None, phone_index_of(phone) if phone else None,
    )  # fmt: skip
    if row is None:
        return None
    operator = row["operator_name"]
    return AccountFacts(
        id=row["id"], names=[operator] if operator else row["names"] or [], operator=bool(operator),
        has_factor=row["has_factor"], locked=row["locked"], mine=row["mine"], seen_at=row["seen_at"],
        posts=[_post(post) for post in row["posts"] or ()],
    )  # fmt: skip


def _post(post: Mapping[str, Any]) -> Mapping[str, str]:
    return {"county": post["county"], "place": post["place"], "role_title": role_title_of(post["role"], post["title"])}


async def reset_account(session: Session, *, account: UUID, purpose: Purpose, reason: str) -> str:
    """Make the code with which an account's owner gets in again, and give it; an earlier one for the same dies.

    ``Forbidden`` for one's own account, ``Conflict`` for one that was closed meanwhile.
    """
    if not session.operator or purpose is Purpose.INVITE:
        raise NotFound
    if account == session.account:
        raise Forbidden("platform:account:reset", OWN_ACCOUNT)
    made = new_id()
    code = code_of(made)
    row = await platform_fetch_one(
        "SELECT start_account_reset($1, $2, $3, $4, $5, $6, $7) AS done",
        session.token_hash, account, made, purpose.value, hash_of_code(code),
        int(LIVES[purpose].total_seconds()), reason,
    )  # fmt: skip
    if not (row and row["done"]):
        raise Conflict(GONE)
    return code


async def withdraw_account_reset(session: Session, *, reset: UUID) -> None:
    """Take a code back before it is used."""
    row = await platform_fetch_one("SELECT withdraw_account_reset($1, $2) AS done", session.token_hash, reset)
    if not (row and row["done"]):
        raise Conflict(USED)


async def platform_lines(session: Session) -> list[Mapping[str, Any]]:
    """List the latest lines of the platform's trail: at, action, by_name, names of whose account it was."""
    return await platform_fetch("SELECT * FROM platform_lines($1, $2)", session.token_hash, LATEST)


async def account_resets(session: Session) -> list[Mapping[str, Any]]:
    """List the latest resets of all operators, the newest first."""
    return await platform_fetch("SELECT * FROM account_resets($1, $2)", session.token_hash, LATEST)

"""What the platform operator does: open counties, name their first administrators, allow plugins.

The database checks the operator's own session; no scope of the application could do these things.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import pyotp

from core.kernel.audit import audit
from core.kernel.database import Connection, fetch_one, platform_fetch, platform_fetch_one, transaction
from core.kernel.errors import Conflict, Invalid, NotFound, mark
from core.kernel.scope import Scope, is_code, system_scope
from core.people.accounts import create_account
from core.people.actions import Invited, Post, invite_person
from core.people.profiles import check_password, profile_named
from core.people.roles import ADMINISTRATOR
from core.people.sessions import Session

_COUNTIES: Final = """
SELECT c.county, c.code, c.name, c.opened_at, c.closed_at,
       coalesce((SELECT array_agg(a.plugin ORDER BY a.plugin) FROM plugin_allowance a WHERE a.county = c.county), '{}') AS plugins
  FROM county c ORDER BY c.county
"""
_FREE: Final = """
SELECT x.code, x.name, u.name AS above FROM region x LEFT JOIN region u ON u.code = x.parent
 WHERE x.level = 3 AND NOT x.pseudo AND x.closed IS NULL AND (x.code = $1 OR ($2 <> '' AND position($2 IN x.name) > 0))
   AND NOT EXISTS (SELECT 1 FROM county c WHERE x.code IN (c.county, c.code)) ORDER BY x.code LIMIT 30
"""
_ABOVE: Final = """
SELECT DISTINCT x.code, x.name FROM county c JOIN region x ON x.code IN (left(c.code, 2), left(c.code, 4))
 WHERE c.closed_at IS NULL AND x.closed IS NULL AND NOT x.pseudo ORDER BY x.code
"""
_REGION: Final = "SELECT x.code, x.name, x.level FROM region x WHERE x.code = $1 AND x.closed IS NULL"
VIEWERS: Final = {1: "province_viewer", 2: "city_viewer", 3: ADMINISTRATOR}
OPEN_ALREADY: Final = mark("这个县（市、区）已经开通。")
NO_COUNTY: Final = mark("没有这个县（市、区），请从搜索结果里选择。")


async def counties() -> list[Mapping[str, Any]]:
    """Give all counties with the plugins allowed to them."""
    return await platform_fetch(_COUNTIES)


async def county_named(county: str) -> Mapping[str, Any]:
    """Give one county. Raises ``NotFound``."""
    for row in await counties():
        if row["county"] == county:
            return row
    raise NotFound


async def counties_to_open(search: str) -> list[Mapping[str, Any]]:
    """Find counties that are not open yet, by code or a part of the name."""
    return await platform_fetch(_FREE, search, search) if search else []


async def places_above() -> list[Mapping[str, Any]]:
    """Give the provinces and cities that have an open county: whose viewers have something to see."""
    return await platform_fetch(_ABOVE)


async def open_county(session: Session, *, code: str, now: datetime) -> None:
    """Open a county under its code of today, which stays its key for ever."""
    region = await _region(code)
    if region is None or region["level"] != 3:  # noqa: PLR2004 (a county)
        raise Invalid(fields={"code": NO_COUNTY})
    row = await platform_fetch_one(
        "SELECT open_county($1, $2, $3, '') AS done", session.token_hash, code, region["name"]
    )
    if not (row and row["done"]):
        raise Conflict(OPEN_ALREADY)
    scope = system_scope(code, by_name=session.person_name)
    async with transaction(scope):
        await audit(
            scope, "county.opened", kind="county", subject=None, now=now, data={"name": region["name"]}
        )


async def allow_plugin(session: Session, *, county: str, plugin: str, allowed: bool, now: datetime) -> None:
    """Allow a county to use a plugin, or take that back: at once, whatever the county has switched on."""
    found = await county_named(county)
    await platform_fetch(
        "SELECT allow_plugin($1, $2, $3, $4, $5)",
        session.token_hash, county, plugin, session.person_name, allowed,
    )  # fmt: skip
    scope = system_scope(found["code"], county=county, by_name=session.person_name)
    async with transaction(scope):
        deed = "plugin.allowed" if allowed else "plugin.forbidden"
        await audit(scope, deed, kind="plugin", subject=None, now=now, data={"plugin": plugin})


async def _region(code: str) -> Mapping[str, Any] | None:
    if not is_code(code):
        return None
    row: Mapping[str, Any] | None = await platform_fetch_one(_REGION, code)
    return row


async def invite_first(session: Session, *, region: str, name: str, phone: str, now: datetime) -> Invited:
    """Invite a county's administrator, or a viewer of a province or city, as the operator."""
    found = await _region(region)
    if not session.operator or found is None or found["level"] not in VIEWERS:
        raise NotFound
    key = region
    if found["level"] == 3:  # noqa: PLR2004 (a county; its key is not its code once that has changed)
        key = next((row["county"] for row in await counties() if row["code"] == region), "")
        if not key:
            raise NotFound
    scope: Scope = system_scope(region, county=key, by_name=session.person_name)
    async with transaction(scope):
        post = Post(VIEWERS[found["level"]], region)
        return await invite_person(scope, name=name, phone=phone, post=post, now=now)


async def pending_first(county: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Tell how many administrators a county has, and how many of them can sign in."""
    scope = system_scope(county["code"], county=county["county"])
    async with transaction(scope):
        row: Mapping[str, Any] | None = await fetch_one(
            scope,
            "SELECT count(*) AS named, count(p.account_id) AS ready FROM membership m"
            " JOIN person p ON p.county = m.county AND p.id = m.person_id"
            " WHERE m.region >= $1 AND m.region < $2 AND m.role = $3 AND m.valid_to IS NULL",
            ADMINISTRATOR,
        )
        return row


async def create_operator(
    connection: Connection, *, login: str, name: str, password: str, profile: str, now: datetime
) -> None:
    """Make a platform operator over the migrator's connection: ``xiangzhi operator create``.

    The second factor is enrolled at the first sign-in. An existing login raises asyncpg's
    UniqueViolationError;
    a weak password raises ``Invalid``.
    """
    check_password(profile_named(profile), password, known=[login])
    await create_account(connection, login=login, password=password, operator_name=name, now=now)


def current_code(secret: str, now: datetime) -> str:
    """Give what an authenticator with this secret shows now; for the demo's own instructions."""
    return pyotp.TOTP(secret).at(now)

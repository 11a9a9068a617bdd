"""Roles that a county makes itself, from the vocabulary of permissions."""

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from core.contracts.permissions import Permission
from core.kernel.audit import audit
from core.kernel.database import execute, fetch_value
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound, mark
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.people.permissions import CORE
from core.people.queries import OwnRole, own_roles
from core.people.roles import ready_roles, registry
from core.people.rules import COUNTY_LEVEL, LEVEL_TITLES, TOO_MUCH, may_hand_out, needs_factor

EDIT: Final = "core:role:edit"
_ADD = """
INSERT INTO role (county, id, region, name, title, level, permissions, needs_factor, created_at)
SELECT $3, $4, $5, $6, $7, $8, $9, $10, $11 WHERE $5 >= $1 AND $5 < $2
"""
_CHANGE = """
UPDATE role SET title = $5, permissions = $6, needs_factor = $7
 WHERE region >= $1 AND region < $2 AND county = $3 AND id = $4 AND closed_at IS NULL
"""
_CLOSE = """
UPDATE role SET closed_at = $5 WHERE region >= $1 AND region < $2 AND county = $3 AND id = $4 AND closed_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM membership m WHERE m.region >= $1 AND m.region < $2 AND m.county = role.county
                      AND m.role = role.name AND (m.valid_to IS NULL OR m.valid_to > $5))
"""
_END_SESSIONS = "SELECT end_sessions_of_role($3, $4) WHERE $1 < $2"

TAKEN: Final = mark("已经有这个名称的角色，请换一个名称。")
NO_TITLE: Final = mark("请填写角色名称（不超过 20 个字）。")
NO_PERMISSION: Final = mark("请至少选择一项权限。")
STILL_HELD: Final = mark("还有人在用这个角色，请先结束他们的岗位。")
_LONGEST: Final = 20


def vocabulary(scope: Scope) -> list[Permission]:
    """Give the permissions a role of this county may carry: core's, and those of plugins that are there."""
    plugins = [each for each in registry().all(Permission) if each.plugin in scope.plugins]
    return sorted((*CORE, *plugins), key=lambda each: each.name)


async def make_role(
    scope: Scope, *, title: str, level: int, permissions: Collection[str], factor: bool, now: datetime
) -> UUID:
    """Make a role for posts at one level of the county."""
    _require(scope, permissions)
    if not COUNTY_LEVEL <= level <= max(LEVEL_TITLES):
        raise Invalid(fields={"level": mark("请从列表里选择。")})
    await _check(scope, title, permissions, but=None)
    made, name = new_id(), f"own_{secrets.token_hex(5)}"
    strict = factor or needs_factor(permissions)
    await execute(
        scope, _ADD, scope.county, made, scope.region, name, title, level, sorted(permissions), strict, now
    )
    told = {"title": title, "permissions": sorted(permissions)}
    await audit(scope, "role.made", kind="role", subject=made, data=told, now=now)
    return made


async def change_role(
    scope: Scope, *, role: UUID, title: str, permissions: Collection[str], factor: bool, now: datetime
) -> None:
    """Change a role. Sessions that use it end, so that nobody goes on with the old rights."""
    found = await role_for(scope, role=role)
    _require(scope, [*permissions, *found.permissions])
    await _check(scope, title, permissions, but=role)
    strict = factor or needs_factor(permissions)
    if not await execute(scope, _CHANGE, scope.county, role, title, sorted(permissions), strict):
        raise NotFound
    await fetch_value(scope, _END_SESSIONS, scope.county, found.name)
    told = {
        "title": title,
        "added": sorted(set(permissions) - set(found.permissions)),
        "removed": sorted(set(found.permissions) - set(permissions)),
    }
    await audit(scope, "role.changed", kind="role", subject=role, data=told, now=now)


async def close_role(scope: Scope, *, role: UUID, now: datetime) -> None:
    """Close a role that nobody holds; posts of the past keep its name."""
    found = await role_for(scope, role=role)
    _require(scope, found.permissions)
    if not await execute(scope, _CLOSE, scope.county, role, now):
        raise Conflict(STILL_HELD)
    await audit(scope, "role.closed", kind="role", subject=role, data={"title": found.title}, now=now)


async def role_for(scope: Scope, *, role: UUID) -> OwnRole:
    """Give a role of this county. Raises ``NotFound``."""
    for each in await own_roles(scope):
        if each.id == role:
            return each
    raise NotFound


def _require(scope: Scope, permissions: Collection[str]) -> None:
    scope.require(EDIT)
    if scope.level != COUNTY_LEVEL or not may_hand_out(scope, permissions):
        raise Forbidden(EDIT, TOO_MUCH)


async def _check(scope: Scope, title: str, permissions: Collection[str], *, but: UUID | None) -> None:
    if not title or len(title) > _LONGEST:
        raise Invalid(fields={"title": NO_TITLE})
    if not permissions:
        raise Invalid(fields={"permissions": NO_PERMISSION})
    known = {each.name for each in vocabulary(scope)}
    if set(permissions) - known:
        raise Invalid(fields={"permissions": mark("请从列表里选择。")})
    others = {each.title for each in await own_roles(scope) if each.id != but}
    if title in others | {each.title for each in ready_roles().values()}:
        raise Invalid(fields={"title": TAKEN})

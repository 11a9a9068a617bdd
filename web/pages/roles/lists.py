"""All roles of the county, and what one of them may do."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from core.contracts.permissions import Permission
from core.contracts.roles import Role
from core.kernel.database import transaction
from core.kernel.errors import NotFound, mark
from core.kernel.scope import Scope
from core.people.own_roles import EDIT, vocabulary
from core.people.permissions import title_of
from core.people.queries import own_roles, roles_here
from core.people.roles import held_by
from core.people.rules import LEVEL_TITLES
from core.people.sessions import role_title_of
from web.api import Answer, Request, get_page, page, say


@get_page("/roles", permission=EDIT)
async def roles_page(request: Request, scope: Scope) -> Answer:
    """List the ready roles and the county's own."""
    async with transaction(scope):
        own = await own_roles(scope)
        everything = await roles_here(scope)
    names = {role.name for role in own}
    return page(
        request,
        "roles/list.html",
        title=mark("角色"),
        own=[
            {
                "id": role.id,
                "title": role.title,
                "level": say(request, LEVEL_TITLES[role.level]),
                "count": len(role.permissions),
                "factor": role.needs_factor,
                "held": role.held,
            }
            for role in own
        ],
        ready=[
            _ready(request, scope, role)
            for role in everything.values()
            if role.name not in names and role.level >= scope.level
        ],
    )


def _ready(request: Request, scope: Scope, role: Role) -> dict[str, Any]:
    return {
        "name": role.name,
        "title": say(request, role_title_of(role.name, role.title)),
        "level": say(request, LEVEL_TITLES[role.level]),
        "count": len(held_by(role.name, scope.plugins, ())),
        "factor": role.needs_factor,
    }


@get_page("/roles/ready/{name:str}", permission=EDIT)
async def ready_page(request: Request, scope: Scope, name: str) -> Answer:
    """Show what a ready role may do."""
    async with transaction(scope):
        role = (await roles_here(scope)).get(name)
    if role is None:
        raise NotFound
    known = {each.name: each for each in vocabulary(scope)}
    held = sorted(held_by(role.name, scope.plugins, role.permissions))
    return page(
        request,
        "roles/ready.html",
        title=role_title_of(role.name, role.title),
        back="/roles",
        role=_ready(request, scope, role),
        permissions=[(name, say(request, title_of(name, known))) for name in held],
    )


def grouped(request: Request, permissions: Iterable[Permission]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Give permissions by what they are about: core's resources, then plugins."""
    groups: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for each in permissions:
        area, resource, _ = each.name.split(":")
        groups[_GROUPS.get(resource, _OTHER) if area == "core" else area].append(
            (each.name, say(request, each.title))
        )
    return [(say(request, title), rows) for title, rows in groups.items()]


_OTHER = mark("其他")
_GROUPS = {
    **dict.fromkeys(("assignment", "incoming", "place", "task", "view"), mark("任务")),
    **dict.fromkeys(("account", "membership", "person", "role"), mark("人员和权限")),
    **dict.fromkeys(("entry_list",), mark("准入清单")),
    **dict.fromkeys(("grid", "office", "region", "calendar"), mark("区划和机构")),
    **dict.fromkeys(("plugin", "setting", "job", "audit"), mark("系统")),
    **dict.fromkeys(("score", "score_rule"), mark("计分")),
}

"""为什么这个人能看到? Why can this person see this: a right, and a place, a record or a page's address."""

import re
from typing import Any, Final
from uuid import UUID

from litestar.routes import HTTPRoute

from core.contracts.permissions import Permission
from core.kernel.database import transaction
from core.kernel.errors import NotFound, mark
from core.kernel.scope import Scope, is_code
from core.people.own_roles import vocabulary
from core.people.permissions import title_of
from core.people.queries import person_for, places_at
from core.people.rules import Answer as Finding
from core.people.rules import explain
from core.people.why import place_name, region_of_record, standings_of
from web.api import Answer, Request, get_page, page, request_now, say

_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TOWNSHIP: Final = 4


@get_page("/people/{person:uuid}/why", permission="core:membership:read")
async def why_page(request: Request, scope: Scope, person: UUID, right: str = "", thing: str = "") -> Answer:
    """Answer from posts, roles and places; the question stands in the address."""
    thing = thing.strip()[:200]
    async with transaction(scope):
        facts = await person_for(scope, person=person)
        permissions = vocabulary(scope)
        asked = _permission_of(request, thing) or right
        place, problem, findings = await _look(request, scope, person, asked, thing)
        places = await places_at(scope, level=_TOWNSHIP)
    return page(
        request,
        "people/why.html",
        title=mark("为什么能看到"),
        back=f"/people/{person}",
        person=facts,
        rights=[(each.name, say(request, each.title)) for each in _sorted(permissions)],
        right=asked,
        right_title=say(request, title_of(asked, {p.name: p for p in permissions})) if asked else "",
        thing=thing,
        place=place,
        problem=problem,
        findings=findings,
        opens=any(finding["opens"] for finding in findings),
        examples=[(row["code"], row["short_name"]) for row in places[:200]],
    )


def _sorted(permissions: list[Permission]) -> list[Permission]:
    return sorted(permissions, key=lambda each: each.name)


async def _look(
    request: Request, scope: Scope, person: UUID, right: str, thing: str
) -> tuple[str, str, list[dict[str, Any]]]:
    if not right:
        unclear = mark("请选择一项权限；如果粘贴的是页面地址，这个页面不需要权限，或者地址不对。")
        return "", say(request, unclear) if thing else "", []
    try:
        region = await _region_of(scope, thing)
        place = await place_name(scope, region)
    except NotFound:
        problem = mark("在您的管理范围内没有找到它。请填写地方代码、记录编号或页面地址。")
        return "", say(request, problem), []
    posts = await standings_of(scope, person=person, now=request_now(request))
    return place, "", [_told(request, found) for found in explain(posts, permission=right, region=region)]


async def _region_of(scope: Scope, thing: str) -> str:
    """Give the region that is asked about: a code, that of a record, or for a page of no record the scope's own.

    Raises ``NotFound`` for words that name nothing: an answer about another place would be taken for one about them.
    """
    if is_code(thing):
        return thing
    found = _ID.search(thing)
    if found:
        return await region_of_record(scope, record=UUID(found[0]))
    if thing and not thing.startswith("/"):
        raise NotFound
    return scope.region


def _told(request: Request, found: Finding) -> dict[str, Any]:
    return {
        "role": say(request, found.post.role_title),
        "place": " ".join(part for part in (found.post.place, found.post.office) if part),
        "opens": found.opens,
        "in_time": found.in_time,
        "has_permission": found.has_permission,
        "covers": found.covers,
        "office": found.post.office,
    }


def _permission_of(request: Request, thing: str) -> str:
    """Give the permission that the page behind an address asks for."""
    path = thing.split("?", 1)[0].rstrip("/")
    if not path.startswith("/"):
        return ""
    for route in request.app.routes:
        if isinstance(route, HTTPRoute) and re.fullmatch(_pattern(route), path):
            for handler in route.route_handlers:
                permission = handler.opt.get("permission") or ""
                if "GET" in handler.http_methods and ":" in permission:
                    return str(permission)
    return ""


def _pattern(route: HTTPRoute) -> str:
    parts = [part if isinstance(part, str) else None for part in route.path_components]
    return "".join("/" + (re.escape(part) if part is not None else "[^/]+") for part in parts)

"""Short words for tests: matters handed in at a time, worked off, and posts with the filter's rights."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from core.kernel.database import transaction
from core.kernel.scope import Scope
from core.people.roles import held_by
from core.tasks.actions.incoming import Handed, Received, hand_in
from core.tasks.enums import Level
from tests.factories.world import NOW, County
from tests.isolation.redrawn import deliver_all
from tests.plugins.township_filter.conftest import PLUGIN, Site

REASON = "上游水库今晚泄洪，必须连夜转移。"
LISTED = "圩堤隐患排查"
ON = {PLUGIN: "on"}


def post(county: County, role: str) -> Scope:
    """Give a post's scope with what the filter grants its role."""
    scope = county.scope(role)
    return replace(scope, plugins=ON, permissions=held_by(scope.role, ON, ()))


async def handed(
    county: County, title: str = LISTED, *, role: str = "township_staff", urgent: str = "", at: datetime = NOW, **more: Any
) -> Received:
    """Hand a matter in, without working anything off."""
    scope = post(county, role)
    level = Level.TOWNSHIP if len(scope.region) == len(county.code) else Level.VILLAGE
    body = more.pop("body", "请各村落实。")
    given = Handed(title=title, body=body, level=level, emergency=bool(urgent), emergency_reason=urgent, **more)
    async with transaction(scope):
        return await hand_in(scope, given, now=at)


async def noted(site: Site, county: County, title: str = LISTED, **more: Any) -> Received:
    """Hand a matter in and work off all that follows."""
    received = await handed(county, title, **more)
    await follow(site)
    return received


async def follow(site: Site) -> None:
    """Work off everything that was announced, and what follows from it."""
    while await deliver_all(site.admin):
        pass


async def act(scope: Scope, action: Any, **given: Any) -> Any:
    """Let a post do one thing in a transaction of its own."""
    async with transaction(scope):
        return await action(scope, **given)


async def one(site: Site, sql: str, *arguments: Any) -> Any:
    return await site.admin.fetchrow(sql, *arguments)


async def line_of(site: Site, incoming: UUID) -> Any:
    return await one(site, "SELECT * FROM township_filter.screened WHERE incoming_id = $1", incoming)


async def state_of(site: Site, incoming: UUID) -> str:
    found: str = (await one(site, "SELECT state FROM incoming_task WHERE id = $1", incoming))["state"]
    return found

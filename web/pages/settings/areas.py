"""Which areas of settings there are, and where townships differ."""

from typing import Final

from core.contracts.manifest import PluginState
from core.contracts.registry import current
from core.contracts.settings import SettingsArea, shown
from core.extension.queries import differing_below, own_values_below, standings
from core.kernel.database import transaction
from core.kernel.errors import NotFound, mark
from core.kernel.scope import Scope
from core.tenancy.settings import area_named
from web.api import Answer, Request, get_page, page, request_now, say
from web.forms.settings_form import words_of

EDIT: Final = "core:setting:edit"


@get_page("/settings", permission=EDIT)
async def areas_page(request: Request, scope: Scope) -> Answer:
    """List the areas that this post may set, core's first."""
    now = request_now(request)
    async with transaction(scope):
        areas = await open_areas(scope)
        differing = await differing_below(scope, at=now)
    rows = [
        {
            "name": area.name,
            "title": say(request, area.title),
            "fields": len(area.model.model_fields),
            "townships": differing.get(area.name, 0),
            "plugin": bool(area.plugin),
        }
        for area in areas
    ]
    return page(request, "settings/list.html", title=mark("设置"), areas=rows)


async def open_areas(scope: Scope) -> list[SettingsArea]:
    """Give the areas of core, and of plugins that the county may use, which this post may set."""
    hidden = {
        n for n, standing in (await standings(scope)).items() if standing.state is PluginState.INSTALLED
    }
    return [a for a in current().all(SettingsArea) if scope.may(a.permission) and a.plugin not in hidden]


async def find_area(scope: Scope, name: str) -> SettingsArea:
    """Give one area. Raises ``NotFound`` where its plugin is not allowed here, ``Forbidden`` without its permission."""
    area = area_named(name)
    if area.plugin:
        found = (await standings(scope)).get(area.plugin)
        if found is None or found.state is PluginState.INSTALLED:
            raise NotFound
    scope.require(area.permission)
    return area


def _unit(request: Request, area: SettingsArea, key: str) -> str:
    return say(request, shown(area.model.model_fields[key]).unit)


@get_page("/settings/{area_name:str}/townships", permission=EDIT)
async def townships_page(request: Request, scope: Scope, area_name: str) -> Answer:
    """Show where regions below hold values of their own."""
    async with transaction(scope):
        area = await find_area(scope, area_name)
        values = await own_values_below(scope, area.name, at=request_now(request))
    fields = area.model.model_fields
    rows = [
        {
            "region": each.region_name,
            "field": say(request, shown(fields[each.key]).title),
            "value": f"{say(request, words_of(area.model, each.key, each.value))} {_unit(request, area, each.key)}",
            "since": each.valid_from,
            "by": each.by_name,
            "reason": each.reason,
        }
        for each in values
        if each.key in fields
    ]
    return page(
        request,
        "settings/townships.html",
        title=mark("镇级差异"),
        back=f"/settings/{area.name}",
        area=area.name,
        heading=say(request, area.title),
        rows=rows,
    )

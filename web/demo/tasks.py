"""The demo's tasks: stories of two weeks, told by the people themselves through the real actions.

A story whose first title stands among the county's incoming tasks was told already.
"""

from datetime import datetime
from typing import Final

from core.kernel.database import fetch, transaction
from core.kernel.scope import Scope, system_scope
from core.tenancy.queries.regions import villages_of
from web.demo.cast import scopes_of
from web.demo.county_stories import COUNTY_STORIES, County
from web.demo.people import people_of
from web.demo.stories import TOWNSHIP_STORIES, Township, Village

_TITLES: Final = "SELECT i.region, i.title FROM incoming_task i WHERE i.region >= $1 AND i.region < $2"


async def load_tasks(county: str, *, now: datetime) -> None:
    """Tell the stories of one county that are not there yet."""
    towns = sorted({p.region for p in people_of(county) if p.role == "township_leader"})
    system = system_scope(county)
    async with transaction(system):
        told = {(row["region"], row["title"]) for row in await fetch(system, _TITLES)}
    wanted = {(town, story.first.title) for town in towns for story in TOWNSHIP_STORIES}
    wanted |= {(county, story.first.title) for story in COUNTY_STORIES}
    if wanted <= told:
        return
    stage = await _stage(system, towns, now)
    for town in stage.townships:
        for story in TOWNSHIP_STORIES:
            if (town.leader.region, story.first.title) not in told:
                await story.tell(town)
    for county_story in COUNTY_STORIES:
        if (county, county_story.first.title) not in told:
            await county_story.tell(stage)


async def _stage(system: Scope, towns: list[str], now: datetime) -> County:
    scopes = list((await scopes_of(system.region)).values())
    departments = [scope for scope in scopes if scope.role == "county_department"]
    return County(
        departments[0], departments[1], [await _township(system, town, scopes, now) for town in towns]
    )


async def _township(system: Scope, town: str, scopes: list[Scope], now: datetime) -> Township:
    here = [scope for scope in scopes if scope.region.startswith(town)]
    villages = sorted({scope.region for scope in here if scope.region != town})
    async with transaction(system):
        others = [v.code for v in await villages_of(system, town) if v.code not in villages]
    staff = _one(here, "township_staff", town)
    return Township(
        leader=_one(here, "township_leader", town),
        staff=staff,
        villages=[
            Village(
                *(_one(here, role, code) for role in ("village_secretary", "village_cadre", "grid_worker"))
            )
            for code in villages
        ],
        others=others,
        office=staff.office,
        now=now,
    )


def _one(scopes: list[Scope], role: str, region: str) -> Scope:
    return next(scope for scope in scopes if (scope.role, scope.region) == (role, region))

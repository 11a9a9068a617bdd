"""The form of a post.

First the role, which says at what level; then the place, and an office or grid of it.
"""

from typing import Any
from uuid import UUID

from pydantic import Field

from core.kernel.scope import LENGTHS, Scope
from core.people.actions import Post
from core.people.queries import grids_in, offices_at, places_at, roles_here
from core.people.rules import LEVEL_TITLES, refusal_to_grant
from core.people.sessions import role_title_of
from web.api import FormModel, Request, say

_VILLAGE = 5


class PostForm(FormModel):
    """Where and as what."""

    role: str = Field(min_length=1, max_length=80)
    region: str = Field(min_length=2, max_length=12, pattern=r"^\d+$")
    office: UUID | None = None
    grid: UUID | None = None

    def post(self) -> Post:
        return Post(self.role, self.region, self.office, self.grid)


async def role_choices(request: Request, scope: Scope) -> list[tuple[str, str]]:
    """Give the roles that this post may hand out: name, and title with the level."""
    chosen = []
    for role in (await roles_here(scope)).values():
        somewhere = scope.region.ljust(LENGTHS[role.level - 1], "0")
        if role.level >= scope.level and refusal_to_grant(scope, role, region=somewhere, person=None) is None:
            level = say(request, LEVEL_TITLES[role.level])
            chosen.append((role.name, f"{say(request, role_title_of(role.name, role.title))} · {level}"))
    return chosen


async def place_choices(request: Request, scope: Scope, role: str) -> dict[str, Any] | None:
    """Give what the second step of the form offers for a role; None for a role that does not exist."""
    found = (await roles_here(scope)).get(role)
    if found is None:
        return None
    places = await places_at(scope, level=found.level)
    village = found.level == _VILLAGE
    offices = [] if village else await offices_at(scope, length=LENGTHS[found.level - 1])
    grids = await grids_in(scope) if village else []
    return {
        "role": role,
        "role_title": say(request, role_title_of(found.name, found.title)),
        "needs_factor": found.needs_factor,
        "places": [
            (row["code"], f"{row['above']} · {row['short_name']}" if village else row["short_name"])
            for row in places
        ],
        "offices": [(row["id"], f"{row['place']} · {row['name']}", row["region"]) for row in offices],
        "grids": [(row["id"], f"{row['place']} · {row['name']}", row["region"]) for row in grids],
    }

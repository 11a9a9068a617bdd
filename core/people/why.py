"""Why can this person see this? The answer from posts, roles and places.

The same three things the walls look at.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.kernel.database import fetch, fetch_one
from core.kernel.errors import NotFound
from core.kernel.scope import Scope, is_code
from core.people.queries import PostFacts, posts_of
from core.people.roles import held_by
from core.people.rules import Standing
from core.people.sessions import role_title_of

# Tables whose rows have pages of their own; the database says which of them there are.
_TABLES: Final = """
SELECT format('%I.%I', n.nspname, c.relname) AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND c.relrowsecurity AND has_table_privilege(c.oid, 'SELECT') AND $1 < $2
   AND (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname IN ('id', 'region')) = 2
"""
_NAME: Final = "SELECT x.name FROM region x WHERE x.code = $3 AND $1 < $2"


async def standings_of(scope: Scope, *, person: UUID, now: datetime) -> list[Standing]:
    """Give a person's posts in the scope as the question looks at them."""
    return [_standing(scope, post, now) for post in await posts_of(scope, person=person)]


def _standing(scope: Scope, post: PostFacts, now: datetime) -> Standing:
    plugins: Mapping[str, str] = scope.plugins
    held = held_by(post.role, plugins, post.own_permissions)
    title = role_title_of(post.role, post.own_title)
    return Standing(title, post.place, post.region, held, post.is_held(now), post.office)


async def region_of_record(scope: Scope, *, record: UUID) -> str:
    """Give the region of a record in the scope, whatever it is. Raises ``NotFound``."""
    names = [row["name"] for row in await fetch(scope, _TABLES)]
    wall = "x.region >= $1 AND x.region < $2 AND x.id = $3"
    union = " UNION ALL ".join(f"SELECT x.region FROM {name} x WHERE {wall}" for name in names)  # noqa: S608
    row: Any = await fetch_one(scope, f"{union} LIMIT 1", record)
    if row is None:
        raise NotFound
    region: str = row["region"]
    return region


async def place_name(scope: Scope, region: str) -> str:
    """Give a region's full name. Raises ``NotFound`` for what is no place or lies outside the scope."""
    if not is_code(region) or not scope.covers(region):
        raise NotFound
    row = await fetch_one(scope, _NAME, region)
    if row is None:
        raise NotFound
    name: str = row["name"]
    return name

"""What pages show of people. A person is seen where they or one of their posts lie in the scope."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.contracts.roles import Role
from core.kernel.database import ABOVE, fetch, fetch_as, fetch_one, fetch_value
from core.kernel.errors import NotFound
from core.kernel.masking import masked_phone
from core.kernel.scope import Scope
from core.kernel.secrets import decrypt, plain_phone
from core.people.accounts import phone_index_of
from core.people.roles import OPERATOR, ready_roles
from core.tenancy.rules import natural_order

PAGE: Final = 50
_TAIL: Final = 4

_PLACE = """
SELECT string_agg(x.shown_name, ' ' ORDER BY x.level) FROM region x
 WHERE x.code = ANY (ARRAY[left(m.region, 6), left(m.region, 9), m.region]) AND x.level > 3 OR x.code = m.region
"""
# The posts in range, one row a person. $7 and $8: the phone as typed, by its index or its last four digits.
_FILTER = """
  FROM membership m
  LEFT JOIN person p ON p.county = m.county AND p.id = m.person_id AND p.region >= $1 AND p.region < $2
  LEFT JOIN role r ON r.county = m.county AND r.name = m.role
  LEFT JOIN office o ON o.county = m.county AND o.id = m.office_id
  LEFT JOIN grid g ON g.county = m.county AND g.id = m.grid_id
 WHERE m.region >= $1 AND m.region < $2 AND m.region >= $5 AND m.region < $5 || ':'
   AND ($4 = '' OR m.role = $4) AND p.erased_at IS NULL
   AND ($6 = '' OR position($6 IN m.person_name) > 0 OR p.phone_index = $7 OR p.phone_tail = $8)
   AND CASE $9 WHEN 'ended' THEN m.valid_to <= $3
               WHEN 'waiting' THEN (m.valid_to IS NULL OR m.valid_to > $3)
                                   AND p.id IS NOT NULL AND p.account_id IS NULL
               ELSE m.valid_to IS NULL OR m.valid_to > $3 END
"""
_PEOPLE = f"""
SELECT m.county, m.person_id AS id, max(m.person_name) AS name, (array_agg(p.phone))[1] AS phone,
       bool_or(p.account_id IS NOT NULL) AS has_account,
       jsonb_agg(jsonb_build_object('role', m.role, 'title', r.title, 'place', ({_PLACE}),
         'office', coalesce(o.name, g.name, '')) ORDER BY m.region, m.role) AS posts
{_FILTER}
 GROUP BY m.county, m.person_id ORDER BY min(m.region), max(m.person_name), m.person_id LIMIT $10 OFFSET $11
"""
_COUNT = f"SELECT count(DISTINCT (m.county, m.person_id)) {_FILTER}"
_PERSON = """
SELECT p.county, p.id, p.region, p.name, p.phone, p.account_id IS NOT NULL AS has_account,
       p.id_number IS NOT NULL AS has_id_number, p.created_at
  FROM person p WHERE p.region >= $1 AND p.region < $2 AND p.id = $3 AND p.erased_at IS NULL
"""
_POSTS = f"""
SELECT m.county, m.id, m.region, m.person_id, m.person_name, m.role, coalesce(r.title, '') AS own_title,
       coalesce(r.permissions, '{{}}') AS own_permissions, m.office_id, m.grid_id,
       coalesce(o.name, g.name, '') AS office, coalesce(({_PLACE}), m.region) AS place, m.valid_from, m.valid_to,
       m.granted_by_name, m.ended_by_name, m.end_reason
  FROM membership m LEFT JOIN role r ON r.county = m.county AND r.name = m.role
  LEFT JOIN office o ON o.county = m.county AND o.id = m.office_id
  LEFT JOIN grid g ON g.county = m.county AND g.id = m.grid_id
 WHERE m.region >= $1 AND m.region < $2
"""  # noqa: S608 (composed of our own parts)
_POSTS_OF = _POSTS + " AND m.person_id = $3 ORDER BY m.valid_to DESC NULLS FIRST, m.valid_from DESC"
_POST = _POSTS + " AND m.id = $3"
_INVITATIONS = """
SELECT i.id, i.purpose, i.created_at, i.expires_at, i.redeemed_at, i.withdrawn_at, i.by_name, i.tries
  FROM invitation i WHERE i.region >= $1 AND i.region < $2 AND i.person_id = $3
 ORDER BY i.created_at DESC LIMIT 20
"""
_ACCOUNT = "SELECT * FROM account_of_person($3, $4) WHERE $1 < $2"
_ROLES = f"""
SELECT r.id, r.name, r.title, r.level, r.permissions, r.needs_factor, r.region,
       (SELECT count(*) FROM membership m WHERE m.region >= $1 AND m.region < $2 AND m.county = r.county
           AND m.role = r.name AND m.valid_to IS NULL) AS held
  FROM role r WHERE ((r.region >= $1 AND r.region < $2) OR r.region = ANY ({ABOVE}))
   AND r.county = $3 AND r.closed_at IS NULL
 ORDER BY r.level, r.title
"""  # noqa: S608 (composed of our own parts)
_PLACES = """
SELECT x.code, x.level, x.shown_name AS short_name, u.shown_name AS above FROM region x LEFT JOIN region u ON u.code = x.parent
 WHERE x.code >= $1 AND x.code < $2 AND x.level = $3 AND x.closed IS NULL ORDER BY x.code LIMIT 2000
"""
_OFFICES = """
SELECT o.id, o.region, o.name, x.shown_name AS place FROM office o JOIN region x ON x.code = o.region
 WHERE o.region >= $1 AND o.region < $2 AND length(o.region) = $3 AND o.closed_at IS NULL
 ORDER BY o.region, o.position, o.name LIMIT 2000
"""
_GRIDS = """
SELECT g.id, g.region, g.name, x.shown_name AS place FROM grid g JOIN region x ON x.code = g.region
 WHERE g.region >= $1 AND g.region < $2 AND g.closed_at IS NULL ORDER BY g.region, g.name LIMIT 2000
"""


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the table of people. ``has_account`` is None where the person's own row lies elsewhere."""

    county: str
    id: UUID
    name: str
    phone: bytes | None
    has_account: bool | None
    posts: Sequence[Mapping[str, Any]]

    @property
    def masked(self) -> str:
        return _masked(self.county, self.phone)


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """One person as their page shows them."""

    county: str
    id: UUID
    region: str
    name: str
    phone: bytes | None
    has_account: bool
    has_id_number: bool
    created_at: datetime

    @property
    def masked(self) -> str:
        return _masked(self.county, self.phone)


def _masked(county: str, phone: bytes | None) -> str:
    """Give a stored phone as pages show it: 138****1234."""
    return masked_phone(decrypt(phone, purpose="phone", owner=county)) if phone else ""


@dataclass(frozen=True, slots=True)
class PostFacts:
    """One post with its place in words.

    ``own_title`` and ``own_permissions`` are of a role the county made.
    """

    county: str
    id: UUID
    region: str
    person_id: UUID
    person_name: str
    role: str
    own_title: str
    own_permissions: Sequence[str]
    office_id: UUID | None
    grid_id: UUID | None
    office: str
    place: str
    valid_from: datetime
    valid_to: datetime | None
    granted_by_name: str
    ended_by_name: str
    end_reason: str

    def is_held(self, now: datetime) -> bool:
        return self.valid_from <= now and (self.valid_to is None or self.valid_to > now)


@dataclass(frozen=True, slots=True)
class OwnRole:
    """A role that the county made, and how many hold it in this scope."""

    id: UUID
    name: str
    title: str
    level: int
    permissions: Sequence[str]
    needs_factor: bool
    region: str
    held: int

    def as_role(self) -> Role:
        return Role(self.name, self.title, self.level, frozenset(self.permissions), self.needs_factor)


async def people_in(
    scope: Scope,
    *,
    now: datetime,
    search: str = "",
    role: str = "",
    region: str = "",
    state: str = "",
    first: int = 0,
) -> tuple[list[Listed], int]:
    """Give a page of people and how many there are.

    ``state``: held (the default), ended, or waiting for sign-in.
    """
    phone = plain_phone(search)
    asked = (
        now,
        role,
        region if region and scope.covers(region) else scope.region,
        search,
        phone_index_of(phone) if phone else None,
        search if len(search) == _TAIL and search.isdigit() else None,
        state,
    )
    total: int = await fetch_value(scope, _COUNT, *asked)
    rows = await fetch_as(scope, Listed, _PEOPLE, *asked, PAGE, first) if total else []
    return rows, total


async def person_for(scope: Scope, *, person: UUID) -> PersonFacts:
    """Give one person in the scope. Raises ``NotFound``."""
    row = await fetch_one(scope, _PERSON, person)
    if row is None:
        raise NotFound
    return PersonFacts(**row)


async def posts_of(scope: Scope, *, person: UUID) -> list[PostFacts]:
    """Give a person's posts in the scope, those in force first."""
    return await fetch_as(scope, PostFacts, _POSTS_OF, person)


async def post_for(scope: Scope, *, membership: UUID) -> PostFacts:
    """Give one post in the scope. Raises ``NotFound``."""
    row = await fetch_one(scope, _POST, membership)
    if row is None:
        raise NotFound
    return PostFacts(**row)


async def invitations_of(scope: Scope, *, person: UUID) -> list[Mapping[str, Any]]:
    """Give the one-time codes made for a person, the latest first; never the codes themselves."""
    return await fetch(scope, _INVITATIONS, person)


async def account_behind(scope: Scope, *, county: str, person: UUID) -> Mapping[str, Any] | None:
    """Tell of the login behind a person.

    Redeemed, has_factor, locked, seen_at, elsewhere (beyond the scope), beyond (the county). None without one.
    """
    row: Mapping[str, Any] | None = await fetch_one(scope, _ACCOUNT, county, person)
    return row


async def own_roles(scope: Scope) -> list[OwnRole]:
    """Give the roles that this county made."""
    return await fetch_as(scope, OwnRole, _ROLES, scope.county)


async def roles_here(scope: Scope) -> dict[str, Role]:
    """Give all roles that posts of this county may have: the ready ones, and the county's own."""
    ready = {
        name: role
        for name, role in ready_roles().items()
        if name != OPERATOR and (not role.plugin or role.plugin in scope.plugins)
    }
    return ready | {role.name: role.as_role() for role in await own_roles(scope)}


async def roles_with(scope: Scope, permission: str) -> list[str]:
    """Name the roles whose posts carry a permission in this county, its own roles among them."""
    return sorted(role.name for role in (await roles_here(scope)).values() if permission in role.permissions)


async def places_at(scope: Scope, *, level: int) -> list[Mapping[str, Any]]:
    """Give the open regions of one level in the scope.

    Code, short_name, above (the name of the one above).
    """
    return await fetch(scope, _PLACES, level)


async def offices_at(scope: Scope, *, length: int) -> list[Mapping[str, Any]]:
    """Give the offices of regions whose code has this length: id, region, name, place."""
    return await fetch(scope, _OFFICES, length)


async def grids_in(scope: Scope) -> list[Mapping[str, Any]]:
    """Give the grids in the scope, village by village as people count them: id, region, name, place."""
    rows = await fetch(scope, _GRIDS)
    return sorted(rows, key=lambda row: (row["region"], natural_order(row["name"])))

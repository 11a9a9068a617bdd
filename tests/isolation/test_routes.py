"""Every route × ids of the other county × every role, with a valid token: the answer of an unknown id, to the letter."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from tests.databases import DatabaseUrls
from tests.factories.world import Post
from tests.isolation.rich import ids_of
from tests.isolation.rows import county_tables
from tests.isolation.site import Site, Tried, foreign_ids, lived_in, tried
from tests.isolation.visits import (
    CONSTANTS,
    PLATFORM_PARAMETERS,
    REGION_PARAMETERS,
    TABLE_OF,
    Caller,
    answer_of,
    fields_with,
    routes_of,
    unknown_ids,
)
from web.supervisor.cluster import Cluster


@pytest.fixture(scope="module")
async def lived(cluster: Cluster, database_urls: DatabaseUrls) -> AsyncIterator[Tried[Site]]:
    async with tried(lived_in(cluster, database_urls)) as made:
        yield made


@pytest.fixture
def site(lived: Tried[Site]) -> Site:
    return lived.get()


def test_every_parameter_of_an_address_is_known(site: Site) -> None:
    known = {*TABLE_OF, *CONSTANTS, *REGION_PARAMETERS, *PLATFORM_PARAMETERS}
    assert {name for route in routes_of(site.app) for name in route.parameters} - known == set()


async def _state_of(site: Site) -> dict[str, str]:
    """Sum up every row of the other county, to see that nothing was touched."""
    return {
        table: await site.admin.fetchval(
            f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t.id), '')) FROM {table} t WHERE county = $1",
            site.world.zhu.code,
        )
        for table in county_tables()
    }


ROLES = (
    "county_administrator", "county_inspector", "county_department", "township_leader", "township_staff", "village_secretary",
    "village_cadre", "bookkeeper", "grid_worker", "supervision_committee",
)  # fmt: skip


@pytest.mark.parametrize("role", [*ROLES, "city_viewer"])
async def test_ids_of_another_county_answer_as_unknown_ones(site: Site, role: str) -> None:
    post = site.world.viewers[role] if role == "city_viewer" else site.world.nan.posts[role]
    caller = Caller(site.app, post)
    before, faults, tried = await _state_of(site), [], 0
    unknown = unknown_ids()
    for route in routes_of(site.app):
        if route.path in ENDS_THE_SESSION:
            continue
        baseline = answer_of(await caller.call(route, unknown, fields_with(unknown)), unknown)
        for foreign in site.foreign[: 3 if role in SEES_MOST else 1]:
            tried += 1
            answer = answer_of(await caller.call(route, foreign, fields_with(foreign)), foreign)
            where = f"{route.method} {route.path}"
            if answer[0] >= 500:
                faults.append(f"{where}: {answer[0]}")
            elif route.names_places and answer != baseline:
                faults.append(f"{where}: {_difference(answer, baseline)}")
            elif route.names_places and answer[0] not in {403, 404}:
                faults.append(f"{where}: {answer[0]}")
    await caller.close()
    assert faults == []
    assert tried > 100
    assert await _state_of(site) == before


# Whoever may open most is tried with rows in several states, the others with one of each.
SEES_MOST = {"county_administrator", "township_leader", "village_secretary"}
ENDS_THE_SESSION = {"/logout", "/me/sessions/end"}


def _difference(one: tuple[int, dict[str, str], str], other: tuple[int, dict[str, str], str]) -> str:
    if one[0] != other[0]:
        return f"status {one[0]}, unknown {other[0]}"
    if one[1] != other[1]:
        return f"headers {set(one[1].items()) ^ set(other[1].items())}"
    at = next((n for n, (a, b) in enumerate(zip(one[2], other[2], strict=False)) if a != b), 0)
    return f"body at {at}: {one[2][max(0, at - 60) : at + 80]!r} / {other[2][max(0, at - 60) : at + 80]!r}"


async def test_no_row_of_one_county_points_to_the_other(site: Site) -> None:
    """After all of the above, look for the other county's ids in every column of ours."""
    theirs = {i for ids in (await ids_of(site.admin, site.world.zhu)).values() for i in ids}
    faults = []
    for table in county_tables():
        for row in await site.admin.fetch(f"SELECT * FROM {table} WHERE county = $1", site.world.nan.code):
            faults += [
                f"{table}.{name}"
                for name, value in row.items()
                if name != "id" and isinstance(value, UUID) and value in theirs
            ]
    assert faults == []


@pytest.mark.parametrize("role", ["village_cadre", "bookkeeper", "county_department", "county_inspector"])
async def test_ones_own_things_without_the_permission_answer_403(site: Site, role: str) -> None:
    post = site.world.nan.posts[role]
    own = (await foreign_ids(site.admin, site.world.nan))[0]
    caller, faults, tried = Caller(site.app, post), [], 0
    for route in routes_of(site.app):
        if route.permission in {"any", "signed_in"} or route.permission in post.scope.permissions:
            continue
        tried += 1
        answer = await caller.call(route, own, fields_with(own))
        expected = 404 if route.permission.startswith("platform:") else 403
        if answer.status_code != expected:
            faults.append(f"{route.method} {route.path}: {answer.status_code}")
    await caller.close()
    assert faults == []
    assert tried > 20


async def test_nobody_signed_in_is_led_to_the_sign_in(site: Site) -> None:
    stranger = Post(
        site.world.nan.scope("bookkeeper"), "no-such-token", site.world.nan.posts["bookkeeper"].account
    )
    own = (await foreign_ids(site.admin, site.world.nan))[0]
    caller, faults = Caller(site.app, stranger), []
    for route in routes_of(site.app):
        answer = await caller.call(route, own, fields_with(own))
        if answer.status_code != 303 or not answer.headers["location"].startswith("/sign-in"):
            faults.append(f"{route.method} {route.path}: {answer.status_code}")
    await caller.close()
    assert faults == []

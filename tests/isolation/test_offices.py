"""What is above or beside an office is not its own: ids of townships' and other offices' things answer a department as unknown ones."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from uuid import UUID

import pytest

from core.kernel.database import transaction
from core.kernel.errors import NotFound
from core.kernel.ids import new_id
from core.tasks.actions.dispatching import dispatch_task
from core.tasks.actions.incoming import find_incoming
from core.tasks.enums import Level
from core.tasks.queries.filters import Filters
from core.tasks.queries.incoming import incoming_of, one_incoming
from tests.databases import DatabaseUrls
from tests.factories.world import NOW, RULE, add_post, handed, order
from tests.isolation.redrawn import deliver_all
from tests.isolation.site import Site, Tried, lived_in, tried
from tests.isolation.visits import Caller, Route, answer_of, fields_with, routes_of, unknown_ids
from web.supervisor.cluster import Cluster

DEPARTMENT = "county_department"
# Whose range the whole county is by permission, and who reads what townships and offices hand in there.
FROM_ABOVE = ("county_administrator", "county_inspector")
# Tables whose rows are some office's or place's own.
NARROWED = ("incoming_task", "task", "assignment", "township_filter.screened", "township_filter.quota_hold", "township_filter.list_request")
# Forms and pages that name a matter in what is sent along, not in the address.
BESIDE = frozenset({"/incoming/merge", "/tasks/new", "/township_filter/requests/new"})


@pytest.fixture(scope="module")
async def lived(cluster: Cluster, database_urls: DatabaseUrls) -> AsyncIterator[Tried[Site]]:
    async with tried(lived_in(cluster, database_urls)) as made:
        yield made


@pytest.fixture
def site(lived: Tried[Site]) -> Site:
    return lived.get()


async def _below(site: Site) -> list[dict[str, str]]:
    """Give ids of what stands in the county's townships and villages: leaders', their offices', in several states."""
    found: dict[str, list[UUID]] = {}
    for table in NARROWED:
        by = "state" if table in {"incoming_task", "task", "assignment"} else "id"
        sender = " AND sender_region <> $1" if table == "assignment" else ""
        rows = await site.admin.fetch(
            f"SELECT DISTINCT ON ({by}) id FROM {table} WHERE county = $1 AND region <> $1{sender} ORDER BY {by}", site.world.nan.code
        )
        found[table] = [row["id"] for row in rows]
    assert len(found["incoming_task"]) > 2
    return _sets(found)


def _sets(found: Mapping[str, list[UUID]]) -> list[dict[str, str]]:
    most = max(len(ids) for ids in found.values())
    return [
        {**unknown_ids(), **{table: str(ids[n % len(ids)]) for table, ids in found.items() if ids}} for n in range(min(most, 4))
    ]


async def _of_another_office(site: Site) -> list[dict[str, str]]:
    """Let another office of the county hand a matter in, hold one, and send one to the township."""
    nan = site.world.nan
    office = new_id()
    await site.admin.execute(
        "INSERT INTO office (county, id, region, name, short_name, created_at) VALUES ($1, $2, $1, '水利局', '水利局', now())", nan.code, office
    )
    post = await add_post(site.admin, county=nan, role=DEPARTMENT, region=nan.code)
    scope = replace(post.scope, office=office, by_office="水利局", plugins={"township_filter": "on"})
    nan.posts["other_department"] = replace(post, scope=scope)
    passed = (await handed(nan, "other_department", title="防汛抢险")).id
    sent = (await handed(nan, "other_department", title="防汛抢险工作")).id
    await site.admin.execute("UPDATE incoming_task SET state = 'passed' WHERE id = $1", sent)
    async with transaction(scope):
        going = order(nan, regions=(nan.township,), level=Level.TOWNSHIP, incoming=sent)
        task = (await dispatch_task(scope, going, rule=RULE, now=NOW)).task
    await deliver_all(site.admin)
    share = await site.admin.fetchval("SELECT id FROM assignment WHERE task_id = $1", task)
    lines = [row["id"] for row in await site.admin.fetch("SELECT id FROM township_filter.screened WHERE office_id = $1", office)]
    assert len(lines) == 2
    return _sets({"incoming_task": [passed, sent], "task": [task], "assignment": [share], "township_filter.screened": lines})


def _takes(route: Route) -> bool:
    return route.names_places or route.path in BESIDE


@pytest.mark.parametrize("whose", ["townships", "offices"])
async def test_departments_ask_for_what_is_not_theirs_as_for_unknown_ids(site: Site, whose: str) -> None:
    sets = await (_below(site) if whose == "townships" else _of_another_office(site))
    caller, unknown, faults, asked = Caller(site.app, site.world.nan.posts[DEPARTMENT]), unknown_ids(), [], 0
    for route in filter(_takes, routes_of(site.app)):
        baseline = answer_of(await caller.call(route, unknown, fields_with(unknown)), unknown)
        for ids in sets:
            asked += 1
            answer = answer_of(await caller.call(route, ids, fields_with(ids)), ids)
            if answer != baseline:
                faults.append(f"{route.method} {route.path}: {answer[0]}, unknown {baseline[0]}")
    await caller.close()
    assert sorted(set(faults)) == []
    assert asked > 100


async def test_matters_of_one_place_are_listed_found_and_changed_by_one_rule(site: Site) -> None:
    """Whatever a department's list leaves out it cannot read nor change by its id; who looks from above reads all of it."""
    nan = site.world.nan
    rows = await site.admin.fetch("SELECT id, region, office_id FROM incoming_task WHERE county = $1", nan.code)
    department = nan.scope(DEPARTMENT)
    async with transaction(department):
        first, total = await incoming_of(department, Filters())
        pages = [first] + [(await incoming_of(department, Filters(page=n)))[0] for n in range(2, total // 25 + 2)]
    listed = {row.id for page in pages for row in page}
    assert listed == {row["id"] for row in rows if row["region"] == nan.code and row["office_id"] in {None, department.office}}
    for read in (one_incoming, find_incoming):
        seen = set()
        for row in rows:
            try:
                async with transaction(department):
                    seen.add((await read(department, row["id"]))["id"])
            except NotFound:
                continue
        assert seen == listed
    for role in FROM_ABOVE:
        scope = nan.scope(role)
        async with transaction(scope):
            assert {(await one_incoming(scope, row["id"]))["id"] for row in rows} == {row["id"] for row in rows}

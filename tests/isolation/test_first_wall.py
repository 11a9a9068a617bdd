"""The first wall: every statement says its own range, so that the row policies never have to act.

One county works through the whole product: its own deeds, every page of every role with its own ids, everything that
follows in the worker. Each statement is asked again at once from another county (tests/isolation/recorded.py).
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.databases import DatabaseUrls
from tests.isolation.recorded import Watch, concerns_counties, watching, without_wall
from tests.isolation.rich import live
from tests.isolation.site import Tried, foreign_ids, lived_in, tried
from tests.isolation.statements import is_tried, statements
from tests.isolation.visits import Caller, fields_with, routes_of
from web.supervisor.cluster import Cluster

# The last one signs out whom it corrects; tests/isolation/rich.py corrects somebody else.
ENDS_THE_SESSION = {"/logout", "/me/sessions/end", "/people/{person}/correct"}

# A county whose codes come before ours: "below me" is asked from both sides.
ELSEWHERE = "110101"

# Writes rows of the scope's own region, and meets only those: its key holds the region.
OWN_ROW = re.compile(r"\s*INSERT INTO [\w.]+ (AS \w+ )?\(county, id, region\b.*SELECT \$3, (\$4|[gv]\.id), \$1\b", re.DOTALL)

# Modules and statements that these counties do not live through, each with its reason.
NEVER_TRIED = {
    "web.demo.": "plays the demonstration into an empty database, before anybody's data is in it",
}

# Statements whose missing range makes no difference here: the rows that would show it are not lived through yet.
NO_ROWS = (
    "INSERT INTO warning_concern", "SELECT i.id, i.region, i.number, i.title, i.sender_name, i.created_at, ARRAY",
)  # fmt: skip


@asynccontextmanager
async def watched(cluster: Cluster, database_urls: DatabaseUrls) -> AsyncIterator[Watch]:
    """Let one county work under watch."""
    async with lived_in(cluster, database_urls, as_superuser=True) as site:
        zhu = site.world.zhu
        made = Watch((zhu.village, zhu.township, zhu.code, ELSEWHERE))
        own = await foreign_ids(site.admin, site.world.nan)
        with watching(made):
            await live(site.admin, site.world, only=site.world.nan)
            for post in site.world.nan.posts.values():
                caller = Caller(site.app, post)
                for route in routes_of(site.app):
                    if route.path not in ENDS_THE_SESSION:
                        for ids in own[:2]:
                            await caller.call(route, ids, fields_with(ids))
                await caller.close()
        yield made


@pytest.fixture(scope="module")
async def lived(cluster: Cluster, database_urls: DatabaseUrls) -> AsyncIterator[Tried[Watch]]:
    async with tried(watched(cluster, database_urls)) as made:
        yield made


@pytest.fixture
def watch(lived: Tried[Watch]) -> Watch:
    return lived.get()


def test_the_policies_never_have_to_act(watch: Watch) -> None:
    assert len(watch.tried) > 100
    assert watch.acted == {}


def test_every_missing_range_is_noticed(watch: Watch, capsys: pytest.CaptureFixture[str]) -> None:
    walled = {
        sql for sql in watch.tried if concerns_counties(sql) and without_wall(sql) != sql and not OWN_ROW.match(sql)
    }
    survived = sorted(sql for sql in walled - watch.noticed if not " ".join(sql.split()).startswith(NO_ROWS))
    with capsys.disabled():
        print(
            f"\nfirst wall: {len(walled) - len(survived)} of {len(walled)} statements without their range noticed"
        )
    assert survived == []


def test_no_statement_on_a_county_goes_without_a_range(watch: Watch) -> None:
    """A statement that names a county's table and no range at all would not even be mutated.

    Two kinds need none: an INSERT that writes the scope's own region, and calls of the database's own functions.
    """
    bare = [
        " ".join(sql.split()) for sql in watch.tried if concerns_counties(sql) and without_wall(sql) == sql
    ]
    assert [sql for sql in bare if not OWN_ROW.match(sql) and not re.match(r"SELECT \* FROM \w+\(", sql)] == []


def test_every_statement_that_is_kept_is_tried(watch: Watch, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever writes a statement on a county's data has the two counties live through it (tests/isolation/rich.py)."""
    kept, tried = statements(), list(watch.tried)
    left = {name for name, text in kept.items() if not is_tried(text, tried)}
    excused = {name for name in left if name.startswith(tuple(NEVER_TRIED))}
    with capsys.disabled():
        print(f"\nfirst wall: {len(kept) - len(left)} of {len(kept)} kept statements tried, {len(excused)} excused")
    assert sorted(left - excused) == []
    assert [start for start in NEVER_TRIED if not any(name.startswith(start) for name in left)] == []

"""The menu's figures: what waits at one's own place, for whoever may open it."""

import re
from datetime import timedelta

import pytest

from core.kernel import clock
from core.kernel.database import trips
from tests.core.decisions.steps import begun
from tests.core.petitions.steps import raised
from tests.factories.world import handed
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import accepted, in_village, opened, submitted


def figures(part: str) -> dict[str, str]:
    return dict(re.findall(r'hx-swap-oob="innerHTML:\.count-of-(\w+)">([^<]+)<', part))


@pytest.fixture(scope="module", autouse=True)
async def busy(served: Site) -> None:
    """Let things wait in the first county: one held, one passed; four tasks under way and one closed; two results."""
    nan, admin = served.world.nan, served.admin
    for title in ("没有列入清单的事", "圩堤隐患排查"):
        await handed(nan, title=title)
    for make in (submitted, submitted, in_village, accepted):
        await make(admin, nan)
    await opened(nan)
    await submitted(admin, served.world.zhu)


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("township_leader", {"incoming": "2", "progress": "4", "scoring": "2"}),
        ("county_administrator", {}),
        ("village_cadre", {}),
        ("grid_worker", {}),
    ],
)
async def test_figures_are_those_of_ones_own_place(
    served: Site, client_for: ClientFor, role: str, expected: dict[str, str]
) -> None:
    visitor = await client_for(served.world.nan.posts[role])
    answer = await visitor.get("/menu-counts")
    assert (answer.status_code, figures(answer.text)) == (200, expected)
    assert "<html" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_more_than_99_are_not_counted_out(served: Site, client_for: ClientFor) -> None:
    await served.admin.execute(
        "INSERT INTO task SELECT (t).* FROM (SELECT jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid())) AS t"
        " FROM task t CROSS JOIN generate_series(1, 120) WHERE t.county = $1 AND t.state = 'active') x",
        served.world.zhu.code,
    )
    visitor = await client_for(served.world.zhu.posts["township_leader"])
    assert figures((await visitor.get("/menu-counts")).text)["progress"] == "99+"


async def test_pages_ask_for_figures_and_wait_for_none(served: Site, client_for: ClientFor) -> None:
    leader = await client_for(served.world.nan.posts["township_leader"])
    page = (await leader.get("/notices")).text
    assert 'hx-get="/menu-counts"' in page
    for name in ("incoming", "progress", "scoring"):
        assert re.search(rf'count-of-{name}"></span>', page)
    cadre = await client_for(served.world.nan.posts["village_cadre"])
    page = (await cadre.get("/notices")).text
    assert set(re.findall(r"count-of-(\w+)", page)) == {"asked", "decisions", "petitions", "publications", "seals"}


async def test_a_decision_is_counted_for_whose_turn_it_is_and_above_when_it_is_late(
    served: Site, client_for: ClientFor
) -> None:
    nan = served.world.nan
    made = await begun(nan.scope("village_secretary"), now=clock.now() - timedelta(days=3))

    async def shown(role: str) -> str | None:
        return figures((await (await client_for(nan.posts[role])).get("/menu-counts")).text).get("decisions")

    roles = ("village_secretary", "second_village", "bookkeeper", "township_leader")
    assert [await shown(role) for role in roles] == ["1", None, None, None]
    await served.admin.execute("UPDATE decision SET due_at = now() - interval '1 day' WHERE id = $1", made)
    assert [await shown(role) for role in roles] == ["1", None, None, "1"]
    home = (await (await client_for(nan.posts["village_secretary"])).get("/")).text
    assert f"/decisions/{made}" in home
    await served.admin.execute("UPDATE decision SET ended_at = now(), state = 'withdrawn' WHERE id = $1", made)


async def test_what_villagers_raised_is_counted_at_the_desk_where_it_lies(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    await raised(served.admin, nan, phone="")
    await raised(served.admin, nan, phone="", kind="supervision", about="village")

    async def shown(role: str) -> str | None:
        return figures((await (await client_for(nan.posts[role])).get("/menu-counts")).text).get("petitions")

    roles = ("village_secretary", "supervision_committee", "township_leader", "second_village")
    assert [await shown(role) for role in roles] == ["1", "2", None, None]


async def test_a_figure_family_costs_one_round_trip(served: Site, client_for: ClientFor) -> None:
    leader = await client_for(served.world.nan.posts["township_leader"])
    token = trips.set([])
    try:
        await leader.get("/menu-counts")
        assert len(trips.get() or ()) == 10  # the session, BEGIN, tasks, decisions, a setting and what is due, what villagers raised, seals, what is asked of me, COMMIT
    finally:
        trips.reset(token)

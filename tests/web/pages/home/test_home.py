"""The first page of each role, and where it leads."""

import re

import pytest

from tests.factories.world import PLACES
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import opened, sent, submitted, words_of

FIRST = {
    "county_administrator": "全县概况", "county_inspector": "/supervision", "county_department": "派下去的事到哪一步",
    "township_leader": "派下去的事到哪一步", "township_staff": "派下去的事到哪一步", "village_secretary": "今天要办",
    "village_cadre": "今天要办", "bookkeeper": "今天要办", "grid_worker": "今天要办", "supervision_committee": "/supervision",
}  # fmt: skip


@pytest.mark.parametrize("role", PLACES)
async def test_first_page_answers_the_roles_question(served: Site, client_for: ClientFor, role: str) -> None:
    visitor = await client_for(served.world.nan.posts[role])
    answer = await visitor.get("/")
    if answer.status_code == 303:
        assert answer.headers["location"] == FIRST[role]
        assert (await visitor.get(FIRST[role])).status_code == 200
    else:
        assert FIRST[role] in words_of(answer.text)


@pytest.mark.parametrize("role", ["province_viewer", "city_viewer"])
async def test_viewers_begin_with_the_tasks(served: Site, client_for: ClientFor, role: str) -> None:
    visitor = await client_for(served.world.viewers[role])
    assert (await visitor.get("/")).headers["location"] == "/tasks"


async def test_desk_leads_to_the_records_behind_each_figure(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    await served.admin.execute("TRUNCATE task, assignment, place, task_brief, incoming_task CASCADE")
    late = (await sent(nan, title="已经迟了的")).task
    await served.admin.execute(
        "UPDATE assignment SET due_at = now() - interval '1 day' WHERE task_id = $1", late
    )
    await served.admin.execute("UPDATE task SET due_at = now() - interval '1 day' WHERE id = $1", late)
    await submitted(served.admin, nan)
    await opened(nan)
    leader = await client_for(nan.posts["township_leader"])
    page = (await leader.get("/")).text
    for href in (
        "/scoring",
        "/shares?state_is=sent",
        "/shares?late=1",
        f"/tasks/{late}",
        f"/shares?region={nan.village}",
    ):
        assert f'href="{href}' in page.replace("&amp;", "&")
    words = words_of(page)
    for text in ("已经迟了的", "办结 0 / 2", "朱家兜", "水口"):
        assert text in words


async def test_menu_has_the_places_of_the_post(served: Site, client_for: ClientFor) -> None:
    seen = {}
    for role in ("village_cadre", "township_leader", "county_inspector", "county_administrator"):
        page = (await (await client_for(served.world.nan.posts[role])).get("/notices")).text
        first = re.findall(r'<a href="/"[^>]*><span>([^<]*)</span>', page)
        assert first == ["全县概况" if role == "county_administrator" else "今天"]
        seen[role] = [
            path
            for path in ("/my", "/open", "/tasks/new", "/tasks", "/scoring", "/scores")
            if f'href="{path}"' in page
        ]
    assert seen == {
        "village_cadre": ["/my", "/open", "/scores"],
        "township_leader": ["/my", "/tasks/new", "/tasks", "/scoring", "/scores"],
        "county_inspector": ["/tasks", "/scores"],
        "county_administrator": ["/tasks", "/scores"],
    }


async def test_tile_counts_one_thing_as_one_in_english(served: Site, client_for: ClientFor) -> None:
    await served.admin.execute("TRUNCATE task, assignment, place, task_brief, incoming_task CASCADE")
    nan = served.world.nan
    await sent(nan, regions=(nan.village,))
    leader = await client_for(nan.posts["township_leader"])
    await leader.send("/me/language", language="en")
    one = words_of((await leader.get("/")).text)
    await sent(nan, regions=(nan.village,))
    two = words_of((await leader.get("/")).text)
    await leader.send("/me/language", language="zh")
    assert ("1 item " in one, "1 items" in one) == (True, False)
    assert "2 items" in two


async def test_village_is_not_told_fewer_publications_than_wait(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    secretary = await client_for(nan.posts["village_secretary"])
    put = """INSERT INTO publication_due (county, id, region, section, period, at, opens_on, due_on)
        VALUES ($1, gen_random_uuid(), $2, 'works_by_hand', $3, now(), '2020-01-01', '2020-01-20')"""
    for year in range(2010, 2017):
        await served.admin.execute(put, nan.code, nan.village, f"{year}-Q1")
        shown = words_of((await secretary.get("/")).text).partition("等您公开")[2]
        assert shown.lstrip().startswith(f"{year - 2009} 件" if year < 2015 else "查看全部"), year

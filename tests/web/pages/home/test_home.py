"""The first page of each role, and where it leads."""

import re

import pytest

from core.kernel import clock
from core.tasks.actions.scoring import return_submission
from core.tasks.actions.work import allocate_assignment, submit_assignment
from core.tasks.enums import Level
from tests.core.tasks.steps import do
from tests.factories.world import PLACES, handed
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import in_hand, in_village, main_part, opened, sent, submitted, words_of

FIRST = {
    "county_administrator": "全县概况", "county_inspector": "哪里不对劲？", "county_department": "派下去的事到哪一步",
    "township_leader": "派下去的事到哪一步", "township_staff": "派下去的事到哪一步", "village_secretary": "今天要办",
    "village_cadre": "今天要办", "bookkeeper": "今天要办", "grid_worker": "今天要办", "supervision_committee": "哪里不对劲？",
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


FIGURE = re.compile(r'<a href="(/[^"]*)">([\d,]+)</a>')
TILE = re.compile(r'<a class="tile-name" href="([^"]+)">([^<]*)</a>\s*<span class="tile-count">\D*(\d+)[^<]*(?:<a class="tile-note" href="([^"]+)">\D*(\d+))?')


def rows_on(page: str) -> int:
    """Count the rows of a list: of a table, of results to score, of cards."""
    return sum(main_part(page).count(each) for each in ('<tr id="at-', '<tr class="tone-danger" id="at-', "data-score-row", '<li class="task-card'))


@pytest.mark.parametrize("role", ["township_leader", "township_staff", "county_department"])
async def test_each_figure_of_the_desk_leads_to_exactly_so_many_rows(
    served: Site, client_for: ClientFor, role: str
) -> None:
    """Shares late and on time, given back, handed in, acknowledged; sent by the township, by its office, by the county."""
    nan, admin = served.world.nan, served.admin
    await admin.execute("TRUNCATE task, assignment, place, task_brief, incoming_task CASCADE")
    for sender in ("township_leader", "township_staff"):
        late = (await sent(nan, sender, title="已经迟了的")).task
        await admin.execute("UPDATE assignment SET due_at = now() - interval '1 day' WHERE task_id = $1", late)
        await admin.execute("UPDATE task SET due_at = now() - interval '1 day' WHERE id = $1", late)
        await sent(nan, sender)
    await sent(nan, "county_department", regions=(nan.township,), level=Level.TOWNSHIP)
    await sent(nan, "county_department", regions=(nan.village,))
    await submitted(admin, nan)
    await in_hand(admin, nan)
    back = await submitted(admin, nan)
    await do(nan.scope("township_leader"), return_submission, assignment=back, reason="补照片", now=clock.now())
    for sender in ("township_leader", "county_department"):
        await handed(nan, sender, title="没有列入清单的事")
        await handed(nan, sender)
    visitor = await client_for(nan.posts[role])
    page = main_part((await visitor.get("/")).text).replace("&amp;", "&")
    figures = FIGURE.findall(page)
    assert len(figures) == 8
    for href, name, count, note_href, note in TILE.findall(page):
        figures += [(href, count)] + ([(note_href, note)] if note else [])
        assert name
    if received := re.search(r'<a href="(/my[^"]*)">(\d+) 件</a>', page):
        figures.append(received.groups())
    shown = {href: (rows_on((await visitor.get(href)).text), int(count)) for href, count in figures}
    assert {href: pair for href, pair in shown.items() if pair[0] != pair[1]} == {}
    if role == "township_leader":
        assert shown["/tasks?late=1"] == (2, 2)
        assert shown["/shares?late=1"] == (4, 4)
        words = words_of(f"<main>{page}</main>")
        assert "超期任务 2 件任务" in words
        assert "超期单位 4 个单位" in words
        assert shown["/shares?state_is=returned"] == (1, 1)


async def test_secretary_sees_who_has_how_many_in_hand_the_late_first(served: Site, client_for: ClientFor) -> None:
    nan, admin = served.world.nan, served.admin
    await admin.execute("TRUNCATE task, assignment, place, task_brief CASCADE")
    secretary = nan.scope("village_secretary")
    cadre = nan.scope("village_cadre")
    for number in range(3):
        share = await in_hand(admin, nan)
        await do(secretary, allocate_assignment, assignment=share, membership=cadre.membership, now=clock.now())
        if number == 0:
            await admin.execute("UPDATE assignment SET due_at = now() - interval '1 day' WHERE id = $1", share)
        if number == 2:
            await do(secretary, submit_assignment, assignment=share, text="查了三处。", now=clock.now())
    for _ in range(4):
        await in_village(admin, nan)
    visitor = await client_for(nan.posts["village_secretary"])
    page = main_part((await visitor.get("/")).text).replace("&amp;", "&")
    tiles = TILE.findall(page)
    name = await admin.fetchval("SELECT allocated_name FROM assignment WHERE allocated_name <> '' LIMIT 1")
    assert [(who, count, late) for _, who, count, _, late in tiles] == [(name, "2", "1"), ("还没有分派", "4", "")]
    for href, _, count, late_href, late in tiles:
        assert rows_on((await visitor.get(href)).text) == int(count)
        if late:
            assert rows_on((await visitor.get(late_href)).text) == int(late)
    assert "谁在办" not in words_of((await (await client_for(nan.posts["grid_worker"])).get("/")).text)


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

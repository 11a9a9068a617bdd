"""A cadre's lists: today, what one received, what may be taken; and how few round trips they cost."""

from collections.abc import Iterator

import pytest

from core.kernel.database import trips
from core.tasks.rules import EvidenceWanted
from tests.factories.world import SECOND_VILLAGE, Post
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import (
    accepted,
    in_hand,
    in_village,
    main_part,
    opened,
    sent,
    soon,
    submitted,
    words_of,
)
from tests.web.visitors import Visitor


@pytest.fixture
def counted() -> Iterator[list[str]]:
    """Collect the statements that are sent to the database."""
    statements: list[str] = []
    token = trips.set(statements)
    yield statements
    trips.reset(token)


@pytest.fixture
async def cadre(served: Site, client_for: ClientFor) -> Visitor:
    return await client_for(served.world.nan.posts["village_cadre"])


async def forget(site: Site) -> None:
    """Empty the main job, so that a list has exactly what the test puts in."""
    await site.admin.execute(
        "TRUNCATE task, assignment, place, task_brief, incoming_task, notice, outbox CASCADE"
    )


async def test_today_says_what_is_due(served: Site, cadre: Visitor) -> None:
    await forget(served)
    nan = served.world.nan
    empty = words_of((await cadre.get("/")).text)
    assert "今天要办 0 件" in empty
    assert "手上没有要办的任务。" in empty
    late = await in_hand(served.admin, nan, title="已经迟了的")
    await served.admin.execute("UPDATE assignment SET due_at = now() - interval '1 day' WHERE id = $1", late)
    await in_village(served.admin, nan, title="九天后的", due_at=soon(9))
    await submitted(served.admin, nan, title="交上去的")
    await accepted(served.admin, nan)
    await opened(nan, places=2, title="可以领的")
    words = words_of((await cadre.get("/")).text)
    for text in (
        "今天要办 1 件",
        "其中 1 件已超期",
        "本月已得 5 分",
        "1 件等评分",
        "已经迟了的",
        "九天后的",
        "可以领的 余 2 个名额",
        "需要：文字说明",
    ):
        assert text in words
    assert "交上去的" not in words


async def test_my_tasks_are_filtered_and_paged(served: Site, cadre: Visitor) -> None:
    await forget(served)
    for number in range(26):
        await in_village(served.admin, served.world.nan, title=f"第 {number:02} 件 100%")
    await accepted(served.admin, served.world.nan)
    assert "共 27 件" in words_of((await cadre.get("/my")).text)
    assert "共 26 件" in words_of((await cadre.get("/my?state_is=sent")).text)
    assert "共 1 件" in words_of((await cadre.get("/my?state_is=accepted")).text)
    assert "共 26 件" in words_of((await cadre.get("/my?q=100%25")).text)
    second = (await cadre.get("/my?state_is=open&p=2")).text
    assert "第 26–26 条，共 26 条" in words_of(second)
    assert "/my?state_is=open&amp;p=1" in second
    assert "没有符合条件的任务。" in (await cadre.get("/my?q=没有")).text


async def test_open_task_is_taken_in_place(served: Site, client_for: ClientFor, cadre: Visitor) -> None:
    await forget(served)
    nan = served.world.nan
    second = await client_for(nan.posts["second_village"])
    task = await opened(nan, places=1)
    assert f'hx-post="/open/{task}/take"' in (await cadre.get("/open")).text
    assert "余 1 个名额" in words_of((await cadre.get(f"/open/{task}")).text)
    taken = await cadre.send(f"/open/{task}/take", htmx=True)
    assert (taken.status_code, "已领取，请在 " in taken.text) == (200, True)
    assert f'id="place-{task}"' in taken.text
    left = f'<span class="tag tone-plain" id="left-{task}" hx-swap-oob="true">已领完</span>'
    assert left in taken.text
    late = await second.send(f"/open/{task}/take", htmx=True)
    assert (late.status_code, "慢了一步，" in late.text, f'id="place-{task}"' in late.text) == (
        409,
        True,
        True,
    )
    assert "<html" not in late.text
    assert left in late.text
    whole = await second.send(f"/open/{task}/take")
    assert (whole.status_code, "慢了一步，" in whole.text, "<html" in whole.text) == (409, True, True)
    again = await cadre.send(f"/open/{task}/take", htmx=True)
    assert (again.status_code, "本村已经领取过" in again.text) == (409, True)
    assert "名额已经领完。" in words_of((await second.get(f"/open/{task}")).text)
    assert "本村已经领取这件任务。" in words_of((await cadre.get(f"/open/{task}")).text)


async def test_what_is_wanted_is_said_before_a_place_is_taken(served: Site, cadre: Visitor) -> None:
    await forget(served)
    task = await opened(served.world.nan, places=3, evidence=EvidenceWanted(text=True, photos=2, files=1))
    for path, before in (("/", "需要："), ("/open", "需要："), (f"/open/{task}", "成果要求 ")):
        assert f"{before}文字说明、至少 2 张照片、至少 1 个文件" in words_of((await cadre.get(path)).text)
    taken = await cadre.send(f"/open/{task}/take", htmx=True)
    assert f'id="left-{task}" hx-swap-oob="true">余 2 个名额</span>' in taken.text
    await served.admin.execute("UPDATE session SET language = 'en'")
    english = words_of((await cadre.get(f"/open/{task}")).text)
    await served.admin.execute("UPDATE session SET language = 'zh'")
    assert "a written report, at least 2 photos, at least 1 file" in english


async def test_taking_without_scripts_leads_to_the_share(served: Site, cadre: Visitor) -> None:
    task = await opened(served.world.nan, places=1)
    answer = await cadre.send(f"/open/{task}/take")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/assignments/")
    assert (await cadre.get(answer.headers["location"])).status_code == 200


async def test_place_is_offered_to_no_stranger_and_to_no_township(
    served: Site, client_for: ClientFor
) -> None:
    task = await opened(served.world.nan, places=1)
    stranger = await client_for(served.world.zhu.posts["village_secretary"])
    assert (await stranger.send(f"/open/{task}/take")).status_code == 404
    assert str(task) not in (await stranger.get("/open")).text
    leader = await client_for(served.world.nan.posts["township_leader"])
    assert (await leader.send(f"/open/{task}/take")).status_code == 403


# What each page costs: opening the session, BEGIN, its reads, COMMIT. The number of rows does not matter.
BUDGET = {"/": 8, "/my": 2, "/open": 4, "/notices": 5, "/scores": 5}


@pytest.mark.parametrize("path", BUDGET)
async def test_page_costs_the_same_round_trips_with_one_and_three_rows(
    served: Site, cadre: Visitor, counted: list[str], path: str
) -> None:
    await forget(served)
    for rows in (1, 2):  # one, then three
        for _ in range(rows):
            await in_village(served.admin, served.world.nan)
            await opened(served.world.nan, places=2)
            await _noticed(served, cadre.post)
        counted.clear()
        assert (await cadre.get(path)).status_code == 200
        assert len(counted) == BUDGET[path], counted


async def _noticed(site: Site, post: Post) -> None:
    await site.admin.execute(
        "INSERT INTO notice (county, id, region, membership_id, kind, data, link, key, created_at)"
        " VALUES ($1, gen_random_uuid(), $2, $3, 'opened', '{}', '/my', gen_random_uuid(), now())",
        post.scope.county, post.scope.region, post.scope.membership,
    )  # fmt: skip


async def test_one_share_and_one_open_task_cost_few_round_trips(
    served: Site, cadre: Visitor, counted: list[str]
) -> None:
    share = await in_hand(served.admin, served.world.nan)
    task = await opened(served.world.nan, places=3)
    cost = {}
    for path in (f"/assignments/{share}", f"/open/{task}"):
        counted.clear()
        assert (await cadre.get(path)).status_code == 200
        cost[path.split("/")[1]] = len(counted)
    assert cost == {"assignments": 10, "open": 6}


async def test_leaders_lists_cost_the_same_with_one_and_three_rows(
    served: Site, client_for: ClientFor, counted: list[str]
) -> None:
    await forget(served)
    leader = await client_for(served.world.nan.posts["township_leader"])
    costs = []
    for rows in (1, 2):
        for _ in range(rows):
            await sent(served.world.nan)
            await submitted(served.admin, served.world.nan)
        cost = {}
        for path in ("/", "/tasks", "/shares", "/scoring", "/incoming"):
            counted.clear()
            assert (await leader.get(path)).status_code == 200
            cost[path] = len(counted)
        costs.append(cost)
    assert costs[0] == costs[1]
    # On the first page one question of these is for what villagers raised.
    assert costs[0] == {"/": 9, "/tasks": 5, "/shares": 4, "/scoring": 6, "/incoming": 4}


async def test_neighbour_sees_nothing_of_the_villages_tasks(served: Site, client_for: ClientFor) -> None:
    await forget(served)
    await in_village(served.admin, served.world.nan, title="朱家兜自己的")
    second = await client_for(served.world.nan.posts["second_village"])
    for path in ("/", "/my"):
        assert "朱家兜自己的" not in main_part((await second.get(path)).text)
    await sent(served.world.nan, title="水口自己的", regions=(served.world.nan.code + SECOND_VILLAGE,))
    assert "水口自己的" in main_part((await second.get("/my")).text)

"""One search finds what the post may open, and nothing of the neighbours."""

import pytest

from core.kernel import clock
from tests.core.decisions.steps import begun
from tests.factories.world import handed
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import sent, words_of


@pytest.fixture(scope="module", autouse=True)
async def busy(served: Site) -> None:
    for county in served.world.counties:
        await sent(county, title=f"{county.code} 河道保洁")
        await handed(county, title=f"{county.code} 河道保洁来文", number="政办〔2026〕7号")
        await begun(county.scope("village_secretary"), title=f"{county.code} 修建村口停车场", now=clock.now())


async def test_task_is_found_by_title_and_led_to_the_full_list(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    leader = await client_for(nan.posts["township_leader"])
    page = (await leader.get("/search?q=河道保洁")).text
    words = words_of(page)
    for text in ("派出的任务", "各单位在办", "来件", f"{nan.code} 河道保洁", "朱家兜", "待签收"):
        assert text in words
    assert f"{served.world.zhu.code} 河道保洁" not in words
    for path in ("/tasks?q=", "/shares?q=", "/incoming?q="):
        assert path in page
        assert (await leader.get(f"{path}河道保洁")).status_code == 200


@pytest.mark.parametrize(
    ("role", "text", "group", "found"),
    [
        ("village_cadre", "河道", "我的任务", "河道保洁"),
        ("township_leader", "政办〔2026〕7号", "来件", "河道保洁来文"),
        ("township_leader", "朱家兜", "村和地方", "330503"),
        ("village_cadre", "停车场", "民主决策", "330503 修建村口停车场"),
        ("county_administrator", "停车场", "民主决策", "330503 修建村口停车场"),
        ("county_administrator", "330503", "村和地方", "练市"),
        ("county_administrator", "练市", "村和地方", "练市"),
    ],
)
async def test_each_kind_is_found(
    served: Site, client_for: ClientFor, role: str, text: str, group: str, found: str
) -> None:
    visitor = await client_for(served.world.nan.posts[role])
    words = words_of((await visitor.get(f"/search?q={text}")).text)
    assert group in words
    assert found in words


async def test_person_is_found_by_name_where_people_may_be_read(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    name = nan.posts["village_cadre"].scope.by_name
    administrator = await client_for(nan.posts["county_administrator"])
    page = (await administrator.get(f"/search?q={name}")).text
    assert f"/people/{nan.posts['village_cadre'].scope.person}" in page
    cadre = await client_for(nan.posts["grid_worker"])
    assert "/people/" not in (await cadre.get(f"/search?q={name}")).text


@pytest.mark.parametrize("text", ["", "   ", "查无此事此人", "%", "_", "'; DROP TABLE task", "一" * 300])
async def test_nothing_found_says_what_can_be_searched(
    served: Site, client_for: ClientFor, text: str
) -> None:
    visitor = await client_for(served.world.nan.posts["township_leader"])
    answer = await visitor.get(f"/search?q={text}")
    assert answer.status_code == 200
    words = words_of(answer.text)
    assert "可以查" in words
    assert "河道" not in words


async def test_other_countys_names_are_not_found(served: Site, client_for: ClientFor) -> None:
    visitor = await client_for(served.world.nan.posts["county_administrator"])
    for text in ("诸暨", served.world.zhu.village, f"{served.world.zhu.code} 河道保洁"):
        assert "没有找到" in words_of((await visitor.get(f"/search?q={text}")).text)


@pytest.mark.parametrize("role", ["province_viewer", "city_viewer", "county_inspector", "bookkeeper"])
async def test_every_role_may_search(served: Site, client_for: ClientFor, role: str) -> None:
    post = served.world.viewers.get(role) or served.world.nan.posts[role]
    visitor = await client_for(post)
    assert (await visitor.get("/search?q=河道")).status_code == 200

"""The county's plugin page, and what a switch does to those who use the plugin, in both processes at once."""

import pytest

from core.kernel.ids import new_id
from tests.web.pages.conftest import Site
from tests.web.visitors import visiting


async def switch(site: Site, way: str, *, reason: str = "试用", code: str = "nan") -> None:
    county = getattr(site.world, code)
    async with visiting(site.first, county.posts["county_administrator"]) as administrator:
        answer = await administrator.send(f"/plugins/sample/switch/{way}", reason=reason)
    assert (answer.status_code, answer.headers["location"]) == (303, "/plugins")


async def test_cards_show_state_and_what_a_plugin_adds(site: Site) -> None:
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        before = await administrator.get("/plugins")
        assert before.status_code == 200
        assert "村干部随手记下走访见闻。" in before.text
        assert "1 个页面" in before.text
        assert before.text.count("未开启") == 2
        await switch(site, "switch_on")
        after = await administrator.get("/plugins")
    assert after.text.count("未开启") == 1
    assert after.text.count("已开启") == 1
    assert 'aria-checked="true"' in after.text


async def test_touch_of_the_switch_leads_to_the_reason_and_changes_nothing(site: Site) -> None:
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        touched = await administrator.send("/plugins/sample/switch", on="1")
        assert touched.headers["location"] == "/plugins/sample/switch/switch_on"
        asked = await administrator.get("/plugins/sample/switch/switch_on")
        assert "会发生什么" in asked.text
        assert "查看走访手记、写走访手记" in asked.text
        refused = await administrator.send("/plugins/sample/switch/switch_on", reason=" ")
        assert refused.status_code == 422
        assert "请写明原因，它会记入变更记录。" in refused.text
    assert await site.admin.fetchval("SELECT count(*) FROM plugin_state") == 0


async def test_switch_is_seen_at_once_in_the_other_process_and_in_no_other_county(site: Site) -> None:
    here, there = site.world.nan.posts["village_cadre"], site.world.zhu.posts["village_cadre"]
    async with visiting(site.second, here) as cadre, visiting(site.second, there) as stranger:
        assert (await cadre.get("/sample")).status_code == 404
        await switch(site, "switch_on")
        assert (await cadre.get("/sample")).status_code == 200
        assert 'href="/sample"' in (await cadre.get("/sample")).text
        assert (await cadre.send("/sample", text="王奶奶家屋顶漏雨")).status_code == 303
        assert "王奶奶家屋顶漏雨" in (await cadre.get("/sample")).text
        assert (await stranger.get("/sample")).status_code == 404
        await switch(site, "switch_off")
        off = await cadre.get("/sample")
        assert off.status_code == 404
        assert (await cadre.send("/sample", text="还能写吗")).status_code == 404
        unknown = f"/assignments/{new_id()}"
        assert off.text == (await cadre.get(unknown)).text.replace(unknown, "/sample")
        await switch(site, "switch_on")
        assert "王奶奶家屋顶漏雨" in (await cadre.get("/sample")).text
    assert await site.admin.fetchval("SELECT count(*) FROM sample.note") == 1


async def test_paused_plugin_is_read_and_takes_nothing_new(site: Site) -> None:
    await switch(site, "switch_on")
    async with visiting(site.second, site.world.nan.posts["village_cadre"]) as cadre:
        await cadre.send("/sample", text="第一条")
        await switch(site, "pause", reason="更换系统")
        assert "第一条" in (await cadre.get("/sample")).text
        assert (await cadre.send("/sample", text="第二条")).status_code == 409
    assert await site.admin.fetchval("SELECT count(*) FROM sample.note") == 1
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        cards = (await administrator.get("/plugins")).text
        assert "原因：更换系统。可查看，不能新增，待办保留。" in cards
        await switch(site, "resume", reason="好了")
        one = (await administrator.get("/plugins/sample")).text
    assert one.index("好了") < one.index("更换系统")
    assert "由“已暂停”改为“已开启”" in one


async def test_township_reads_cards_and_cannot_switch(site: Site) -> None:
    async with visiting(site.first, site.world.nan.posts["township_leader"]) as leader:
        assert (await leader.get("/plugins")).status_code == 200
        assert "开启…" not in (await leader.get("/plugins/sample")).text
        assert (await leader.get("/plugins/sample/switch/switch_on")).status_code == 403
        assert (await leader.send("/plugins/sample/switch/switch_on", reason="试")).status_code == 403


@pytest.mark.parametrize(
    "path", ["/plugins/absent", "/plugins/absent/switch/switch_on", "/plugins/sample/switch/burn"]
)
async def test_unknown_plugin_and_unknown_way_are_404(site: Site, path: str) -> None:
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        assert (await administrator.get(path)).status_code == 404


async def test_plugin_that_is_not_allowed_is_named_and_cannot_be_opened(site: Site) -> None:
    await site.admin.execute("DELETE FROM plugin_allowance WHERE county = $1", site.world.nan.code)
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        assert "平台没有为本县开放" in (await administrator.get("/plugins")).text
        assert (await administrator.get("/plugins/sample/switch/switch_on")).status_code == 404
        assert (await administrator.get("/settings/sample")).status_code == 404


async def test_pages_are_there_in_english(site: Site) -> None:
    await site.admin.execute("UPDATE session SET language = 'en'")
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        text = (await administrator.get("/plugins")).text
    assert "Township filter" in text
    assert "Village cadres note what they see on visits." in text


async def test_settings_are_a_link_only_for_those_who_may_set_them(site: Site) -> None:
    for post, there in (("county_administrator", True), ("county_inspector", False)):
        async with visiting(site.first, site.world.nan.posts[post]) as visitor:
            for path in ("/plugins", "/plugins/township_filter"):
                page = (await visitor.get(path)).text
                assert "/plugins/township_filter" in page
                assert ('href="/settings/township_filter"' in page) is there, (post, path)

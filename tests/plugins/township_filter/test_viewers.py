"""Viewers above the county read the ledgers of those counties alone that have the filter on."""

from core.people.sessions import open_session
from tests.factories.world import Post
from tests.plugins.township_filter.conftest import PLUGIN, Site
from tests.web.visitors import visiting


async def _noted(site: Site, county: str, region: str, title: str) -> None:
    """Write a line of a ledger, as the filter's handler does."""
    await site.admin.execute("SET session_replication_role = replica")
    await site.admin.execute(
        "INSERT INTO township_filter.screened (county, id, region, incoming_id, sender_name, title, level, verdict, item_code,"
        " item_title, reasons, emergency, emergency_reason, at)"
        " VALUES ($1, gen_random_uuid(), $2, gen_random_uuid(), '农业农村局', $3, 'village', 'passed', '', '', '[]', false, '', now())",
        county, region, title,
    )  # fmt: skip
    await site.admin.execute("SET session_replication_role = origin")


async def _plugins_of(post: Post) -> dict[str, str]:
    session = await open_session(post.token)
    assert session is not None
    assert session.scope is not None
    return dict(session.scope.plugins)


async def _switch(site: Site, county: str, state: str) -> None:
    await site.admin.execute(
        "INSERT INTO plugin_state VALUES ($1, gen_random_uuid(), $1, $2, $3, '试用', '王', NULL, now())"
        " ON CONFLICT (county, plugin) DO UPDATE SET state = excluded.state",
        county, PLUGIN, state,
    )  # fmt: skip


async def test_viewers_have_it_paused_where_a_county_of_theirs_has_it(site: Site) -> None:
    nan, zhu, viewers = site.world.nan, site.world.zhu, site.world.viewers
    province, city = viewers["province_viewer"], viewers["city_viewer"]
    assert (await _plugins_of(province), await _plugins_of(city)) == ({PLUGIN: "paused"}, {PLUGIN: "paused"})
    assert await _plugins_of(nan.posts["township_leader"]) == {PLUGIN: "on"}
    assert await _plugins_of(zhu.posts["township_leader"]) == {}
    await _switch(site, nan.code, "off")
    await _switch(site, zhu.code, "on")
    assert (await _plugins_of(province), await _plugins_of(city)) == ({PLUGIN: "paused"}, {})
    await site.admin.execute("DELETE FROM plugin_allowance WHERE county = $1", zhu.code)
    assert await _plugins_of(province) == {}
    await site.admin.execute("INSERT INTO plugin_allowance VALUES ($1, $2, '平台', now())", zhu.code, PLUGIN)


async def test_ledger_of_a_county_without_the_filter_is_not_shown(site: Site) -> None:
    nan, zhu = site.world.nan, site.world.zhu
    await _noted(site, nan.code, nan.township, "南浔的事")
    await _noted(site, zhu.code, zhu.township, "诸暨的事")
    async with visiting(site.app, site.world.viewers["province_viewer"]) as viewer:
        page = await viewer.get("/township_filter")
        assert page.status_code == 200
        assert ("南浔的事" in page.text, "诸暨的事" in page.text) == (True, False)
        await _switch(site, zhu.code, "paused")
        page = await viewer.get("/township_filter")
        assert ("南浔的事" in page.text, "诸暨的事" in page.text) == (True, True)
    async with visiting(site.app, site.world.viewers["city_viewer"]) as viewer:
        page = await viewer.get("/township_filter")
        assert ("南浔的事" in page.text, "诸暨的事" in page.text) == (True, False)
        await _switch(site, nan.code, "off")
        assert (await viewer.get("/township_filter")).status_code == 404


async def test_pause_is_said_in_the_county_and_not_above_it(site: Site) -> None:
    """Viewers never write: to them a module that a county has on or paused can be read, and that is all."""
    nan = site.world.nan
    await _switch(site, nan.code, "paused")
    async with visiting(site.app, nan.posts["county_administrator"]) as administrator:
        here = (await administrator.get("/township_filter")).text
    async with visiting(site.app, site.world.viewers["province_viewer"]) as viewer:
        above = (await viewer.get("/township_filter")).text
    assert "“事项过筛”已暂停" in here
    assert '<a href="/plugins/township_filter">去恢复</a>' in here
    assert "已暂停" not in above

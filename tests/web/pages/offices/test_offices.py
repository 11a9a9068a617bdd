"""Offices and grids on pages."""

from tests.factories.world import NAN, ZHU
from tests.web.pages.conftest import Site
from tests.web.visitors import visiting

TOWN, VILLAGE = f"{NAN}101", f"{NAN}101201"


async def test_office_is_added_changed_and_closed(site: Site) -> None:
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        assert (await administrator.get("/offices/new")).status_code == 200
        assert (await administrator.send("/offices", name="", region=TOWN)).status_code == 422
        made = await administrator.send("/offices", name="应急管理站", region=TOWN, position="3")
        assert (made.status_code, made.headers["location"]) == (303, "/offices")
        twin = await administrator.send("/offices", name="应急管理站", region=TOWN)
        assert "这里已经有同名的了" in twin.text
        office = await site.admin.fetchval(
            "SELECT id FROM office WHERE name = '应急管理站' AND county = $1", NAN
        )
        assert (await administrator.get(f"/offices/{office}")).status_code == 200
        await administrator.send(f"/offices/{office}", name="应急消防管理站", position="0")
        assert "应急消防管理站" in (await administrator.get("/offices")).text
        assert (await administrator.send(f"/offices/{office}", name="")).status_code == 422
        assert (await administrator.send(f"/offices/{office}/close")).status_code == 303
        assert "应急消防管理站" not in (await administrator.get("/offices")).text
        assert "应急消防管理站" in (await administrator.get("/offices?closed=1")).text
        assert (await administrator.send(f"/offices/{office}/close")).status_code == 409


async def test_office_with_people_stays(site: Site) -> None:
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        office = site.world.nan.offices[TOWN]
        refused = await administrator.send(f"/offices/{office}/close")
        assert refused.status_code == 409
        assert "在任岗位" in refused.text


async def test_village_keeps_its_grids(site: Site) -> None:
    async with visiting(site.second, site.world.nan.posts["village_secretary"]) as secretary:
        assert (await secretary.send("/grids", name="第二网格", households="300")).status_code == 303
        page = await secretary.get("/grids?q=朱家")
        assert "300 户" in page.text
        grid = await site.admin.fetchval(
            "SELECT id FROM grid WHERE name = '第二网格' AND region = $1", VILLAGE
        )
        assert (await secretary.get(f"/grids/{grid}")).status_code == 200
        assert (await secretary.send(f"/grids/{grid}", name="", households="1")).status_code == 422
        await secretary.send(f"/grids/{grid}", name="第二网格", households="301")
        assert (await secretary.send(f"/grids/{grid}/close")).status_code == 303
        assert (await secretary.get("/grids/new")).status_code == 200
        assert (await secretary.send("/grids", name="越界", region=f"{NAN}101202")).status_code == 404


async def test_strangers_and_readers_change_nothing(site: Site) -> None:
    office, grid = site.world.nan.offices[NAN], site.world.nan.grid
    async with visiting(site.first, site.world.zhu.posts["county_administrator"]) as stranger:
        for path in (f"/offices/{office}", f"/grids/{grid}"):
            assert (await stranger.get(path)).status_code == 404
            assert (await stranger.send(path, name="抢来的")).status_code == 404
            assert (await stranger.send(f"{path}/close")).status_code == 404
        assert (await stranger.send("/offices", name="抢来的", region=NAN)).status_code == 404
        assert ZHU != NAN
    async with visiting(site.first, site.world.nan.posts["village_cadre"]) as cadre:
        assert (await cadre.get("/offices")).status_code == 200
        assert (await cadre.get("/offices/new")).status_code == 403
        assert (await cadre.send("/grids", name="不行")).status_code == 403

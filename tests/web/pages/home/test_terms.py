"""A county's own words on its pages, and on no other county's."""

from tests.web.pages.conftest import Site
from tests.web.visitors import visiting


async def test_pages_of_a_county_say_its_own_words(site: Site) -> None:
    async with visiting(site.first, site.world.zhu.posts["grid_worker"]) as there:
        assert "枫桥网格员" in (await there.get("/")).text
    async with visiting(site.first, site.world.nan.posts["grid_worker"]) as here:
        page = (await here.get("/")).text
        assert "网格员" in page
        assert "枫桥网格员" not in page
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        page = (await administrator.get("/regions")).text
        assert "镇（街道）" in page
        assert "乡镇（街道）" not in page
    async with visiting(site.first, site.world.zhu.posts["county_administrator"]) as administrator:
        assert "乡镇（街道）" in (await administrator.get("/regions")).text

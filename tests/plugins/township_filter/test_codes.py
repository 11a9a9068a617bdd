"""A code that the words do not bear out, on the page of who decides."""

import re

from tests.plugins.township_filter.conftest import Site
from tests.plugins.township_filter.senders.steps import handed
from tests.web.visitors import visiting


async def test_who_decides_finds_the_item_of_the_code_first(site: Site) -> None:
    nan = site.world.nan
    received = await handed(nan, "圩堤隐患排查后关注公众号并每日打卡", body="请各村落实。", item_code="V13")
    assert received.state == "held"
    async with visiting(site.app, nan.posts["township_leader"]) as leader:
        page = (await leader.get(f"/incoming/{received.id}")).text
    assert "编号和内容对不上" in page
    assert re.findall(r"<li><b>([A-Z]\d+)</b>", page)[0] == "V13"
    options = re.findall(r'<option value="[^"]*"(?: selected)?>([^<]*)</option>', page)
    assert options[:2] == ["不对应任何事项", next(each for each in options if each.startswith("V13"))]
    assert len(options) == len(set(options))

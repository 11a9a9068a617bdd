"""A code that the words do not bear out, on the page of who decides."""

import re

from tests.plugins.township_filter.conftest import Site
from tests.plugins.township_filter.senders.steps import REASON, handed, noted, post
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


async def test_who_reviews_emergencies_is_told_at_once_of_one_that_waits(site: Site) -> None:
    nan = site.world.nan
    told = "SELECT membership_id, link FROM notice WHERE kind = 'township_filter:urgent_held'"
    await noted(site, nan, "连夜转移沿河群众", urgent=REASON)  # goes at once: nobody has to hurry
    await noted(site, nan, "关注公众号并每日打卡")
    assert await site.admin.fetch(told) == []
    held = await noted(site, nan, "紧急加固泵站围堰", urgent="急")  # too little is said of why
    assert held.state == "held"
    assert [tuple(row) for row in await site.admin.fetch(told)] == [(post(nan, "township_leader").membership, f"/incoming/{held.id}")]

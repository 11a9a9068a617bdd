"""The platform's operator has no post: the pages of posts do not exist for them, and none of their own links leads there."""

from tests.web.pages.conftest import Site, served, site
from tests.web.visitors import visiting

__all__ = ["served", "site"]


async def test_operator_is_led_to_the_platform_and_finds_no_notices(site: Site) -> None:
    operator = site.world.nan.posts["county_administrator"]
    await site.admin.execute("UPDATE account SET operator = true WHERE id = $1", operator.account)
    await site.admin.execute(
        "UPDATE session SET membership_id = NULL, county = NULL WHERE account_id = $1", operator.account
    )
    async with visiting(site.first, operator) as visitor:
        platform = await visitor.get("/platform")
        assert platform.status_code == 200
        assert 'href="/notices"' not in platform.text
        assert (await visitor.get("/notices")).status_code == 404


async def test_operator_invites_a_viewer_of_a_city(site: Site) -> None:
    operator = site.world.nan.posts["county_inspector"]
    await site.admin.execute("UPDATE account SET operator = true WHERE id = $1", operator.account)
    await site.admin.execute(
        "UPDATE session SET membership_id = NULL, county = NULL WHERE account_id = $1", operator.account
    )
    async with visiting(site.first, operator) as visitor:
        page = (await visitor.get("/platform/viewers")).text
        assert 'value="3305"' in page
        assert 'value="33"' in page
        assert 'value="330503"' not in page
        made = await visitor.send("/platform/viewers", region="3305", name="钱市长", phone="13712340001")
        assert (made.status_code, "邀请码已生成" in made.text) == (200, True)
        wrong = await visitor.send("/platform/viewers", region="3305", name="", phone="13712340002")
        assert (wrong.status_code, 'value="13712340002"' in wrong.text) == (422, True)
        for region in ("11", "1101"):
            answer = await visitor.send("/platform/viewers", region=region, name="钱", phone="13712340003")
            assert answer.status_code == 404
    post = await site.admin.fetchrow(
        "SELECT m.region, m.role, m.county FROM membership m WHERE m.person_name = '钱市长'"
    )
    assert tuple(post) == ("3305", "city_viewer", "3305")


async def test_nobody_else_invites_viewers(site: Site) -> None:
    async with visiting(site.first, site.world.nan.posts["township_leader"]) as visitor:
        fields = {"region": "3305", "name": "钱", "phone": "13712340004"}
        assert (await visitor.send("/platform/viewers", **fields)).status_code == 404

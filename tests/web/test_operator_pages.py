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


async def test_operator_records_what_became_of_a_county(site: Site) -> None:
    operator = site.world.nan.posts["county_inspector"]
    await site.admin.execute("UPDATE account SET operator = true WHERE id = $1", operator.account)
    await site.admin.execute(
        "UPDATE session SET membership_id = NULL, county = NULL WHERE account_id = $1", operator.account
    )
    told = {"document_number": "国函〔2026〕9 号", "on_date": "2026-11-20"}
    async with visiting(site.first, operator) as visitor:
        assert "诸暨" in (await visitor.get("/platform/regions?q=诸暨")).text
        page = (await visitor.get("/platform/regions/330681")).text
        assert "代码调整…" in page
        assert (await visitor.get("/platform/regions/330681/merge")).status_code == 404
        assert (await visitor.get("/platform/regions/330681101")).status_code == 404
        form = (await visitor.get("/platform/regions/330681/recode")).text
        assert "新代码" in form
        path = "/platform/regions/330681/recode"
        wrong = await visitor.send(path, step="look", code="440681", **told)
        assert (wrong.status_code, "在同一个省内" in wrong.text) == (422, True)
        look = (await visitor.send(path, step="look", code="330691", name="诸暨区", **told)).text
        assert "330681 改为 330691" in look
        assert "更名为 诸暨区" in look
        back = await visitor.send(path, step="back", code="330691", name="诸暨区", **told)
        assert 'value="330691"' in back.text
        done = await visitor.send(path, step="do", code="330691", name="诸暨区", **told)
        assert (done.status_code, done.headers["location"]) == (303, "/platform/regions/330691")
        assert "国函〔2026〕9 号" in (await visitor.get("/platform/regions/330691")).text
        assert "看承接单位" in (await visitor.get("/platform/regions/330681")).text
    assert await site.admin.fetchval("SELECT topic FROM outbox WHERE region = '33' AND topic = 'region.changed'")


async def test_nobody_else_records_changes_of_counties(site: Site) -> None:
    async with visiting(site.first, site.world.nan.posts["township_leader"]) as visitor:
        assert (await visitor.get("/platform/regions")).status_code == 404
        assert (await visitor.get("/platform/regions/330681/rename")).status_code == 404
        answer = await visitor.send(
            "/platform/regions/330681/rename", step="do", name="越州", document_number="1", on_date="2026-11-20"
        )
        assert answer.status_code == 404

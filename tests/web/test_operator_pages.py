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

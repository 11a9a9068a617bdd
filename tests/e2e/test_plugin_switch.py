"""In real browsers: an administrator switches a plugin off while a cadre has its page open in another process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from litestar import Litestar
from playwright.async_api import Browser, Page, async_playwright

from scripts.browser import executable
from tests.factories.world import Post
from tests.web.pages.conftest import Site, served, site

__all__ = ["served", "site"]
pytestmark = pytest.mark.e2e
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1366, "height": 768}


@asynccontextmanager
async def serving(app: Litestar) -> AsyncIterator[str]:
    """Serve the application on a port of its own and give the address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", ws="none", log_config=None))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await running


async def signed_in(
    browser: Browser, address: str, post: Post, size: dict[str, int], *, scripts: bool = True
) -> Page:
    """Open a browser of one person."""
    context = await browser.new_context(
        viewport={"width": size["width"], "height": size["height"]}, java_script_enabled=scripts
    )
    await context.add_cookies([{"name": "xz", "value": post.token, "url": address}])
    return await context.new_page()


async def switch(page: Page, address: str, label: str, reason: str) -> None:
    """Touch the switch of the sample's card, give the reason, and come back to the cards."""
    await page.goto(f"{address}/plugins")
    await page.locator("#plugin-sample").get_by_role("switch").click()
    await page.get_by_label("原因").fill(reason)
    await page.get_by_role("button", name=label).click()
    await page.wait_for_url(f"{address}/plugins")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_switching_off_while_a_page_is_open(site: Site, *, scripts: bool) -> None:
    nan, zhu = site.world.nan.posts, site.world.zhu.posts
    async with (
        serving(site.first) as first,
        serving(site.second) as second,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(executable_path=executable() or None)
        administrator = await signed_in(browser, first, nan["county_administrator"], DESKTOP, scripts=scripts)
        other = await signed_in(browser, first, zhu["county_administrator"], DESKTOP, scripts=scripts)
        cadre = await signed_in(browser, second, nan["village_cadre"], PHONE, scripts=scripts)
        stranger = await signed_in(browser, second, zhu["village_cadre"], PHONE, scripts=scripts)
        for page in (administrator, other):
            await switch(page, first, "开启“走访手记”", "试用")
        for page in (cadre, stranger):
            await page.goto(f"{second}/sample")
            await page.get_by_label("记一条").fill("王奶奶家屋顶漏雨")

        await switch(administrator, first, "关闭“走访手记”", "先不用了")
        assert await administrator.locator("#plugin-sample").get_by_text("已关闭").is_visible()

        for page in (cadre, stranger):
            await page.get_by_role("button", name="记下").click()
            await page.wait_for_load_state()
        assert await cadre.get_by_text("没有找到这个页面或内容").is_visible()
        assert await stranger.get_by_text("王奶奶家屋顶漏雨").is_visible()
        assert await site.admin.fetchval("SELECT array_agg(county) FROM sample.note") == [site.world.zhu.code]
        await browser.close()

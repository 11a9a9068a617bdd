"""The demo's people at their browsers. Each signs in once through the page; later windows take the session along."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import pyotp
from playwright.async_api import Browser, BrowserContext, Page, Response

from tests.e2e.product import Product
from web.demo.people import demo_accounts

Size = Literal["phone", "desktop"]
SIZES: Mapping[Size, tuple[int, int]] = {"phone": (390, 844), "desktop": (1366, 768)}
PATIENCE = 15_000  # milliseconds; two cores are shared with a database and a browser

LEADER, STAFF = "nanxun-lianshi-leader", "nanxun-lianshi-staff"
ADMINISTRATOR, OTHER_ADMINISTRATOR = "nanxun-admin", "zhuji-admin"
SECRETARY, CADRE = "nanxun-zhujiadou-secretary", "nanxun-zhujiadou-cadre"
SECOND_SECRETARY, SECOND_CADRE = "nanxun-lijiadou-secretary", "nanxun-lijiadou-cadre"
TOWN, VILLAGE, SECOND_VILLAGE = "330503102", "330503102216", "330503102212"


@dataclass
class Visit:
    """One window. ``complaints`` are the errors of its console, less those that a test says it expects."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    async def open(self, path: str) -> Response | None:
        """Go to a page of the product."""
        return await self.page.goto(self.address + path)

    async def told(self, text: str) -> None:
        """Wait until the page says so."""
        await self.page.get_by_text(text).first.wait_for()

    async def press(self, name: str, *, exact: bool = True) -> None:
        """Press the button of this name."""
        await self.page.get_by_role("button", name=name, exact=exact).first.click()

    @property
    def path(self) -> str:
        """Where the window is, without the server's name."""
        return self.page.url.removeprefix(self.address)


@dataclass
class People:
    """All accounts of the demo, and one browser for all of them."""

    product: Product
    browser: Browser
    cookies: dict[str, Any] = field(default_factory=dict)
    _door: asyncio.Lock = field(default_factory=asyncio.Lock)  # a code of the second factor counts once

    def account(self, login: str) -> dict[str, str]:
        """Give password and second factor of a login."""
        return next(each for each in demo_accounts(self.product.settings) if each["login"] == login)

    @asynccontextmanager
    async def visit(
        self,
        login: str,
        size: Size = "desktop",
        *,
        scripts: bool = True,
        process: int = 0,
        expects: bool = False,
    ) -> AsyncIterator[Visit]:
        """Open a window for somebody who is signed in; ``expects`` says that the console may complain."""
        async with self._window(size, scripts=scripts) as context:
            visit = await _watched(context, self.product.addresses[process])
            if login:
                await self.sit_down(visit, login)
            try:
                yield visit
            except Exception as error:
                error.add_note(f"{login} {visit.path}: {await visit.page.locator('body').inner_text()}")
                raise
        assert expects or not visit.complaints, visit.complaints

    async def sit_down(self, visit: Visit, login: str) -> None:
        """Let somebody use this window from now on; what the browser keeps of the product's files stays."""
        async with self._door:
            if login not in self.cookies:
                async with self._window("desktop") as context:
                    await self.sign_in(Visit(await context.new_page(), self.product.address), login)
        await visit.page.context.clear_cookies()
        await visit.page.context.add_cookies(self.cookies[login])

    @asynccontextmanager
    async def _window(self, size: Size, *, scripts: bool = True) -> AsyncIterator[BrowserContext]:
        width, height = SIZES[size]
        context = await self.browser.new_context(
            viewport={"width": width, "height": height}, locale="zh-CN", timezone_id="Asia/Shanghai",
            java_script_enabled=scripts, has_touch=size == "phone",
        )  # fmt: skip
        context.set_default_timeout(PATIENCE)
        try:
            yield context
        finally:
            await context.close()

    async def sign_in(self, visit: Visit, login: str) -> None:
        """Go through the sign-in page, with the second factor where it is asked for."""
        account = self.account(login)
        await visit.open("/sign-in")
        await visit.page.get_by_label("手机号或用户名").fill(login)
        await visit.page.get_by_label("密码", exact=True).fill(account["password"])
        await visit.press("登录")
        if account["totp_secret"]:
            await visit.told("第二步验证")
            await visit.page.get_by_label("验证码").first.fill(pyotp.TOTP(account["totp_secret"]).now())
            await visit.press("验证")
        await visit.page.locator("main#content").wait_for()
        await visit.page.get_by_text("切换岗位").first.wait_for(state="attached")
        self.cookies[login] = [c for c in await visit.page.context.cookies() if c["name"] == "xz"]


async def _watched(context: BrowserContext, address: str) -> Visit:
    visit = Visit(await context.new_page(), address)
    visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    visit.page.on(
        "console",
        lambda line: visit.complaints.append(line.text) if line.type in {"error", "warning"} else None,
    )
    return visit

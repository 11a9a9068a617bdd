# ruff: noqa: INP001 - a script beside the pages it draws for; it finds the product first
"""Draws the README's pictures from a running demo: ``python docs/pictures.py http://127.0.0.1:8000`` (the data folder as served).

Needs the environment of the tests and a chromium. The pictures are reduced to 256 colours, so that each stays small.
"""

import asyncio
import io
import sys
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, async_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from core.kernel.settings import get_settings
from scripts.browser import executable
from web.demo.people import demo_accounts

FOLDER = Path(__file__).parent / "pictures"
PICTURES = (
    ("leader-desk", "nanxun-lianshi-leader", "/", (1366, 860)),
    ("cadre-today", "nanxun-zhujiadou-cadre", "/", (390, 844)),
)


async def draw(browser: Browser, address: str, name: str, login: str, path: str, size: tuple[int, int]) -> None:
    """Sign somebody in and keep what the window shows."""
    account = next(each for each in demo_accounts(get_settings()) if each["login"] == login)
    context = await browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN")
    page = await context.new_page()
    await page.goto(f"{address}/sign-in?next={path}")
    await page.get_by_label("手机号或用户名").fill(login)
    await page.get_by_label("密码", exact=True).fill(account["password"])
    await page.get_by_role("button", name="登录").click()
    await page.locator(".post-place").wait_for(state="attached")
    taken = Image.open(io.BytesIO(await page.screenshot())).convert("RGB")
    taken.quantize(256, dither=Image.Dither.NONE).save(FOLDER / f"{name}.png", optimize=True)
    await context.close()


async def main(address: str) -> None:
    """Draw all pictures."""
    FOLDER.mkdir(exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable() or None, args=["--no-sandbox"])
        for name, login, path, size in PICTURES:
            await draw(browser, address, name, login, path, size)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"))

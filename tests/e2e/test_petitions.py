"""A villager's matter from his phone to its end: raised with photos, followed by its code, answered, judged, opened again once."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.core.files.samples import photo
from tests.e2e.people import LEADER, PATIENCE, SECRETARY, VILLAGE, People, Visit
from tests.e2e.product import Product

pytestmark = pytest.mark.e2e
TITLE = "村口水沟堵了"
PHONE = {"width": 390, "height": 844}


@asynccontextmanager
async def villager(chromium: Browser) -> AsyncIterator[Page]:
    """Open a phone's browser that nobody signed in; it runs no scripts."""
    context = await chromium.new_context(viewport=PHONE, java_script_enabled=False, locale="zh-CN", has_touch=True)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    try:
        yield page
    except Exception as error:
        error.add_note(f"{page.url}: {await page.locator('body').inner_text()}")
        raise
    finally:
        await context.close()


async def says(page: Page, text: str) -> None:
    await page.get_by_text(text).first.wait_for()


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).click()


async def raise_it(page: Page, product: Product, photos: list[Path]) -> str:
    """Walk from the board to the form, send it, first with a mistake; gives the address of the matter's page."""
    await page.goto(f"{product.address}/public/{VILLAGE}")
    await page.get_by_role("link", name="我要反映").first.click()
    await page.get_by_label("投诉").check()
    await page.get_by_label("什么事（一句话）").fill(TITLE)
    await page.get_by_label("情况").fill("村口水沟堵了，一下雨水就漫到路上。")
    await page.get_by_label("您的手机号（可不填）").fill("12345")
    await press(page, "提交")
    await says(page, "请填写 11 位手机号，或者不填。")
    assert await page.get_by_label("情况").input_value() == "村口水沟堵了，一下雨水就漫到路上。"
    await page.get_by_label("您的手机号（可不填）").fill("13812340000")
    await page.get_by_label("您的姓名（可不填）").fill("陈大河")
    await page.get_by_label("照片（可不选，最多 3 张）").set_input_files(photos)
    await page.get_by_label("同意公开办理结果").check()
    await press(page, "提交")
    await says(page, "请抄下或截图保存查询码")
    assert "13812340000" not in await page.content()
    assert re.fullmatch(r".*/petition/[2-9A-Z]{20}", page.url)
    return page.url


async def open_matter(visit: Visit) -> None:
    """Open the matter from the list; the worker looks at a complaint before anybody else does."""
    for _ in range(40):
        await visit.open("/petitions?state_is=all")
        link = visit.page.get_by_role("link", name=TITLE)
        if await link.count():
            await link.first.click()
            await visit.told("经过")
            return
        await visit.page.wait_for_timeout(250)
    raise AssertionError(await visit.page.locator("main").inner_text())


async def answer(visit: Visit, text: str) -> None:
    await visit.page.get_by_label("办理结果").fill(text)
    await visit.page.get_by_label("已解决", exact=True).check()
    await visit.page.get_by_label("公开时用的标题").fill("疏通村口水沟")
    await visit.press("答复")
    await visit.told("已答复，等反映人评价。")


async def judge(page: Page, *, solved: bool, words: str) -> None:
    await page.reload()
    await page.get_by_label("解决了" if solved else "没有解决", exact=True).check()
    await page.get_by_label("想说的话（可不填）").fill(words)
    await press(page, "提交评价")


async def test_from_a_phone_to_its_end_and_opened_again_once(people: People, product: Product, chromium: Browser, tmp_path: Path) -> None:
    photos = [tmp_path / f"{n}.jpg" for n in (1, 2)]
    for each in photos:
        each.write_bytes(photo())
    async with villager(chromium) as page:
        address = await raise_it(page, product, photos)
        await says(page, "待受理")
        async with people.visit(LEADER) as leader:
            await open_matter(leader)
            await leader.told("反映人是谁，只有办理的人看得到。")
            assert "138****0000" not in await leader.page.content()
            await leader.press("催办")
            await leader.told("已催办，办理单位和反映人都能看到。")
        async with people.visit(SECRETARY, "phone", expects=True) as secretary:
            await open_matter(secretary)
            await secretary.told("138****0000")
            assert await secretary.page.locator("main img").count() == 2
            await secretary.press("受理")
            await secretary.told("已受理，请按期答复。")
            await page.reload()
            await says(page, "上级催办")
            await says(page, "办理中")
            await answer(secretary, "水沟已经疏通。")
            await judge(page, solved=False, words="雨一大还是漫")
            await says(page, "已办结")
            await page.get_by_text("不满意，要求重新办理（每件一次）").click()
            await page.get_by_label("哪里没有办好").fill("桥下那一段没有通。")
            await press(page, "要求重新办理")
            await says(page, "待受理")
            await secretary.page.reload()
            await secretary.told("要求重新办理")
            await secretary.press("受理")
            await answer(secretary, "桥下一段也通了。")
            await judge(page, solved=True, words="这回好了")
            await says(page, "已办结")
            assert await page.get_by_text("要求重新办理（每件一次）").count() == 0
            await secretary.page.reload()
            await secretary.told("这回好了")
        steps = await page.locator("ul.lines li strong").all_inner_texts()
        assert [step.strip() for step in steps] == [
            "您作了评价", "答复", "受理", "您要求重新办理", "您作了评价", "答复", "受理", "上级催办", "收到您的反映",
        ]  # fmt: skip
        code = address.rpartition("/")[2]
        await page.goto(f"{product.address}/petition")
        await page.get_by_label("查询码").fill(f"{code[:4].lower()}-{code[4:]}")
        await press(page, "查询")
        assert page.url == address


async def test_every_public_page_of_a_matter_fits_a_phone(product: Product, chromium: Browser) -> None:
    async with villager(chromium) as page:
        await page.goto(f"{product.address}/public/{VILLAGE}/petitions/new")
        await page.get_by_label("建议").check()
        await page.get_by_label("什么事（一句话）").fill("广场加两张长凳")
        await page.get_by_label("情况").fill("晚上人多没有地方坐。")
        await press(page, "提交")
        await says(page, "请抄下或截图保存查询码")
        for address in (f"{product.address}/petition", f"{product.address}/public/{VILLAGE}/petitions/new", page.url):
            for look in ("", "?size=big", "?lang=en", "?lang=en&size=big"):
                await page.goto(address + look)
                widths = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
                assert widths[0] <= widths[1], (address, look, widths)

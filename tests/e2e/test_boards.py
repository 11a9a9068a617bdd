"""The printed board says what its page says: both opened in a browser without scripts, cell by cell, and read back from the PDF."""

import io
import re

from PIL import Image
from playwright.async_api import Browser, Locator, Page

from core.kernel.clock import local, now
from tests.core.disclosure.reading import Sheet, bare, codes_in
from tests.e2e.people import SECRETARY, People
from tests.e2e.product import Product

PHONE = {"width": 390, "height": 844}
_DASH = re.compile(r"\s+")


async def board_of(page: Page, product: Product) -> str:
    """Walk from the list of counties to a village's board as a villager does; gives its address."""
    await page.goto(f"{product.address}/public")
    await page.get_by_role("link", name="南浔区").click()
    await page.get_by_role("searchbox").fill("朱家兜")
    await page.get_by_role("button", name="查找").click()
    await page.get_by_role("link", name="朱家兜", exact=False).first.click()
    await page.get_by_role("heading", level=1).wait_for()
    return page.url


async def cells(page: Page) -> list[list[str]]:
    rows = page.locator("tbody tr")
    return [
        [_DASH.sub(" ", text).strip() for text in await rows.nth(n).locator("td").all_text_contents()]
        for n in range(await rows.count())
    ]


async def all_cells(page: Page) -> list[list[str]]:
    """Read a publication's table to its end, as a villager pages through it."""
    shown = await cells(page)
    while await (onward := page.get_by_role("link", name="下一页")).count():
        await onward.click()
        shown += await cells(page)
    return shown


async def code_of(picture: Locator) -> str:
    """Read the code that a phone would read from the screen."""
    await picture.scroll_into_view_if_needed()
    found = codes_in(Image.open(io.BytesIO(await picture.screenshot())))
    assert len(found) == 1
    return found[0]


async def test_printed_board_says_what_its_page_says(product: Product, chromium: Browser) -> None:
    context = await chromium.new_context(viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    page = await context.new_page()
    await board_of(page, product)
    await page.get_by_role("link", name="村级权力和职责清单", exact=True).first.click()
    address, title = page.url, await page.get_by_role("heading", level=1).inner_text()
    check = await page.locator("dd.hash").first.inner_text()
    assert await code_of(page.locator("img.qr")) == address
    shown = await all_cells(page)
    await page.goto(f"{address}/print")
    assert await code_of(page.locator("img.qr")) == address
    await page.emulate_media(media="print")
    assert await cells(page) == shown
    assert len(shown) > 60
    sheet = await page.locator("main").inner_text()
    assert title in sheet
    assert check in sheet
    assert "盖章处" in sheet
    assert f"{address}" in sheet
    assert await page.locator("img.qr").evaluate("code => code.complete && code.naturalWidth > 0")
    red = await page.locator("main h1").evaluate("title => getComputedStyle(title).color")
    seal = await page.locator(".seal").evaluate("seal => getComputedStyle(seal).borderTopColor")
    assert red == seal == "rgb(179, 38, 30)"
    ink = await page.locator("tbody td").first.evaluate("cell => [getComputedStyle(cell).color, getComputedStyle(cell).backgroundColor]")
    assert ink[1] in {"rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"}
    printed = await page.pdf(format="A4", prefer_css_page_size=True)
    assert re.search(rb"/MediaBox ?\[0 0 59[45][\d.]* 84[12]", printed)
    assert not await page.locator(".tools").first.is_visible()
    await context.close()


async def test_public_pages_fit_a_phone_in_usual_and_large_print(product: Product, chromium: Browser) -> None:
    context = await chromium.new_context(viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    page = await context.new_page()
    board = await board_of(page, product)
    await page.get_by_role("link", name="村级权力和职责清单", exact=True).first.click()
    one = page.url
    for address in (f"{product.address}/public/330503", board, one, f"{one}/proof", f"{one}/history", f"{one}/print"):
        for size in ("", "?size=big", "?lang=en"):
            await page.goto(address.partition("?")[0] + size)
            widths = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert widths[0] <= widths[1], (address, size, widths)
    await context.close()


async def test_staff_get_the_board_as_pdf_from_the_worker(people: People) -> None:
    async with people.visit(SECRETARY) as visit:
        await visit.open("/publications")
        await visit.page.get_by_role("link", name="村级权力和职责清单").first.click()
        await visit.press("做成 PDF")
        link = visit.page.get_by_role("link", name="查看结果")
        await link.wait_for(timeout=60_000)
        answer = await visit.page.request.get(visit.address + str(await link.get_attribute("href")))
        assert answer.headers["content-type"] == "application/pdf"
        read = Sheet(await answer.body())
        address = codes_in(read.last_page())[0]
        opened = await visit.page.goto(address)
        assert opened is not None
        assert opened.status == 200
        check = bare(await visit.page.locator("dd.hash").first.inner_text())
        heads = "".join(bare(text) for text in await visit.page.locator("thead th").all_text_contents())
        shown = [bare(text) for row in await all_cells(visit.page) for text in row]
        pages = read.pages()
        assert [(foot.check, foot.page, foot.pages) for _, foot in pages] == [(check, n, len(pages)) for n in range(1, len(pages) + 1)]
        assert len(shown) > 180
        assert heads + "".join(shown) in pages[0][0] + "".join(text.removeprefix(heads) for text, _ in pages[1:])
        assert read.glyphs()[1] == 0


async def test_a_village_writes_its_money_by_hand_and_villagers_read_it(people: People) -> None:
    """Pasted from a sheet on the desk, looked at as a draft, released, read without scripts on a phone."""
    async with people.visit(SECRETARY) as visit:
        await visit.open("/disclosure/by-hand/labour_by_hand")
        await visit.page.get_by_text("从表格粘贴多行").click()
        await visit.page.get_by_label("粘贴的内容").fill(f"陈阿大\t清扫河岸\t{local(now()):%Y-%m}-01\t2\t300")
        await visit.press("加入")
        await visit.told("已保存，公开前可以随时改。")
        await visit.told("清扫河岸")
        await visit.open("/disclosure/by-hand/own_matter")
        await visit.page.get_by_label("事项").fill("冬季防火通知")
        await visit.page.locator("textarea[name=text]").fill("山边不准烧荒。\n有火情打 119。")
        await visit.press("保存")
        await visit.page.get_by_role("link", name="看草稿并公开").click()
        await visit.press("公开")
        await visit.told("已公开，村民现在就能看到。")
        await visit.page.get_by_role("link", name="打开公开页").click()
        await visit.page.get_by_role("heading", level=1, name="冬季防火通知").wait_for()
        words = await visit.page.locator("main").inner_text()
        assert "山边不准烧荒。\n有火情打 119。" in words
